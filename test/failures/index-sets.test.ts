import { describe, expect, it } from 'vitest';
import { formatIndexSet, readIndexSet } from '../../src/failures/index-sets.js';

describe('layer numbers', () => {
  it.each([
    [[], ''],
    [[7], '7'],
    [[0, 1, 2, 3, 6], '{0-3,6}'],
    [[1, 3], '{1,3}'],
    [[2, 3], '{2-3}'],
    [[0, 10, 11, 12, 40, 41], '{0,10-12,40-41}'],
  ])('%j are written as %s', (numbers, text) => {
    expect(formatIndexSet(numbers)).toBe(text);
    if (numbers.length > 0) expect(readIndexSet(text)).toEqual(numbers);
  });

  it.each([
    '',
    '{}',
    '{a}',
    '{1,a}',
    '{1-}',
    '{-1}',
    '{1,}',
    '1-3',
    '{1-3',
    '1-3}',
    '{1 - 3}',
    'x{1}',
    '{1}x',
    '{0...11}',
    '{1234567890123456}',
  ])('%j is no set of them', (text) => {
    expect(readIndexSet(text)).toBeUndefined();
  });

  it('end where no model has layers any more, whatever a log says', () => {
    expect(readIndexSet('{0-99999}')).toHaveLength(100_000);
    expect(readIndexSet('{0-100000}')).toBeUndefined();
    expect(readIndexSet('{0-60000,70000-120000}')).toBeUndefined();
    expect(readIndexSet('{0-999999999999999}')).toBeUndefined();
    expect(readIndexSet('{9-3}')).toEqual([]);
  });
});
