import type { Finder } from './finder.js';
import type { Entry } from './literal-index.js';

/** Adds the literals that are too short for the search by grams; each is looked for on its own, so there had better be none. */
export function withShortLiterals(finder: Finder, short: readonly Entry[]): Finder {
  if (short.length === 0) return finder;
  let found: Pick<Entry, 'before' | 'after'> | undefined;

  function first({ bytes: literal }: Entry, from: number, to: number): number {
    const last = to - literal.length;
    for (let at = finder.next(literal[0] ?? 0, from, last + 1); at >= 0; at = finder.next(literal[0] ?? 0, at + 1, last + 1))
      if (literal.every((byte, i) => finder.bytes[at + i] === byte)) return at;
    return -1;
  }

  function withShort(searched: number, from: number, to: number): number {
    let at = searched;
    found = undefined;
    for (const entry of short) {
      // A literal may begin in front of the place at which a longer one was found and end behind it.
      const place = first(entry, from, at < 0 ? to : Math.min(to, at + entry.bytes.length));
      if (place < 0 || (at >= 0 && place >= at)) continue;
      at = place;
      found = entry;
    }
    return at;
  }

  return {
    ...finder,
    find: (from, to, floor) => withShort(finder.find(from, to, floor), from, to),
    pass: (from, to, floor) => withShort(finder.pass(from, to, floor), from, to),
    before: () => (found === undefined ? finder.before() : found.before),
    after: () => (found === undefined ? finder.after() : found.after),
  };
}
