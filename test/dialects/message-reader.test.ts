import { describe, expect, it } from 'vitest';
import { createMessageReader } from '../../src/dialects/message-reader.js';
import type { Claim, Open, Reader } from '../../src/dialects/read.js';
import type { LogLine } from '../../src/model/log-line.js';

const claim = (pattern: string, heads = false): Claim => ({
  dialect: 'x',
  pattern,
  severity: 'error',
  heads,
  statements: [{ kind: 'missing-keys', keys: [pattern] }],
});

/** A table of rows under a heading, a message of its own, a message that may go on, and all else. `asked` counts what was read anew. */
function createFake() {
  const asked: string[] = [];
  const reader: Reader = {
    read(text, section) {
      asked.push(text);
      if (text === 'HEADING') return { claims: [claim('heading', true)] };
      if (text === 'BOTH') return { claims: [claim('heading', true), claim('message')] };
      if (text === 'ROW') return { claims: section === 'x/heading' ? [claim('row')] : [] };
      if (text === 'OPEN') return { claims: [], open: { maxLines: 7 } satisfies Open };
      return { claims: text === 'MESSAGE' ? [claim('message')] : [] };
    },
  };
  return { messages: createMessageReader(reader), asked };
}

const lineOf = (text: string, id = 'a'): LogLine => ({ text, at: { source: 'a.log', line: 1 }, speaker: { id } });

/** Which lines of one process state something. */
function read(...texts: readonly string[]): readonly string[] {
  const { messages } = createFake();
  return texts.flatMap((text) => messages.read(lineOf(text)).map(({ pattern }) => pattern));
}

describe('a row of a table', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['is read under its heading', ['HEADING', 'ROW', 'ROW'], ['heading', 'row', 'row']],
    ['and nowhere else', ['ROW', 'MESSAGE', 'ROW'], ['message']],
    ['also behind three lines of something else', ['HEADING', '-', '-', '-', 'ROW'], ['heading', 'row']],
    ['but not behind four', ['HEADING', '-', '-', '-', '-', 'ROW'], ['heading']],
    ['counted from the last row', ['HEADING', '-', '-', '-', 'ROW', '-', '-', '-', 'ROW'], ['heading', 'row', 'row']],
    ['or from a message between them', ['HEADING', '-', '-', '-', 'MESSAGE', '-', '-', '-', 'ROW'], ['heading', 'message', 'row']],
    ['under the next heading anew', ['HEADING', '-', '-', '-', '-', 'HEADING', 'ROW'], ['heading', 'heading', 'row']],
    ['whatever else the heading states', ['BOTH', 'ROW'], ['heading', 'message', 'row']],
  ])('%s', (_, texts, patterns) => {
    expect(read(...texts)).toEqual(patterns);
  });

  it('is read under the heading of the process that printed it', () => {
    const { messages } = createFake();
    const patterns = [lineOf('HEADING', 'a'), lineOf('ROW', 'b'), lineOf('ROW', 'a')].flatMap((line) => messages.read(line));
    expect(patterns.map(({ pattern, speaker }) => [speaker.id, pattern])).toEqual([
      ['a', 'heading'],
      ['a', 'row'],
    ]);
  });

  it('makes lines hang on what is around them until the heading is out of force', () => {
    const { messages } = createFake();
    const plain = ['-', 'HEADING', '-', '-', '-', '-', 'HEADING'].map((text) => {
      messages.read(lineOf(text));
      return messages.isPlain();
    });
    expect(plain).toEqual([true, false, false, false, false, true, false]);
  });
});

describe('what a text states wherever it stands', () => {
  it.each<readonly [string, readonly string[] | undefined]>([
    ['MESSAGE', ['message']],
    ['HEADING', undefined],
    ['OPEN', undefined],
    ['ROW', undefined],
    ['-', undefined],
  ])('%s', (text, patterns) => {
    expect(
      createFake()
        .messages.settled(text)
        ?.map(({ pattern }) => pattern),
    ).toEqual(patterns);
  });
});

describe('whether a message begins on a text', () => {
  it.each([
    ['MESSAGE', { maxLines: 0, begins: true, reads: true }],
    ['OPEN', { maxLines: 7, begins: true, reads: false }],
    ['-', { maxLines: 0, begins: false, reads: false }],
  ])('%s', (text, expected) => {
    expect(createFake().messages.openness(text)).toEqual(expected);
  });
});

describe('a text that was read before', () => {
  it('is not read again, however many ranks say it', () => {
    const { messages, asked } = createFake();
    for (const text of ['a', 'b', 'a', 'b', 'b']) messages.openness(text);
    for (const id of ['1', '2', '3']) messages.read(lineOf('a', id));
    expect(asked).toEqual(['a', 'b']);
  });

  it('is read again where it stands under a heading, and where it is long', () => {
    const { messages, asked } = createFake();
    for (const text of ['ROW', 'HEADING', 'ROW', 'ROW']) messages.read(lineOf(text));
    expect(asked).toEqual(['ROW', 'HEADING', 'ROW', 'ROW']);
    const long = createFake();
    const texts = ['x'.repeat(2000), 'y'.repeat(2001), 'x'.repeat(2000), 'y'.repeat(2001)];
    for (const text of texts) long.messages.openness(text);
    expect(long.asked.map((text) => text[0])).toEqual(['x', 'y', 'y']);
  });

  it('is forgotten where there are more than fifty thousand', () => {
    const { messages, asked } = createFake();
    for (let number = 0; number < 50_000; number++) messages.openness(`${number}`);
    messages.openness('0');
    expect(asked).toHaveLength(50_000);
    messages.openness('one more');
    messages.openness('0');
    expect(asked.slice(50_000)).toEqual(['one more', '0']);
  });
});
