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

const CHARACTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

it.each(prefixes)('$name begins with one of the characters that it names', ({ begins, expression, samples }) => {
  for (const [line] of samples) {
    const fitting = CHARACTERS.filter((character) => (expression.exec(character + line.slice(1))?.[0] ?? '') !== '');
    expect(fitting.filter((character) => !begins.includes(character))).toEqual([]);
    expect(begins).toContain(line.charAt(0));
  }
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

  it.each([
    ['a global rank beats a local one, wherever it stands', '[default3]:[rank11]: x', { rest: 'x', rank: 11, identity: 'rank 11' }],
    ['', '[rank11]: [default3]:x', { rest: 'x', rank: 11, identity: 'rank 11' }],
    ['a local rank is better than none', '[default3]:x', { rest: 'x', rank: 3, identity: 'rank 3' }],
    [
      'who it is stands in the order of the prefixes',
      '[pod/a/b] (W pid=7) [rank1]: x',
      { rest: 'x', rank: 1, identity: 'pod/a/b W pid=7 rank 1' },
    ],
    ['a part says that it is one', '2016-10-06T00:17:09Z stdout P x', { rest: 'x', identity: 'stdout', partial: true }],
    ['a whole record does not', '2016-10-06T00:17:09Z stdout F x', { rest: 'x', identity: 'stdout' }],
    [
      'a part inside a whole record is a part',
      '2016-10-06T00:17:09Z stdout P 2016-10-06T00:17:09Z stderr F x',
      { rest: 'x', identity: 'stdout stderr', partial: true },
    ],
    ['six prefixes are taken off', '> *** [rank1]: 2024-05-02 08:11:00 *** > x', { rest: 'x', rank: 1, identity: 'rank 1' }],
    ['and no seventh', '*** 2024-05-02 08:11:00 *** 2024-05-02 08:11:00 *** 2024-05-02 08:11:00 *** x', { rest: '*** x', identity: '' }],
    ['an empty line has none', '', { rest: '', identity: '' }],
  ])('%s: %s', (_, line, expected) => {
    expect(peel(line)).toEqual(expected);
  });

  it.each([
    'Missing key(s) in state_dict: "a"',
    'RuntimeError: x',
    'encoder.weight: x',
    'fc.weight | MISMATCH | x',
    'Key | Status | ',
    'trainer | INFO | x',
    'loss: 0.5',
    '***',
    '[rank]: x',
    '[3, 4]: x',
    '(pid) x',
    '|  x',
    ' | x',
    '12345678: x',
    '3: ',
    'INFO x',
  ])('nothing is taken off %j', (line) => {
    expect(peel(line).rest).toBe(line);
  });
});
