/** `[rank3]: ` at the start of a line; `prefixes.ts` reads the same form first of all. */
export interface RankPrefix {
  readonly rank: number;
  /** Place behind the prefix. */
  readonly end: number;
}

const OPENING = [...'[rank'].map((char) => char.charCodeAt(0));
const CLOSING = 93;
const COLON = 58;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
/** No cluster has more processes. */
const MAX_RANK = 1e7;

/** Reads the commonest prefix from bytes: a thousand ranks print it in front of lines that are otherwise the same. */
export function readRankPrefix(bytes: Uint8Array, from: number): RankPrefix | undefined {
  for (let i = 0; i < OPENING.length; i++) if (bytes[from + i] !== OPENING[i]) return undefined;
  const first = from + OPENING.length;
  let at = first;
  let rank = 0;
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE && rank < MAX_RANK; byte = bytes[at] ?? 0) {
    rank = rank * 10 + byte - ZERO;
    at++;
  }
  if (at === first || bytes[at] !== CLOSING) return undefined;
  at++;
  if (bytes[at] === COLON) at++;
  return { rank, end: bytes[at] === SPACE ? at + 1 : at };
}
