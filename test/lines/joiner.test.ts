import { describe, expect, it } from 'vitest';
import { createJoiner, type Openness } from '../../src/lines/joiner.js';
import type { LogLine } from '../../src/model/log-line.js';

/** A message of `BEGIN … END` on up to four lines; a list under `LIST`, which goes on while lines end in a comma; items under `ITEMS` that begin with `-`. */
function openness(text: string): Openness {
  const begins = /^(BEGIN|LIST|ITEMS)/.test(text);
  if (text.startsWith('LIST')) return { maxLines: 3, begins, reads: true, goesOn: (line) => line.endsWith(',') };
  if (text.startsWith('ITEMS')) return { maxLines: 3, begins, reads: true, continues: (line) => line.startsWith('-') };
  return { maxLines: begins && !text.includes('END') ? 3 : 0, begins, reads: begins && text.includes('END') };
}

const lineOf = (text: string, line: number, id = 'a'): LogLine => ({ text, at: { source: 'x.log', line }, speaker: { id } });

/** What comes out for these lines of one process, each with the number of the line that it begins on. */
function joined(...texts: readonly string[]): readonly (readonly [number, string])[] {
  const out: LogLine[] = [];
  const joiner = createJoiner(openness, (line) => out.push(line));
  for (const [position, text] of texts.entries()) joiner.push(lineOf(text, position + 1));
  joiner.end();
  return out.map(({ text, at }) => [at.line, text]);
}

const apart = (...texts: readonly string[]) => texts.map((text, position) => [position + 1, text]);

describe('a message over several lines', () => {
  it.each<readonly [string, readonly string[], readonly (readonly [number, string])[]]>([
    [
      'is one line',
      ['BEGIN', 'b', 'END', 'after'],
      [
        [1, 'BEGIN\nb\nEND'],
        [4, 'after'],
      ],
    ],
    [
      'is one line up to its limit',
      ['BEGIN', 'b', 'c', 'END', 'after'],
      [
        [1, 'BEGIN\nb\nc\nEND'],
        [5, 'after'],
      ],
    ],
    [
      'is let go where it takes more',
      ['BEGIN', 'b', 'c', 'd', 'END'],
      [
        [1, 'BEGIN'],
        [2, 'b'],
        [3, 'c'],
        [4, 'd'],
        [5, 'END'],
      ],
    ],
    [
      'is let go where the log ends',
      ['BEGIN', 'b'],
      [
        [1, 'BEGIN'],
        [2, 'b'],
      ],
    ],
    [
      'is let go at a blank line',
      ['BEGIN', ' ', 'END'],
      [
        [1, 'BEGIN'],
        [2, ' '],
        [3, 'END'],
      ],
    ],
    [
      'is let go where another begins',
      ['BEGIN', 'BEGIN 2', 'END'],
      [
        [1, 'BEGIN'],
        [2, 'BEGIN 2\nEND'],
      ],
    ],
    ['goes on where its first line stands twice', ['BEGIN', 'BEGIN', 'END'], [[1, 'BEGIN\nBEGIN\nEND']]],
    [
      'needs no joining where it is whole',
      ['BEGIN END', 'after'],
      [
        [1, 'BEGIN END'],
        [2, 'after'],
      ],
    ],
  ])('%s', (_, texts, expected) => {
    expect(joined(...texts)).toEqual(expected);
  });

  it('longer than four megabytes is let go', () => {
    const long = 'x'.repeat((4 << 20) - 'BEGIN'.length - 'END'.length);
    expect(joined('BEGIN', long, 'END')).toHaveLength(1);
    expect(joined('BEGIN', `${long}x`, 'END')).toHaveLength(3);
  });
});

describe('a list that says that it goes on', () => {
  it.each<readonly [string, readonly string[], readonly (readonly [number, string])[]]>([
    [
      'ends behind the last item',
      ['LIST', 'a,', 'b', 'after'],
      [
        [1, 'LIST\na,\nb'],
        [4, 'after'],
      ],
    ],
    [
      'is cut into pieces of its limit',
      ['LIST', 'a,', 'b,', 'c,', 'd,'],
      [
        [1, 'LIST\na,\nb,\nc,'],
        [5, 'd,'],
      ],
    ],
    ['stands for itself where the log ends', ['LIST', 'a,'], [[1, 'LIST\na,']]],
    [
      'and where a message begins',
      ['LIST', 'a,', 'BEGIN', 'END'],
      [
        [1, 'LIST\na,'],
        [3, 'BEGIN\nEND'],
      ],
    ],
    [
      'and at a blank line',
      ['LIST', 'a,', '', 'b'],
      [
        [1, 'LIST\na,'],
        [3, ''],
        [4, 'b'],
      ],
    ],
  ])('%s', (_, texts, expected) => {
    expect(joined(...texts)).toEqual(expected);
  });
});

describe('items under a heading', () => {
  it.each<readonly [string, readonly string[], readonly (readonly [number, string])[]]>([
    [
      'end at the first line that is none',
      ['ITEMS', '- a', '- b', 'after'],
      [
        [1, 'ITEMS\n- a\n- b'],
        [4, 'after'],
      ],
    ],
    [
      'are cut into pieces of their limit',
      ['ITEMS', '- a', '- b', '- c', '- d'],
      [
        [1, 'ITEMS\n- a\n- b\n- c'],
        [5, '- d'],
      ],
    ],
    [
      'may be none',
      ['ITEMS', 'after'],
      [
        [1, 'ITEMS'],
        [2, 'after'],
      ],
    ],
    [
      'give way to a message',
      ['ITEMS', '- a', 'BEGIN', 'END'],
      [
        [1, 'ITEMS\n- a'],
        [3, 'BEGIN\nEND'],
      ],
    ],
    ['stand for themselves where the log ends', ['ITEMS', '- a'], [[1, 'ITEMS\n- a']]],
  ])('%s', (_, texts, expected) => {
    expect(joined(...texts)).toEqual(expected);
  });
});

describe('the lines of two processes', () => {
  it('are joined each with its own', () => {
    const out: LogLine[] = [];
    const joiner = createJoiner(openness, (line) => out.push(line));
    for (const [line, id, text] of [
      [1, 'a', 'BEGIN'],
      [2, 'b', 'BEGIN'],
      [3, 'b', 'END'],
      [4, 'a', 'END'],
    ] as const)
      joiner.push(lineOf(text, line, id));
    expect(out.map(({ text, at, speaker }) => [text, at.line, speaker.id])).toEqual([
      ['BEGIN\nEND', 2, 'b'],
      ['BEGIN\nEND', 1, 'a'],
    ]);
  });

  it('are passed on in the order in which they began where neither becomes whole', () => {
    const out: LogLine[] = [];
    const joiner = createJoiner(openness, (line) => out.push(line));
    joiner.push(lineOf('BEGIN', 1, 'b'));
    joiner.push(lineOf('BEGIN', 2, 'a'));
    joiner.end();
    expect(out.map(({ at }) => at.line)).toEqual([1, 2]);
  });
});

describe('how many further lines are wanted', () => {
  const wantedBehind = (...lines: readonly (readonly [text: string, line: number, id?: string])[]) => {
    const joiner = createJoiner(openness, () => undefined);
    for (const [text, line, id] of lines) joiner.push(lineOf(text, line, id));
    return joiner.wanted;
  };

  it('is what the message may still take, counted from the line that was read last', () => {
    expect(wantedBehind()(7)).toBe(0);
    expect(wantedBehind(['BEGIN', 1])(1)).toBe(3);
    expect(wantedBehind(['BEGIN', 1], ['b', 2])(2)).toBe(2);
    expect(wantedBehind(['BEGIN', 1], ['b', 2])(3)).toBe(1);
    expect(wantedBehind(['BEGIN', 1], ['END', 2])(2)).toBe(0);
    expect(wantedBehind(['BEGIN', 1], ['b', 2])(9)).toBe(0);
  });

  it('is the most that any process waits for', () => {
    expect(wantedBehind(['BEGIN', 1, 'a'], ['BEGIN', 4, 'b'], ['c', 5, 'b'])(5)).toBe(2);
    expect(wantedBehind(['BEGIN', 4, 'a'], ['BEGIN', 1, 'b'], ['c', 2, 'b'])(4)).toBe(3);
  });

  it('is 64 at most: a list is asked again', () => {
    const joiner = createJoiner(
      () => ({ maxLines: 1000, begins: true, reads: true, goesOn: () => true }),
      () => undefined,
    );
    joiner.push(lineOf('LIST', 1));
    expect(joiner.wanted(1)).toBe(64);
  });
});

describe('a line that the end of the log cut', () => {
  it('makes the message that it ends a cut one, and no other', () => {
    const out: LogLine[] = [];
    const joiner = createJoiner(openness, (line) => out.push(line));
    joiner.push(lineOf('LIST', 1));
    joiner.push({ ...lineOf('a,', 2), isCut: true });
    joiner.end();
    joiner.push(lineOf('LIST', 3));
    joiner.end();
    expect(out.map(({ isCut }) => isCut)).toEqual([true, undefined]);
  });
});

it('lines that begin nothing are passed on at once', () => {
  expect(joined('a', '', 'END')).toEqual(apart('a', '', 'END'));
});
