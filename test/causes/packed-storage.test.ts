import { describe, expect, it } from 'vitest';
import { packingOf } from '../../src/causes/vocabulary-and-adapters/packings.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, failure } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];
const id = 'quantized-packed';

describe('one tensor in two storages', () => {
  const [w, scales, q] = ['a.weight', 'a.scales', 'a.qweight'];

  it.each<readonly [string, Shape, Shape, string | undefined]>([
    [w, [512, 1], [100, 77], 'column checkpoint bitsandbytes 4-bit undefined'],
    [w, [511, 1], [100, 77], undefined],
    [w, [7700, 1], [100, 77], undefined],
    [w, [1024, 1, 1], [64, 32], undefined],
    [w, [1024, 1], [2048], undefined],
    [w, [64, 1], [128, 1], undefined],
    [w, [32, 1], [8, 8], undefined],
    [w, [64, 1], [8, 16], 'column checkpoint bitsandbytes 4-bit 64 × 2 = 8 × 16 = 128: two 4-bit weights in a byte'],
    [w, [4096, 1], [4096, 2], 'narrow checkpoint two 4-bit weights in a byte undefined'],
    [w, [8, 1, 32, 4], [64, 128], 'tiles checkpoint torchao int4 8 × 1 × 32 × 4 × 8 = 8192 weights of 4 bits for 64 × 128'],
    [w, [64, 128], [8, 1, 32, 4], 'tiles model torchao int4 8 × 1 × 32 × 4 × 8 = 8192 weights of 4 bits for 64 × 128'],
    [w, [8, 1, 32, 2], [64, 128], undefined],
    [w, [8, 2, 16, 4], [64, 128], undefined],
    [w, [8, 1, 32, 4], [64, 128, 1], undefined],
    [w, [8, 1, 32, 4, 1], [64, 128], undefined],
    [w, [9, 1, 32, 4], [64, 128], undefined],
    [
      w,
      [16, 86, 32, 4],
      [16, 88, 32, 4],
      'tiles both torchao int4 11008 input features padded to 11264, the next multiple of 1024, on one side',
    ],
    [
      w,
      [16, 88, 32, 4],
      [16, 86, 32, 4],
      'tiles both torchao int4 11008 input features padded to 11264, the next multiple of 1024, on one side',
    ],
    [w, [16, 86, 32, 4], [16, 96, 32, 4], undefined],
    [w, [16, 86, 16, 4], [16, 88, 16, 4], undefined],
    [w, [16, 30, 32, 3], [16, 32, 32, 3], undefined],
    [w, [16, 86, 32, 4, 1], [16, 88, 32, 4, 1], undefined],
    [w, [16, 86, 32, 4], [16, 88, 32, 2], undefined],
    [w, [16, 8, 32, 4], [17, 8, 32, 4], undefined],
    [w, [10, 2304], [10, 4096], 'bytes checkpoint GGUF Q4_0 4096 weights in blocks of 32, 18 bytes each, take 2304 bytes'],
    [w, [11, 2304], [10, 4096], undefined],
    [w, [10, 42], [10, 128], undefined],
    [w, [10, 84], [10, 256], 'bytes checkpoint GGUF Q2_K 256 weights in blocks of 256, 84 bytes each, take 84 bytes'],
    [w, [10, 2304, 1], [10, 4096], undefined],
    [w, [1, 10, 2304], [1, 10, 4096], undefined],
    [w, [65536, 256], [4096, 4096], 'blocks checkpoint GGUF 65536 blocks of 256 weights are 4096 × 4096 = 16777216 weights'],
    [w, [4096, 4096], [524288, 32], 'blocks model GGUF 524288 blocks of 32 weights are 4096 × 4096 = 16777216 weights'],
    [w, [131072, 128], [4096, 4096], undefined],
    [w, [512, 256], [256, 512], undefined],
    [w, [192, 256], [512, 96], undefined],
    [w, [100, 256], [4096, 4096], undefined],
    [w, [65536, 256, 1], [4096, 4096], undefined],
    [w, [65536, 256], [4096, 4096, 1], undefined],
    [w, [4, 16], [4, 8], 'narrow model two 4-bit weights in a byte undefined'],
    [w, [4, 8], [4, 32], 'narrow checkpoint four 8-bit weights in 32 bits undefined'],
    [w, [4, 8], [4, 24], undefined],
    [w, [4, 8, 1], [4, 16], undefined],
    [w, [4, 8], [4, 16, 1], undefined],
    [w, [4, 8], [5, 16], undefined],
    [q, [512, 100], [1024, 100], 'bits both GPTQ or AWQ 512 against 1024 rows is 2 bits against 4'],
    [q, [384, 100], [512, 100], 'bits both GPTQ or AWQ 384 against 512 rows is 3 bits against 4'],
    [q, [512, 100], [1024, 200], undefined],
    [q, [100, 64], [101, 64], undefined],
    [
      scales,
      [1, 4096],
      [4096, 1],
      'orientation both scales by group, as in GPTQ [1, 4096] and [4096, 1] are one column and one row of the same scales',
    ],
    [
      scales,
      [4096, 1],
      [1, 4096],
      'orientation both scales by group, as in GPTQ [4096, 1] and [1, 4096] are one column and one row of the same scales',
    ],
    [scales, [1, 8], [16, 1], undefined],
    [scales, [8, 1], [1, 16], undefined],
    [scales, [1, 4096], [4096], undefined],
    [scales, [32, 4096], [64, 2048], undefined],
    ['a.qzeros', [32, 512], [64, 512], 'groups both GPTQ or AWQ 32 groups in the checkpoint, 64 in the model'],
    [
      'a.scales_and_zeros',
      [86, 4096],
      [88, 4096],
      'groups both torchao int4 86 groups in the checkpoint, 88 in the model: the input width was padded on one side',
    ],
    [scales, [10, 4096], [11, 4096], 'groups both scales by group, as in GPTQ 10 groups in the checkpoint, 11 in the model'],
    [scales, [4096, 1], [32, 4096], 'groups both scales by group, as in GPTQ no groups in the checkpoint, 32 in the model'],
    [scales, [32, 4096], [4096, 1], 'groups both scales by group, as in GPTQ 32 groups in the checkpoint, none in the model'],
    [scales, [4096], [32, 4096], 'groups both scales by group, as in GPTQ no groups in the checkpoint, 32 in the model'],
    [scales, [4096], [32, 2048], undefined],
  ])('%s %j %j', (parameter, checkpoint, model, expected) => {
    const [mismatch] = failure({ mismatches: [[parameter, checkpoint, model]] }).mismatches;
    const found = mismatch && packingOf(mismatch);
    expect(found && `${found.form} ${found.packedSide} ${found.format} ${found.proof}`).toBe(expected);
  });
});

const PROVEN: Pair = ['a.q_proj.weight', [8388608, 1], [4096, 4096]];
const COLUMN: Pair = ['a.k_proj.weight', [768, 1], [100, 77]];
const OTHER_COLUMN: Pair = ['a.v_proj.weight', [768, 1], [100, 78]];
const STRANGE: Pair = ['a.thing.weight', [3, 4, 5], [3, 4, 6]];
const BYTES: Pair = ['a.q_proj.weight', [768, 432], [768, 768]];
const COMMON_WIDTH: Pair = ['a.q_proj.weight', [1024, 768], [1024, 1024]];
const BLOCKS: Pair = ['a.q_proj.weight', [65536, 256], [4096, 4096]];
const TILES: Pair = ['a.q_proj.weight', [8, 1, 32, 4], [64, 128]];
const GROUPS: Pair = ['a.q_proj.scales', [32, 4096], [64, 4096]];
const NARROW = (layer: string, ratio = 2): Pair => [`a.${layer}.weight`, [64, 64], [64, 64 * ratio]];
const NORM: Pair = ['a.norm.weight', [64], [65]];
const EMBEDDING: Pair = ['a.embed_tokens.weight', [100, 64], [100, 65]];
const BIAS: Pair = ['a.q_proj.bias', [64], [65]];
const SCALES: Pair = ['a.q_proj.scales', [32, 100], [40, 10]];
const BOTH = [NARROW('q_proj'), NARROW('o_proj')] as const;

describe('a list of tensors in two storages', () => {
  it.each(
    (
      [
        ['an adapter is no packed weight', [['a.lora_A.weight', [8388608, 1], [4096, 4096]]], 'no shape is a packed form'],
        ['one column without arithmetic', [COLUMN], 'no shape is a packed form'],
        ['one column beside shorter rows', [COLUMN, NARROW('q_proj')], 'fewer columns on one kind of layer'],
        ['two common widths', [COMMON_WIDTH], 'no shape is a packed form'],
        ['two common widths twice', [COMMON_WIDTH, COMMON_WIDTH], 'no shape is a packed form'],
        ['two common widths and shorter rows', [COMMON_WIDTH, NARROW('k_proj')], 'fewer columns on one kind of layer'],
        ['one kind of layer', [NARROW('q_proj'), NARROW('k_proj')], 'fewer columns on one kind of layer'],
        ['one kind that is cut on its columns', [NARROW('o_proj'), NARROW('down_proj')], 'fewer columns on one kind of layer'],
        ['eight weights in one element, without scales', [NARROW('q_proj', 8)], 'fewer columns on one kind of layer'],
        ['a byte beside scales', [NARROW('q_proj', 2)], 'fewer columns on one kind of layer', { missing: ['a.q_proj.scales'] }],
        ['one of two in bytes', [NARROW('q_proj', 2), NARROW('k_proj', 8)], 'fewer columns on one', { missing: ['a.q_proj.scales'] }],
        ['a name that only begins so', [NARROW('q_proj', 8)], 'fewer columns on one kind', { missing: ['a.scales.weight'] }],
        ['a stranger', [...BOTH, STRANGE], 'fewer columns on one kind of layer'],
        ['a bias that gained an axis', [...BOTH, ['a.q_proj.bias', [64], [1, 65]]], 'fewer columns on one kind of layer'],
        ['a bias that lost an axis', [...BOTH, ['a.q_proj.bias', [1, 64], [65]]], 'fewer columns on one kind of layer'],
        ['a norm', [...BOTH, NORM], 'norms, biases or embeddings change as well'],
        ['an embedding', [...BOTH, EMBEDDING], 'norms, biases or embeddings change as well'],
        ['a table of positions', [...BOTH, ['a.wpe.weight', [100, 64], [100, 65]]], 'norms, biases or embeddings change as well'],
        ['a bias', [...BOTH, BIAS], 'norms, biases or embeddings change as well'],
        ['unreadable scales', [...BOTH, SCALES], 'norms, biases or embeddings change as well'],
        ['bytes and a norm', [BYTES, NORM], 'quantised tensors, biases or norms change'],
        ['bytes and an embedding', [BYTES, EMBEDDING], 'quantised tensors, biases or norms change'],
        ['bytes and a bias', [BYTES, BIAS], 'quantised tensors, biases or norms change'],
        ['groups and a bias', [GROUPS, BIAS], 'quantised tensors, biases or norms change'],
      ] as readonly (readonly [string, readonly Pair[], string, FailureFacts?])[]
    ).map(([a, b, c, d]) => [a, b, c, d] as const),
  )('declines: %s', (_, mismatches, reason, more) => {
    expect(declined(id, { mismatches, ...(more ?? {}) })).toContain(reason);
  });

  it.each(
    (
      [
        ['two columns without arithmetic', [COLUMN, OTHER_COLUMN], 'certain', [0, 1]],
        ['two columns that are half of the list', [COLUMN, OTHER_COLUMN, STRANGE, STRANGE], 'certain', [0, 1]],
        ['two columns that are less', [COLUMN, OTHER_COLUMN, STRANGE, STRANGE, STRANGE], 'likely', [0, 1]],
        ['one proven column of a long list', [PROVEN, STRANGE, STRANGE, STRANGE], 'certain', [0]],
        ['a size that is no width', [BYTES], 'certain', [0]],
        ['bytes beside shorter rows', [BYTES, NARROW('k_proj')], 'certain', [0]],
        ['bytes beside a stranger', [BYTES, STRANGE], 'certain', [0]],
        ['several widths', [COMMON_WIDTH, ['a.down_proj.weight', [1024, 3072], [1024, 4096]]], 'certain', [0, 1]],
        ['one matrix of blocks', [BLOCKS], 'likely', [0]],
        ['two matrices of blocks', [BLOCKS, BLOCKS], 'certain', [0, 1]],
        ['a column and a norm', [PROVEN, NORM], 'certain', [0]],
        ['blocks and a norm', [BLOCKS, NORM], 'likely', [0]],
        ['tiles and a norm', [TILES, NORM], 'certain', [0]],
        ['a column, bytes and a norm', [PROVEN, BYTES, NORM], 'certain', [0, 1]],
        ['two kinds of layers', BOTH, 'likely', [0, 1]],
        ['two other kinds of layers', [NARROW('up_proj'), NARROW('down_proj')], 'likely', [0, 1]],
        ['three matrices', [...BOTH, NARROW('down_proj')], 'certain', [0, 1, 2]],
        ['scales that are missing', [NARROW('q_proj', 8)], 'likely', [0], { missing: ['a.q_proj.scales'] }],
        ['biases that are left over', [NARROW('q_proj', 4)], 'likely', [0], { unexpected: ['b.c', 'a.q_proj.biases'] }],
        ['MLX', [NARROW('q_proj', 4)], 'likely', [0], { dialect: 'mlx' }],
      ] as readonly (readonly [string, readonly Pair[], string, readonly number[], FailureFacts?])[]
    ).map(([a, b, c, d, e]) => [a, b, c, d, e] as const),
  )('finds: %s', (_, mismatches, confidence, positions, more) => {
    const answer = diagnosed(id, { mismatches, ...(more ?? {}) });
    expect([answer.confidence, answer.explained.mismatches]).toEqual([confidence, positions]);
  });

  it.each<readonly [readonly Pair[], string]>([
    [[COLUMN, PROVEN], 'two 4-bit weights in a byte'],
    [[PROVEN, PROVEN], '(so on 2 of 2 tensors)'],
    [[COLUMN, PROVEN, PROVEN], '(so on 2 of 3 tensors)'],
    [BOTH, 'All 2 matrices keep their rows and have 1/2 of the columns'],
  ])('evidence %#', (mismatches, expected) => {
    const [first] = diagnosed(id, { mismatches }).evidence;
    expect(first?.statement).toContain(expected);
    expect(first?.statement.includes('so on')).toBe(expected.includes('so on'));
  });

  it('names the options of the run that quantise, and a configuration that is ignored', () => {
    const clues: readonly ClueFacts[] = [
      ...['load_in_4bit', 'load_in_8bit', 'quantization', 'wbits', 'groupsize', 'strict'].map(
        (name) => ({ kind: 'option', name, value: '1' }) as const,
      ),
      { kind: 'warning', topic: 'missing-config' },
      { kind: 'warning', topic: 'quantization-ignored' },
    ];
    const told = diagnosed(id, { mismatches: [PROVEN] }, clues).evidence.slice(2);
    expect(told.map(({ statement }) => statement.replace('The run sets ', ''))).toEqual([
      'load_in_4bit=1',
      'load_in_8bit=1',
      'quantization=1',
      'wbits=1',
      'groupsize=1',
      'The loader says that it ignores the quantisation configuration of the file',
    ]);
    expect(told.map(({ at }) => at?.source)).toEqual(Array(6).fill('test.log'));
  });

  it.each<readonly [string, readonly Pair[], boolean]>([
    ['a packed file', [COLUMN, ['a.b', [768, 1], [100, 0]]], true],
    ['a packed file and an empty vector', [PROVEN, ['a.b', [5], [0]]], false],
    ['a packed file and no 0', [PROVEN], false],
    [
      'a packed model',
      [
        ['a.b', [4096, 4096], [8388608, 1]],
        ['c', [3, 4, 5], [3, 0, 5]],
      ],
      false,
    ],
  ])('the width 0 on the model side is explained: %s', (_, mismatches, expected) => {
    const notes = diagnosed(id, { mismatches }).afterwards;
    expect(notes.filter((note) => note.includes('The width 0 on the model side'))).toHaveLength(expected ? 1 : 0);
    expect(notes).toHaveLength(expected ? 1 : 0);
  });
});

describe('names of quantised layers', () => {
  it.each<readonly [string, readonly string[], readonly string[], string]>([
    ['both sides', ['a.qweight', 'b.weight'], ['a.qweight'], 'both sides are quantised'],
    ['both sides, with others', ['b.qweight'], ['a.qweight', 'z.foo'], 'both sides are quantised'],
    ['scales without biases', [], ['a.scales', 'a.biases', 'b.scales'], 'no key belongs to a quantised layer'],
    ['scales alone', [], ['a.scales'], 'no key belongs to a quantised layer'],
    ['the whole model', ['a.qweight', 'a.scales', 'norm.weight'], [], 'the layers are missing as a whole'],
  ])('decline: %s', (_, missing, unexpected, reason) => {
    expect(declined(id, { missing, unexpected })).toContain(reason);
  });

  it.each<readonly [readonly string[], readonly string[], string, string, readonly string[], readonly string[]]>([
    [[], ['a.qweight', 'a.scales'], '(GPTQ or AWQ)', 'AutoGPTQ', [], ['a.qweight', 'a.scales']],
    [[], ['a.scales', 'a.biases'], '(MLX)', '(mlx, python', [], ['a.scales', 'a.biases']],
    [[], ['a.qweight', 'a.biases'], '(GPTQ or AWQ)', 'AutoGPTQ', [], ['a.qweight', 'a.biases']],
    [['a.weight'], ['a.scales'], '(GPTQ or AWQ)', 'GPTQ-for-LLaMa', ['a.weight'], ['a.scales']],
    [
      [],
      ['fc.scale', 'fc.zero_point', 'fc._packed_params', 'gc.scale'],
      '(int8',
      'torch/ao',
      [],
      ['fc.scale', 'fc.zero_point', 'fc._packed_params'],
    ],
    [['e.down_proj'], ['e.down_proj_blocks'], '(MXFP4', 'mxfp4', ['e.down_proj'], ['e.down_proj_blocks']],
    [['a.qweight', 'a.scales'], [], '2 keys of the quantisation are missing', 'AutoGPTQ', ['a.qweight', 'a.scales'], []],
    [['a.qweight'], [], '1 key of the quantisation is missing', 'AutoGPTQ', ['a.qweight'], []],
    [['a.qweight', 'norm.weight'], ['a.weight'], 'model was built with quantised', 'AutoGPTQ', ['a.qweight'], ['a.weight']],
  ])('%j %j', (missing, unexpected, title, source, explainedMissing, explainedUnexpected) => {
    const answer = diagnosed(id, { missing, unexpected });
    expect(answer.title).toContain(title);
    expect(answer.evidence[0]?.statement).toContain(source);
    expect(answer.explained).toEqual({ mismatches: [], missingKeys: explainedMissing, unexpectedKeys: explainedUnexpected });
    expect(answer.evidence).toHaveLength(explainedMissing.length > 0 && explainedUnexpected.length > 0 ? 2 : 1);
  });

  it('are certain unless more other names stand beside them', () => {
    expect(diagnosed(id, { unexpected: ['a.qweight', 'z.foo'] }).confidence).toBe('certain');
    expect(diagnosed(id, { unexpected: ['a.qweight', 'z.foo', 'z.bar'] }).confidence).toBe('likely');
  });
});

describe('a copy that failed on one axis', () => {
  const copied = (axis: number, checkpoint: number, model: number): FailureFacts => ({
    dialect: 'vllm',
    notices: [['copy-failed', { axis, checkpoint, model }]],
    complete: false,
  });

  it('is packed storage by the factor, and no more than possible where no loader is known to keep the inputs', () => {
    expect(diagnosed(id, copied(1, 2048, 4096))).toMatchObject({
      confidence: 'possible',
      title: expect.stringContaining('the file stores'),
    });
    expect(diagnosed(id, copied(1, 4096, 512)).title).toContain('the model stores a weight packed (eight 4-bit weights in 32 bits)');
  });

  it.each([
    [0, 2048, 4096],
    [1, 2048, 6144],
    [1, 1, 2],
  ])('is none on axis %i with %i and %i', (axis, checkpoint, model) => {
    expect(declined(id, copied(axis, checkpoint, model))).toContain('no shape is a packed form');
  });
});

describe('a weight replaced by the parts of a product quantisation', () => {
  const parts = (layer: string): readonly string[] => ['centroids', 'assignments', 'counts'].map((part) => `${layer}.${part}`);

  it('is told with its format, and the weight as what it stands for', () => {
    const verdict = diagnosed(id, { missing: ['encoder.fc1.weight'], unexpected: parts('encoder.fc1') });
    expect(verdict.title).toContain('product quantisation of fairseq');
    expect(verdict.explained.missingKeys).toEqual(['encoder.fc1.weight']);
  });

  it('needs more than centroids', () => {
    expect(declined(id, { missing: [], unexpected: ['quantizer.centroids'] })).toContain('no key belongs to a quantised layer');
  });
});
