import { describe, expect, it } from 'vitest';
import { createLineReader, type LineBlock } from '../../src/lines/line-reader.js';
import type { LogLine } from '../../src/model/log-line.js';
import { createDialectOpenness, readLines } from './read-lines.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const told = (log: string) => readLines(log).map(({ text, at, speaker }) => [at.line, speaker.rank, text]);

/** Reads blocks one after the other, with what the scanner knows about each. */
function readBlocks(...blocks: readonly (Omit<LineBlock, 'bytes'> & { readonly text: string })[]) {
  const lines: LogLine[] = [];
  const reader = createLineReader({ source: 'x.log', openness: createDialectOpenness(), emit: (line) => lines.push(line) });
  const wanted = blocks.map(({ text, ...block }) => reader.read({ ...block, bytes: bytesOf(text) }));
  reader.end();
  return { lines, wanted };
}

describe('the parts of one record', () => {
  it('are one line, under the number of the last', () => {
    const log = '2016-10-06T00:17:09Z stderr P one \n2016-10-06T00:17:10Z stdout F other\n2016-10-06T00:17:11Z stderr F two\n';
    expect(told(log)).toEqual([
      [2, undefined, 'other'],
      [3, undefined, 'one two'],
    ]);
  });

  it('are a line of their own where the record never ends', () => {
    expect(told('2016-10-06T00:17:09Z stderr P one\n').map(([, , text]) => text)).toEqual(['one']);
    expect(readLines('2016-10-06T00:17:09Z stderr P one\n')[0]?.isCut).toBe(true);
  });

  it('are glued inside the records of Docker too', () => {
    expect(told('{"log":"one "}\n{"log":"two\\n"}\n{"log":"three\\n"}\n')).toEqual([
      [2, undefined, 'one two'],
      [3, undefined, 'three'],
    ]);
  });
});

describe('records inside records', () => {
  const wrap = (text: string, times: number): string => (times === 0 ? text : wrap(JSON.stringify({ line: text }), times - 1));

  it('are taken out of each other four times', () => {
    expect(told(`${wrap('a', 4)}\n`)[0]?.[2]).toBe('a');
    expect(told(`${wrap('a', 5)}\n`)[0]?.[2]).toBe('{"line":"a"}');
  });

  it('keep the rank of what is around them', () => {
    expect(told('[rank3]: {"line":"a"}\n')).toEqual([[1, 3, 'a']]);
    expect(told('[rank3]: {"line":"[rank4]: a"}\n')).toEqual([[1, 4, 'a']]);
  });

  it('are told apart by what is around them and inside them', () => {
    const ids = readLines('[rank3]: {"line":"[default4]:a"}\n[rank3]: c\nd\n').map(({ speaker }) => speaker.id);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('a line that stood before', () => {
  const recalling = (text: string): Omit<LineBlock, 'bytes'> & { readonly text: string } => ({
    text,
    firstLine: 1,
    recall: (from, to) => ({ number: 1, text: text.slice(from, to) }),
  });

  it('is the same line, whoever says it', () => {
    const text = 'a\n[rank3]: a\n[rank3]: b\n[rank4]: a\nworker-0: a\n{"line":"a"}\n10%\r20%\n';
    const { lines } = readBlocks(recalling(text));
    expect(lines.map(({ text: read, at, speaker }) => [at.line, speaker.rank, read])).toEqual(told(text));
    expect(lines.map(({ speaker }) => speaker.id)).toEqual(readLines(text).map(({ speaker }) => speaker.id));
  });

  it('is not taken for itself inside a record that is not whole', () => {
    const text = '2016-10-06T00:17:09Z stderr P one \na\n2016-10-06T00:17:11Z stderr F two\n';
    expect(readBlocks(recalling(text)).lines.map(({ text: read }) => read)).toEqual(['a', 'one two']);
  });

  it('is cut where the block ends without a line feed', () => {
    const { lines } = readBlocks(recalling('a\nb'));
    expect(lines.map(({ isCut }) => isCut)).toEqual([undefined, true]);
  });
});

describe('a block of lines', () => {
  it('says how many further lines may belong to its last message', () => {
    const { wanted } = readBlocks(
      { text: 'nothing\n', firstLine: 1 },
      { text: 'size mismatch for a.weight: copying a param with shape\n', firstLine: 2 },
    );
    expect(wanted[0]).toBe(0);
    expect(wanted[1]).toBeGreaterThan(0);
  });

  it('counts on from its first line, and ends lines where the scanner says', () => {
    const text = 'a\nb\nc\n';
    const { lines } = readBlocks({ text, firstLine: 7, lineEnd: (place) => text.indexOf('\n', place) });
    expect(lines.map(({ text: read, at }) => [at.line, read])).toEqual([
      [7, 'a'],
      [8, 'b'],
      [9, 'c'],
    ]);
  });

  it.each([
    ['few lines', 3],
    ['many lines', 40],
  ])('reads characters of several bytes in %s', (_, count) => {
    const texts = Array.from({ length: count }, (__, number) => (number % 2 === 0 ? `Größe ${number} │` : `size ${number}`));
    expect(told(`${texts.join('\n')}\n`).map(([, , text]) => text)).toEqual(texts);
    const plain = Array.from({ length: count }, (__, number) => `size ${number}`);
    expect(told(`${plain.join('\n')}\n`).map(([, , text]) => text)).toEqual(plain);
  });
});

describe('a carriage return', () => {
  it('ends a line, and none where nothing stands before it', () => {
    expect(told('\r10%\r\r20%\r\n\r\r\nend')).toEqual([
      [1, undefined, '10%'],
      [1, undefined, '20%'],
      [2, undefined, ''],
      [3, undefined, 'end'],
    ]);
  });

  it('cuts only what stands behind it', () => {
    expect(readLines('10%\r20%').map(({ isCut }) => isCut)).toEqual([undefined, true]);
    expect(readLines('10%\r').map(({ isCut }) => isCut)).toEqual([undefined]);
  });
});
