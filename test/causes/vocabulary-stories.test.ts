import { describe, expect, it } from 'vitest';
import { type Naming, namingOf, vocabularyRows } from '../../src/causes/vocabulary-and-adapters/vocabulary-rows.js';
import { paddingOf, roundingOf, storyOf } from '../../src/causes/vocabulary-and-adapters/vocabulary-story.js';
import type { Shape } from '../../src/model/shape.js';
import { failure } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];

describe('how two row counts came to differ', () => {
  it.each(
    (
      [
        [33024, 32000, 'tokens-added'],
        [33025, 32000, 'extended'],
        [32003, 32000, 'tokens-added'],
        [32000, 32003, 'model-ahead'],
        [32128, 32000, 'padded'],
        [32064, 32000, 'padded'],
        [49954, 32000, 'extended'],
        [32000, 49954, 'rebuilt'],
        [128256, 32000, 'two-vocabularies'],
        [32000, 128259, 'two-vocabularies'],
        [32000, 30592, 'two-vocabularies'], // BERT's 30522 rounded up to 64
        [32000, 128400, 'rebuilt'], // near is not a hit
        [50277, 700, 'rebuilt'], // symbols of a speech model are no vocabulary of words
        [21128, 2, 'rebuilt'],
        [51864, 51865, 'siblings'],
        [50264, 50265, 'model-ahead'],
        [50264, 50358, 'model-ahead'],
        [50265, 50100, 'model-shrunk'],
        [50267, 50100, 'rebuilt'],
        [50100, 50400, 'file-shrunk'],
        [151665, 151936, 'file-shrunk'],
        [151936, 151665, 'model-shrunk'],
        [151670, 151665, 'tokens-added'],
        [50257, 50304, 'rounded'],
        [50304, 50257, 'rounded'],
        [3999, 3000, 'symbols'],
        [3999, 3000, 'rebuilt', undefined, 'unnamed'],
        [3999, 3000, 'rebuilt', 'GPT2LMHeadModel'],
        [3999, 3000, 'rebuilt', 'LlamaForCausalLM'],
        [3999, 3000, 'rebuilt', 'BertForMaskedLM'],
        [3999, 3000, 'rebuilt', 'BertForPreTraining'],
        [3999, 3000, 'rebuilt', 'T5ForConditionalGeneration'],
        [3999, 3000, 'rebuilt', 'BertForSequenceClassification'],
        [3999, 3000, 'symbols', 'GPT2LMHeadModelTrainer'],
        [3999, 3000, 'symbols', 'LlamaForCausalLMWrapper'],
        [3000, 4000, 'rebuilt'],
        [7000, 7999, 'symbols', undefined, 'symbols'],
        [7000, 8000, 'rebuilt', undefined, 'symbols'],
        [7000, 7999, 'rebuilt'],
        [30, 40, 'symbols', 'Wav2Vec2ForCTC'],
      ] as readonly (readonly [number, number, string, (string | undefined)?, Naming?])[]
    ).map(([a, b, c, d, e]) => [a, b, c, d, e] as const),
  )('%i in the file and %i in the model: %s (%s, %s)', (checkpoint, model, expected, modelClass, naming = 'words') => {
    expect(storyOf(failure(modelClass === undefined ? {} : { modelClass }), { position: 0, checkpoint, model, naming })).toBe(expected);
  });

  it.each(
    (
      [
        ['a recogniser by its class', [['lm_head.weight', [32, 768], [40, 768]]], 'ctc', 'Wav2Vec2ForCTC'],
        ['no recogniser', [['lm_head.weight', [32, 768], [40, 768]]], 'rebuilt', 'LlamaForCausalLM'],
        [
          'a recogniser by its bias',
          [
            ['m.lm_head.weight', [32, 768], [40, 768]],
            ['m.lm_head.bias', [32], [40]],
          ],
          'ctc',
          'LlamaForCausalLM',
        ],
        ['a bias alone', [['lm_head.bias', [32], [40]]], 'ctc'],
        ['2000 symbols', [['lm_head.bias', [32], [2000]]], 'ctc'],
        ['2001 symbols', [['lm_head.bias', [32], [2001]]], 'symbols'],
        [
          'an embedding beside it',
          [
            ['lm_head.bias', [32], [40]],
            ['embed_tokens.weight', [32, 8], [40, 8]],
          ],
          'symbols',
        ],
        ['a head of fairseq', [['decoder.output_projection.weight', [32, 8], [40, 8]]], 'dictionary'],
        ['a convolutional one', [['model.decoder.fc3.bias', [32], [40]]], 'dictionary'],
        ['a table of fairseq', [['encoder.encoder.embed_tokens.weight', [32, 8], [40, 8]]], 'dictionary'],
        ['a table further down', [['model.encoder.encoder.embed_tokens.weight', [32, 8], [40, 8]]], 'symbols'],
        ['no name', [[undefined, [32, 8], [40, 8]]], 'symbols'],
      ] as readonly (readonly [string, readonly Pair[], string, string?])[]
    ).map(([a, b, c, d]) => [a, b, c, d] as const),
  )('%s', (_, mismatches, expected, modelClass) => {
    const list = failure({ mismatches, ...(modelClass === undefined ? {} : { modelClass }) });
    expect(storyOf(list, { position: 0, checkpoint: 32, model: 40, naming: 'words' })).toBe(expected);
  });

  it('fairseq may tell beside PyTorch', () => {
    const told = (...dialects: string[]) =>
      storyOf({ ...failure({}), dialects }, { position: 0, checkpoint: 32, model: 40, naming: 'words' });
    expect([told('torch', 'fairseq'), told('torch')]).toEqual(['dictionary', 'symbols']);
  });

  it.each<readonly [number, number, number | undefined]>([
    [32064, 32000, 64],
    [32128, 32000, 128],
    [32512, 32000, 256],
    [32768, 32000, undefined],
    [32008, 32000, 8],
    [32016, 32000, 16],
    [32024, 32000, undefined],
    [32004, 32000, undefined],
    [32100, 32036, undefined],
    [32064, 32030, undefined],
  ])('%i is %i, padded to a multiple of %s', (larger, base, expected) => {
    expect(paddingOf(larger, base)).toBe(expected);
  });

  it.each<readonly [number, number, number | undefined]>([
    [50257, 50304, 64],
    [50304, 50257, 64],
    [50257, 50432, 256],
    [50257, 50688, 512],
    [50257, 50305, undefined],
    [50001, 50048, undefined],
    [50000, 50048, undefined],
    [32000, 32256, undefined],
  ])('%i and %i: rounded to a multiple of %s', (checkpoint, model, expected) => {
    expect(roundingOf(checkpoint, model)).toBe(expected);
  });
});

describe('what looks like a vocabulary without a name', () => {
  it.each<readonly [number, number, number, boolean]>([
    [130, 131, 65, false],
    [131, 132, 65, true],
    [1000, 1001, 64, true],
    [1001, 1008, 64, true],
    [1000, 1008, 64, false],
    [1000, 1020, 64, true],
    [1000, 1021, 64, false],
    [100, 116, 20, true],
    [100, 117, 20, false],
    [64, 66, 16, false],
    [63, 66, 16, true],
    [32, 35, 8, true],
    [20000, 21128, 4000, false],
    [20000, 21128, 3999, true],
    [25000, 30522, 6000, false],
    [25001, 30522, 6000, true],
    [30522, 40000, 8000, true],
    [20001, 22003, 100, true],
    [20000, 22003, 100, false],
    [20001, 22003, 4000, true],
    [20005, 22003, 4001, false],
    [24001, 27000, 6000, false],
  ])('%i and %i rows of %i: %s', (checkpoint, model, width, expected) => {
    for (const pair of [
      ['a.weight', [checkpoint, width], [model, width]],
      [undefined, [model, width], [checkpoint, width]],
    ] as const)
      expect(vocabularyRows(failure({ mismatches: [pair] }))).toHaveLength(expected ? 1 : 0);
  });

  it.each<readonly [string, Shape, Shape, readonly number[]]>([
    ['embed_tokens.weight', [200], [101, 2], [100, 101]],
    ['embed_tokens.weight', [101, 2], [200], [101, 100]],
    ['embed_tokens.weight', [100], [101, 1], []],
    ['embed_tokens.weight', [936 * 8], [1000, 8], [936, 1000]],
    ['embed_tokens.weight', [935 * 8], [1000, 8], []],
    ['embed_tokens.weight', [1000 * 8], [1000, 8], []],
    ['embed_tokens.weight', [936 * 8 + 1], [1000, 8], []],
    ['embed_tokens.weight', [936 * 8], [10, 100, 8], []],
    ['embed_tokens.weight', [32000, 0], [32001, 0], []],
    ['output.weight', [64, 32000], [64, 32001], [32000, 32001]],
    ['unembed.W_U', [4096, 32], [4096, 40], []],
    ['unembed.W_U', [40, 40], [40, 41], []],
    ['lm_head.weight', [64, 32000], [64, 32001], []],
    ['final_logits_bias', [1, 32000], [1, 32001], [32000, 32001]],
    ['final_logits_bias', [1, 32000, 5], [1, 32001, 5], []],
    ['a.weight', [2, 5003, 64], [2, 5001, 64], []],
    ['a.weight', [5003, 4, 16], [5001, 4, 16], []],
  ])('%s %j %j counts %j', (parameter, checkpoint, model, expected) => {
    const rows = vocabularyRows(failure({ mismatches: [[parameter, checkpoint, model]] }));
    expect(rows.flatMap((entry) => [entry.checkpoint, entry.model])).toEqual(expected);
  });

  it('is no layer of another purpose', () => {
    expect(['a.fc1.weight', 'wpe.weight', 'a.other.weight', 'a.other.bias'].map((parameter) => namingOf({ parameter }))).toEqual([
      undefined,
      undefined,
      'sizes',
      undefined,
    ]);
  });
});

const EMBEDDING: Pair = ['model.embed_tokens.weight', [32003, 64], [32000, 64]];
const id = 'vocab-resized';

describe('another vocabulary', () => {
  const output = (name: string, checkpoint: number, model: number): readonly Pair[] => [
    [`${name}.weight`, [checkpoint, 64], [model, 64]],
    [`${name}.bias`, [checkpoint], [model]],
  ];

  it.each<readonly [string, readonly Pair[], string]>([
    ['1000 classes', output('decoder.out', 900, 1000), 'counts classes'],
    ['classes of a generator', output('generator.proj', 90, 80), 'counts classes'],
    ['another width', [EMBEDDING, ['src_embed.weight', [50, 64], [50, 65]]], 'differ in another axis too'],
    ['another width of words', [EMBEDDING, ['lm_head.weight', [50, 64], [50, 65]]], 'differ in another axis too'],
    ['a norm', [EMBEDDING, ['norm.weight', [64], [65]]], 'attention, feed-forward or norm layers differ'],
    ['a shard', [['embed_tokens.weight', [1000, 64], [2000, 64]]], 'whole fraction'],
    ['shards', [['embed_tokens.weight', [25216, 64], [50304, 64]]], 'whole fraction'],
    ['shards at the edge of the padding', [['embed_tokens.weight', [4032, 64], [7808, 64]]], 'whole fraction'],
  ])('declines: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });

  it.each<readonly [string, readonly Pair[], string, number]>([
    ['1001 entries are no classes', output('decoder.out', 900, 1001), 'likely', 70],
    ['an embedding beside the output', [...output('decoder.out', 90, 80), ['src_embed.weight', [90, 64], [80, 64]]], 'certain', 70],
    ['an adapter of a hidden layer', [EMBEDDING, ['q_proj.lora_A.weight', [8, 64], [8, 65]]], 'certain', 70],
    ['a hidden layer without shape', [EMBEDDING, ['q_proj.weight', [], [64, 64]]], 'certain', 70],
    ['a hidden layer that lost its shape', [EMBEDDING, ['q_proj.weight', [64, 64], []]], 'certain', 70],
    ['two published sizes', [['embed_tokens.weight', [32000, 64], [64000, 64]]], 'possible', 30],
    [
      'one shard and one not',
      [
        ['embed_tokens.weight', [5000, 64], [10000, 64]],
        ['lm_head.weight', [5000, 64], [10001, 64]],
      ],
      'likely',
      70,
    ],
    ['less than 1000 rows', [['embed_tokens.weight', [999, 64], [1998, 64]]], 'likely', 70],
    ['three times', [['embed_tokens.weight', [5000, 64], [15000, 64]]], 'likely', 70],
    ['4000 rows', [['embed_tokens.weight', [3968, 64], [7808, 64]]], 'likely', 70],
    ['siblings', [['embed_tokens.weight', [51864, 64], [51865, 64]]], 'likely', 45],
    ['a recogniser', [['lm_head.bias', [32], [40]]], 'possible', 30],
    ['rows without a name', [[undefined, [20001, 64], [22003, 64]]], 'likely', 70],
    ['fewer rows without a name', [[undefined, [10001, 64], [10003, 64]]], 'possible', 70],
  ])('finds: %s', (_, mismatches, confidence, specificity) => {
    const answer = diagnosed(id, { mismatches });
    expect([answer.confidence, answer.specificity]).toEqual([confidence, specificity]);
    const unnamed = answer.afterwards.filter((note) => note.startsWith('The message names no parameter'));
    expect(unnamed).toHaveLength(mismatches[0]?.[0] === undefined ? 1 : 0);
    expect(answer.afterwards).toHaveLength(unnamed.length);
  });

  it.each(
    (
      [
        ['embedding.word_embeddings.weight', undefined, 32128, 'possible'],
        ['model.embedding.word_embeddings.weight', undefined, 32128, 'possible'],
        ['transformer.embedding.word_embeddings.weight', undefined, 32128, 'certain'],
        ['output_layer.weight', undefined, 32128, 'possible'],
        ['output_layer.weight', 'ChatGLMForConditionalGeneration', 32128, 'certain'],
        ['output_layer.weight', undefined, 32129, 'certain'],
        ['output_layer.weight', undefined, 40064, 'possible'],
        ['output_layer.weight', undefined, 40192, 'certain'],
        ['embed_tokens.weight', undefined, 32128, 'certain'],
        ['embed_tokens.weight', undefined, 32128, 'possible', 'nvidia-megatron'],
      ] as readonly (readonly [string, string | undefined, number, string, string?])[]
    ).map(([a, b, c, d, e]) => [a, b, c, d, e] as const),
  )('%s of %s with %i rows: %s', (parameter, modelClass, rows, confidence, dialect) => {
    const facts = { mismatches: [[parameter, [rows, 64], [31999, 64]] as const], ...(modelClass === undefined ? {} : { modelClass }) };
    const answer = diagnosed(id, { ...facts, ...(dialect === undefined ? {} : { dialect }) });
    expect(answer.confidence === 'possible').toBe(confidence === 'possible');
  });
});
