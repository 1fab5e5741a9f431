import { describe, expect, it } from 'vitest';
import { flattenedMaps } from '../../src/causes/architecture/flattened-maps.js';
import { type ObservedSizes, observedSizes } from '../../src/causes/architecture/observed-sizes.js';
import { patchPair } from '../../src/causes/architecture/patch-kernels.js';
import {
  commonGrids,
  gridInWords,
  gridsOf,
  imageSizes,
  isSpare,
  pictureGrids,
  relativeSquare,
  tokenAxes,
} from '../../src/causes/architecture/position-arithmetic.js';
import type { Mismatch } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';
import { failure } from './failure-builder.js';
import { declines, diagnosed } from './judge.js';

const mismatchOf = (parameter: string | undefined, checkpointShape: Shape, modelShape: Shape): Mismatch => ({
  ...(parameter === undefined ? {} : { parameter }),
  checkpointShape,
  modelShape,
  dialect: 'torch',
  at: { source: 'a.log', line: 1 },
});

describe('tokens as a square of patches', () => {
  it.each([
    [197, [{ side: 14, extra: 1 }]],
    [196, [{ side: 14, extra: 0 }]],
    [198, [{ side: 14, extra: 2 }]],
    [201, [{ side: 14, extra: 5 }]],
    [5, [{ side: 2, extra: 1 }]],
    [4, [{ side: 2, extra: 0 }]],
    [
      9,
      [
        { side: 3, extra: 0 },
        { side: 2, extra: 5 },
      ],
    ],
    [10, [{ side: 3, extra: 1 }]],
    [2, []],
    [1, []],
    [0, []],
    [200, []],
  ])('%i', (tokens, grids) => {
    expect(gridsOf(tokens)).toEqual(grids);
  });

  it('have the same extra tokens on both sides', () => {
    expect(commonGrids(197, 577)).toEqual({ checkpoint: { side: 14, extra: 1 }, model: { side: 24, extra: 1 } });
    expect(commonGrids(197, 576)).toBeUndefined();
    expect(commonGrids(9, 14)).toEqual({ checkpoint: { side: 2, extra: 5 }, model: { side: 3, extra: 5 } });
  });

  it('in words', () => {
    expect([gridInWords(196, { side: 14, extra: 0 }), gridInWords(197, { side: 14, extra: 1 })]).toEqual(['196 = 14²', '197 = 14² + 1']);
  });

  it('with the patches that make both a usual picture', () => {
    const sizes = (checkpoint: number, model: number) => imageSizes({ side: checkpoint, extra: 1 }, { side: model, extra: 1 });
    expect(sizes(14, 24)).toEqual([
      { patch: 16, checkpoint: 224, model: 384 },
      { patch: 14, checkpoint: 196, model: 336 },
      { patch: 8, checkpoint: 112, model: 192 },
      { patch: 32, checkpoint: 448, model: 768 },
    ]);
    expect(sizes(16, 37).map(({ patch }) => patch)).toEqual([14]);
    expect(sizes(14, 25)).toEqual([]);
  });

  it('relative to each other within a window: (2w − 1)², and three more for a class token', () => {
    expect([169, 172, 9, 12].map(relativeSquare)).toEqual([
      { side: 7, extra: 0 },
      { side: 7, extra: 3 },
      { side: 2, extra: 0 },
      { side: 2, extra: 3 },
    ]);
    expect([1, 4, 16, 170, 0].map(relativeSquare)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('a table of positions', () => {
  const axes = (checkpointShape: Shape, modelShape: Shape, parameter: string | undefined = 'visual.pos_embed') =>
    tokenAxes(mismatchOf(parameter, checkpointShape, modelShape));

  it.each<readonly [string, Shape, Shape, readonly number[] | undefined]>([
    ['with a batch axis', [1, 197, 768], [1, 50, 768], [197, 50, 768]],
    ['without', [197, 768], [50, 768], [197, 50, 768]],
    ['of one dimension has no width', [197], [50], [197, 50]],
    ['of another width is another model', [1, 197, 768], [1, 197, 1024], undefined],
    ['of two differing axes too', [1, 197, 768], [1, 50, 1024], undefined],
    ['that does not differ is none', [1, 197, 768], [1, 197, 768], undefined],
    ['of another number of dimensions is none', [197, 768], [1, 50, 768], undefined],
    ['as a map of height and width', [1, 14, 14, 768], [1, 24, 24, 768], [196, 576, 768]],
    ['as a map behind the width', [1, 768, 14, 14], [1, 768, 24, 20], [196, 480, 768]],
    ['as a map of another width is another model', [1, 256, 14, 14], [1, 144, 14, 14], undefined],
    ['as a map of one side', [1, 16, 14, 768], [1, 20, 14, 768], [16, 20, 768]],
    ['of first and third axis is none', [2, 14, 14, 768], [3, 14, 20, 768], undefined],
    ['of second and fourth axis is none', [1, 14, 14, 768], [1, 24, 14, 1024], undefined],
    ['of three dimensions and two axes is none', [14, 14, 768], [24, 24, 768], undefined],
  ])('%s', (_, checkpoint, model, expected) => {
    const found = axes(checkpoint, model);
    expect(found && [found.checkpoint, found.model, ...(found.width === undefined ? [] : [found.width])]).toEqual(expected);
  });

  it.each<readonly [string | undefined, Shape, Shape, boolean, boolean]>([
    ['visual.positional_embedding', [197, 768], [50, 768], true, true],
    ['transformer.wpe.weight', [1024, 768], [2048, 768], false, false],
    ['encoder.pos_embed', [1, 196, 768], [1, 576, 768], true, false],
    ['encoder.pos_embed', [1024, 768], [2048, 768], false, false],
    ['encoder.pos_embed', [197, 768], [577, 768], true, false],
    ['encoder.pos_embed', [197, 768], [578, 768], false, false],
    ['encoder.pos_embed', [196, 768], [577, 768], false, false],
    ['text.pos_embed', [197, 768], [577, 768], false, false],
    ['embeddings.position_embedding.weight', [1024, 768], [600, 768], false, true],
    [undefined, [257, 1024], [577, 1024], true, true],
    [undefined, [512, 768], [1024, 768], false, true],
    ['weight', [257, 1024], [577, 1024], true, true],
  ])('%s %j %j: of a picture %s, of a tower %s', (parameter, checkpoint, model, picture, tower) => {
    expect(tokenAxes(mismatchOf(parameter, checkpoint, model))).toMatchObject({ picture, tower });
  });

  it('of a picture gives both grids, unless it is a map already', () => {
    const grids = (checkpoint: Shape, model: Shape, parameter?: string) => {
      const found = axes(checkpoint, model, parameter);
      return found && pictureGrids(found)?.model.side;
    };
    expect(grids([1, 197, 768], [1, 577, 768])).toBe(24);
    expect(grids([1, 14, 14, 768], [1, 24, 24, 768])).toBeUndefined();
    expect(grids([1024, 768], [2304, 768], 'wpe')).toBeUndefined();
  });

  it.each<readonly [Shape, Shape, string, boolean]>([
    [[1, 197, 768], [1, 196, 768], 'visual.pos_embed', true],
    [[1, 198, 768], [1, 196, 768], 'visual.pos_embed', true],
    [[1, 199, 768], [1, 196, 768], 'visual.pos_embed', false],
    [[1, 2, 2, 768], [1, 1, 3, 768], 'visual.pos_embed', false],
    [[514, 768], [512, 768], 'wpe', true],
    [[513, 768], [512, 768], 'wpe', false],
    [[130, 768], [128, 768], 'wpe', true],
    [[129, 768], [127, 768], 'wpe', false],
  ])('%j against %j differs by spare entries (%s): %s', (checkpoint, model, parameter, expected) => {
    const found = axes(checkpoint, model, parameter);
    expect(found !== undefined && isSpare(found)).toBe(expected);
  });
});

describe('a projection of patches', () => {
  it.each<readonly [string | undefined, Shape, Shape, readonly number[] | undefined]>([
    ['patch_embed.proj.weight', [768, 3, 16, 16], [768, 3, 14, 14], [16, 14]],
    ['patch_embed.proj.weight', [768, 3, 16, 16], [768, 1, 14, 14], [16, 14]],
    ['patch_embed.proj.weight', [768, 3, 16, 16], [768, 1, 16, 16], undefined],
    ['patch_embed.proj.weight', [768, 3, 16, 16], [1024, 3, 14, 14], undefined],
    ['patch_embed.proj.weight', [768, 3, 16, 32], [768, 3, 16, 16], undefined],
    ['patch_embed.proj.weight', [768, 3, 16, 16], [768, 3, 16, 32], undefined],
    ['patch_embed.proj.weight', [768, 3, 2, 16, 16], [768, 3, 1, 16, 16], [16, 16, 2, 1]],
    ['patch_embed.proj.weight', [768, 3, 2, 16, 16], [768, 3, 2, 14, 14], [16, 14]],
    ['patch_embed.proj.bias', [768], [1024], undefined],
    ['stem.conv.weight', [64, 3, 16, 16], [64, 3, 8, 8], undefined],
    [undefined, [64, 3, 16, 16], [64, 3, 8, 8], [16, 8]],
    ['weight', [64, 3, 16, 16], [64, 3, 8, 8], [16, 8]],
    ['weight', [64, 3, 16, 16], [64, 3, 7, 7], undefined],
    ['weight', [64, 3, 7, 7], [64, 3, 16, 16], undefined],
    ['weight', [64, 4, 16, 16], [64, 4, 8, 8], undefined],
    ['weight', [64, 3, 1, 16, 16], [64, 3, 1, 8, 8], undefined],
    ['weight', [64, 3, 8, 16], [64, 3, 16, 16], undefined],
    ['to_patch_embedding.1.weight', [512, 432], [512, 768], [12, 16]],
    ['to_patch_embedding.1.weight', [512, 256], [512, 64], [16, 8]],
    ['to_patch_embedding.1.weight', [512, 432], [256, 768], undefined],
    ['to_patch_embedding.1.weight', [512, 432], [256, 432], undefined],
    ['to_patch_embedding.1.weight', [512, 432], [512, 700], undefined],
    ['to_patch_embedding.1.weight', [512, 3], [512, 12], undefined],
    ['mlp.fc1.weight', [512, 432], [512, 768], undefined],
  ])('%s %j %j', (parameter, checkpoint, model, expected) => {
    const found = patchPair(mismatchOf(parameter, checkpoint, model));
    const frames = found?.frames === undefined ? [] : [found.frames.checkpoint, found.frames.model];
    expect(found && [found.checkpoint, found.model, ...frames]).toEqual(expected);
  });
});

describe('inputs of a linear layer that were flattened from maps', () => {
  it.each<readonly [string | undefined, Shape, Shape, readonly number[] | undefined]>([
    ['fc1.weight', [512, 3136], [512, 2304], [7, 6]],
    [undefined, [512, 3136], [512, 2304], [7, 6]],
    ['fc1.weight', [512, 25088], [512, 512], [7, 1]],
    ['fc1.weight', [512, 2048], [512, 512], undefined],
    ['fc1.weight', [512, 3136], [512, 2305], undefined],
    ['fc1.weight', [512, 784], [512, 576], undefined],
    ['fc1.weight', [4096, 3136], [4096, 2304], undefined],
    ['fc1.weight', [3136, 512], [2304, 512], undefined],
    ['fc1.weight', [512, 3136], [256, 2304], undefined],
    ['fc1.weight', [512, 3136, 1], [512, 2304, 1], undefined],
    ['fc1.weight_g', [512, 3136], [512, 2304], undefined],
  ])('%s %j %j', (parameter, checkpoint, model, expected) => {
    const found = flattenedMaps(mismatchOf(parameter, checkpoint, model));
    expect(found && [found.checkpoint, found.model]).toEqual(expected);
  });
});

describe('the sizes of a model, as one parameter shows them', () => {
  it.each<readonly [string | undefined, Shape, ObservedSizes]>([
    ['model.embed_tokens.weight', [32000, 4096], { vocabulary: 32000, hidden: 4096 }],
    ['lm_head.weight', [32000, 4096], { vocabulary: 32000, hidden: 4096 }],
    ['embeddings.position_embeddings.weight', [512, 768], { positions: 512, hidden: 768 }],
    ['model.layers.0.mlp.gate_proj.weight', [11008, 4096], { ffn: 11008, hidden: 4096 }],
    ['model.layers.0.mlp.gate_up_proj.weight', [22016, 4096], { ffn: 11008, hidden: 4096 }],
    ['model.layers.0.mlp.down_proj.weight', [4096, 11008], { hidden: 4096, ffn: 11008 }],
    ['encoder.layer.0.intermediate.dense.bias', [3072], { ffn: 3072 }],
    ['h.0.mlp.c_fc.weight', [768, 3072], { hidden: 768, ffn: 3072 }],
    ['h.0.mlp.c_proj.weight', [3072, 768], { ffn: 3072, hidden: 768 }],
    ['h.0.attn.c_attn.weight', [768, 2304], { hidden: 768 }],
    ['h.0.attn.c_attn.weight', [2304, 768], { hidden: 768 }],
    ['model.layers.0.self_attn.q_proj.weight', [4096, 2048], { hidden: 2048 }],
    ['model.layers.0.self_attn.k_proj.weight', [512, 2048], { hidden: 2048 }],
    ['model.layers.0.self_attn.v_proj.weight', [512, 2048], { hidden: 2048 }],
    ['model.layers.0.self_attn.q_proj.bias', [4096], {}],
    ['model.layers.0.self_attn.o_proj.weight', [2048, 4096], { hidden: 2048 }],
    ['model.layers.0.input_layernorm.weight', [4096], { hidden: 4096 }],
    ['model.layers.0.self_attn.q_norm.weight', [128], {}],
    ['vision.cls_token', [1, 1, 768], { hidden: 768 }],
    ['vision.patch_embed.proj.weight', [768, 3, 16, 16], { hidden: 768 }],
    ['layers.2.blocks.0.norm1.weight', [384], { hidden: 96 }],
    ['stages.0.blocks.1.norm2.bias', [96], { hidden: 96 }],
    ['model.norm.weight', [1], {}],
    [undefined, [32000, 4096], {}],
  ])('%s %j', (parameter, shape, expected) => {
    const { mismatches } = failure({ mismatches: [[parameter, shape, [7, 7]]] });
    expect(observedSizes({ mismatches }, 'checkpoint')).toEqual(expected);
    const turned = failure({ mismatches: [[parameter, [7, 7], shape]] });
    expect(observedSizes(turned, 'model')).toEqual(expected);
  });

  it('are what most parameters show', () => {
    const built = failure({
      mismatches: [
        ['a.norm.weight', [10], [7]],
        ['b.norm.weight', [20], [7]],
        ['c.norm.weight', [20], [7]],
      ],
    });
    expect(observedSizes(built, 'checkpoint')).toEqual({ hidden: 20 });
  });
});

describe('attention windows', () => {
  const windows = (parameter: string, checkpoint: Shape, model: Shape) =>
    /differ:? \(?(\d+) × \1 in the checkpoint and (\d+) × \2/.exec(
      diagnosed('window-size', { mismatches: [[parameter, checkpoint, model]] }).title,
    );

  it.each<readonly [string, Shape, Shape, readonly string[]]>([
    ['attn.relative_position_bias_table', [169, 4], [529, 4], ['7', '12']],
    ['attn.rel_pos.relative_position_bias_table', [4, 13, 13], [4, 23, 23], ['7', '12']],
    ['attn.attention_biases', [4, 49], [4, 196], ['7', '14']],
    ['attn.relative_position_index', [49, 49], [144, 144], ['7', '12']],
    ['attn.relative_position_index', [2401], [20736], ['7', '12']],
    ['attn.attention_bias_idxs', [49, 49], [144, 144], ['7', '12']],
    ['attn.relative_coords_table', [1, 13, 13, 2], [1, 23, 23, 2], ['7', '12']],
  ])('%s %j %j', (parameter, checkpoint, model, expected) => {
    expect(windows(parameter, checkpoint, model)?.slice(1)).toEqual(expected);
  });

  it.each<readonly [string, Shape, Shape]>([
    ['attn.relative_position_bias_table', [169, 4], [169, 8]],
    ['attn.relative_position_bias_table', [169, 4], [170, 4]],
    ['attn.relative_position_bias_table', [4, 13, 13], [4, 23, 24]],
    ['attn.relative_position_bias_table', [4, 12, 12], [4, 23, 23]],
    ['attn.relative_position_bias_table', [4, 1, 1], [4, 23, 23]],
    ['attn.attention_biases', [4, 49], [4, 50]],
    ['attn.attention_biases', [49], [196]],
    ['attn.relative_position_index', [49, 50], [144, 144]],
    ['attn.relative_position_index', [49], [144]],
    ['attn.relative_coords_table', [1, 13, 13, 2], [1, 24, 24, 2]],
    ['attn.attn_mask', [64, 49, 49], [16, 144, 144]],
    ['attn.other_table', [169, 4], [529, 4]],
  ])('are not what differs in %s %j %j', (parameter, checkpoint, model) => {
    expect(declines('window-size', { mismatches: [[parameter, checkpoint, model]] })).toBe(true);
  });

  it('are less sure where the heads differ, or where more than they differs', () => {
    const table = ['a.relative_position_bias_table', [169, 4], [529, 4]] as const;
    const confidence = (...others: readonly (readonly [string, Shape, Shape])[]) =>
      diagnosed('window-size', { mismatches: [table, ...others] }).confidence;
    expect([confidence(), confidence(['fc.weight', [2, 2], [3, 2]])]).toEqual(['certain', 'certain']);
    expect(confidence(['fc.weight', [2, 2], [3, 2]], ['fc.bias', [2], [3]])).toBe('likely');
    expect(confidence(['b.relative_position_bias_table', [169, 4], [529, 8]])).toBe('likely');
  });

  it('take the masks that follow from them along, in the order of the list', () => {
    const { explained } = diagnosed('window-size', {
      mismatches: [
        ['a.attn_mask', [64, 49, 49], [16, 144, 144]],
        ['fc.weight', [2, 2], [3, 2]],
        ['a.relative_position_bias_table', [169, 4], [529, 4]],
      ],
    });
    expect(explained.mismatches).toEqual([0, 2]);
  });
});
