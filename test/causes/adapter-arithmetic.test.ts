import { describe, expect, it } from 'vitest';
import { isAdapterKey, isKohyaKey, targetModule } from '../../src/causes/vocabulary-and-adapters/adapter-keys.js';
import { isOtherSlices } from '../../src/causes/vocabulary-and-adapters/adapter-slices.js';
import {
  adapterTensors,
  hasPlaceholder,
  isLoraName,
  isMergedLinear,
  sitsOnVocabularyOrLabels,
} from '../../src/causes/vocabulary-and-adapters/adapter-tensors.js';
import { fusionsBetween } from '../../src/causes/vocabulary-and-adapters/fused-projections.js';
import { packingOf } from '../../src/causes/vocabulary-and-adapters/packings.js';
import { countsTokens, namingOf, vocabularyRows } from '../../src/causes/vocabulary-and-adapters/vocabulary-rows.js';
import type { Shape } from '../../src/model/shape.js';
import { failure } from './failure-builder.js';

type Pair = readonly [parameter: string | undefined, checkpointShape: Shape, modelShape: Shape];
const listOf = (...pairs: readonly Pair[]) => failure({ mismatches: pairs });

describe('one half of an adapter', () => {
  it.each<readonly [string, Shape, Shape, readonly unknown[]]>([
    ['m.q_proj.lora_A.default.weight', [8, 64], [16, 64], ['a', 'm.q_proj', 8, 16, 64, 64]],
    ['m.q_proj.lora_B.default.weight', [64, 8], [64, 16], ['b', 'm.q_proj', 8, 16, 64, 64]],
    ['m.lora_embedding_A.default', [8, 64], [16, 64], ['a', 'm', 8, 16, 64, 64]],
    ['m.lora_embedding_B.default', [64, 8], [64, 16], ['b', 'm', 8, 16, 64, 64]],
    ['m.q_proj.lora_E.default', [8, 1], [16, 1], ['a', 'm.q_proj', 8, 16, 1, 1]],
    ['lora_unet_x.lora_down.weight', [8, 64], [16, 64], ['a', 'lora_unet_x', 8, 16, 64, 64]],
    ['lora_unet_x.lora_up.weight', [64, 8], [64, 16], ['b', 'lora_unet_x', 8, 16, 64, 64]],
    ['to_q_lora.down.weight', [8, 64], [16, 64], ['a', 'to_q', 8, 16, 64, 64]],
    ['m.k_proj.lora_linear_layer.down.weight', [8, 64], [16, 64], ['a', 'm.k_proj', 8, 16, 64, 64]],
    ['m.to_k.lora_layer.up.weight', [64, 8], [64, 16], ['b', 'm.to_k', 8, 16, 64, 64]],
    ['m.hada_w1_a', [64, 8], [64, 16], ['b', 'm', 8, 16, 64, 64]],
    ['m.hada_w1_b', [8, 64], [16, 64], ['a', 'm', 8, 16, 64, 64]],
    ['m.lokr_w2_b', [8, 64], [16, 64], ['a', 'm', 8, 16, 64, 64]],
    ['m.q.lora_a', [64, 8], [64, 16], ['a', 'm.q', 8, 16, 64, 64]],
    ['m.q.lora_a', [8, 64], [16, 64], ['a', 'm.q', 8, 16, 64, 64]],
    ['m.q.lora_b', [8, 64], [16, 64], ['b', 'm.q', 8, 16, 64, 64]],
  ])('%s %j %j', (parameter, checkpoint, model, expected) => {
    const [tensor] = adapterTensors(listOf([parameter, checkpoint, model]));
    expect(
      tensor && [tensor.half, tensor.module, tensor.rank.checkpoint, tensor.rank.model, tensor.width.checkpoint, tensor.width.model],
    ).toEqual(expected);
    expect(isLoraName(parameter)).toBe(true);
  });

  it.each<readonly [string | undefined, Shape, Shape]>([
    ['m.q_proj.weight', [8, 64], [16, 64]],
    ['m.explora_A.weight', [8, 64], [16, 64]],
    ['m.lora_Ax.weight', [8, 64], [16, 64]],
    ['m.lora_A.weight', [8], [16, 64]],
    ['m.lora_A.weight', [8, 64], [0]],
    [undefined, [8, 64], [16, 64]],
  ])('is none: %s %j %j', (parameter, checkpoint, model) => {
    expect(adapterTensors(listOf([parameter, checkpoint, model]))).toEqual([]);
  });

  it('of the early fused form has three dimensions on one side', () => {
    const isMerged = (parameter: string, checkpoint: Shape, model: Shape) =>
      adapterTensors(listOf([parameter, checkpoint, model])).map(isMergedLinear)[0];
    expect(isMerged('m.lora_B.weight', [64, 8, 1], [64, 16])).toBe(true);
    expect(isMerged('m.lora_B.weight', [64, 16], [64, 8, 1])).toBe(true);
    expect(isMerged('m.lora_B.weight', [64, 8, 1], [64, 16, 1])).toBe(false);
    expect(isMerged('m.lora_B.weight', [64, 8, 1, 1], [64, 16])).toBe(false);
    expect(isMerged('m.lora_A.weight', [64, 8, 1], [64, 16])).toBe(false);
    expect(isMerged('m.lora_B.weight', [2, 64, 8], [64, 16])).toBe(false);
  });

  it('over stacked experts has no rank to compare where one side has no axis of experts', () => {
    expect(adapterTensors(listOf(['m.experts.lora_B.default.weight', [4, 64, 8], [64, 32]]))).toEqual([]);
    expect(adapterTensors(listOf(['m.experts.lora_B.default.weight', [64, 8], [64, 32]]))).toHaveLength(1);
  });

  it('may sit on what counts tokens or labels', () => {
    const sits = (module: string) =>
      adapterTensors(listOf([`${module}.lora_A.weight`, [8, 64], [16, 64]])).map(sitsOnVocabularyOrLabels)[0];
    expect([sits('model.embed_tokens'), sits('lm_head'), sits('classifier'), sits('model.layers.0.self_attn.q_proj')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('and placeholders stand in a list on either side', () => {
    expect([
      hasPlaceholder(listOf(['a', [0], [4]])),
      hasPlaceholder(listOf(['a', [4], [0]])),
      hasPlaceholder(listOf(['a', [4], [5]])),
    ]).toEqual([true, true, false]);
  });

  it.each<readonly [string, readonly Pair[], boolean]>([
    [
      'two slices against three',
      [
        ['m.lora_A.weight', [16, 64], [24, 64]],
        ['m.lora_B.weight', [128, 8], [192, 8]],
      ],
      true,
    ],
    [
      'one against three',
      [
        ['m.lora_A.weight', [8, 64], [24, 64]],
        ['m.lora_B.weight', [64, 8], [192, 8]],
      ],
      true,
    ],
    [
      'not four',
      [
        ['m.lora_A.weight', [8, 64], [32, 64]],
        ['m.lora_B.weight', [64, 8], [192, 8]],
      ],
      false,
    ],
    [
      'not a part of one',
      [
        ['m.lora_A.weight', [12, 64], [24, 64]],
        ['m.lora_B.weight', [64, 8], [192, 8]],
      ],
      false,
    ],
    [
      'not of another rank',
      [
        ['m.lora_A.weight', [8, 64], [16, 64]],
        ['m.lora_B.weight', [64, 8], [64, 16]],
      ],
      false,
    ],
    [
      'not of two ranks',
      [
        ['m.lora_A.weight', [16, 64], [24, 64]],
        ['m.lora_B.weight', [128, 8], [192, 8]],
        ['n.lora_B.weight', [128, 4], [192, 4]],
      ],
      false,
    ],
    ['not without the other half', [['m.lora_A.weight', [16, 64], [24, 64]]], false],
    ['not where only the other half differs', [['m.lora_B.weight', [128, 8], [192, 8]]], false],
    [
      'not of another width',
      [
        ['m.lora_A.weight', [16, 32], [24, 64]],
        ['m.lora_B.weight', [128, 8], [192, 8]],
      ],
      false,
    ],
    [
      'not the early form',
      [
        ['m.lora_A.weight', [16, 64], [24, 64]],
        ['m.lora_B.weight', [128, 8, 1], [192, 8]],
      ],
      false,
    ],
  ])('covers other slices: %s', (_, pairs, expected) => {
    expect(isOtherSlices(adapterTensors(listOf(...pairs)))).toBe(expected);
  });
});

describe('a key of an adapter', () => {
  it.each([
    ['base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight', true, 'q_proj'],
    ['model.layers.0.lora_magnitude_vector', true, 'layers'],
    ['h.0.attn.ia3_l', true, 'attn'],
    ['to_q_lora.down.weight', true, 'to_q'],
    ['lora_A.weight', true, undefined],
    ['model.layers.0.q_proj.weight', false, undefined],
    ['model.explora_A.weight', false, undefined],
  ])('%s: %s, on %s', (key, isAdapter, module) => {
    expect([isAdapterKey(key), targetModule(key)]).toEqual([isAdapter, module]);
  });

  it.each([
    ['lora_unet_down_blocks_0.alpha', true],
    ['lora_te_text_model.alpha', true],
    ['lora_te2_text_model.alpha', true],
    ['lora_transformer_x.alpha', true],
    ['lora_prior_unet_x.alpha', true],
    ['x.lora_unet_y', false],
    ['lora_other_x', false],
    ['lora_tex', false],
  ])('in the flat notation: %s %s', (key, expected) => {
    expect(isKohyaKey(key)).toBe(expected);
  });
});

describe('one fused projection against several', () => {
  const told = (fused: readonly string[], split: readonly string[]) =>
    fusionsBetween(fused, split).map(
      ({ what, fusedName, splitNames, fused: whole, split: parts }) =>
        `${what}: ${fusedName} = ${splitNames.join(' + ')}, ${whole.length} for ${parts.length}`,
    );
  const parts = (layer: number, ...names: readonly string[]) => names.map((name) => `model.layers.${layer}.self_attn.${name}.weight`);

  it.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
    [
      'of query, key and value',
      parts(0, 'qkv_proj'),
      parts(0, 'q_proj', 'k_proj', 'v_proj'),
      ['query, key and value: qkv_proj = q_proj + k_proj + v_proj, 1 for 3'],
    ],
    [
      'in two layers',
      [...parts(0, 'qkv_proj'), ...parts(1, 'qkv_proj')],
      [...parts(0, 'q_proj', 'k_proj', 'v_proj'), ...parts(1, 'q_proj', 'k_proj', 'v_proj')],
      ['query, key and value: qkv_proj = q_proj + k_proj + v_proj, 2 for 6'],
    ],
    [
      'only where all parts are there',
      [...parts(0, 'qkv_proj'), ...parts(1, 'qkv_proj')],
      [...parts(0, 'q_proj', 'k_proj', 'v_proj'), ...parts(1, 'q_proj', 'k_proj')],
      ['query, key and value: qkv_proj = q_proj + k_proj + v_proj, 1 for 3'],
    ],
    ['only in one layer', parts(0, 'qkv_proj'), parts(1, 'q_proj', 'k_proj', 'v_proj'), []],
    ['of key and value', parts(0, 'kv_proj'), parts(0, 'k_proj', 'v_proj'), ['key and value: kv_proj = k_proj + v_proj, 1 for 2']],
    [
      'of gate and up',
      parts(0, 'gate_up_proj'),
      parts(0, 'gate_proj', 'up_proj'),
      ['gate and up: gate_up_proj = gate_proj + up_proj, 1 for 2'],
    ],
    [
      'with adapters behind it',
      ['l.0.qkv_proj.lora_A.default.weight'],
      ['l.0.q_proj.lora_A.default.weight', 'l.0.k_proj.lora_A.default.weight', 'l.0.v_proj.lora_A.default.weight'],
      ['query, key and value: qkv_proj = q_proj + k_proj + v_proj, 1 for 3'],
    ],
    ['but not with more', ['l.0.qkv_proj.a.b.c.d'], ['l.0.q_proj.w', 'l.0.k_proj.w', 'l.0.v_proj.w'], []],
    ['not of other names', parts(0, 'fc'), parts(0, 'q_proj', 'k_proj', 'v_proj'), []],
    [
      'in other words',
      ['h.0.attn.c_attn.weight'],
      ['h.0.attention.query.weight', 'h.0.attention.key.weight', 'h.0.attention.value.weight'],
      ['query, key and value: c_attn = query + key + value, 1 for 3'],
    ],
    [
      'outside of layers',
      ['attn.qkv.weight'],
      ['attn.q.weight', 'attn.k.weight', 'attn.v.weight'],
      ['query, key and value: qkv = q + k + v, 1 for 3'],
    ],
  ])('%s', (_, fused, split, expected) => {
    expect(told(fused, split)).toEqual(expected);
  });
});

describe('what a name says of a vocabulary', () => {
  it.each<readonly [string | undefined, string | undefined]>([
    [undefined, 'unnamed'],
    ['weight', 'unnamed'],
    ['model.embed_tokens.weight', 'words'],
    ['lm_head.weight', 'words'],
    ['output.weight', 'words'],
    ['cls.predictions.bias', 'words'],
    ['enc_p.emb.weight', 'symbols'],
    ['embedding.weight', 'symbols'],
    ['text_head.weight', 'symbols'],
    ['speaker_embedding.weight', undefined],
    ['embeddings.position_embeddings.weight', undefined],
    ['user_embedding.weight', undefined],
    ['a.b.weight', 'sizes'],
    ['a.b.bias', undefined],
    ['m.lora_embedding_A.default', 'words'],
    ['lm_head.lora_B.default.weight', 'words'],
    ['m.q_proj.lora_B.default.weight', undefined],
  ])('%s: %s', (parameter, expected) => {
    expect(namingOf(parameter === undefined ? {} : { parameter })).toBe(expected);
  });
});

describe('rows of a vocabulary', () => {
  const rows = (...pairs: readonly Pair[]) =>
    vocabularyRows(listOf(...pairs)).map(({ position, checkpoint, model, naming }) => [position, checkpoint, model, naming]);
  const embedding = ['model.embed_tokens.weight', [32001, 64], [32000, 64]] as const;

  it.each<readonly [string, readonly Pair[], readonly (readonly unknown[])[]]>([
    ['of an embedding', [embedding], [[0, 32001, 32000, 'words']]],
    ['not its width', [['model.embed_tokens.weight', [32000, 64], [32000, 128]]], []],
    ['not both', [['model.embed_tokens.weight', [32001, 64], [32000, 128]]], []],
    [
      'not of an empty one',
      [
        ['model.embed_tokens.weight', [0], [32000, 64]],
        ['lm_head.weight', [32000, 64], [0]],
      ],
      [],
    ],
    ['not of one row', [['model.embed_tokens.weight', [1, 64], [32000, 64]]], []],
    ['of two', [['model.embed_tokens.weight', [2, 64], [32000, 64]]], [[0, 2, 32000, 'words']]],
    ['flattened', [['model.embed_tokens.weight', [32001 * 64], [32000, 64]]], [[0, 32001, 32000, 'words']]],
    ['flattened on the other side', [['model.embed_tokens.weight', [32000, 64], [32001 * 64]]], [[0, 32000, 32001, 'words']]],
    ['flattened and whole', [['model.embed_tokens.weight', [32000 * 64], [32000, 64]]], []],
    ['flattened and cut', [['model.embed_tokens.weight', [16000 * 64], [32000, 64]]], []],
    ['flattened and broken', [['model.embed_tokens.weight', [32001 * 64 + 1], [32000, 64]]], []],
    ['flattened, of symbols', [['embedding.weight', [101 * 64], [100, 64]]], []],
    ['of a bias of one row', [['model.final_logits_bias', [1, 32001], [1, 32000]]], [[0, 32001, 32000, 'words']]],
    ['in columns of GGUF', [['token_embd.weight', [64, 32001], [64, 32000]]], [[0, 32001, 32000, 'words']]],
    ['not in other columns', [['model.embed_tokens.weight', [64, 32001], [64, 32000]]], []],
    ['of an adapter', [['m.lora_embedding_A.default', [8, 32001], [8, 32000]]], [[0, 32001, 32000, 'words']]],
    ['without a name, by sizes', [[undefined, [32001, 64], [32000, 64]]], [[0, 32001, 32000, 'unnamed']]],
    ['without a name, not by small sizes', [[undefined, [100, 64], [90, 64]]], []],
    ['without a name, a few more than twice the width', [[undefined, [131, 64], [130, 64]]], [[0, 131, 130, 'unnamed']]],
    ['not twice the width', [[undefined, [129, 64], [127, 64]]], []],
    ['not positions', [[undefined, [514, 64], [512, 64]]], []],
    ['not in multiples of eight', [[undefined, [168, 64], [160, 64]]], []],
    ['not many more', [[undefined, [161, 64], [140, 64]]], []],
    ['not of three dimensions', [[undefined, [32001, 64, 1], [32000, 64, 1]]], []],
    [
      'with the layer that has the same two sizes',
      [embedding, ['fc.bias', [32001], [32000]]],
      [
        [0, 32001, 32000, 'words'],
        [1, 32001, 32000, 'words'],
      ],
    ],
    [
      'before it too',
      [['fc.bias', [32001], [32000]], embedding],
      [
        [0, 32001, 32000, 'words'],
        [1, 32001, 32000, 'words'],
      ],
    ],
    ['without layers of other sizes', [embedding, ['fc.bias', [32001], [31999]]], [[0, 32001, 32000, 'words']]],
    [
      'not beside an unnamed one alone',
      [
        [undefined, [32001, 64], [32000, 64]],
        ['fc.bias', [32001], [32000]],
      ],
      [[0, 32001, 32000, 'unnamed']],
    ],
    [
      'not a hidden width',
      [
        ['a.weight', [32001, 64], [32000, 64]],
        ['b.weight', [10, 32001], [20, 32000]],
      ],
      [],
    ],
  ])('%s', (_, pairs, expected) => {
    expect(rows(...pairs)).toEqual(expected);
  });

  it('are none of a prompt, or of faces', () => {
    for (const modelClass of ['PrefixEncoder', 'PromptEncoder', 'ArcFace', 'CosFace', 'PartialFC'])
      expect(vocabularyRows({ ...listOf(embedding), modelClass })).toEqual([]);
    expect(vocabularyRows({ ...listOf(embedding), modelClass: 'LlamaModel' })).toHaveLength(1);
  });

  it('are counted by the last layer where an embedding is as long', () => {
    const list = listOf(embedding, ['fc.bias', [32001], [32000]], ['x.bias', [5], [6]]);
    expect([[1], [2], [], [1, 2]].map((positions) => countsTokens(list, positions))).toEqual([true, false, false, false]);
  });
});

describe('two storages of the same numbers', () => {
  const told = (parameter: string | undefined, checkpoint: Shape, model: Shape) => {
    const [mismatch] = listOf([parameter, checkpoint, model]).mismatches;
    const packing = mismatch && packingOf(mismatch);
    return packing && `${packing.form} ${packing.packedSide} ${packing.format}${packing.proof === undefined ? '' : ' proved'}`;
  };

  it.each<readonly [string | undefined, Shape, Shape, string | undefined]>([
    ['q.weight', [8192, 1], [128, 128], 'column checkpoint bitsandbytes 4-bit proved'],
    ['q.weight', [128, 128], [8192, 1], 'column model bitsandbytes 4-bit proved'],
    ['q.weight', [4096, 1], [128, 128], 'column checkpoint bitsandbytes 4-bit proved'],
    ['q.weight', [2048, 1], [128, 128], 'column checkpoint bitsandbytes 4-bit proved'],
    ['q.weight', [1000, 1], [128, 128], 'column checkpoint bitsandbytes 4-bit'],
    ['q.weight', [511, 1], [128, 128], undefined],
    ['q.weight', [32, 1], [8, 8], undefined],
    ['q.weight', [64, 1], [16, 8], 'column checkpoint bitsandbytes 4-bit proved'],
    ['q.weight', [16384, 1], [128, 128], undefined],
    ['q.weight', [1000, 1], [1000, 128], undefined],
    ['q.weight', [1000, 1], [2000, 1], undefined],
    ['q.weight', [16, 8, 32, 2], [128, 256], 'tiles checkpoint torchao int4 proved'],
    ['q.weight', [16, 8, 31, 2], [128, 256], undefined],
    ['q.weight', [15, 8, 32, 2], [128, 256], undefined],
    ['q.weight', [16, 8, 32, 2], [16, 9, 32, 2], undefined],
    ['q.weight', [16, 9, 32, 2], [16, 16, 32, 2], 'tiles both torchao int4 proved'],
    ['q.weight', [16, 9, 32, 3], [16, 16, 32, 3], undefined],
    ['q.weight', [64, 144], [64, 256], 'bytes checkpoint GGUF Q4_0 proved'],
    ['q.weight', [64, 272], [64, 256], 'bytes checkpoint GGUF Q8_0 proved'],
    ['q.weight', [64, 256], [64, 210], 'bytes model GGUF Q6_K proved'],
    ['q.weight', [64, 145], [64, 256], undefined],
    ['q.weight', [63, 144], [64, 256], undefined],
    ['q.weight', [96, 256], [48, 512], 'blocks checkpoint GGUF proved'],
    ['q.weight', [1024, 32], [64, 512], 'blocks checkpoint GGUF proved'],
    ['q.weight', [96, 128], [24, 512], undefined],
    ['q.weight', [97, 256], [48, 512], undefined],
    ['q.weight', [64, 100], [64, 200], 'narrow checkpoint two 4-bit weights in a byte'],
    ['q.weight', [64, 400], [64, 100], 'narrow model four 8-bit weights in 32 bits'],
    ['q.weight', [64, 100], [64, 800], 'narrow checkpoint eight 4-bit weights in 32 bits'],
    ['q.weight', [64, 100], [64, 300], undefined],
    ['q.weight', [64, 100], [65, 200], undefined],
    ['q.weight', [64, 0], [64, 100], undefined],
    ['q.qweight', [512, 64], [256, 64], 'bits both GPTQ or AWQ proved'],
    ['q.qweight', [512, 64], [384, 64], 'bits both GPTQ or AWQ proved'],
    ['q.qweight', [512, 64], [512, 32], undefined],
    ['q.qweight', [512, 64], [500, 64], undefined],
    ['q.scales', [1, 64], [64, 1], 'orientation both scales by group, as in GPTQ proved'],
    ['q.scales', [32, 64], [16, 64], 'groups both scales by group, as in GPTQ proved'],
    ['q.qzeros', [32, 64], [16, 64], 'groups both GPTQ or AWQ proved'],
    ['q.scales_and_zeros', [32, 64], [33, 64], 'groups both torchao int4 proved'],
    ['q.scales', [64], [16, 64], 'groups both scales by group, as in GPTQ proved'],
    ['q.scales', [32, 64], [16, 63], undefined],
  ])('%s %j %j: %s', (parameter, checkpoint, model, expected) => {
    expect(told(parameter, checkpoint, model)).toBe(expected);
  });
});
