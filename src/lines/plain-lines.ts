import { shown } from './escapes.js';
import { peel } from './prefixes.js';

/** Remembers which texts are nothing but themselves: no prefix to peel off, nothing to unescape, no record of a collector. */
export interface PlainLines {
  /** What the text is for a reader of messages; `undefined` where it must be looked at as if it were new. */
  readonly textOf: (raw: string) => string | undefined;
}

const MAX_REMEMBERED = 50_000;
const MAX_LENGTH = 2000;

/** One for a whole analysis: ranks and files repeat each other. */
export function createPlainLines(): PlainLines {
  const known = new Map<string, string | undefined>();

  function read(raw: string): string | undefined {
    if (raw.includes('\r') || raw.includes('{') || raw.includes('\\n')) return undefined;
    const { rest, identity, partial } = peel(shown(raw));
    return identity === '' && partial !== true ? rest : undefined;
  }

  return {
    textOf(raw) {
      const text = known.get(raw);
      if (text !== undefined || known.has(raw)) return text;
      const plain = read(raw);
      if (raw.length > MAX_LENGTH) return plain;
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.set(raw, plain);
      return plain;
    },
  };
}
