import { describe, expect, it } from 'vitest';
import { isLlavaFamily, towerCheck, usesLlavaScripts } from '../../src/causes/sharding/llava-family.js';
import type { Frame } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, failure, subject } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];
const at = { source: 'test.log', line: 1 };

describe('models built like LLaVA', () => {
  const inFrame = (frame: Partial<Frame>) => {
    const built = subject({});
    return { ...built, failure: { ...built.failure, traceback: [{ file: 'run.py', line: 1, function: 'main', at, ...frame }] } };
  };

  it.each<readonly [string, Parameters<typeof usesLlavaScripts>[0], boolean]>([
    ['a function', inFrame({ function: 'build_vision_tower' }), true],
    ['another function', inFrame({ function: 'build_tower' }), false],
    ['a script', inFrame({ file: '/x/train_mem.py' }), true],
    ['another script', inFrame({ file: '/x/train.py' }), false],
    ['a class', subject({ modelClass: 'LlavaLlamaForCausalLM' }), true],
    ['another class', subject({ modelClass: 'LlamaForCausalLM' }), false],
    ['a command', subject({}, [{ kind: 'command-line', command: 'python /x/MedCLIP/run.py' }]), true],
    ['another command', subject({}, [{ kind: 'command-line', command: 'python run.py' }]), false],
    ['a project', subject({}, [{ kind: 'project', name: 'LLaVA-Med' }]), true],
    ['another project', subject({}, [{ kind: 'project', name: 'axolotl' }]), false],
  ])('are told by %s', (_, asked, expected) => {
    expect([usesLlavaScripts(asked), isLlavaFamily(asked)]).toEqual([expected, expected]);
  });

  it('have names of their own', () => {
    const names: readonly FailureFacts[] = [
      { modelClass: 'MyVisionTower' },
      {
        mismatches: [
          [undefined, [4], [0]],
          ['model.mm_projector.0.weight', [4, 4], [0]],
        ],
      },
    ];
    for (const facts of names) expect([isLlavaFamily(subject(facts)), usesLlavaScripts(subject(facts))]).toEqual([true, false]);
    expect(isLlavaFamily(inFrame({ code: 'self.vision_tower.load_model()' }))).toBe(true);
    expect(isLlavaFamily(inFrame({ code: 'self.tower.load_model()' }))).toBe(false);
  });

  const BIAS: Pair = ['0.bias', [4096], [0]];
  const SECOND: Pair = ['2.weight', [4096, 4096], [0]];
  const first = (...shape: Shape): Pair => ['0.weight', shape, [0]];

  it.each<readonly [string, string, readonly Pair[], boolean]>([
    ['CLIP', 'Sequential', [first(4096, 1024), BIAS, SECOND], true],
    ['SigLIP', 'Sequential', [first(4096, 1152), SECOND], true],
    ['two scales', 'Sequential', [first(4096, 2048), SECOND], true],
    ['three scales', 'Sequential', [first(4096, 3072), SECOND], true],
    ['a name that is not printed', 'Sequential', [first(4096, 1024), SECOND, [undefined, [4], [0]]], true],
    ['no such width', 'Sequential', [first(4096, 1000), SECOND], false],
    ['a wide one that is no multiple', 'Sequential', [first(4096, 1500), SECOND], false],
    ['half a tower', 'Sequential', [first(4096, 512), SECOND], false],
    ['no width', 'Sequential', [first(4096, 0), SECOND], false],
    ['another class', 'Projector', [first(4096, 1024), SECOND], false],
    ['one layer', 'Sequential', [first(4096, 1024), BIAS], false],
    ['the second layer', 'Sequential', [BIAS, SECOND], false],
    ['a third layer', 'Sequential', [first(4096, 1024), SECOND, ['4.weight', [4096, 4096], [0]]], false],
    ['a tenth layer', 'Sequential', [first(4096, 1024), SECOND, ['10.weight', [4096, 4096], [0]]], false],
    ['a norm of weights', 'Sequential', [first(4096, 1024), SECOND, ['2.weight_g', [4096, 1], [0]]], false],
    ['a convolution', 'Sequential', [first(4096, 1024, 1), SECOND], false],
    ['a vector', 'Sequential', [first(4096), SECOND], false],
  ])('a projector alone: %s', (_, modelClass, mismatches, expected) => {
    expect(isLlavaFamily(subject({ modelClass, mismatches }))).toBe(expected);
  });

  const norm = (name: string, ...shape: Shape): Pair => [`vision_model.${name}.weight`, shape, [0]];
  const projector = (name: string, width: number): Pair => [name, [4096, width], [0]];

  it.each<readonly [string, readonly Pair[], string, string]>([
    [
      'CLIP',
      [projector('mm_projector.0.weight', 1024)],
      'reads 1024 features (CLIP ViT-L/14, SigLIP large, Swin-B) and writes 4096',
      'not fit',
    ],
    [
      'two scales',
      [projector('model.mm_projector.weight', 2048)],
      'reads 2048 features: that belongs to a 2048-wide tower or to 2 scales of a 1024-wide',
      'stock?',
    ],
    ['no tower', [projector('0.weight', 1000)], 'reads 1000 features, which is the width of no common tower and writes 4096', 'scales'],
    ['a small one', [projector('weight', 512)], 'reads 512 features, which is the width of no common tower', 'scales'],
    ['its second layer', [projector('mm_projector.2.weight', 1152)], 'check that vision_tower.hidden_size equals', 'reads'],
    ['its scale', [projector('mm_projector.0.weight_scale', 1152)], 'check that vision_tower.hidden_size equals', 'reads 1152'],
    ['the stock tower', [norm('post_layernorm', 1024)], 'the tower gives 1024 features', 'stock tower'],
    ['no width', [], 'check that vision_tower.hidden_size equals', 'gives'],
    ['a norm before the blocks', [norm('post_layernorm', 1152), norm('prelayernorm', 1000)], 'gives 1152 features', '1000'],
    ['another', [norm('post_layernorm', 1152), norm('ln_pre', 1000)], 'gives 1152 features', '1000'],
    ['one of the embedding', [norm('post_layernorm', 1152), norm('embeddings.norm', 1000)], 'gives 1152 features', '1000'],
    ['one of the patches', [norm('post_layernorm', 1152), norm('patch_embed.norm', 1000)], 'gives 1152 features', '1000'],
    ['one in the blocks', [norm('post_layernorm', 1152), norm('layers.3.layer_norm1', 1000)], 'gives 1152 features', '1000'],
    ['one of two axes', [norm('post_layernorm', 1152), norm('last.norm', 1000, 3)], 'gives 1152 features', '1000'],
    ['no norm', [norm('post_layernorm', 1152), norm('proj', 1000)], 'gives 1152 features', '1000'],
    ['the text half', [norm('post_layernorm', 1152), ['text_model.final_layer_norm.weight', [512], [0]]], 'gives 1152 features', '512'],
    ['blocks alone', [norm('layers.1.norm', 1152), norm('layers.2.norm', 1152)], 'gives 1152 features', 'equals'],
    [
      'blocks of two widths',
      [norm('layers.1.norm', 768), norm('layers.2.norm', 1152)],
      'check that vision_tower.hidden_size equals',
      'gives',
    ],
  ])('the tower beside: %s', (_, mismatches, expected, unexpected) => {
    const told = towerCheck(failure({ mismatches }).mismatches);
    expect(told).toContain(expected);
    expect(told).not.toContain(unexpected);
  });

  it('another width does not fit what was trained for the stock tower', () => {
    const told = (pair: Pair) => towerCheck(failure({ mismatches: [pair] }).mismatches);
    expect(told(projector('mm_projector.0.weight', 1152))).toContain("It does not fit LLaVA's stock tower CLIP ViT-L/14 (1024).");
    expect(told(norm('post_layernorm', 1152))).toContain('reads 1024 and does not fit it.');
  });
});

describe('a vocabulary with surplus rows', () => {
  const id = 'padded-vocab';
  const rows = (checkpoint: number, model: number, parameter = 'embed_tokens.weight'): Pair => [parameter, [checkpoint, 64], [model, 64]];
  const isMegatrons = (facts: FailureFacts, clues: readonly ClueFacts[] = []) =>
    diagnosed(id, { mismatches: [rows(50257, 50304)], ...facts }, clues).remedies[0]?.title.startsWith(
      'Pad the model to the checkpoint',
    ) === true;

  it.each<readonly [string, readonly Pair[], string]>([
    ['symbols', [rows(50304, 50257, 'src_embed.weight')], 'counts symbols'],
    ['a few tokens', [rows(10041, 10048)], '7 rows more are as well tokens'],
    ['no multiple', [rows(10040, 10049)], 'no rounding'],
    ['another layer', [rows(50257, 50304), ['norm.weight', [5], [6]]], 'parameters without a vocabulary axis'],
    ['no vocabulary', [['norm.weight', [5], [6]]], 'no parameter differs'],
  ])('none: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });

  it.each<readonly [number, number, string, string, readonly string[]]>([
    [10040, 10048, 'torch', 'possible', ['10,048 = 10,040 rounded up to a multiple of 64; 10,040 is what was rounded.']],
    [
      50257,
      50304,
      'torch',
      'certain',
      ['50,304 = 50,257 rounded up to a multiple of 64; 50,257 is what was rounded.', '50,257 is the vocabulary of GPT-2 and GPT-Neo.'],
    ],
    [
      50304,
      50257,
      'megatron',
      'certain',
      ['50,304 = 50,257 rounded up to a multiple of 128; 50,257 is what was rounded.', '50,257 is the vocabulary of GPT-2 and GPT-Neo.'],
    ],
    [
      30592,
      30720,
      'megatron',
      'likely',
      [
        '30,720 = 30,524 rounded up to a multiple of 256; 30,592 = 30,524 rounded up to a multiple of 128.',
        '30,524 is the vocabulary of BLIP.',
        'Megatron rounds up to 128 × the tensor-parallel degree, so a change of the degree changes the padding: 256 is 128 × 2.',
      ],
    ],
  ])('%i and %i in %s', (checkpoint, model, dialect, confidence, statements) => {
    const answer = diagnosed(id, { mismatches: [rows(checkpoint, model), rows(checkpoint, model, 'lm_head.weight')], dialect });
    expect(answer.confidence).toBe(confidence);
    expect(answer.explained.mismatches).toEqual([0, 1]);
    expect(answer.evidence[0]?.statement).toContain(
      `2 tensors with one row for each token differ, by ${Math.abs(model - checkpoint)} rows`,
    );
    expect(answer.evidence[0]?.at?.line).toBe(2);
    expect(answer.evidence.slice(1).map(({ statement }) => statement)).toEqual(statements);
  });

  it.each<readonly [string, boolean, FailureFacts]>([
    ['a dialect', true, { dialect: 'nemo' }],
    ['a dialect that only ends so', false, { dialect: 'my-nemo' }],
    ['a name', true, { mismatches: [rows(50257, 50304, 'output_layer.weight')] }],
    ['a longer name', true, { mismatches: [rows(50257, 50304, 'model.embedding.word_embeddings.weight')] }],
    ['a name of transformers', false, { mismatches: [rows(50257, 50304, 'transformer.embedding.word_embeddings.weight')] }],
    [
      'a class of transformers',
      false,
      { mismatches: [rows(50257, 50304, 'output_layer.weight')], modelClass: 'GLMForConditionalGeneration' },
    ],
    ['one of two names', true, { mismatches: [rows(50257, 50304), rows(50257, 50304, 'output_layer.weight')] }],
    ['no name', false, { mismatches: [rows(50257, 50304, 'weight')] }],
    ['nothing', false, {}],
  ])('is that of Megatron by %s: %s', (_, expected, facts) => {
    expect(isMegatrons(facts)).toBe(expected);
  });

  it('is that of Megatron by a word of it', () => {
    const word = (library: 'megatron' | 'fsdp', strength: 'strong' | 'weak') =>
      isMegatrons({}, [{ kind: 'sharding-library', library, strength }]);
    expect([word('megatron', 'strong'), word('megatron', 'weak'), word('fsdp', 'strong')]).toEqual([true, false, false]);
    const built = subject({ mismatches: [rows(50257, 50304)] });
    const answer = diagnosed(id, { ...built, failure: { ...built.failure, dialects: ['torch', 'megatron'] } });
    expect(answer.remedies[0]?.title).toContain('Pad the model to the checkpoint');
  });

  const WHAT = 'padded vocabulary';

  it.each<readonly [Readonly<Record<string, number | string>>, string, string]>([
    [{ what: WHAT, checkpoint: 50304, model: 50432 }, 'certain', 'degree: 50,304 in the checkpoint, 50,432 in the run rows.'],
    [{ what: WHAT, checkpoint: 50304, model: 12608, tensorParallel: 4 }, 'certain', '50,432 in the run (12,608 × 4 ranks) rows.'],
    [{ checkpoint: 1000, model: 495, tensorParallel: 2 }, 'likely', '1,000 in the checkpoint, 990 in the run (495 × 2 ranks) elements.'],
    [{ checkpoint: 1019, model: 500, tensorParallel: 2 }, 'likely', '1,019 in the checkpoint, 1,000 in the run'],
    [{ checkpoint: 981, model: 500, tensorParallel: 2 }, 'likely', '981 in the checkpoint, 1,000 in the run'],
  ])('told: %j', (values, confidence, title) => {
    const answer = diagnosed(id, { notices: [['element-count', values]] });
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(title);
    expect(answer.evidence[0]?.statement.startsWith('The loader itself compares')).toBe(confidence === 'certain');
  });

  it.each<Readonly<Record<string, number | string>>>([
    { checkpoint: 1020, model: 500, tensorParallel: 2 },
    { checkpoint: 980, model: 500, tensorParallel: 2 },
    { checkpoint: 1000, model: 500, tensorParallel: 2 },
    { checkpoint: 5, model: 0, tensorParallel: 2 },
    { checkpoint: 1000, model: 990 },
    { what: 'something', checkpoint: 1000, model: 2000 },
  ])('not told: %j', (values) => {
    expect(declined(id, { notices: [['element-count', values]] })).toContain('no parameter differs');
  });

  it('is told in place of shapes only', () => {
    const values = { what: WHAT, checkpoint: 50304, model: 50432 };
    expect(declined(id, { notices: [['copy-failed', values]] })).toContain('no parameter differs');
    expect(diagnosed(id, { notices: [['element-count', values]], mismatches: [rows(50257, 50304)] }).title).toContain('50,257');
  });
});
