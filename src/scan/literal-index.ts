import { chooseGrams, SLOTS, slotOf } from './grams.js';
import type { Literal } from './scanner.js';

/** A gram to look for, and the literal that stands around it. */
export interface Entry {
  readonly gram: number;
  /** Bits of the gram that count. */
  readonly mask: number;
  /** Where the gram stands in the literal. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly before: number;
  readonly after: number;
}

/** What the search asks of every fourth place of the text: whether any literal has the gram there, and which ones. */
export interface LiteralIndex {
  /** By slot: the number of a bucket, 0 where no literal is to be found. */
  readonly slots: Uint8Array;
  readonly buckets: readonly (readonly Entry[])[];
  /** Literals too short to hold a gram at every fourth place. */
  readonly short: readonly Entry[];
}

const BUCKETS = 256;

export function indexLiterals(literals: readonly Literal[]): LiteralIndex {
  const distinct = mergeEqual(literals).map(({ text, ...lines }) => ({ ...lines, bytes: new TextEncoder().encode(text) }));
  const chosen = chooseGrams(distinct.map(({ bytes }) => bytes));
  const slots = new Uint8Array(SLOTS);
  const buckets: Entry[][] = Array.from({ length: BUCKETS }, () => []);
  const short: Entry[] = [];
  let last = 0;
  distinct.forEach((literal, index) => {
    const grams = chosen[index] ?? [];
    if (grams.length === 0) short.push({ ...literal, gram: 0, mask: 0, offset: 0 });
    for (const { value, mask, offset } of grams) {
      const bucket = (last % (BUCKETS - 1)) + 1;
      last++;
      for (const slot of slotsOf(value, mask)) place(slot, bucket, { ...literal, gram: value, mask, offset });
    }
  });

  function place(slot: number, bucket: number, entry: Entry): void {
    if (slots[slot] === 0) slots[slot] = bucket;
    const entries = buckets[slots[slot] ?? 0] ?? [];
    if (!entries.some((known) => known.bytes === entry.bytes && known.offset === entry.offset)) entries.push(entry);
  }

  return { slots, buckets, short };
}

/** A gram whose last byte may be any stands in a slot for each. */
function slotsOf(value: number, mask: number): readonly number[] {
  if (mask === 0xffffffff) return [slotOf(value)];
  return Array.from({ length: 256 }, (_, byte) => slotOf((value | (byte << 24)) >>> 0));
}

/** The same words for several reasons are looked for once, with the most that any of them wants. */
function mergeEqual(literals: readonly Literal[]): readonly Literal[] {
  const byText = new Map<string, Literal>();
  for (const literal of literals) {
    const known = byText.get(literal.text) ?? literal;
    byText.set(literal.text, {
      text: literal.text,
      before: Math.max(known.before, literal.before),
      after: Math.max(known.after, literal.after),
    });
  }
  return [...byText.values()];
}
