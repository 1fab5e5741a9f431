import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatRanks, joinWords, plural } from '../../src/causes/sharding/amounts.js';
import { pictureOf, rankDependent, standForMatrices } from '../../src/causes/sharding/collapsed-shapes.js';
import {
  cutFlats,
  cutsOneWidthOnly,
  piecesThatAddUp,
  ranksByShare,
  ranksOf,
  rowShards,
  solveFlatGroup,
  unevenVocabularyShard,
  wholeFlats,
} from '../../src/causes/sharding/flat-group.js';
import { pipelineOption, readParallelSizes, tensorOption } from '../../src/causes/sharding/parallel-sizes.js';
import { knownVocabulary, readOtherWidthToo, readSplit, smallerIsWholeAttention } from '../../src/causes/sharding/parallel-split.js';
import { endOf, readAbsentStage, readNumberedNorm } from '../../src/causes/sharding/pipeline-stages.js';
import { padTo, readMegatronPadding, readPlainPadding } from '../../src/causes/sharding/vocabulary-padding.js';
import { isBelow, readZero, saysZero3, versionOf } from '../../src/causes/sharding/zero-stage.js';
import type { Mismatch } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, failure, subject } from './failure-builder.js';

type Pair = readonly [parameter: string | undefined, checkpointShape: Shape, modelShape: Shape];
const listOf = (...pairs: readonly Pair[]): readonly Mismatch[] => failure({ mismatches: pairs }).mismatches;

describe('amounts in sentences', () => {
  it.each([
    [formatCount(1234567), '1,234,567'],
    [formatCount(999.6), '1,000'],
    [formatCount(12), '12'],
    [plural(1, 'tensor'), '1 tensor'],
    [plural(1450, 'tensor'), '1,450 tensors'],
    [plural(2, 'piece', 'pieces of it'), '2 pieces of it'],
    [formatBytes(0), '0 bytes'],
    [formatBytes(1023), '1023 bytes'],
    [formatBytes(1024), '1.0 KiB'],
    [formatBytes(1024 * 100), '100 KiB'],
    [formatBytes(1024 * 99.94), '99.9 KiB'],
    [formatBytes(52.94 * 2 ** 20), '52.9 MiB'],
    [formatBytes(2 ** 40), '1.0 TiB'],
    [formatBytes(2 ** 52), '4096 TiB'],
    [formatRanks([0]), 'rank 0'],
    [formatRanks([0, 1]), 'ranks 0 and 1'],
    [formatRanks([0, 1, 2, 3, 4, 5, 6, 7]), 'ranks 0, 1, 2, 3, 4, 5, 6 and 7'],
    [formatRanks([0, 1, 2, 3, 4, 5, 6, 7, 8]), '9 ranks'],
    [joinWords([]), ''],
    [joinWords(['a']), 'a'],
    [joinWords(['a', 'b', 'c']), 'a, b and c'],
  ])('%s', (written, expected) => {
    expect(written).toBe(expected);
  });
});

describe('what became of a shape', () => {
  it.each<readonly [Shape, Shape, string]>([
    [[0], [4, 4], 'placeholders'],
    [[0], [], 'placeholders'],
    [[0], [0, 4], 'others'],
    [[1], [4, 4], 'ones'],
    [[1], [4], 'ones'],
    [[1], [1, 1], 'others'],
    [[8], [4, 4], 'flats'],
    [[4], [4, 4], 'others'],
    [[8], [16, 1], 'others'],
    [[8], [16], 'fragments'],
    [[16], [16], 'others'],
    [[17], [16], 'others'],
    [[0, 4], [4, 4], 'zeroWidths'],
    [[0, 4], [4], 'others'],
    [[2, 4], [4, 4], 'others'],
    [[], [4], 'others'],
  ])('%j in the place of %j: %s', (shape, whole, look) => {
    for (const side of ['checkpoint', 'model'] as const) {
      const mismatches = listOf(side === 'checkpoint' ? ['a', shape, whole] : ['a', whole, shape]);
      const { side: _, collapsed, ...picture } = pictureOf(side, mismatches);
      const found = Object.entries(picture).filter(([, positions]) => positions.length > 0);
      expect(found).toEqual([[look, [0]]]);
      expect(collapsed).toEqual(look === 'placeholders' && whole.length !== 1 ? [0] : []);
    }
  });

  it('is one of a vector too, which tells of no collapse', () => {
    expect(pictureOf('model', listOf(['a', [4], [0]], ['b', [4, 4], [0]]))).toMatchObject({ placeholders: [0, 1], collapsed: [1] });
  });

  it('hangs on the rank where one whole has several pieces', () => {
    expect(rankDependent('model', listOf(['a', [9], [3]], ['b', [9], [3]], ['a', [9], [2]]))).toEqual([0, 2]);
    expect(rankDependent('model', listOf(['a', [9], [3]], ['a', [8], [2]]))).toEqual([]);
    expect(rankDependent('checkpoint', listOf(['a', [3], [9]], ['a', [2], [9]]))).toEqual([0, 1]);
    expect(rankDependent('checkpoint', listOf(['a', [3], [9]], ['a', [3], [9]]))).toEqual([]);
  });

  it.each<readonly [string, readonly Pair[], boolean]>([
    [
      'three of which two are matrices',
      [
        ['a', [40, 40], [1]],
        ['b', [40, 40], [1]],
        ['c', [40], [1]],
      ],
      true,
    ],
    [
      'three of which one is a matrix',
      [
        ['a', [40, 40], [1]],
        ['b', [40], [1]],
        ['c', [40], [1]],
      ],
      true,
    ],
    [
      'a small matrix and its bias',
      [
        ['a.weight', [3, 16], [1]],
        ['a.bias', [3], [1]],
      ],
      true,
    ],
    [
      'vectors of two lengths',
      [
        ['a', [40], [1]],
        ['b', [80], [1]],
      ],
      false,
    ],
    [
      'a column and a vector',
      [
        ['a', [40, 1], [1]],
        ['b', [40], [1]],
      ],
      false,
    ],
    [
      'two of one shape',
      [
        ['a', [40, 40], [1]],
        ['b', [40, 40], [1]],
      ],
      false,
    ],
    [
      'small matrices',
      [
        ['a', [9, 9], [1]],
        ['b', [9, 9], [1]],
        ['c', [9, 9], [1]],
      ],
      false,
    ],
    [
      'matrices of exactly a thousand',
      [
        ['a', [10, 100], [1]],
        ['b', [10, 100], [1]],
        ['c', [40], [1]],
      ],
      true,
    ],
    [
      'beside anything else',
      [
        ['a', [40, 40], [1]],
        ['b', [40, 40], [1]],
        ['c', [40], [1]],
        ['d', [40, 40], [0]],
      ],
      false,
    ],
  ])('[1] stands for matrices: %s', (_, pairs, expected) => {
    const mismatches = listOf(...pairs);
    expect(standForMatrices(pictureOf('model', mismatches), mismatches)).toBe(expected);
  });
});

describe('flat slices', () => {
  it.each([
    [4096 * 4096, 2_097_152, 8],
    [4096 * 4096 + 1, 2_097_153, 8],
    [4096 * 4096, 2_097_153, undefined],
    [1000, 1000, undefined],
    [1000, 0, undefined],
    [2048, 1024, 2],
    [1022, 511, undefined],
    [1024, 512, 2],
    [512 * 2 * 4097 * 1024, 1024 * 1024, undefined],
  ])('%i elements in slices of %i', (total, slice, ranks) => {
    expect(ranksOf(total, slice)).toBe(ranks);
  });

  it('are whole where nothing is cut', () => {
    const mismatches = listOf(['a', [65536], [256, 256]], ['b', [32768], [256, 256]]);
    const picture = pictureOf('checkpoint', mismatches);
    expect([wholeFlats(picture, mismatches), cutFlats(picture, mismatches)]).toEqual([[0], [1]]);
  });

  it.each<readonly [string, readonly Pair[], string | undefined, boolean]>([
    ['one parameter', [['a', [8192], [256, 256]]], '(256 × 256) / 8 = 8,192', true],
    ['one parameter of four ranks', [['a', [16384], [256, 256]]], '(256 × 256) / 4 = 16,384', false],
    [
      'two together',
      [
        ['a', [65536], [256, 256]],
        ['b', [32768], [256, 256]],
      ],
      '(256 × 256 + 256 × 256) / 4 = 32,768',
      false,
    ],
    ['nothing flat', [['a', [128, 256], [256, 256]]], undefined, false],
  ])('of %s', (_, pairs, equation, maybePacked) => {
    const mismatches = listOf(...pairs);
    const group = solveFlatGroup(pictureOf('checkpoint', mismatches), mismatches);
    if (equation === undefined) expect(group?.maybePacked ?? false).toBe(maybePacked);
    else expect(group).toMatchObject({ equation, maybePacked });
  });

  it('share what is listed, within three in a hundred', () => {
    const shared = (held: number) => {
      const mismatches = listOf(['a', [held], [256, 256]]);
      return ranksByShare(pictureOf('checkpoint', mismatches), mismatches);
    };
    expect([32768, 32000, 31000, 16384, 50000].map(shared)).toEqual([2, 2, undefined, 4, undefined]);
  });

  it('of several ranks add up to the whole', () => {
    expect(piecesThatAddUp('checkpoint', listOf(['a', [3000], [100, 50]], ['a', [2000], [100, 50]]))).toBe('3,000 + 2,000 = 100 × 50 (a)');
    expect(piecesThatAddUp('checkpoint', listOf(['a', [3000], [100, 50]], ['a', [2001], [100, 50]]))).toBeUndefined();
    expect(piecesThatAddUp('checkpoint', listOf(['a', [5000], [100, 50]]))).toBeUndefined();
    expect(piecesThatAddUp('checkpoint', listOf(['a', [3000], [100, 50]], ['b', [2000], [100, 50]]))).toBeUndefined();
    expect(piecesThatAddUp('checkpoint', listOf(['a', [5000], [100, 50]], ['a', [0], [100, 50]]))).toBeUndefined();
    expect(piecesThatAddUp('checkpoint', listOf([undefined, [3000], [100, 50]], [undefined, [2000], [100, 50]]))).toBeUndefined();
  });
});

describe('rows in equal shares', () => {
  it.each<readonly [string, readonly Pair[], number | undefined]>([
    [
      'of everything',
      [
        ['a', [4, 3], [8, 3]],
        ['b', [5], [10]],
      ],
      2,
    ],
    [
      'rounded up',
      [
        ['a', [3, 3], [8, 3]],
        ['b', [4], [10]],
      ],
      3,
    ],
    [
      'of two ratios',
      [
        ['a', [4, 3], [8, 3]],
        ['b', [5], [15]],
      ],
      undefined,
    ],
    ['not where another axis differs', [['a', [4, 3], [8, 6]]], undefined],
    ['not where the dimensions differ', [['a', [4], [8, 6]]], undefined],
    ['not where nothing is left', [['a', [0, 3], [8, 3]]], undefined],
    ['not where there are more', [['a', [16, 3], [8, 3]]], undefined],
    ['not of a scalar', [['a', [], [8]]], undefined],
    ['not of nothing', [], undefined],
  ])('%s', (_, pairs, ranks) => {
    expect(rowShards('checkpoint', listOf(...pairs))).toBe(ranks);
  });

  it('cut a width that stands whole on a later axis elsewhere', () => {
    const cuts = ({ parameter }: Mismatch) => parameter === 'norm';
    expect(cutsOneWidthOnly('model', listOf(['norm', [64], [32]], ['fc', [128, 64], [64, 64]]), cuts)).toBe(true);
    expect(cutsOneWidthOnly('model', listOf(['norm', [64], [32]], ['fc', [128, 64], [64, 32]]), cuts)).toBe(false);
    expect(cutsOneWidthOnly('model', listOf(['other', [64], [32]], ['fc', [128, 64], [64, 64]]), cuts)).toBe(false);
    expect(cutsOneWidthOnly('model', listOf(['norm', [64], [32]], ['fc', [64, 8], [64, 8]]), cuts)).toBe(false);
  });

  it.each<readonly [Shape, number, boolean]>([
    [[151_665, 64], 8, true],
    [[151_664, 64], 8, false],
    [[151_665, 64], 6, false],
    [[151_665, 64], 64, true],
    [[151_665, 64], 128, false],
    [[9_999, 64], 8, false],
    [[10_001, 64], 8, true],
    [[151_665], 8, false],
    [[151_665, 8, 8], 8, false],
  ])('of a vocabulary that they do not divide: %j by %i', (whole, ranks, expected) => {
    expect(unevenVocabularyShard('checkpoint', listOf(['a', [1, 1], whole]), ranks)).toBe(expected);
  });
});

describe('a split of tensor parallelism', () => {
  const q = 'model.layers.0.self_attn.q_proj.weight';
  const o = 'model.layers.0.self_attn.o_proj.weight';

  it.each<readonly [string | undefined, Shape, Shape, object | undefined]>([
    [q, [512, 1024], [1024, 1024], { axis: 0, pieces: 2, smaller: 'checkpoint', family: 'attention', exact: true }],
    [q, [1024, 1024], [512, 1024], { axis: 0, pieces: 2, smaller: 'model', family: 'attention', exact: true }],
    [q, [1024, 512], [1024, 1024], undefined],
    [q, [512, 512], [1024, 1024], undefined],
    [q, [512, 1024], [1023, 1024], undefined],
    [q, [8, 1024], [1024, 1024], { pieces: 128 }],
    [q, [4, 1024], [1024, 1024], undefined],
    [q, [0, 1024], [1024, 1024], undefined],
    [o, [1024, 512], [1024, 1024], { axis: 1, pieces: 2, family: 'attention' }],
    [o, [512, 1024], [1024, 1024], undefined],
    ['layers.0.mlp.experts.3.down_proj.weight', [64, 32], [64, 64], { axis: 1, family: 'mlp' }],
    ['model.embed_tokens.weight', [16000, 64], [32000, 64], { axis: 0, family: 'vocabulary' }],
    ['tok_embeddings.weight', [32000, 64], [32000, 128], { axis: 1, family: 'vocabulary' }],
    ['word_embeddings.weight', [25216, 64], [50304, 64], { pieces: 2, family: 'vocabulary', exact: false }],
    ['word_embeddings.weight', [25217, 64], [50304, 64], undefined],
    ['word_embeddings.weight', [3968, 64], [7808, 64], undefined],
    [q, [25216, 64], [50304, 64], undefined],
    ['weight', [16000, 64], [32000, 64], { family: 'vocabulary' }],
    [undefined, [16000, 64], [32000, 64], { family: 'vocabulary' }],
    [undefined, [12000, 64], [24000, 64], { family: 'other' }],
  ])('%s %j %j', (parameter, checkpoint, model, expected) => {
    const [mismatch] = listOf([parameter, checkpoint, model]);
    const split = mismatch && readSplit(mismatch, 7);
    if (expected === undefined) expect(split).toBeUndefined();
    else expect(split).toMatchObject({ position: 7, ...expected });
  });

  it('leaves no whole attention layer on the smaller side', () => {
    expect(smallerIsWholeAttention(listOf([o, [512, 512], [512, 1024]]))).toBe(true);
    expect(smallerIsWholeAttention(listOf([o, [512, 1024], [512, 512]]))).toBe(true);
    expect(smallerIsWholeAttention(listOf([o, [1024, 512], [1024, 1024]]))).toBe(false);
    expect(smallerIsWholeAttention(listOf([q, [512, 512], [1024, 512]]))).toBe(false);
  });

  it('tells the whole vocabulary where a published size is a multiple', () => {
    expect(knownVocabulary(16000, 2)).toEqual({ rows: 32000, smaller: 2, larger: 1 });
    expect(knownVocabulary(18816, 4)).toEqual({ rows: 150528, smaller: 8, larger: 2 });
    expect(knownVocabulary(17, 2)).toBeUndefined();
  });

  it.each<readonly [string, readonly Pair[], object | undefined]>([
    [
      'of a model of another width too',
      [
        ['word_embeddings.weight', [13000, 1024], [26000, 512]],
        [q, [100, 1024], [200, 512]],
      ],
      { pieces: 2, smaller: 'checkpoint', positions: [0, 1], checkpointWidth: 1024, modelWidth: 512 },
    ],
    ['the other way round', [['word_embeddings.weight', [26000, 512], [13000, 1024]]], { pieces: 2, smaller: 'model' }],
    ['not without a vocabulary', [[q, [100, 1024], [200, 512]]], undefined],
    ['not of a small vocabulary', [['word_embeddings.weight', [3000, 1024], [6000, 512]]], undefined],
    [
      'not where another ratio stands beside it',
      [
        ['word_embeddings.weight', [13000, 1024], [26000, 512]],
        [q, [100, 1024], [400, 512]],
      ],
      undefined,
    ],
    [
      'not where another width stands beside it',
      [
        ['word_embeddings.weight', [13000, 1024], [26000, 512]],
        [q, [100, 1024], [200, 256]],
      ],
      undefined,
    ],
    ['not where rows and width grow together', [['word_embeddings.weight', [13000, 512], [26000, 1024]]], undefined],
    ['not where the rows agree', [['word_embeddings.weight', [13000, 512], [13000, 1024]]], undefined],
    ['not where the width agrees', [['word_embeddings.weight', [13000, 512], [26000, 512]]], undefined],
    ['not by a broken ratio', [['word_embeddings.weight', [13000, 1024], [26001, 512]]], undefined],
    [
      'not of vectors',
      [
        ['word_embeddings.weight', [13000, 1024], [26000, 512]],
        ['bias', [100], [200]],
      ],
      undefined,
    ],
  ])('%s', (_, pairs, expected) => {
    const found = readOtherWidthToo(listOf(...pairs));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });
});

describe('a padded vocabulary', () => {
  it('is rounded up', () => {
    expect([padTo(50257, 64), padTo(50304, 64), padTo(1, 128)]).toEqual([50304, 50304, 128]);
  });

  it.each<readonly [number, number, object | undefined]>([
    [50257, 50304, { small: 50257, large: 50304, multiple: 128, known: { rows: 50257 } }],
    [50304, 50257, { small: 50257, large: 50304 }],
    [50304, 50432, { multiple: 256, smallMultiple: 128 }],
    [50304, 51200, { multiple: 1024, smallMultiple: 128 }],
    [50257, 50305, undefined],
    [40000, 50304, undefined],
    [999, 1024, undefined],
    [1000, 1024, { multiple: 128 }],
  ])('by Megatron from %i to %i', (a, b, expected) => {
    const found = readMegatronPadding(a, b);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it.each<readonly [number, number, object | undefined]>([
    [50257, 50304, { small: 50257, large: 50304, multiple: 64, known: { rows: 50257 } }],
    [50304, 50257, { small: 50257, large: 50304 }],
    [45001, 45056, { multiple: 64 }],
    [44930, 45056, { multiple: 128 }],
    [50257, 50305, undefined],
    [50304, 50368, undefined],
    [32100, 32128, undefined],
    [990, 1024, undefined],
  ])('elsewhere from %i to %i', (a, b, expected) => {
    const found = readPlainPadding(a, b);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });
});

describe('degrees that a message tells', () => {
  const told = (values: Readonly<Record<string, number | string>>) =>
    readParallelSizes(failure({ notices: [['model-parallel-size', values]] })).map(({ notice: _, ...sizes }) => sizes);

  it.each<readonly [Readonly<Record<string, number | string>>, readonly object[]]>([
    [{ checkpoint: 4, model: 2 }, [{ kind: 'unknown', checkpoint: 4, model: 2 }]],
    [{ checkpoint: 4, model: 4 }, []],
    [{ checkpoint: 4 }, [{ kind: 'unknown', checkpoint: 4 }]],
    [{ model: 4 }, [{ kind: 'unknown', model: 4 }]],
    [{}, [{ kind: 'unknown' }]],
    [{ checkpoint: '4', model: 2 }, [{ kind: 'unknown', model: 2 }]],
    [{ checkpoint: 4, model: 2, files: 3 }, [{ kind: 'unknown', checkpoint: 4, model: 2, files: 3 }]],
    [{ argument: 'tensor_model_parallel_size', checkpoint: 4, model: 2 }, [{ kind: 'tensor', checkpoint: 4, model: 2 }]],
    [{ argument: 'pipeline_model_parallel_size', checkpoint: 4, model: 2 }, [{ kind: 'pipeline', checkpoint: 4, model: 2 }]],
    [{ argument: 'expert_model_parallel_size', checkpoint: 4, model: 2 }, [{ kind: 'expert-or-context', checkpoint: 4, model: 2 }]],
    [
      { checkpointTensorParallel: 4, modelTensorParallel: 2, checkpointPipelineParallel: 1, modelPipelineParallel: 1 },
      [{ kind: 'tensor', checkpoint: 4, model: 2 }],
    ],
    [
      { checkpointTensorParallel: 4, modelTensorParallel: 2, checkpointPipelineParallel: 1, modelPipelineParallel: 3 },
      [
        { kind: 'tensor', checkpoint: 4, model: 2 },
        { kind: 'pipeline', checkpoint: 1, model: 3 },
      ],
    ],
  ])('%j', (values, expected) => {
    expect(told(values)).toEqual(expected);
  });

  it('are those of this topic alone', () => {
    expect(readParallelSizes(failure({ notices: [['data-parallel-size', { checkpoint: 4, model: 2 }]] }))).toEqual([]);
  });

  it('stand in options, the last one above 1', () => {
    const options = (...pairs: readonly (readonly [string, string])[]) =>
      subject(
        {},
        pairs.map(([name, value]) => ({ kind: 'option', name, value })),
      ).clues;
    const clues = options(
      ['tensor_parallel_size', '2'],
      ['model_parallel_size', '4'],
      ['pipe_parallel_size', '8'],
      ['tensor_model_parallel_size', '1'],
      ['other', '9'],
    );
    expect([tensorOption(clues)?.value, pipelineOption(clues)?.value]).toEqual(['4', '8']);
    expect(tensorOption(options(['tensor_parallel_size', '1']))).toBeUndefined();
  });
});

describe('stages of a pipeline', () => {
  it.each([
    ['model.embed_tokens.weight', 'embedding'],
    ['transformer.wte.weight', 'embedding'],
    ['model.norm.weight', 'final norm'],
    ['norm.bias', 'final norm'],
    ['transformer.ln_f.weight', 'final norm'],
    ['lm_head.weight', 'output head'],
    ['output_layer.weight', 'output head'],
    ['layers.3.norm.weight', undefined],
    ['layers.3.final_layernorm.weight', undefined],
    ['encoder.norm.weight', undefined],
    ['fc.weight', undefined],
  ])('%s: %s', (key, expected) => {
    expect(endOf(key)).toBe(expected);
  });

  const layer = (number: number, ...parts: readonly string[]) => parts.map((part) => `model.layers.${number}.${part}`);
  const whole = (number: number) => layer(number, 'mlp.weight', 'attn.weight');

  it.each<readonly [string, readonly string[], readonly string[], object | undefined]>([
    [
      'the last one',
      [...whole(2), ...whole(3), 'model.norm.weight', 'lm_head.weight'],
      [],
      { kind: 'absent-stage', first: 2, last: 3, stack: 'model.layers', ends: ['final norm', 'output head'] },
    ],
    [
      'the first one',
      [...whole(0), ...whole(1), 'model.embed_tokens.weight'],
      [],
      { kind: 'absent-stage', first: 0, last: 1, ends: ['embedding'] },
    ],
    ['whatever the order of the keys', [...whole(10), ...whole(9), 'model.norm.weight'], [], { first: 9, last: 10 }],
    [
      'with buffers of some layers',
      [...whole(2), ...whole(3), ...layer(3, 'rotary_emb.inv_freq'), 'lm_head.weight'],
      [],
      { kind: 'absent-stage', first: 2, last: 3 },
    ],
    ['not one layer alone', [...whole(2), 'lm_head.weight'], [], undefined],
    ['not layers without an end', [...whole(2), ...whole(3)], [], undefined],
    ['not layers with a gap', [...whole(2), ...whole(4), 'lm_head.weight'], [], undefined],
    ['not parts of a layer', [...whole(2), ...layer(3, 'mlp.weight'), 'lm_head.weight'], [], { kind: 'part-of-a-layer' }],
    ['not where keys are left over', [...whole(2), ...whole(3), 'lm_head.weight'], ['x'], undefined],
    ['not where other keys are missing', [...whole(2), ...whole(3), 'lm_head.weight', 'fc.weight'], [], undefined],
    ['not the first layers with the last end', [...whole(0), ...whole(1), 'lm_head.weight'], [], undefined],
    ['not the last layers with both ends', [...whole(2), ...whole(3), 'lm_head.weight', 'model.embed_tokens.weight'], [], undefined],
    [
      'not two stacks',
      [...whole(2), ...whole(3), 'other.layers.2.mlp.weight', 'other.layers.3.mlp.weight', 'lm_head.weight'],
      [],
      undefined,
    ],
    ['not nothing', [], [], undefined],
  ])('one is absent: %s', (_, missing, unexpected, expected) => {
    const found = readAbsentStage(failure({ missing, unexpected }));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(expected);
  });

  it('a norm stands under the number of a layer', () => {
    const read = (missing: readonly string[], unexpected: readonly string[]) => readNumberedNorm(failure({ missing, unexpected }));
    expect(read(['final_layernorm.weight'], ['layers.24.weight'])).toEqual({
      kind: 'numbered-norm',
      number: 24,
      stack: 'layers',
      keys: ['final_layernorm.weight', 'layers.24.weight'],
    });
    expect(read(['final_layernorm.weight'], ['layers.24.mlp.weight'])).toBeUndefined();
    expect(read(['fc.weight'], ['layers.24.weight'])).toBeUndefined();
    expect(read(['final_layernorm.weight'], ['layers.24.weight', 'layers.25.final_layernorm.lm_head.weight'])?.keys).toHaveLength(3);
  });
});

describe('what the log tells of ZeRO', () => {
  const at = (line: number, source = 'test.log') => ({ source, line });
  const stage = (number: 1 | 2 | 3, line: number, strength: 'strong' | 'medium' | 'weak' = 'strong', source?: string) =>
    ({ kind: 'zero-stage', stage: number, strength, form: '', at: at(line, source), text: '' }) as const;
  const reading = (
    line: number,
    ...clues: readonly (ReturnType<typeof stage> | (ClueFacts & { readonly at: ReturnType<typeof at>; readonly text: string }))[]
  ) => {
    const built = subject({});
    return readZero({ failure: { ...built.failure, at: at(line) }, clues: clues as typeof built.clues });
  };

  it.each<readonly [string, readonly ReturnType<typeof stage>[], number | undefined, number | undefined]>([
    ['the last stage before the failure', [stage(2, 1), stage(3, 5)], 3, 2],
    ['not one behind it', [stage(2, 1), stage(3, 15)], 2, undefined],
    ['one behind it where there is none before', [stage(3, 15)], 3, undefined],
    ['the strongest of those', [stage(2, 12, 'medium'), stage(3, 15)], 3, undefined],
    ['a weak one where there is no other', [stage(3, 1, 'weak')], 3, undefined],
    ['but no weak one beside another', [stage(2, 1), stage(3, 5, 'weak')], 2, undefined],
    ['one of the same file', [stage(2, 1), stage(3, 1, 'strong', 'other.log')], 2, 3],
    ['one of another file where there is none in the same', [stage(3, 90, 'strong', 'other.log')], 3, undefined],
    ['on the line of the failure', [stage(3, 10)], 3, undefined],
    ['none', [], undefined, undefined],
  ])('%s', (_, clues, expected, other) => {
    const found = reading(10, ...clues);
    expect([found.stage?.stage, found.otherStage?.stage]).toEqual([expected, other]);
    expect(saysZero3(found)).toBe(expected === 3);
  });

  it('an engine lives until a launch or the building of a model', () => {
    const engine = { kind: 'engine-live', form: '', at: at(3), text: '' } as const;
    const launch = (line: number) => ({ kind: 'launcher', name: 'deepspeed', at: at(line), text: '' }) as const;
    expect(reading(10, engine).engine).toBeDefined();
    expect(reading(2, engine).engine).toBeUndefined();
    expect(reading(10, engine, launch(5)).engine).toBeUndefined();
    expect(reading(10, launch(2), engine).engine).toBeDefined();
    expect(reading(10, engine, launch(10)).engine).toBeDefined();
    expect(reading(10, engine, launch(3)).engine).toBeDefined();
  });

  it('libraries that shard, unless they are only guessed', () => {
    const library = (name: 'deepspeed' | 'fsdp2' | 'megatron', strength: 'strong' | 'weak') =>
      ({ kind: 'sharding-library', library: name, strength, at: at(1), text: '' }) as const;
    const found = reading(10, library('deepspeed', 'strong'), library('fsdp2', 'strong'));
    expect([found.deepspeed?.library, found.fsdp?.library]).toEqual(['deepspeed', 'fsdp2']);
    const guessed = reading(10, library('deepspeed', 'weak'), library('fsdp2', 'weak'), library('megatron', 'strong'));
    expect([guessed.deepspeed, guessed.fsdp]).toEqual([undefined, undefined]);
  });

  it('versions', () => {
    const version = (text: string, library = 'deepspeed') => ({ kind: 'version', library, version: text, at: at(1), text: '' }) as const;
    const read = (...texts: readonly string[]) =>
      versionOf(
        texts.map((text) => version(text)),
        'deepspeed',
      );
    expect([read('0.14.2'), read('0.5.1', '0.6.0'), read('0.0.0'), read('x.1'), read('1'), read()]).toEqual([
      [0, 14],
      [0, 6],
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(versionOf([version('0.14.2', 'torch')], 'deepspeed')).toBeUndefined();
    expect(versionOf([version('0.14.2', 'DeepSpeed')], 'deepspeed')).toEqual([0, 14]);
    expect([isBelow([0, 5], [0, 6]), isBelow([0, 6], [0, 6]), isBelow([1, 5], [0, 6]), isBelow([0, 7], [1, 0])]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
