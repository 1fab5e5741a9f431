import { describe, expect, it } from 'vitest';
import { ranksOf } from '../../src/causes/sharding/flat-group.js';
import { knownVocabulary, readOtherWidthToo, readSplit } from '../../src/causes/sharding/parallel-split.js';
import type { Phase } from '../../src/model/clue.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, failure, subject } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];
const STAGE_3: ClueFacts = { kind: 'zero-stage', stage: 3, strength: 'strong', form: 'config dump' };
const STAGE_2: ClueFacts = { kind: 'zero-stage', stage: 2, strength: 'strong', form: 'config dump' };
const FSDP: ClueFacts = { kind: 'sharding-library', library: 'fsdp', strength: 'strong' };
const DEEPSPEED: ClueFacts = { kind: 'sharding-library', library: 'deepspeed', strength: 'strong' };
const WARNED: ClueFacts = { kind: 'warning', topic: 'zero-element-init' };
const UNGATHERED: ClueFacts = { kind: 'warning', topic: 'save-without-gather' };
const UNRELATED: ClueFacts = { kind: 'warning', topic: 'missing-config' };

describe('a width of 0', () => {
  const id = 'empty-layer-config';
  const FC: Pair = ['l.0.adapter.weight', [32, 16], [32, 0]];
  const rows = (count: number): Pair => ['l.0.adapter.weight', [count, 16], [0, 16]];
  const back = ([name, checkpoint, model]: Pair): Pair => [name, model, checkpoint];
  const buffers = [
    'queue',
    'a.cov_mat_sqrt',
    'subspace_two.proj',
    'memory.x',
    'bank',
    'history',
    'center',
    'centers',
    'x.min_val',
    'max_val',
    'running_mean',
  ];

  it.each<readonly [string, readonly Pair[], readonly ClueFacts[], string]>([
    [
      'other ranks',
      [
        ['a', [8, 4], [0, 4]],
        ['a', [8, 4], [2, 4]],
        ['b', [8, 4], [8, 0]],
      ],
      [],
      'ranks print different sizes',
    ],
    ['a packed column', [FC, ['b', [2048, 1], [64, 64]]], [], 'packed columns'],
    ['an adapter', [['q.lora_A.weight', [8, 16], [0, 16]]], [], 'AdaLoRA'],
    ...buffers.map((name) => [name, [[name, [128, 16], [0, 16]]] as const, [], 'only a buffer'] as const),
    ['a shard', [rows(8)], [FSDP], 'the log tells of sharding'],
    ['nothing empty', [['a', [8, 4], [9, 4]]], [], 'no shape has a 0'],
    ['a placeholder', [['a', [8, 4], [0]]], [], 'one-dimensional [0]'],
  ])('is not it: %s', (_, mismatches, clues, reason) => {
    expect(declined(id, { mismatches }, clues)).toContain(reason);
  });

  it.each<readonly [string, readonly Pair[], readonly ClueFacts[], string, readonly number[]]>([
    ['one layer', [FC], [], 'certain', [0]],
    ['with its bias', [FC, ['l.0.adapter.bias', [32], [0]], ['w', [4, 4], [0]]], [], 'certain', [0, 1]],
    ['beside short columns', [FC, ['b', [1024, 1], [64, 64]]], [], 'certain', [0]],
    ['beside a convolution', [FC, ['b', [2048, 1, 1], [64, 64]]], [], 'certain', [0]],
    ['beside a vector', [FC, ['b', [2048, 1], [4096]]], [], 'certain', [0]],
    ['beside a column', [FC, ['b', [2048, 1], [4096, 1]]], [], 'certain', [0]],
    ['an adapter as well', [FC, ['q.lora_A.weight', [8, 16], [0, 16]]], [], 'certain', [0, 1]],
    ['without a name', [[undefined, [8, 16], [8, 0]]], [], 'certain', [0]],
    ['a buffer as well', [FC, ['queue', [128, 16], [0, 16]]], [], 'certain', [0, 1]],
    ['columns under FSDP', [FC], [FSDP], 'certain', [0]],
    ['rows and columns under FSDP', [rows(8), FC], [FSDP], 'certain', [0, 1]],
    ['both axes under FSDP', [['a', [8, 16], [0, 0]]], [FSDP], 'certain', [0]],
    ['64 rows', [rows(64)], [], 'possible', [0]],
    ['64 rows and a warning', [rows(64)], [WARNED], 'likely', [0]],
    ['64 rows and another warning', [rows(64)], [UNRELATED], 'possible', [0]],
    ['65 rows', [rows(65)], [], 'likely', [0]],
    ['65 rows and a warning', [rows(65)], [WARNED], 'certain', [0]],
    ['65 rows of the file and a warning', [back(rows(65))], [WARNED], 'likely', [0]],
    ['two layers of 65 rows', [rows(65), rows(65)], [], 'certain', [0, 1]],
  ])('%s', (_, mismatches, clues, confidence, positions) => {
    const answer = diagnosed(id, { mismatches }, clues);
    expect([answer.confidence, answer.explained.mismatches]).toEqual([confidence, positions]);
    const collapsed = mismatches.some(([name]) => name === 'w');
    expect(answer.afterwards).toEqual([expect.stringContaining(collapsed ? 'Other parameters collapsed' : 'With the width set')]);
  });

  it('of a list that is cut is less sure', () => {
    expect(diagnosed(id, { mismatches: [FC], complete: false }).confidence).toBe('likely');
  });

  it.each<readonly [readonly Pair[], string, string]>([
    [[FC], 'The size 16 became 0; 32 survives on the other axes.', '1 layer is empty'],
    [[FC, FC, ['b', [4, 99], [4, 0]]], 'The sizes 16 and 99 became 0; 32 and 4 survive on the other axes.', '3 layers are empty'],
    [
      [
        ['a', [4, 5], [4, 0]],
        ['b', [32, 6], [32, 0]],
      ],
      'The sizes 6 and 5 became 0; 32 and 4 survive',
      'as 6 and 5 is 0',
    ],
    [[['a', [8, 16], [0, 0]]], 'The sizes 16 and 8 became 0.', 'as 16 and 8 is 0'],
    [
      [1, 2, 3, 4, 5, 6].map((n): Pair => ['a', [n + 10, n + 20], [n + 10, 0]]),
      'The sizes 26, 25, 24, 23 and 22 became 0; 16, 15, 14, 13 and 12 survive',
      'as 26, 25 and 24 is 0',
    ],
  ])('sizes %#', (mismatches, statement, title) => {
    const answer = diagnosed(id, { mismatches });
    expect(answer.evidence[1]?.statement).toContain(statement);
    expect(answer.title).toContain(title);
    expect(answer.evidence[0]?.at?.line).toBe(2);
    expect(answer.remedies[0]?.text.includes('elsewhere, also 0 now')).toBe(statement.includes('sizes'));
    expect(answer.wouldDecide[0]?.question.includes('(or give')).toBe(statement.includes('sizes'));
  });

  it.each<readonly [string, FailureFacts['severity'], Phase | undefined, boolean]>([
    ['classifier.weight', 'warning', undefined, true],
    ['b1_head.classifier_2.weight', 'warning', 'inference', true],
    ['my_logits_a.weight', 'warning', 'evaluation', true],
    ['classifier.weight', 'error', undefined, false],
    ['classifier.weight', 'warning', 'fine-tuning', false],
    ['classifier.weight', 'warning', 'pre-training', false],
    ['classifier.weight', 'warning', 'lora', false],
    ['classifier.weight', 'warning', 'resume', false],
  ])('0 classes: %s, %s, %s', (name, severity, phase, harmless) => {
    const facts: FailureFacts = { mismatches: [[name, [10, 16], [0, 16]]], severity: severity ?? 'error' };
    const answer = diagnosed(id, facts, phase === undefined ? [] : [{ kind: 'phase', phase }]);
    expect(answer.harmless === true).toBe(harmless);
    expect(answer.title).toContain('built with 0 classes');
    expect(answer.remedies.map(({ title }) => title)).toEqual([expect.stringContaining('number of classes (10)')]);
    expect(answer.doesNotHelp).toHaveLength(2);
  });

  it('a classifier that reads nothing is not one of 0 classes', () => {
    const title = (name: string, model: Shape) => diagnosed(id, { mismatches: [[name, [10, 16], model]], severity: 'warning' }).title;
    expect(title('classifier.weight', [10, 0])).toContain('A width that the checkpoint has as 16 is 0');
    expect(title('classifier.kernel', [10, 0])).toContain('0 classes, so the 16-class classifier');
    expect(title('classifier.kernel', [0, 16])).toContain('A width that the checkpoint has as 10 is 0');
  });

  it('of the file cannot be mended by a load', () => {
    const answer = diagnosed(id, { mismatches: [back(FC)] });
    expect(answer.title).toContain('1 tensor of the file holds no weights');
    expect(answer.remedies[0]?.title).toBe('Use another checkpoint, or build the model as the file was');
    expect(answer.remedies[0]?.text).toContain('a width of 0 in the place of 16;');
    expect([answer.doesNotHelp.length, diagnosed(id, { mismatches: [FC] }).doesNotHelp.length]).toEqual([2, 3]);
  });

  it('beside words of ZeRO-3 is no placeholder', () => {
    const told = (mismatches: readonly Pair[], ...clues: readonly ClueFacts[]) =>
      diagnosed(id, { mismatches }, clues).evidence.filter(({ statement }) => statement.startsWith('The log tells of ZeRO-3 as well'));
    expect(told([FC], STAGE_3).map(({ at }) => at?.source)).toEqual(['test.log']);
    expect(told([FC], { kind: 'zero-init' }).map(({ at }) => at)).toEqual([undefined]);
    expect([told([FC]), told([FC], STAGE_2), told([FC, ['w', [4, 4], [0]]], STAGE_3)]).toEqual([[], [], []]);
  });

  it('may be the empty shard of one rank', () => {
    const questions = (mismatches: readonly Pair[], ranks: readonly number[] = []) => {
      const built = subject({ mismatches });
      return diagnosed(id, { ...built, failure: { ...built.failure, ranks } }).wouldDecide.length;
    };
    expect([questions([rows(10)]), questions([rows(10)], [1]), questions([rows(10)], [0, 1])]).toEqual([2, 2, 1]);
    expect([questions([FC]), questions([['a', [10, 9999], [0, 9999]]]), questions([['a', [10, 10_000], [0, 10_000]]])]).toEqual([1, 2, 1]);
  });
});

describe('an empty tensor of the file', () => {
  const id = 'zero3-placeholder-checkpoint';
  const empty = (name: string | undefined, ...whole: Shape): Pair => [name, [0], whole];
  const one = (name: string, ...whole: Shape): Pair => [name, [1], whole];
  const version = (number: string): ClueFacts => ({ kind: 'version', library: 'deepspeed', version: number });
  const [A, B, C] = [empty('a.weight', 64, 64), empty('b.weight', 64, 64), empty('c.weight', 64, 64)];
  const ONES = [one('a.weight', 64, 64), one('b.weight', 64, 64)];
  const THREE_ONES = [...ONES, one('c.weight', 64, 64)];

  it.each<readonly [string, readonly Pair[], readonly ClueFacts[], string]>([
    ['one of one number', [one('a.weight', 64, 64)], [version('0.5.3')], 'no tensor of the checkpoint'],
    ['one of one number under ZeRO-3', [one('a.weight', 64, 64)], [STAGE_3], 'no tensor of the checkpoint'],
    ['one number since 0.6', THREE_ONES, [version('0.6.0')], 'no tensor of the checkpoint'],
    ['one number without ZeRO', ONES, [], 'no tensor of the checkpoint'],
    ['one number beside others', [...ONES, ['d.weight', [4, 4], [5, 4]]], [version('0.5.3')], 'no tensor of the checkpoint'],
    [
      'other ranks',
      [
        ['a', [0], [8]],
        ['a', [4], [8]],
      ],
      [],
      'ranks read different sizes',
    ],
    ['a flat tensor', [A, ['d.weight', [8], [4, 4]]], [], 'a flat FSDP shard'],
    ['buffers', [empty('x.running_mean', 4, 4), empty('min_val', 4), empty('x.max_val', 4)], [], 'only buffers are empty'],
    ['FSDP', [A, B, C], [FSDP], 'FSDP and nothing of DeepSpeed'],
    ['a width', [['a', [0, 4], [4, 4]], empty('a.bias', 4)], [], 'a width of 0'],
  ])('is none: %s', (_, mismatches, clues, reason) => {
    expect(declined(id, { mismatches }, clues)).toContain(reason);
  });

  it.each<readonly [string, readonly Pair[], readonly ClueFacts[], string, string]>([
    ['three matrices', [A, B, C], [], 'certain', '3 tensors of the checkpoint are empty placeholders ([0])'],
    ['two matrices', [A, B], [], 'likely', '2 tensors of the checkpoint are empty placeholders ([0])'],
    ['two under DeepSpeed', [A, B], [DEEPSPEED], 'certain', '2 tensors'],
    ['two that were not gathered', [A, B], [UNGATHERED], 'certain', '2 tensors'],
    ['two and another warning', [A, B], [UNRELATED], 'likely', '2 tensors'],
    ['one', [A], [], 'likely', '1 tensor of the checkpoint is an empty placeholder ([0])'],
    ['FSDP and DeepSpeed', [A, B, C], [FSDP, DEEPSPEED], 'likely', '3 tensors'],
    ['FSDP and ZeRO-3', [A, B, C], [FSDP, STAGE_3], 'likely', '3 tensors'],
    ['a vector', [empty('a.bias', 64)], [], 'possible', '1 tensor'],
    ['a vector under DeepSpeed', [empty('a.bias', 64)], [DEEPSPEED], 'likely', '1 tensor'],
    ['a vector under ZeRO-3', [empty('a.bias', 64)], [STAGE_3], 'likely', '1 tensor'],
    ['two of one number before 0.6', ONES, [version('0.5.3')], 'likely', '2 tensors of the checkpoint are empty placeholders ([1])'],
    ['two of one number under ZeRO-3', ONES, [STAGE_3], 'likely', '2 tensors of the checkpoint are empty placeholders ([1])'],
    ['three of one number', THREE_ONES, [], 'likely', '3 tensors of the checkpoint are empty placeholders ([1])'],
    ['a buffer and a weight', [A, empty('x.running_mean', 4)], [], 'likely', '2 tensors'],
    ['a name that begins like a buffer', [empty('a.max_values', 4, 4)], [], 'likely', '1 tensor'],
  ])('%s', (_, mismatches, clues, confidence, title) => {
    const answer = diagnosed(id, { mismatches }, clues);
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(title);
  });

  it.each<readonly [readonly ClueFacts[], string | undefined]>([
    [[STAGE_3], 'The log tells of ZeRO stage 3.'],
    [[STAGE_2], 'The log tells of ZeRO stage 2: that is the run that loads; the file comes from another one.'],
    [[DEEPSPEED], 'DeepSpeed is in use.'],
    [[], undefined],
  ])('stage %#', (clues, statement) => {
    const found = diagnosed(id, { mismatches: [A, B, C] }, clues).evidence.filter((each) =>
      /^(The log tells|DeepSpeed is in)/.test(each.statement),
    );
    expect(found.map((each) => each.statement)).toEqual(statement === undefined ? [] : [statement]);
    expect(found.every(({ at }) => at?.source === 'test.log')).toBe(true);
  });

  it('the saver may have warned', () => {
    const said = (clue: ClueFacts) =>
      diagnosed(id, { mismatches: [A] }, [clue]).evidence.filter(({ statement }) => statement.startsWith('The saver itself'));
    expect([said(UNGATHERED).length, said(UNRELATED).length]).toEqual([1, 0]);
  });

  it('is counted with what is lost', () => {
    const lost = (count: number) =>
      diagnosed(id, { mismatches: Array.from({ length: count }, (_, index) => empty(`l.w${index}`, 64, 32)) }).evidence[1]?.statement;
    expect(lost(1)).toBe('Lost: l.w0 [64, 32]; 2,048 elements in all.');
    expect(lost(6)).toMatch(/l\.w5 \[64, 32\]; 12,288 elements/);
    expect(lost(7)).toMatch(/l\.w5 \[64, 32\] and 1 more group; 14,336 elements/);
    expect(lost(8)).toMatch(/l\.w5 \[64, 32\] and 2 more groups; 16,384 elements/);
    expect(diagnosed(id, { mismatches: [empty(undefined, 64, 32)] }).evidence[1]?.statement).toContain('a tensor [64, 32]');
  });

  it('may be handed over by a trainer', () => {
    const on = (dialects: readonly string[], ...mismatches: readonly Pair[]) => {
      const built = subject({ mismatches });
      return diagnosed(id, { ...built, failure: { ...built.failure, dialects } });
    };
    const synced = on(['torch', 'vllm'], empty(undefined, 64, 32));
    expect(synced.title).toContain('reached the inference engine');
    expect(synced.remedies[0]?.title).toContain('Gather the policy');
    expect(synced.evidence[1]?.statement).toContain('Empty: a tensor');
    for (const other of [on(['torch'], empty(undefined, 64, 32)), on(['vllm'], empty(undefined, 64, 32), A)])
      expect(other.title).toContain('not in this file');
  });

  it('is looked up in the file', () => {
    const command = (checkpoint?: string) =>
      diagnosed(id, { mismatches: [A], ...(checkpoint === undefined ? {} : { checkpoint }) }).wouldDecide[0]?.command;
    expect(command('/x/y/model.safetensors')).toContain("load_file('model.safetensors')");
    expect(command('/x/y/model.bin')).toContain("torch.load('model.bin'");
    expect(command()).toContain("torch.load('pytorch_model.bin'");
    expect(diagnosed(id, { mismatches: [A], severity: 'warning' }).title).toContain('the run went on with these parameters at random');
  });
});

describe('limits of a split', () => {
  const listOf = (...pairs: readonly Pair[]) => failure({ mismatches: pairs }).mismatches;

  it.each<readonly [string | undefined, Shape, Shape, string | undefined]>([
    [undefined, [13000, 64], [26000, 64], 'other'],
    [undefined, [10564, 64], [21128, 64], 'other'],
    [undefined, [16000], [32000], undefined],
    [undefined, [16000, 64], [32000, 64], 'vocabulary'],
    ['experts.3.w2.weight', [64, 32], [64, 64], 'mlp'],
    ['a.local_experts.12.w2.weight', [64, 32], [64, 64], 'mlp'],
    ['a.expert.w2.weight', [64, 32], [64, 64], 'mlp'],
    ['a.experts.w1.weight', [32, 64], [64, 64], 'mlp'],
    ['a.foo.weight', [4, 32, 3], [4, 64, 3], undefined],
    ['a.norm.weight', [4, 32], [4, 64], undefined],
    ['a.foo.weight', [64, 32], [64, 64], 'other'],
  ])('%s %j %j', (parameter, checkpoint, model, family) => {
    const [mismatch] = listOf([parameter, checkpoint, model]);
    expect(mismatch && readSplit(mismatch, 0)?.family).toBe(family);
  });

  it('a whole vocabulary in up to sixteen times as many shards', () => {
    expect(knownVocabulary(4748, 2)).toEqual({ rows: 151936, smaller: 32, larger: 16 });
    expect(ranksOf(2 ** 32, 2 ** 20)).toBe(4096);
  });

  it.each<readonly [string, readonly Pair[], boolean]>([
    ['4000 rows', [['word_embeddings.weight', [4000, 1024], [8000, 512]]], true],
    ['3999 rows', [['word_embeddings.weight', [3999, 1024], [7998, 512]]], false],
    ['64 pieces', [['word_embeddings.weight', [4001, 1024], [256064, 512]]], true],
    ['65 pieces', [['word_embeddings.weight', [4001, 1024], [260065, 512]]], false],
    ['two published vocabularies', [['word_embeddings.weight', [32000, 1024], [64000, 512]]], false],
    ['one published vocabulary', [['word_embeddings.weight', [16000, 1024], [32000, 512]]], true],
    ['three axes', [['word_embeddings.weight', [13000, 1024, 1], [26000, 512, 1]]], false],
    ['three axes of the file', [['word_embeddings.weight', [13000, 1024, 1], [26000, 512]]], false],
    ['three axes of the model', [['word_embeddings.weight', [13000, 1024], [26000, 512, 1]]], false],
    ['one axis of the file', [['word_embeddings.weight', [13000], [26000, 512]]], false],
    ['one axis of the model', [['word_embeddings.weight', [13000, 1024], [26000]]], false],
    [
      'another width of the file',
      [
        ['word_embeddings.weight', [13000, 1024], [26000, 512]],
        ['q.weight', [100, 2048], [200, 512]],
      ],
      false,
    ],
  ])('two faults at once: %s', (_, mismatches, expected) => {
    expect(readOtherWidthToo(listOf(...mismatches)) !== undefined).toBe(expected);
  });
});

describe('names and tensors of FSDP', () => {
  const id = 'fsdp-sharded';

  it.each<readonly [readonly string[], readonly string[], string]>([
    [['m.flat_param_12'], [], 'certain'],
    [['_flat_param'], [], 'certain'],
    [['flat_params', 'm._fsdp_wrapped_module.w'], [], 'certain'],
    [['m._fsdp_wrapped_module.w'], ['m.w'], 'certain'],
    [['m._fsdp_wrapped_module.w', 'n._fpw_module.v'], ['m.w'], 'certain'],
    [['m._fsdp_wrapped_module.w'], ['x.w'], 'possible'],
  ])('%j %j', (unexpected, missing, confidence) => {
    const answer = diagnosed(id, { unexpected, missing });
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(confidence === 'possible' ? 'nothing on the other side answers' : 'sharded or wrapped state dict');
    expect(answer.title).toContain(`(${unexpected[0]})`);
    expect(answer.wouldDecide.length > 0).toBe(confidence === 'possible');
  });

  it('a tensor of FSDP2 takes no plain one', () => {
    const values = { reason: 'got mixed torch.Tensor and DTensor' };
    const mismatches: readonly Pair[] = [['a', [4, 8], [4, 9]]];
    const answer = diagnosed(id, { notices: [['copy-failed', values]], mismatches });
    expect([answer.confidence, answer.explained.mismatches]).toEqual(['certain', [0]]);
    expect(answer.title).toContain('sharded by FSDP2');
    expect(declined(id, { notices: [['element-count', values]], mismatches })).toContain('no names of FSDP wrappers');
  });
});
