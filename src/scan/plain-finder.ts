import type { Finder } from './finder.js';
import { slotOf } from './grams.js';
import type { Entry, LiteralIndex } from './literal-index.js';

const LINE_FEED = 10;
/** The last gram may begin at the last byte of the input. */
const SLACK = 8;

/** The search without WebAssembly. */
export function createPlainFinder({ slots, buckets }: LiteralIndex, capacity: number): Finder {
  const words = new Uint32Array((capacity + SLACK) >> 2);
  const bytes = new Uint8Array(words.buffer);
  let before = 0;
  let after = 0;
  let passed = 0;

  function stands({ bytes: literal }: Entry, at: number, to: number): boolean {
    if (at + literal.length > to) return false;
    for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false;
    return true;
  }

  /** A place in the entries that stand around the gram, or -1; what all of those want is kept. */
  function verify(entries: readonly Entry[], gram: number, at: number, to: number, floor: number): number {
    let found = -1;
    for (const entry of entries) {
      const start = at - entry.offset;
      if ((gram & entry.mask) >>> 0 !== entry.gram || start < floor || !stands(entry, start, to)) continue;
      before = found < 0 ? entry.before : Math.max(before, entry.before);
      after = found < 0 ? entry.after : Math.max(after, entry.after);
      found = Math.max(found, at, start);
    }
    return found;
  }

  function find(from: number, to: number, floor: number): number {
    // A gram may begin with the byte in front of its literal.
    for (let word = (from === floor ? from : from + 3) >>> 2; word << 2 < to; word++) {
      const gram = words[word] ?? 0;
      const bucket = slots[slotOf(gram)] ?? 0;
      const found = bucket === 0 ? -1 : verify(buckets[bucket] ?? [], gram, word << 2, to, floor);
      if (found >= 0) return found;
    }
    return -1;
  }

  function countLines(from: number, to: number): number {
    let lines = 0;
    for (let at = from; at < to; at++) if (bytes[at] === LINE_FEED) lines++;
    return lines;
  }

  return {
    bytes,
    first: 0,
    find,
    pass(from, to, floor) {
      const at = find(from, to, floor);
      if (at < 0) passed = countLines(from, to);
      return at;
    },
    passed: () => passed,
    before: () => before,
    after: () => after,
    countLines,
    next(byte, from, to) {
      for (let at = from; at < to; at++) if (bytes[at] === byte) return at;
      return -1;
    },
    previous(byte, from, floor) {
      for (let at = from - 1; at >= floor; at--) if (bytes[at] === byte) return at;
      return -1;
    },
    recall: () => undefined,
    settle: () => {},
    echo: (from) => ({ ...NO_RUN, end: from }),
  };
}

const NO_RUN = {
  count: 0,
  after: 0,
  rankOf: () => -1,
  lineOf: () => {
    throw new Error('no line is remembered');
  },
};
