import { describe, expect, it } from 'vitest';
import {
  common,
  hasEqualElementCount,
  hasZeroWidth,
  isPlaceholder,
  onlyDifferingAxis,
  ratioOnAxis,
  wholeRatio,
} from '../../src/causes/pairs.js';
import { withShortNames } from '../../src/causes/short-names.js';
import { verdictOf } from '../../src/causes/verdict.js';
import type { Diagnosis } from '../../src/model/diagnosis.js';
import type { Shape } from '../../src/model/shape.js';
import { failure, subject } from './failure-builder.js';

const diagnosis = (title: string, more: Partial<Diagnosis> = {}): Diagnosis => ({
  verdict: 'diagnosis',
  cause: 'kv-heads',
  title,
  confidence: 'possible',
  specificity: 50,
  explained: { mismatches: [0, 1], missingKeys: [], unexpectedKeys: [] },
  evidence: [],
  remedies: [],
  doesNotHelp: [],
  afterwards: [],
  wouldDecide: [{ question: `${title}?` }],
  ...more,
});
const mismatches = (...positions: readonly number[]) => ({ explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] } });

describe('the verdict', () => {
  const of = (...diagnoses: readonly Diagnosis[]) => verdictOf(subject({}), { diagnoses, declined: [] });

  it.each<readonly [string, readonly Diagnosis[], string, string]>([
    ['is the first cause', [diagnosis('A.', { confidence: 'likely' }), diagnosis('B.')], 'diagnosed', 'A.'],
    ['is the only one', [diagnosis('A.')], 'diagnosed', 'A.'],
    ['is both of two that are only possible', [diagnosis('A.'), diagnosis('B.')], 'ambiguous', 'Two causes fit. A. Or: B.'],
    [
      'not of two that are sure',
      [diagnosis('A.', { confidence: 'certain' }), diagnosis('B.', { confidence: 'certain' })],
      'diagnosed',
      'A.',
    ],
    ['not where one is much more special', [diagnosis('A.', { specificity: 71 }), diagnosis('B.')], 'diagnosed', 'A.'],
    ['but where it is a little', [diagnosis('A.', { specificity: 70 }), diagnosis('B.')], 'ambiguous', 'Two causes fit. A. Or: B.'],
    ['not where they explain other facts', [diagnosis('A.', mismatches(0, 1)), diagnosis('B.', mismatches(2, 3))], 'diagnosed', 'A.'],
    ['not where they share half', [diagnosis('A.', mismatches(0, 1)), diagnosis('B.', mismatches(1, 2))], 'diagnosed', 'A.'],
    [
      'but where they share more',
      [diagnosis('A.', mismatches(0, 1)), diagnosis('B.', mismatches(0, 1, 2))],
      'ambiguous',
      'Two causes fit. A. Or: B.',
    ],
    [
      'and where both are about keys',
      [diagnosis('A.', mismatches()), diagnosis('B.', mismatches())],
      'ambiguous',
      'Two causes fit. A. Or: B.',
    ],
    ['not where one is about shapes', [diagnosis('A.', mismatches(0)), diagnosis('B.', mismatches())], 'diagnosed', 'A.'],
    ['not where the other is', [diagnosis('A.', mismatches()), diagnosis('B.', mismatches(0))], 'diagnosed', 'A.'],
    ['is that nothing needs to be done', [diagnosis('A.', { harmless: true }), diagnosis('B.')], 'harmless', 'A.'],
    ['is not so by the second', [diagnosis('A.', { confidence: 'likely' }), diagnosis('B.', { harmless: true })], 'diagnosed', 'A.'],
  ])('%s', (_, diagnoses, kind, sentence) => {
    expect(of(...diagnoses)).toMatchObject({ kind, sentence });
  });

  it('asks what would decide between the first two, each question once', () => {
    const questions = (...diagnoses: readonly Diagnosis[]) => of(...diagnoses).wouldDecide.map(({ question }) => question);
    expect(questions(diagnosis('A'), diagnosis('B'), diagnosis('C'))).toEqual(['A?', 'B?']);
    expect(questions(diagnosis('A'), diagnosis('A'))).toEqual(['A?']);
  });

  it('is that a restart helps only where nothing is wrong', () => {
    expect(of(diagnosis('A.', { harmless: true })).restart).toBe('Nothing needs to be run again.');
    for (const verdict of [of(), of(diagnosis('A.')), of(diagnosis('A.'), diagnosis('B.'))])
      expect(verdict.restart).toContain('same result');
  });

  it('is unknown where no cause fits, with three questions', () => {
    expect(of()).toMatchObject({
      kind: 'unknown',
      sentence: 'The checkpoint could not be loaded as it is, and the log does not tell why.',
    });
    expect(of().wouldDecide.map(({ command }) => command !== undefined)).toEqual([true, true, true]);
    const shapes = verdictOf(subject({ mismatches: [['a', [1], [2]]] }), { diagnoses: [], declined: [] });
    expect(shapes.sentence).toContain('no known cause explains these shapes');
  });
});

describe('names that are no names are cut for the causes', () => {
  const long = 'x'.repeat(301);
  const whole = 'y'.repeat(300);

  it('wherever they stand', () => {
    const built = subject({
      mismatches: [
        [long, [1], [2]],
        ['a', [1], [2]],
        [undefined, [1], [2]],
      ],
      missing: [long, 'b'],
      unexpected: [long, 'c'],
    });
    const groups = [{ pattern: long, layers: [], checkpointShape: [1], modelShape: [2], count: 1, members: [0] }];
    const families = [{ pattern: long, count: 1, shapes: [], shapePairs: 1 }];
    const short = withShortNames({ ...built, failure: { ...built.failure, groups, families } }).failure;
    const cut = 'x'.repeat(300);
    expect(short.mismatches.map(({ parameter }) => parameter)).toEqual([cut, 'a', undefined]);
    expect([short.missingKeys, short.unexpectedKeys]).toEqual([
      [cut, 'b'],
      [cut, 'c'],
    ]);
    expect([short.groups[0]?.pattern, short.families[0]?.pattern]).toEqual([cut, cut]);
    expect([short.groups[0]?.members, short.families[0]?.count]).toEqual([[0], 1]);
  });

  it.each([
    ['a parameter', { mismatches: [[long, [1], [2]]] as const }],
    ['a missing key', { missing: ['a', long] }],
    ['an unexpected key', { unexpected: ['a', long] }],
  ])('also where only %s is too long', (_, facts) => {
    const short = withShortNames(subject(facts)).failure;
    const names = [...short.mismatches.map(({ parameter = '' }) => parameter), ...short.missingKeys, ...short.unexpectedKeys];
    expect(names.filter((name) => name.length > 300)).toEqual([]);
  });

  it('and nothing is made anew where all fit', () => {
    const built = subject({ mismatches: [[whole, [1], [2]]], missing: [whole], unexpected: [whole] });
    expect(withShortNames(built)).toBe(built);
  });
});

describe('the arithmetic of one pair', () => {
  const pair = (checkpointShape: Shape, modelShape: Shape) => {
    const [mismatch] = failure({ mismatches: [['a', checkpointShape, modelShape]] }).mismatches;
    if (mismatch === undefined) throw new Error('one pair is one mismatch');
    return mismatch;
  };

  it('knows the only axis that differs', () => {
    expect([
      onlyDifferingAxis(pair([1, 2], [1, 3])),
      onlyDifferingAxis(pair([1, 2], [1, 2])),
      onlyDifferingAxis(pair([1, 2], [2, 3])),
      onlyDifferingAxis(pair([1, 2], [1])),
    ]).toEqual([1, undefined, undefined, undefined]);
  });

  it('knows ratios', () => {
    expect([
      ratioOnAxis(pair([4], [2]), 0),
      ratioOnAxis(pair([2], [4]), 0),
      ratioOnAxis(pair([2], [0]), 0),
      ratioOnAxis(pair([2], []), 0),
      ratioOnAxis(pair([], [2]), 0),
    ]).toEqual([2, 0.5, undefined, undefined, undefined]);
    expect([wholeRatio(2, 8), wholeRatio(8, 2), wholeRatio(2, 2), wholeRatio(3, 8), wholeRatio(0, 8), wholeRatio(0, 0)]).toEqual([
      4,
      4,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('counts elements', () => {
    expect([
      hasEqualElementCount(pair([2, 8], [16])),
      hasEqualElementCount(pair([2, 8], [15])),
      hasEqualElementCount(pair([], [1])),
    ]).toEqual([true, false, true]);
  });

  it('tells placeholders from widths of 0', () => {
    expect([[0], [0, 0], [1], []].map(isPlaceholder)).toEqual([true, false, false, false]);
    expect([[0], [0, 4], [4, 0], [4, 4], []].map(hasZeroWidth)).toEqual([false, true, true, false, false]);
  });

  it('knows what all have in common', () => {
    expect([common([1, 1]), common([1, 2]), common([])]).toEqual([1, undefined, undefined]);
  });
});
