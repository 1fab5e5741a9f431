import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Literal, Region } from '../../src/scan/region.js';
import { createPassThrough, createScanner, type ScanTotals } from '../../src/scan/scanner.js';
import { type EmittedLine, linesOf, scanNaively } from './naive-scanner.js';

const LITERALS: readonly Literal[] = [
  { text: 'mismatch', before: 3, after: 5 },
  { text: 'state_dict', before: 1, after: 0 },
  { text: 'File "', before: 0, after: 1 },
  { text: 'Error(s) in loading', before: 2, after: 9 },
];

type Make = (emit: (region: Region) => number | undefined) => ReturnType<typeof createScanner>;

function scan(make: Make, log: string, cuts: readonly number[]): { readonly lines: readonly EmittedLine[]; readonly totals: ScanTotals } {
  const lines: EmittedLine[] = [];
  const scanner = make((region) => {
    lines.push(...linesOf(new TextDecoder().decode(region.bytes), region.firstLine, region.offset));
    return undefined;
  });
  const bytes = new TextEncoder().encode(log);
  [0, ...cuts].forEach((cut, index) => {
    scanner.push(bytes.subarray(cut, cuts[index] ?? bytes.length));
  });
  return { lines, totals: scanner.end() };
}

const word = fc.constantFrom(
  'mismatch',
  'mis',
  'match',
  'state_dict',
  'state_',
  'dict',
  'File "',
  'Error(s) in loading',
  'Error',
  '\n',
  '\n',
  '\n',
  ' ',
  'é',
  '1.25e-05',
  '\r',
);
const log = fc.array(word, { maxLength: 80 }).map((words) => words.join(''));
const logAndCuts = log.chain((text) =>
  fc.tuple(
    fc.constant(text),
    fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 6 }).map((cuts) => cuts.sort((a, b) => a - b)),
  ),
);

describe('the scanner', () => {
  it('emits the lines near a literal, each once and in order, however the log is cut', () => {
    fc.assert(
      fc.property(logAndCuts, ([text, cuts]) => {
        expect(scan((emit) => createScanner(LITERALS, emit), text, cuts).lines).toEqual(scanNaively(text, LITERALS));
      }),
      { seed: 5, numRuns: 1000 },
    );
  });

  it('finds every literal at every place, cut at every place', () => {
    for (const literal of LITERALS) {
      for (let place = 0; place < 9; place++) {
        const text = `${'x'.repeat(place)}${literal.text}\nno\n`;
        for (let cut = 0; cut <= text.length; cut++) {
          const { lines } = scan((emit) => createScanner(LITERALS, emit), text, [cut]);
          expect(lines).toEqual(scanNaively(text, LITERALS));
        }
      }
    }
  });

  it('finds literals of one to five bytes too', () => {
    const literals = ['a', 'bc', 'def', 'ghij', 'klmno'].map((text) => ({ text, before: 0, after: 0 }));
    const text = 'xa\nx\nbc\nb\ndef\nhij\nghij\nklmn\nxklmno';
    expect(scan((emit) => createScanner(literals, emit), text, []).lines).toEqual(scanNaively(text, literals));
  });

  it('counts bytes, line feeds and a last line without one', () => {
    expect(scan((emit) => createScanner(LITERALS, emit), 'a\nb\nc', [2]).totals).toEqual({ bytes: 5, lines: 3 });
    expect(scan((emit) => createScanner(LITERALS, emit), 'a\nb\n', [3]).totals).toEqual({ bytes: 4, lines: 2 });
    expect(scan((emit) => createScanner(LITERALS, emit), '', []).totals).toEqual({ bytes: 0, lines: 0 });
  });

  it('emits the first lines whatever they hold, if asked to', () => {
    const { lines } = scan((emit) => createScanner(LITERALS, emit, 3), `${'a\n'.repeat(9)}mismatch\n${'b\n'.repeat(9)}`, [5]);
    expect(lines.map(({ line }) => line)).toEqual([1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('goes on where the receiver wants more lines, and asks again', () => {
    const text = `mismatch\n${'more\n'.repeat(20)}`;
    const answers = [4, 3, 0];
    let lines = 0;
    const scanner = createScanner([{ text: 'mismatch', before: 0, after: 2 }], ({ bytes }) => {
      lines += linesOf(new TextDecoder().decode(bytes)).length;
      return answers.shift();
    });
    scanner.push(new TextEncoder().encode(text));
    scanner.end();
    expect(lines).toBe(1 + 2 + 4 + 3);
  });

  it('keeps no more than a few megabytes of a line that never ends, and loses nothing of it', () => {
    const part = new TextEncoder().encode(`${'0123456789abcdef'.repeat(1 << 12)}`);
    let largest = 0;
    let hits = 0;
    const scanner = createScanner([{ text: 'mismatch', before: 3, after: 5 }], ({ bytes }) => {
      largest = Math.max(largest, bytes.length);
      hits += new TextDecoder().decode(bytes).split('mismatch').length - 1;
      return undefined;
    });
    for (let i = 0; i < 400; i++) {
      scanner.push(part);
      if (i % 40 === 7) scanner.push(new TextEncoder().encode('mismatch'));
    }
    expect(scanner.end().lines).toBe(1);
    expect(hits).toBe(10);
    expect(largest).toBeLessThan(6 << 20);
  });

  it('finds a literal at every place around the cut through an endless line', () => {
    const size = 4 << 20;
    for (let place = size - 9; place <= size + 1; place++) {
      const bytes = new Uint8Array(size + 5000).fill(120);
      bytes.set(new TextEncoder().encode('mismatch'), place);
      let text = '';
      const scanner = createScanner([{ text: 'mismatch', before: 0, after: 0 }], (region) => {
        text += new TextDecoder().decode(region.bytes);
        return undefined;
      });
      scanner.push(bytes);
      scanner.end();
      expect(text.includes('mismatch')).toBe(true);
    }
  });

  it('takes the states of a progress bar for lines where one line holds very many of them', () => {
    const bar = ' 50%|#####     | 5/10\r'.repeat(20_000);
    const { lines, totals } = scan((emit) => createScanner(LITERALS, emit), `${bar}\rmismatch\r${bar}\nend\n`, [100_000, 200_000]);
    expect(totals.lines).toBe(2);
    const text = lines.map((line) => line.text).join('');
    expect(text).toContain('\rmismatch\r');
    expect(lines.every((line) => line.line <= 2)).toBe(true);
  });

  it('cuts lines in the same places whatever the chunks', () => {
    const bars = fc
      .array(fc.constantFrom('x'.repeat(40_000), 'y'.repeat(70_000), '\r', '\n', '\r\n', 'mismatch'), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(bars, fc.array(fc.nat(600_000), { maxLength: 5 }), (text, cuts) => {
        const places = cuts.filter((cut) => cut <= text.length).sort((a, b) => a - b);
        const whole = scan((emit) => createScanner(LITERALS, emit), text, []);
        const cut = scan((emit) => createScanner(LITERALS, emit), text, places);
        const joined = (lines: readonly EmittedLine[]) => lines.map((line) => line.text).join('');
        expect(joined(cut.lines)).toBe(joined(whole.lines));
        expect(cut.totals).toEqual(whole.totals);
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});

describe('the pass-through', () => {
  it('emits every line', () => {
    fc.assert(
      fc.property(logAndCuts, ([text, cuts]) => {
        const { lines, totals } = scan(createPassThrough, text, cuts);
        expect(lines).toEqual(linesOf(text));
        expect(totals).toEqual({ bytes: Buffer.byteLength(text), lines: linesOf(text).length });
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('settled lines', () => {
  const line = (i: number): string => `a mismatch of the layer number ${i}`;

  /** Settles each line that is met again; gives all lines as they came, and how many of them as echoes. */
  function scanSettling(text: string): { readonly lines: readonly string[]; readonly echoes: number } {
    const lines: string[] = [];
    let echoes = 0;
    const scanner = createScanner(
      [{ text: 'mismatch', before: 0, after: 2 }],
      ({ bytes, firstLine, lineEnd, recall, settle }) => {
        for (let start = 0, at = firstLine; start < bytes.length; at++) {
          const end = lineEnd(start);
          lines.push(`${at} ${Buffer.from(bytes.subarray(start, end)).toString()}`);
          const body = bytes[start] === 91 ? bytes.indexOf(32, start) + 1 : start;
          const known = recall(body, end);
          if (known !== undefined) settle(known, body, end);
          start = end + 1;
        }
        return undefined;
      },
      0,
      ({ count, firstLine, lineOf, rankOf }) => {
        echoes += count;
        for (let i = 0; i < count; i++) lines.push(`${firstLine + i} ${rankOf(i) < 0 ? '' : `[rank${rankOf(i)}]: `}${lineOf(i).text}`);
        return undefined;
      },
    );
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 500) scanner.push(bytes.subarray(at, at + 500));
    scanner.end();
    return { lines, echoes };
  }

  it('come as echoes, each with its rank and its number, and others as before', () => {
    const list = Array.from({ length: 50 }, (_, i) => line(i));
    const ranks = Array.from({ length: 40 }, (_, rank) => list.map((each) => `[rank${rank}]: ${each}`));
    const all = [...ranks.flat(), 'a mismatch of another kind', 'nothing at all that is long', ...list, ...list.toReversed(), ...list];
    const { lines, echoes } = scanSettling(`${all.join('\n')}\n`);
    expect(lines).toEqual(all.map((each, index) => `${index + 1} ${each}`));
    expect(echoes).toBeGreaterThan(1900);
  });

  it('are told from lines that begin like them or go on behind them', () => {
    const known = line(7);
    const strange = [`${known}7`, known.slice(0, -1), known, `[rank1]: ${known}`, `[rank]: ${known}`, `[ranks]: ${known}`, known];
    const all = [...Array<string>(30).fill(known), ...strange, ...strange];
    expect(scanSettling(`${all.join('\n')}\n`).lines).toEqual(all.map((each, index) => `${index + 1} ${each}`));
  });

  it('keep what is wanted behind them', () => {
    const all = [...Array<string>(6).fill(line(7)), 'one behind', 'two behind', 'three behind'];
    expect(scanSettling(`${all.join('\n')}\n`).lines.at(-1)).toBe('8 two behind');
  });

  it('are forgotten where too many were met', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => line(i));
    const all = [...many, ...many, ...many, ...many.slice(-300)];
    expect(scanSettling(`${all.join('\n')}\n`).lines).toEqual(all.map((each, index) => `${index + 1} ${each}`));
  });
});
