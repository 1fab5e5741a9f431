import { describe, expect, it } from 'vitest';
import { createPlainLines } from '../../src/lines/plain-lines.js';
import { peel } from '../../src/lines/prefixes.js';
import { readRankPrefix } from '../../src/lines/rank-prefix.js';

describe('the rank in front of a line, read from its bytes', () => {
  const read = (text: string, from = 0) => readRankPrefix(new TextEncoder().encode(text), from);

  it.each([
    ['[rank3]: x', { rank: 3, end: 9 }],
    ['[rank0]:x', { rank: 0, end: 8 }],
    ['[rank0] x', { rank: 0, end: 8 }],
    ['[rank0]x', { rank: 0, end: 7 }],
    ['[rank0]:', { rank: 0, end: 8 }],
    ['[rank0]', { rank: 0, end: 7 }],
    ['[rank1023]:  x', { rank: 1023, end: 12 }],
    ['[rank9999999]: x', { rank: 9_999_999, end: 15 }],
    ['[rank123456789]: x', undefined],
    ['[rank]: x', undefined],
    ['[rank3: x', undefined],
    ['[rank3', undefined],
    ['[rank', undefined],
    ['[ran', undefined],
    ['[rank-3]: x', undefined],
    ['[rank3a]: x', undefined],
    ['[rank/]: x', undefined],
    ['[rank:]: x', undefined],
    ['[Rank3]: x', undefined],
    [' [rank3]: x', undefined],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('is looked for at the place where a line begins', () => {
    expect(read('a\n[rank3]: x', 2)).toEqual({ rank: 3, end: 11 });
    expect(read('a\n[rank3]: x', 1)).toBeUndefined();
  });

  it.each(['[rank3]: x', '[rank0] x', '[rank12]x', '[rank7]:\tx'])('is what the readers of prefixes read in %j', (text) => {
    const { rest, rank } = peel(text);
    expect([rank, rest]).toEqual([read(text)?.rank, text.slice(read(text)?.end)]);
  });
});

describe('a plain line', () => {
  const { textOf } = createPlainLines();

  it.each([
    ['size mismatch for a', 'size mismatch for a'],
    ['\tsize mismatch\x1b[0m', '\tsize mismatch'],
    ['> quoted', 'quoted'],
  ])('is its text: %j', (raw, text) => {
    expect([textOf(raw), textOf(raw)]).toEqual([text, text]);
  });

  it.each(['10%\r20%', '{"log":"a"}', 'x\\ny', '[rank3]: x', 'worker-0: x', '2016-10-06T00:17:09Z stdout P x'])(
    'is none where it has to be looked at: %j',
    (raw) => {
      expect([textOf(raw), textOf(raw)]).toEqual([undefined, undefined]);
    },
  );

  it('is its text however long it is and however many there were', () => {
    const long = 'x'.repeat(5000);
    expect([textOf(long), textOf(long)]).toEqual([long, long]);
    for (let number = 0; number < 50_100; number++) textOf(`step ${number}`);
    expect([textOf('step 1'), textOf('step 50099')]).toEqual(['step 1', 'step 50099']);
  });
});
