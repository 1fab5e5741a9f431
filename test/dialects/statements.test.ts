import { describe, expect, it } from 'vitest';
import {
  isFolded,
  LISTING,
  message,
  readFirstKeys,
  readFirstMismatch,
  readKeys,
  readMismatch,
  readNotice,
} from '../../src/dialects/dialect.js';
import { fieldsOf } from '../../src/model/pattern.js';

const shapes = { checkpointShape: '[4, 3]', modelShape: '[5, 3]' };

describe('a mismatch', () => {
  it.each([
    ['with a name', { parameter: 'a.weight', ...shapes }, { parameter: 'a.weight' }],
    ['without a name', shapes, {}],
    ['with an empty one', { parameter: '', ...shapes }, {}],
    ['with a name that stands for several', { parameter: 'h.{0...3}.w', ...shapes }, { parameter: 'h.{0...3}.w', folded: true }],
  ])('%s', (_, groups, expected) => {
    const statement = { kind: 'mismatch', checkpointShape: [4, 3], modelShape: [5, 3], ...expected };
    expect(readMismatch()(fieldsOf(groups))).toEqual([statement]);
    expect(readFirstMismatch()(fieldsOf(groups))).toEqual([statement, { kind: 'incomplete', reason: 'first-only' }]);
  });

  it('with its axes innermost first is turned round', () => {
    const [statement] = readMismatch({ reversed: true })(fieldsOf(shapes));
    expect(statement).toEqual({ kind: 'mismatch', checkpointShape: [3, 4], modelShape: [3, 5] });
    expect(readFirstMismatch({ reversed: true })(fieldsOf(shapes))[0]).toEqual(statement);
  });
});

describe('a list of keys', () => {
  it.each([
    ['of two', '"a.w", "b.w"', [{ kind: 'missing-keys', keys: ['a.w', 'b.w'] }]],
    ['of which one stands for several', '"a.w", "h.{0, 1}.w"', [{ kind: 'missing-keys', keys: ['a.w', 'h.{0, 1}.w'], folded: true }]],
    ['of none', '', []],
  ])('%s', (_, keys, expected) => {
    expect(readKeys('missing-keys')(fieldsOf({ keys }))).toEqual(expected);
    const more = expected.length === 0 ? [] : [{ kind: 'incomplete', reason: 'first-only' }];
    expect(readFirstKeys('missing-keys')(fieldsOf({ keys }))).toEqual([...expected, ...more]);
  });
});

it('a notice states its topic and what it counts', () => {
  expect(readNotice('rank-limit', () => ({ limit: 8 }))(fieldsOf({}))).toEqual([
    { kind: 'notice', topic: 'rank-limit', values: { limit: 8 } },
  ]);
});

describe('a name that stands for several', () => {
  it.each([
    ['h.{0...11}.w', true],
    ['h.{0, 1}.w', true],
    ['a.{b}.{c,d}', true],
    ['a.{b}', false],
    ['a.b,c', false],
    ['a...b', false],
    ['a,{b}', false],
    ['{b},c', false],
    ['a.{b,c', false],
    ['a}b,c{', false],
    ['{a,{b}', true],
  ])('%s: %s', (name, expected) => {
    expect(isFolded(name)).toBe(expected);
  });
});

describe('a list goes on', () => {
  it.each([
    ["['a', 'b',", true],
    ["'c', 'd'", true],
    ['a.weight, b.weight', true],
    ['[rank0]: "a",', true],
    ["'c']", false],
    ['"c"]', false],
    ["'c'}", false],
    ["'c' ]", false],
    [']', false],
    ['  }', false],
    ['missing: []', false],
    ['missing: [ ]', false],
  ])('%j: %s', (line, expected) => {
    expect(LISTING.goesOn(line)).toBe(expected);
  });
});

it('a pattern is what it was made of', () => {
  const read = () => [];
  const form = { expression: /a/ };
  expect(message('a', 'abcd', form, read, [], { within: 'b' })).toEqual({
    name: 'a',
    literal: 'abcd',
    form,
    read,
    samples: [],
    within: 'b',
  });
  expect(Object.keys(message('a', 'abcd', form, read, []))).toEqual(['name', 'literal', 'form', 'read', 'samples']);
});
