import { describe, expect, it } from 'vitest';
import { chunkedBlocks } from '../../src/causes/layout-and-keys/chunked-blocks.js';
import { innerRename } from '../../src/causes/layout-and-keys/inner-rename.js';
import { partOfAdapter } from '../../src/causes/layout-and-keys/parts-of-adapters.js';
import { shapeDrifts } from '../../src/causes/layout-and-keys/shape-drifts-table.js';
import type { Shape } from '../../src/model/shape.js';
import { type FailureFacts, failure } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

describe('a shape that a library changed shows it', () => {
  const shown = (parameter: string | undefined, checkpointShape: Shape, modelShape: Shape): string =>
    failure({ mismatches: [[parameter, checkpointShape, modelShape]] })
      .mismatches.flatMap((mismatch) => shapeDrifts.filter(({ shows }) => shows(mismatch)).map(({ title }) => title(mismatch)))
      .join();

  it.each<readonly [string, string, Shape, Shape, string]>([
    ['timm', 'layers.1.downsample.norm.weight', [768], [384], 'the checkpoint is older than that'],
    ['timm', 'layers.1.downsample.reduction.weight', [192, 384], [384, 768], 'the checkpoint is newer than that'],
    ['Flux', 'img_in.weight', [3072, 384], [3072, 64], 'with 384 (Flux Fill)'],
    ['Flux', 'img_in.weight', [3072, 128], [3072, 64], 'with 128:'],
    ['mmdetection3d', 'pfn_layers.0.linear.weight', [64, 10], [64, 11], 'pillar encoder'],
    ['mmdetection3d', 'vfe_layers.0.0.weight', [64, 8], [64, 13], 'pillar encoder'],
    ['diffusers', 'transformer_blocks.0.norm1.linear.weight', [9216, 1024], [6144, 1024], 'Stable Diffusion 3.5'],
    ['diffusers', 'transformer_blocks.0.norm1.linear.bias', [6144], [9216], 'Stable Diffusion 3.5'],
    ['PEFT', 'q.lora_B.weight', [512, 8, 1], [512, 16], 'early form of PEFT'],
    ['PEFT', 'q.lora_B.default.weight', [512, 16], [512, 8, 1], 'early form of PEFT'],
    ['ComfyUI', 'embeddings.position_embedding.weight', [729, 1152], [257, 1024], 'SigLIP'],
    ['FairMOT', 'wh.2.weight', [2, 256, 1, 1], [4, 256, 1, 1], 'FairMOT'],
    ['FairMOT', 'wh.bias', [4], [2], 'FairMOT'],
    ['vit-pytorch', 'vit.cls_token', [1, 768], [0, 768], 'vit-pytorch'],
    ['vit-pytorch', 'vit.class_tokens', [0, 768], [1, 768], 'vit-pytorch'],
  ])('%s: %s %j %j', (_, parameter, checkpoint, model, expected) => {
    expect(shown(parameter, checkpoint, model)).toContain(expected);
  });

  it.each<readonly [string | undefined, Shape, Shape]>([
    ['layers.1.downsample.norm.weight', [768], [256]],
    ['layers.1.downsample.reduction.weight', [192, 384], [384, 1536]],
    ['layers.1.blocks.0.norm.weight', [768], [384]],
    [undefined, [768], [384]],
    ['img_in.weight', [3072, 256], [3072, 64]],
    ['img_in.weight', [3072, 384], [3072, 128]],
    ['img_in.weight', [3072, 384], [2048, 64]],
    ['pfn_layers.0.linear.weight', [64, 7], [64, 11]],
    ['pfn_layers.0.linear.weight', [64, 11], [64, 14]],
    ['pfn_layers.0.linear.weight', [32, 10], [64, 11]],
    ['pfn_layers.0.norm.weight', [10], [11]],
    ['transformer_blocks.0.norm1.linear.weight', [6144, 1024], [3072, 1024]],
    ['transformer_blocks.0.norm2.linear.weight', [9216, 1024], [6144, 1024]],
    ['q.lora_B.weight', [512, 8], [512, 16]],
    ['q.lora_B.weight', [512, 16, 1], [512, 16]],
    ['q.lora_A.weight', [512, 8, 1], [512, 16]],
    ['embeddings.position_embedding.weight', [729, 1152], [257, 1152]],
    ['embeddings.position_embedding.weight', [729, 1152], [256, 1024]],
    ['embeddings.position_embedding.weight', [730, 1152], [257, 1024]],
    ['embeddings.position_embedding.weight', [729, 1152], [258, 1024]],
    ['embeddings.position_embedding.weight', [1, 1152], [257, 1024]],
    ['wh.2.weight', [2, 256, 1, 1], [6, 256, 1, 1]],
    ['wh.2.weight', [2, 256, 1, 1], [4, 128, 1, 1]],
    ['hm.2.weight', [2, 256, 1, 1], [4, 256, 1, 1]],
    ['vit.cls_token', [1, 768], [1, 512]],
    ['vit.cls_token', [0, 768], [0, 512]],
    ['vit.mask_token', [0, 768], [1, 768]],
  ])('and not %s %j %j', (parameter, checkpoint, model) => {
    expect(shown(parameter, checkpoint, model)).toBe('');
  });
});

describe('one part of the names has another name', () => {
  const renamed = (missing: readonly string[], unexpected: readonly string[]) => innerRename(failure({ missing, unexpected }));
  const layers = (count: number, part: string) => Array.from({ length: count }, (_, layer) => `m.${layer}.${part}.w`);

  it.each<readonly [string, readonly string[], readonly string[], string | undefined]>([
    [
      'in most of them',
      layers(3, 'attention'),
      layers(3, 'attn'),
      'likely: One module has another name: `.attn.` in the checkpoint is `.attention.` in the model (3 names agree otherwise)',
    ],
    ['in two', layers(2, 'attention'), layers(2, 'attn'), 'possible: One module has another name'],
    [
      'in half of them',
      [...layers(2, 'attention'), 'a.b', 'c.d'],
      [...layers(2, 'attn'), 'e.f', 'g.h'],
      'possible: One module has another name',
    ],
    ['in four of five', [...layers(4, 'attention'), 'a.b'], [...layers(4, 'attn'), 'e.f'], 'likely: One module'],
    ['in three of four', [...layers(3, 'attention'), 'a.b'], [...layers(3, 'attn'), 'e.f'], 'possible: One module'],
    ['or two of them', [...layers(2, 'attention'), ...layers(2, 'feed')], [...layers(2, 'attn'), ...layers(2, 'mlp')], undefined],
    ['not in one', layers(1, 'attention'), layers(1, 'attn'), undefined],
    ['not in few', [...layers(2, 'attention'), 'a.b', 'c.d', 'i.j'], [...layers(2, 'attn'), 'e.f', 'g.h', 'k.l'], undefined],
    ['not in front', ['a.0.w', 'a.1.w'], ['b.0.w', 'b.1.w'], undefined],
    ['not at the end', ['m.0.a', 'm.1.a'], ['m.0.b', 'm.1.b'], undefined],
    ['not a number', ['m.0.w.x', 'n.0.w.x'], ['m.1.w.x', 'n.1.w.x'], undefined],
    ['not one name in two ways', ['m.a.w', 'n.b.w'], ['m.x.w', 'n.x.w'], undefined],
    ['not where two names fit', ['m.a.w', 'm.b.w', 'n.a.w', 'n.b.w'], ['m.x.w', 'n.x.w'], undefined],
  ])('%s', (_, missing, unexpected, expected) => {
    const drift = renamed(missing, unexpected);
    if (expected === undefined) expect(drift?.title ?? '').not.toMatch(/^One module/);
    else expect(`${drift?.confidence}: ${drift?.title}`.startsWith(expected)).toBe(true);
  });

  it('and two parts may have, the commonest told first', () => {
    const missing = [...layers(2, 'attention'), ...['x', 'y', 'z'].map((name) => `n.${name}.feed.w`)];
    const unexpected = [...layers(2, 'attn'), ...['x', 'y', 'z'].map((name) => `n.${name}.mlp.w`)];
    const drift = renamed(missing, unexpected);
    expect(drift?.title).toContain(
      '2 modules have other names: `.mlp.` in the checkpoint is `.feed.` in the model and `.attn.` in the checkpoint',
    );
    expect(drift?.explained.missingKeys).toHaveLength(5);
    expect(drift?.explained.unexpectedKeys).toEqual([...unexpected.slice(2), ...unexpected.slice(0, 2)]);
  });
});

describe('blocks in chunks', () => {
  const chunked = ['blocks.0.0.norm1.weight', 'blocks.0.1.mlp.fc1.weight'];
  const plain = ['blocks.0.norm1.weight', 'blocks.1.mlp.fc1.weight'];
  const told = (facts: FailureFacts) => {
    const drift = chunkedBlocks(failure(facts));
    return (
      drift &&
      `${drift.confidence}: ${/^The (\w+) keeps its blocks in chunks/.exec(drift.title)?.[1]}, ${drift.explained.missingKeys.length}, ${drift.explained.unexpectedKeys.length}`
    );
  };

  it.each<readonly [string, FailureFacts, string | undefined]>([
    ['in the model', { missing: chunked, unexpected: plain }, 'certain: model, 2, 2'],
    ['in the checkpoint', { missing: plain, unexpected: chunked }, 'certain: checkpoint, 2, 2'],
    ['of a class of DINO, where one side is listed', { missing: chunked, modelClass: 'DinoVisionTransformer' }, 'likely: model, 2, 0'],
    [
      'of a class of DINO, where the other side is',
      { unexpected: chunked, modelClass: 'DinoVisionTransformer' },
      'likely: checkpoint, 0, 2',
    ],
    ['not of another class', { missing: chunked, modelClass: 'Net' }, undefined],
    ['beside other keys', { missing: [...chunked, 'fc.weight'], unexpected: [...plain, 'head.weight'] }, 'certain: model, 2, 2'],
    ['not on both sides', { missing: chunked, unexpected: ['blocks.3.0.norm1.weight'] }, undefined],
    ['not of plain blocks', { missing: plain, unexpected: plain }, undefined],
    ['not beside other blocks', { missing: chunked, unexpected: ['blocks.0.other.weight'] }, undefined],
  ])('%s', (_, facts, expected) => {
    expect(told(facts)).toBe(expected);
  });
});

describe('what an adapter leaves aside', () => {
  const base = ['base_model.model.a.weight', 'base_model.model.b.weight'];
  const told = (facts: FailureFacts) => {
    const part = partOfAdapter(failure(facts));
    return (
      part && [
        part.confidence,
        part.harmless === true,
        part.explained.missingKeys.length,
        part.explained.unexpectedKeys.length,
        part.wouldDecide.length,
      ]
    );
  };

  it.each<readonly [string, FailureFacts, readonly unknown[] | undefined]>([
    ['is the base model', { missing: base, severity: 'warning' }, ['likely', true, 2, 0, 0]],
    ['also where a strict load was refused', { missing: base }, ['likely', false, 2, 0, 0]],
    ['less surely where the list is cut', { missing: base, severity: 'warning', complete: false }, ['possible', false, 2, 0, 1]],
    ['not an adapter weight', { missing: [...base, 'base_model.model.a.lora_A.weight'] }, undefined],
    ['nor a trained module', { missing: [...base, 'base_model.modules_to_save.x'] }, undefined],
    [
      'nor a prompt',
      { missing: [...base, 'base_model.model.prompt_encoder'].map((key) => key.replace('model.prompt_', 'x.prompt_')) },
      undefined,
    ],
    ['not anything else', { missing: [...base, 'model.c.weight'] }, undefined],
    ['not where the file has more', { missing: base, unexpected: ['x'] }, undefined],
    [
      'is the text encoder',
      { unexpected: ['lora_te_a', 'lora_te1_b', 'text_encoder.c', 'text_encoder_2.d', 'te_e', 'te2_f'], severity: 'warning' },
      ['possible', false, 0, 6, 1],
    ],
    ['not beside the image model', { unexpected: ['lora_te_a', 'lora_unet_b'], severity: 'warning' }, undefined],
    ['not where the load was refused', { unexpected: ['lora_te_a'] }, undefined],
    ['not where something is missing', { unexpected: ['lora_te_a'], missing: ['b'], severity: 'warning' }, undefined],
    ['not nothing', {}, undefined],
  ])('%s', (_, facts, expected) => {
    expect(told(facts)).toEqual(expected);
  });

  it('is a projection that ComfyUI does not need, and nothing beside it', () => {
    const facts: FailureFacts = { missing: ['text_projection', 'a.text_projection.weight', 'logit_scale'], severity: 'warning' };
    const told = (more: FailureFacts, dialects = ['comfyui']) => partOfAdapter({ ...failure({ ...facts, ...more }), dialects })?.harmless;
    expect(told({})).toBe(true);
    expect(told({ severity: 'error' })).toBeUndefined();
    expect(told({}, ['torch'])).toBeUndefined();
    expect(told({ unexpected: ['fc.weight'] })).toBeUndefined();
    expect(told({ missing: ['text_projection', 'fc.weight'] })).toBeUndefined();
  });
});

describe('the same numbers under another shape', () => {
  const id = 'reshape-equivalent';
  const list = (...pairs: readonly (readonly [Shape, Shape, string?])[]): FailureFacts => ({
    mismatches: pairs.map(([checkpoint, model, name = 'a.weight']) => [name, checkpoint, model]),
  });

  it.each<readonly [string, FailureFacts, string, string]>([
    [
      'axes of size 1',
      list(
        [
          [8, 4],
          [8, 4, 1],
        ],
        [[1, 8], [8]],
      ),
      'certain',
      'only axes of size 1 differ',
    ],
    [
      'of one parameter',
      list([
        [8, 4],
        [8, 4, 1],
      ]),
      'likely',
      'a linear layer and a convolution of kernel size 1',
    ],
    [
      'a 1 × 1 convolution',
      list([
        [8, 4, 1, 1],
        [8, 4],
      ]),
      'likely',
      'a linear layer and a 1 × 1 convolution',
    ],
    ['a scalar', list([[1], []]), 'likely', 'a scalar and a vector of one element'],
    ['a row', list([[1, 8], [8], 'bn.bias']), 'likely', 'a vector and a matrix of one row'],
    [
      'merged axes',
      list([
        [8, 4, 2],
        [8, 8],
      ]),
      'possible',
      'neighbouring axes were merged or split',
    ],
    ['split axes', list([[64], [8, 4, 2]]), 'possible', 'neighbouring axes were merged or split'],
    [
      'some merged, some not',
      list(
        [
          [8, 4, 2],
          [8, 8],
        ],
        [[1, 8], [8]],
      ),
      'possible',
      'neighbouring axes were merged or split',
    ],
  ])('%s', (_, facts, confidence, words) => {
    const answer = diagnosed(id, facts);
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(words);
  });

  it('of another name says no more of a row', () => {
    expect(diagnosed(id, list([[1, 8], [8], 'a.weight'])).title).not.toContain('matrix of one row');
    expect(diagnosed(id, list([[8, 1], [8], 'bn.bias'])).title).not.toContain('matrix of one row');
  });

  it.each<readonly [string, FailureFacts, string]>([
    ['nothing', {}, 'no shape differs'],
    [
      'other counts',
      list(
        [
          [8, 4],
          [8, 4, 1],
        ],
        [[8], [9]],
      ),
      'not every pair has the same number of elements: [8] and [9]',
    ],
    [
      'another order',
      list([
        [8, 4],
        [4, 8],
      ]),
      'the same sizes stand in another order',
    ],
    [
      'two sizes that changed',
      list([
        [6, 4],
        [8, 3],
      ]),
      'equal counts of elements, but no axis was merged or split',
    ],
    ['empty shapes', list([[0, 4], [0]]), 'equal counts of elements, but no axis'],
    ['packed storage', list([[64], [8, 8], 'a.qweight']), 'one side holds packed'],
    [
      'blocks of packed storage',
      list([
        [2_000_000, 1],
        [2000, 1000],
      ]),
      'one side holds packed',
    ],
  ])('not: %s', (_, facts, reason) => {
    expect(declined(id, facts)).toContain(reason);
  });

  it('but a long column that is no longer than a million is no packed storage', () => {
    expect(
      diagnosed(
        id,
        list([
          [1_000_000, 1],
          [1000, 1000],
        ]),
      ).confidence,
    ).toBe('possible');
  });
});
