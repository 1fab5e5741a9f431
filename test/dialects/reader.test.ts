import { describe, expect, it } from 'vitest';
import { type Dialect, type MessagePattern, message } from '../../src/dialects/dialect.js';
import { createReader } from '../../src/dialects/read.js';
import type { Form } from '../../src/model/pattern.js';

const keyIn = (name: string, literal: string, form: Form, more: Partial<MessagePattern> = {}): MessagePattern => ({
  ...message(
    name,
    literal,
    form,
    (fields) => (fields.text('key') === '-' ? [] : [{ kind: 'missing-keys', keys: [fields.text('key')] }]),
    [],
  ),
  ...more,
});
const dialectOf = (...patterns: readonly MessagePattern[]): Dialect => ({ name: 'x', library: 'X', severity: 'error', patterns });
const readerOf = (...patterns: readonly MessagePattern[]) => createReader([dialectOf(...patterns)]);

/** `lost key A of B`, on one line or wrapped anywhere. */
const wrapping: Form = { expression: /lost key (?<key>\S+) of \w+;/, squeezed: /lostkey(?<key>\S+?)of\w+;/, opens: 'lost key' };

describe('a line', () => {
  const reader = readerOf(
    keyIn('plain', 'lost', { expression: /lost (?<key>\S+)/ }),
    keyIn('grave', 'gone', { expression: /gone (?<key>\S+)/ }, { severity: 'warning' }),
  );
  const told = (text: string) =>
    reader.read(text).claims.map(({ pattern, severity, statements }) => [pattern, severity, statements.length]);

  it.each<readonly [string, readonly (readonly [string, string, number])[]]>([
    ['lost a', [['plain', 'error', 1]]],
    ['lost a and lost b', [['plain', 'error', 2]]],
    [
      'gone c, lost a',
      [
        ['plain', 'error', 1],
        ['grave', 'warning', 1],
      ],
    ],
    ['lost', []],
    ['lost -', []],
    ['nothing', []],
    ['raise Error(f"lost {key}")', []],
    ["f'lost {name}'", []],
    ['x = rf"lost {a[0]}"', []],
    ['lost {a}', [['plain', 'error', 1]]],
    ['lost of"{a}"', [['plain', 'error', 1]]],
    ['say f"lost {0}"', [['plain', 'error', 1]]],
    ['lost {a} f"b"', [['plain', 'error', 1]]],
  ])('%s', (text, expected) => {
    expect(told(text).toSorted()).toEqual(expected.toSorted());
    expect(reader.read(text)).not.toHaveProperty('open');
  });
});

describe('a message that a console broke', () => {
  const reader = readerOf(keyIn('wrapping', 'lost', wrapping));

  it.each([
    ['is whole on one line', 'lost key a of b;', ['a'], undefined],
    ['and over several', 'lost key a\nof b;', ['a'], undefined],
    ['and inside its words', 'lost ke\ny a o\nf b;', ['a'], undefined],
    ['is open while its end is not there', 'lost key a of', [], 8],
    ['also inside its first words', 'lost k\ney a', [], 8],
    ['is open again behind a whole one', 'lost key a of b; lost key c', ['a'], 8],
    ['is not open where it only ends', 'a of b; lost', [], undefined],
    ['is read twice', 'lost key a\nof b; lost key c\nof d;', ['a', 'c'], undefined],
    ['has blanks of every kind', 'lost\u00a0key a of b;', ['a'], undefined],
  ] as const)('%s', (_, text, keys, maxLines) => {
    const { claims, open } = reader.read(text);
    expect(claims.flatMap(({ statements }) => statements.flatMap((statement) => ('keys' in statement ? statement.keys : [])))).toEqual(
      keys,
    );
    expect(open?.maxLines).toBe(maxLines);
  });

  it('is looked for only where all its words stand', () => {
    const asked: string[] = [];
    const expression = /lost (?<key>\S+) of/;
    const spy = Object.assign(new RegExp(expression), {});
    const pattern = keyIn('words', 'lost', { expression: spy, words: ['lost', 'of'] });
    const read = message(
      'words',
      'lost',
      pattern.form,
      (fields) => {
        asked.push(fields.text('key'));
        return [];
      },
      [],
    );
    const words = readerOf(read);
    for (const text of ['lost a', 'lost b of', 'of lost']) words.read(text);
    expect(asked).toEqual(['b']);
  });

  it('that states nothing leaves its words open to others', () => {
    const silent = readerOf(keyIn('wrapping', 'lost', wrapping));
    expect(silent.read('lost key - of b;').open?.maxLines).toBe(8);
  });
});

describe('how much more of a message may follow', () => {
  it('is the most that any pattern asks for', () => {
    const reader = readerOf(
      keyIn('few', 'lost', { ...wrapping, maxLines: 3 }),
      keyIn('many', 'lost', { expression: /lost key many (?<key>\S+);/, opens: 'lost key', maxLines: 20 }),
      keyIn('some', 'lost', { expression: /lost key some (?<key>\S+);/, opens: 'lost key', maxLines: 10 }),
    );
    expect(reader.read('lost key a').open?.maxLines).toBe(20);
  });

  it('is asked of the last line of a list that goes on, whole or not', () => {
    const goesOn = (line: string) => line.endsWith(',');
    const reader = readerOf(keyIn('list', 'lost', { expression: /lost: (?<key>[^\n]+)/, goesOn, maxLines: 30, opens: 'lost:' }));
    expect(reader.read('lost: a,').open).toEqual({ maxLines: 30, goesOn });
    expect(reader.read('lost: a,\nb').open).toBeUndefined();
    expect(reader.read('lost: a\nb,').open).toEqual({ maxLines: 30, goesOn });
    expect(reader.read('lost:').open).toEqual({ maxLines: 30, goesOn });
  });

  it('is told by the lines themselves under a heading', () => {
    const continues = (line: string) => line.startsWith('-');
    const reader = readerOf(keyIn('items', 'lost', { expression: /lost items(?<key>.*)/, continues, maxLines: 30 }));
    expect(reader.read('lost items').open).toEqual({ maxLines: 30, continues });
    const wrapped = readerOf(
      keyIn('items', 'lost', { expression: /lost items: (?<key>.+)/, continues, maxLines: 30, opens: 'lost items' }),
    );
    expect(wrapped.read('lost items').open).toEqual({ maxLines: 30, continues });
  });
});

describe('a row under a heading', () => {
  const heading = keyIn('heading', 'lost', { expression: /lost (?<key>table)/ });
  const row = keyIn('row', 'lost', { expression: /^row (?<key>\S+)/ }, { within: 'heading' });
  const reader = readerOf(heading, row);

  it('is read there and nowhere else, whether its literal stands in it or not', () => {
    expect(reader.read('row a', 'x/heading').claims.map(({ pattern }) => pattern)).toEqual(['row']);
    expect(reader.read('row a').claims).toEqual([]);
    expect(reader.read('row a lost', undefined).claims).toEqual([]);
    expect(reader.read('row a', 'x/other').claims).toEqual([]);
    expect(reader.read('row a', 'y/heading').claims).toEqual([]);
  });

  it('that tells nothing of interest is a row all the same', () => {
    expect(reader.read('row -', 'x/heading').claims).toEqual([
      { dialect: 'x', pattern: 'row', severity: 'error', heads: false, statements: [] },
    ]);
  });

  it('gives way to a heading, which says that rows may follow', () => {
    const claims = reader.read('lost table', 'x/heading').claims;
    expect(claims.map(({ pattern, heads }) => [pattern, heads])).toEqual([['heading', true]]);
  });
});
