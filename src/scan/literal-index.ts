import { chooseGrams, SLOTS, type Sought } from './grams.js';
import type { Literal } from './region.js';

/** A gram to look for, and the literal that stands around it. */
export interface Entry {
  readonly gram: number;
  /** Bits of the gram that count. */
  readonly mask: number;
  /** Where the gram stands in the literal; -1 where it begins in front of it. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly before: number;
  readonly after: number;
}

/** What the search asks of every fourth place of the text: whether any literal has the gram there, and which ones. */
export interface LiteralIndex {
  /** By slot: the number of a bucket, 0 where no literal is to be found. */
  readonly slots: Uint16Array;
  readonly buckets: readonly (readonly Entry[])[];
  /** Literals too short to hold a gram at every fourth place. */
  readonly short: readonly Entry[];
}

export function indexLiterals(literals: readonly Literal[]): LiteralIndex {
  const distinct = mergeEqual(literals).map(encode);
  const chosen = chooseGrams(distinct);
  const slots = new Uint16Array(SLOTS);
  const buckets: Entry[][] = [[]];
  const short: Entry[] = [];
  distinct.forEach(({ bytes, before, after }, index) => {
    const grams = chosen[index] ?? [];
    if (grams.length === 0) short.push({ bytes, before, after, gram: 0, mask: 0, offset: 0 });
    for (const { value, mask, offset, slots: own } of grams) {
      const entry = { bytes, before, after, gram: value, mask, offset };
      for (const slot of own) bucketOf(slot).push(entry);
    }
  });

  function bucketOf(slot: number): Entry[] {
    const known = buckets[slots[slot] ?? 0];
    if (known !== undefined && known !== buckets[0]) return known;
    const bucket: Entry[] = [];
    slots[slot] = buckets.push(bucket) - 1;
    return bucket;
  }

  return { slots, buckets, short };
}

function encode({ text, before, after, previous, next }: Literal): Sought & Pick<Literal, 'before' | 'after'> {
  const encoder = new TextEncoder();
  return {
    bytes: encoder.encode(text),
    before,
    after,
    ...(previous === undefined ? {} : { previous: encoder.encode(previous) }),
    ...(next === undefined ? {} : { next: encoder.encode(next) }),
  };
}

/** The same words for several reasons are looked for once, with the most that any of them wants, and with any neighbours. */
function mergeEqual(literals: readonly Literal[]): readonly Literal[] {
  const byText = new Map<string, Literal>();
  for (const literal of literals) {
    const known = byText.get(literal.text);
    byText.set(literal.text, known === undefined ? literal : merge(known, literal));
  }
  return [...byText.values()];
}

function merge(a: Literal, b: Literal): Literal {
  const both = { text: a.text, before: Math.max(a.before, b.before), after: Math.max(a.after, b.after) };
  const previous = a.previous === undefined || b.previous === undefined ? {} : { previous: a.previous + b.previous };
  const next = a.next === undefined || b.next === undefined ? {} : { next: a.next + b.next };
  return { ...both, ...previous, ...next };
}
