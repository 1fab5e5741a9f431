import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import type { FailureFacts } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];
const id = 'expert-count';
const STACK: Pair = ['mlp.experts.w1', [6, 10, 20], [4, 10, 20]];
const ROUTER: Pair = ['mlp.gate.weight', [6, 64], [4, 64]];

describe('stacks of experts and their routers', () => {
  it.each<readonly [string, FailureFacts, string]>([
    ['a vector', { mismatches: [['experts.bias', [8], [4]]] }, 'differ in their widths'],
    ['another width as well', { mismatches: [['experts.w1', [6, 10], [4, 11]]] }, 'differ in their widths'],
    ['the width alone', { mismatches: [['experts.w1', [4, 10], [4, 11]]] }, 'differ in their widths'],
    ['too many rows for a router', { modelClass: 'MyMoe', mismatches: [['gate.weight', [1025, 64], [512, 64]]] }, 'no router and no stack'],
    ['a gate without experts', { modelClass: 'LlamaForCausalLM', mismatches: [ROUTER] }, 'no router and no stack'],
    ['a gate in no class', { mismatches: [ROUTER] }, 'no router and no stack'],
    ['a router of another width', { modelClass: 'MyMoe', mismatches: [['gate.weight', [6, 64], [6, 65]]] }, 'no router and no stack'],
    [
      'a projection that begins so',
      { modelClass: 'MyMoe', mismatches: [['gate_up_proj.weight', [6, 64], [4, 64]]] },
      'no router and no stack',
    ],
    ['no names', { modelClass: 'MyMoe', mismatches: [[undefined, [6, 64], [4, 64]]] }, 'no router and no stack'],
    ['empty tensors', { mismatches: [['experts.w1', [0], [4, 11]]] }, 'parameters of shape [0]'],
  ])('decline: %s', (_, facts, reason) => {
    expect(declined(id, facts)).toContain(reason);
  });

  it.each<readonly [string, FailureFacts, string, string]>([
    ['one stack', { mismatches: [STACK] }, 'likely', '1 stack of experts differs in the number of experts alone'],
    ['two stacks', { mismatches: [STACK, STACK] }, 'certain', '2 stacks of experts differ in the number of experts alone'],
    ['both', { mismatches: [ROUTER, STACK] }, 'certain', '1 stack of experts and 1 router tensor differ in the number of experts alone'],
    ['one router', { modelClass: 'MixtralForCausalLM', mismatches: [ROUTER] }, 'likely', '1 router tensor differs in the number'],
    ['by the class', { modelClass: 'MyMoE', mismatches: [ROUTER] }, 'likely', '1 router tensor differs in the number'],
    ['by a router', { mismatches: [ROUTER], missing: ['a.b', 'router.bias'] }, 'likely', '1 router tensor differs in the number'],
    ['by a bare router', { mismatches: [ROUTER], unexpected: ['a.router'] }, 'likely', '1 router tensor differs in the number'],
    ['by experts', { mismatches: [ROUTER], unexpected: ['a.experts.x'] }, 'likely', '1 router tensor differs in the number'],
    ['a lost axis', { mismatches: [['experts.bias', [6], [4, 1]]] }, 'likely', '1 stack of experts differs in the number'],
    ['an axis of one', { mismatches: [['experts.bias', [6, 1, 10], [4, 10]]] }, 'likely', '1 stack of experts differs in the number'],
    ['two ratios', { mismatches: [STACK, ['mlp.experts.w2', [6, 10], [5, 10]]] }, 'likely', '2 stacks of experts differ in the number'],
  ])('find %s', (_, facts, confidence, statement) => {
    const answer = diagnosed(id, { complete: true, ...facts });
    expect(answer.confidence).toBe(confidence);
    expect(answer.evidence[0]?.statement.startsWith(statement)).toBe(true);
    expect(answer.evidence[0]?.statement).not.toContain('no router is in the list');
    expect(answer.title).toBe('The checkpoint has 6 experts per layer, the model 4.');
    expect(answer.remedies[0]?.title).toBe('Build the model with 6 experts');
    expect(answer.remedies[0]?.text).toContain('to 6, the number in the file');
    expect(answer.afterwards).toEqual([]);
    const hasRouter = (facts.mismatches ?? []).some(([parameter]) => parameter === 'mlp.gate.weight');
    expect(answer.wouldDecide).toHaveLength(hasRouter ? 0 : 1);
  });

  it('up to 1024 rows may be experts', () => {
    expect(diagnosed(id, { modelClass: 'MyMoe', mismatches: [['gate.weight', [1024, 64], [512, 64]]] }).title).toContain(
      'has 1024 experts',
    );
  });

  it.each<readonly [number, number, string, string]>([
    [2, 8, 'Gather the files of all ranks before loading', 'One file holds 2 of 8 experts: join the 4 files'],
    [
      8,
      2,
      'Run with 4 expert-parallel ranks, or without expert parallelism on both sides',
      'Each rank builds 2 of the 8 experts in the file',
    ],
  ])('%i of %i experts may be those of one rank', (checkpoint, model, title, text) => {
    const facts: FailureFacts = { mismatches: [['mlp.experts.w1', [checkpoint, 10, 20], [model, 10, 20]]] };
    const answer = diagnosed(id, facts);
    expect(answer.title).toContain(`The checkpoint holds ${checkpoint} experts where the model holds ${model}, and no router is listed`);
    expect(answer.evidence[0]?.statement).toContain('no router is in the list');
    expect(answer.remedies).toHaveLength(1);
    expect(answer.remedies[0]?.title).toBe(title);
    expect(answer.remedies[0]?.text).toContain(text);
    expect(answer.afterwards.join()).toContain('the wrong experts load in silence');
    expect(diagnosed(id, { ...facts, complete: false }).title).toContain('per layer');
  });

  it('explain the experts that one side does not count', () => {
    const numbered = ['experts.12.w', 'a.experts.6.w', 'a.experts.5.w', 'experts.4.w', 'a.experts.3.w', 'other.weight'];
    const { explained } = diagnosed(id, { mismatches: [STACK], missing: numbered, unexpected: numbered });
    expect(explained).toEqual({ mismatches: [0], missingKeys: numbered.slice(0, 2), unexpectedKeys: numbered.slice(0, 4) });
    expect(diagnosed(id, { mismatches: [['experts.w', [1, 9], [4, 9]]], missing: ['other.weight'] }).explained.missingKeys).toEqual([]);
  });
});

describe('experts with numbers', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['nothing', [], []],
    ['on both sides', ['experts.4.w'], ['experts.5.w']],
    ['from the first on', ['experts.0.w', 'experts.1.w'], []],
    ['stacked in the file', ['experts.4.w'], ['experts.gate_up_proj']],
    ['stacked in the model', ['experts.w2'], ['experts.4.w', 'a.b']],
    ['fused beside them', ['experts.4.w', 'experts.down_proj'], []],
    ['shared experts as well', ['experts.4.w', 'a.shared_experts.w'], []],
    ['shared experts left over as well', [], ['experts.4.w', 'a.shared_experts.w']],
  ])('decline: %s', (_, missing, unexpected) => {
    expect(declined(id, { missing, unexpected })).toContain('no router and no stack of experts differs');
  });

  it.each<readonly [readonly string[], readonly string[], string, string, number]>([
    [
      ['a.experts.4.w', 'experts.5.w'],
      [],
      'The checkpoint has 4 experts per layer, the model 6: experts 4 to 5 are missing from the file.',
      '2 keys of experts 4 to 5',
      4,
    ],
    [
      ['experts.12.w', 'experts.15.w'],
      [],
      'The checkpoint has 12 experts per layer, the model 16: experts 12 to 15 are missing from the file.',
      '2 keys of experts 12 to 15',
      12,
    ],
    [
      ['experts.4.w', 'b'],
      ['shared_experts.w'],
      'The checkpoint has 4 experts per layer, the model 5: experts 4 to 4 are missing from the file.',
      '1 key of experts 4 to 4',
      4,
    ],
    [
      [],
      ['experts.4.w', 'experts.5.w'],
      'The checkpoint has 6 experts per layer, the model 4: experts 4 to 5 are left over.',
      '2 keys of experts 4 to 5',
      6,
    ],
    [
      ['shared_experts.w'],
      ['experts.4.w'],
      'The checkpoint has 5 experts per layer, the model 4: experts 4 to 4 are left over.',
      '1 key of experts 4 to 4',
      5,
    ],
  ])('%j %j', (missing, unexpected, title, statement, file) => {
    const answer = diagnosed(id, { missing, unexpected });
    expect(answer.title).toBe(title);
    expect(answer.evidence.map((evidence) => evidence.statement)).toEqual([`${statement}, none of a lower number`]);
    expect(answer.evidence[0]?.at?.source).toBe('test.log');
    const isNumbered = (key: string) => /experts\.\d/.test(key);
    expect(answer.explained).toEqual({
      mismatches: [],
      missingKeys: missing.filter(isNumbered),
      unexpectedKeys: unexpected.filter(isNumbered),
    });
    expect(answer.remedies[0]?.title).toBe(`Build the model with ${file} experts`);
    expect(answer.doesNotHelp.map(({ advice }) => advice)).toEqual(['strict=False']);
    expect(answer.wouldDecide).toEqual([]);
  });

  it('name the class of the model', () => {
    expect(diagnosed(id, { modelClass: 'MyModel', missing: ['experts.4.w'] }).title).toContain('4 experts per layer, MyModel 5:');
  });
});
