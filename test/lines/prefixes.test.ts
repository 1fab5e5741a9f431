import { describe, expect, it } from 'vitest';
import { peel, prefixes } from '../../src/lines/prefixes.js';

describe.each(prefixes.map((prefix) => [prefix.name, prefix] as const))('%s', (_, { samples }) => {
  it.each(samples)('%s', (line, rest, told) => {
    const peeled = peel(line);
    expect(peeled.rest).toBe(rest);
    if (told.rank !== undefined) expect(peeled.rank).toBe(told.rank);
    if (told.who !== undefined) expect(peeled.identity).toContain(told.who);
  });
});

describe('peeling', () => {
  it('leaves a plain line and the indentation of a message alone', () => {
    expect(peel('\tsize mismatch for a.b: copying a param').rest).toBe('\tsize mismatch for a.b: copying a param');
    expect(peel('  File "train.py", line 3, in main').rest).toBe('  File "train.py", line 3, in main');
  });

  it('takes nested prefixes off in any order', () => {
    const line = '[pod/trainer-0/pytorch] 2026-05-01T10:00:00.123Z [rank3]: \tsize mismatch for a';
    expect(peel(line)).toMatchObject({ rest: '\tsize mismatch for a', rank: 3 });
  });

  it('does not take a shape or an index in brackets for a prefix', () => {
    expect(peel('[96, 3, 4, 4] from checkpoint').rest).toBe('[96, 3, 4, 4] from checkpoint');
  });
});
