import type { Literal } from '../../src/scan/region.js';

export interface EmittedLine {
  readonly text: string;
  readonly line: number;
  readonly offset: number;
}

/** What a scanner must emit, said in the simplest words: every line that holds a literal, and its neighbours. */
export function scanNaively(log: string, literals: readonly Literal[]): readonly EmittedLine[] {
  const lines = linesOf(log);
  const wanted = new Set<number>();
  let last = -1;
  lines.forEach(({ text }, index) => {
    const held = literals.filter((literal) => text.includes(literal.text));
    if (held.length === 0) return;
    const first = Math.max(last + 1, index - Math.max(...held.map(({ before }) => before)));
    last = Math.max(last, index + Math.max(...held.map(({ after }) => after)));
    for (let near = first; near <= last; near++) wanted.add(near);
  });
  return lines.filter((_, index) => wanted.has(index));
}

/** The lines of a text, line feeds included. */
export function linesOf(log: string, firstLine = 1, firstOffset = 0): readonly EmittedLine[] {
  let offset = firstOffset;
  return (log.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text, index) => {
    const line = { text, line: firstLine + index, offset };
    offset += Buffer.byteLength(text);
    return line;
  });
}
