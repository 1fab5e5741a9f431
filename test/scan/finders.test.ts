import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finder } from '../../src/scan/finder.js';
import { indexLiterals } from '../../src/scan/literal-index.js';
import { createPlainFinder } from '../../src/scan/plain-finder.js';
import type { Literal } from '../../src/scan/region.js';
import { encodeTables } from '../../src/scan/search-tables.js';
import { withShortLiterals } from '../../src/scan/short-literals.js';
import { createWasmFinder } from '../../src/scan/wasm-finder.js';

const TEXTS = ['mismatch', 'size mismatch', 'state_dict', 'atch', 'fsdp_x', 'bash ', 'ab', 'mmmmmm', 'dict_mis', 'é-laden'];
const LITERALS: readonly Literal[] = TEXTS.map((text, index) => ({ text, before: index, after: 100 - index }));
const CAPACITY = 1 << 16;

function finders(): readonly Finder[] {
  const index = indexLiterals(LITERALS);
  const wasm = createWasmFinder(encodeTables(index), CAPACITY);
  if (wasm === undefined) throw new Error('this Node has no WebAssembly');
  return [wasm, createPlainFinder(index, CAPACITY)].map((finder) => withShortLiterals(finder, index.short));
}

function fill(finder: Finder, shift: number, bytes: Uint8Array): { readonly from: number; readonly to: number } {
  const from = finder.first + shift;
  finder.bytes.set(bytes, from);
  return { from, to: from + bytes.length };
}

const text = fc
  .array(fc.constantFrom(...TEXTS, 'm', 'mis', 'match', ' ', '\n', '12', 'é', 'state_'), { maxLength: 60 })
  .map((parts) => parts.join(''));
const both = finders();

describe('WebAssembly and plain JavaScript', () => {
  it('find literals where they stand and nowhere else, at every alignment', () => {
    fc.assert(
      fc.property(text, fc.nat(7), (log, shift) => {
        const bytes = Buffer.from(log);
        for (const finder of both) {
          const { from, to } = fill(finder, shift, bytes);
          const at = finder.find(from, to, from);
          const holds = TEXTS.some((literal) => log.includes(literal));
          expect(at >= 0).toBe(holds);
          if (at < 0) continue;
          const around = TEXTS.some((literal) => {
            const place = bytes.lastIndexOf(literal, at - from);
            return place >= 0 && place + Buffer.byteLength(literal) > at - from;
          });
          expect(around).toBe(true);
        }
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('meet every line that holds a literal, in order', () => {
    fc.assert(
      fc.property(text, fc.nat(7), (log, shift) => {
        const bytes = Buffer.from(log);
        const expected = log.split('\n').flatMap((line, number) => (TEXTS.some((literal) => line.includes(literal)) ? [number] : []));
        for (const finder of both) {
          const { from, to } = fill(finder, shift, bytes);
          const met: number[] = [];
          for (let at = finder.find(from, to, from); at >= 0; at = finder.find(at + 1, to, from)) met.push(finder.countLines(from, at));
          expect([...new Set(met)]).toEqual(expected);
          expect([...met].sort((a, b) => a - b)).toEqual(met);
        }
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('see nothing in front of the floor and nothing behind the end', () => {
    for (const finder of both) {
      const { from, to } = fill(finder, 1, Buffer.from('state_dict state_dict'));
      const second = finder.find(from + 1, to, from + 1);
      expect(second).toBeGreaterThanOrEqual(from + 11);
      expect(second).toBeLessThan(to);
      expect(finder.find(from + 1, to - 1, from + 1)).toBe(-1);
    }
  });

  it('count and find bytes alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700, max: 12 }), fc.nat(20), fc.nat(20), (bytes, skip, cut) => {
        const expected = bytes.subarray(Math.min(skip, bytes.length), Math.max(skip, bytes.length - cut));
        for (const finder of both) {
          const { from, to } = fill(finder, 3, bytes);
          const [start, end] = [Math.min(from + skip, to), Math.max(from + Math.min(skip, bytes.length), to - cut)];
          const place = (at: number) => (at < 0 ? -1 : at - start);
          expect(finder.countLines(start, end)).toBe(expected.filter((byte) => byte === 10).length);
          expect(place(finder.next(10, start, end))).toBe(expected.indexOf(10));
          expect(place(finder.previous(10, end, start))).toBe(expected.lastIndexOf(10));
        }
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});

describe('what was met before', () => {
  it('is given back as the same text, and never as another one', () => {
    const [wasm] = finders();
    if (wasm === undefined) return;
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 50 }),
        (lines) => {
          for (const line of [...lines, ...lines, ...lines]) {
            const bytes = Buffer.from(line);
            const { from, to } = fill(wasm, 5, bytes);
            const text = wasm.recall(from, to)?.text;
            if (text !== undefined) expect(text).toBe(line);
          }
          const long = lines.filter((line) => Buffer.byteLength(line) >= 16);
          const known = long.filter((line) => {
            const { from, to } = fill(wasm, 5, Buffer.from(line));
            return wasm.recall(from, to)?.text === line;
          });
          expect(known.length).toBe(long.length);
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });

  it('is remembered however much came in between, or told to be new', () => {
    const [wasm] = finders();
    if (wasm === undefined) return;
    for (let i = 0; i < 120_000; i++) {
      const line = `line number ${i % 40_000} of a very long log that repeats itself`;
      const { from, to } = fill(wasm, 0, Buffer.from(line));
      const text = wasm.recall(from, to)?.text;
      if (text !== undefined && text !== line) expect(text).toBe(line);
    }
  });
});
