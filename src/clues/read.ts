import type { Clue } from '../model/clue.js';
import type { LogLine } from '../model/log-line.js';
import { fieldsOf } from '../model/pattern.js';
import type { ClueFact, CluePattern, ClueSource } from './clue-pattern.js';

export interface ClueReader {
  readonly read: (line: LogLine) => void;
  /** Every distinct clue once, at its first line, in the order of the log. */
  readonly clues: () => readonly Clue[];
}

/** A log that prints a new clue on every line has stopped being evidence. */
const MAX_CLUES = 2000;
const MAX_TEXT = 240;

export function createClueReader(sources: readonly ClueSource[]): ClueReader {
  const byLiteral = indexByLiteral(sources.flatMap((source) => source.patterns));
  const found = new Map<string, Clue>();

  function keep(fact: ClueFact, line: LogLine): void {
    const key = JSON.stringify(fact);
    if (found.has(key) || found.size >= MAX_CLUES) return;
    found.set(key, { ...fact, at: line.at, text: line.text.trim().slice(0, MAX_TEXT) });
  }

  return {
    read(line) {
      for (const [literal, patterns] of byLiteral) {
        if (!line.text.includes(literal)) continue;
        for (const pattern of patterns) for (const fact of readPattern(pattern, line.text)) keep(fact, line);
      }
    },
    clues: () => [...found.values()],
  };
}

/** What one pattern reads in one text; every match of the expression counts. */
export function readPattern(pattern: CluePattern, text: string): readonly ClueFact[] {
  const expression = new RegExp(pattern.form.expression.source, `${pattern.form.expression.flags}g`);
  return [...text.matchAll(expression)].flatMap((match) => pattern.read(fieldsOf(match.groups ?? {})));
}

function indexByLiteral(patterns: readonly CluePattern[]): ReadonlyMap<string, readonly CluePattern[]> {
  const index = new Map<string, CluePattern[]>();
  for (const pattern of patterns) {
    const same = index.get(pattern.literal) ?? [];
    index.set(pattern.literal, [...same, pattern]);
  }
  return index;
}
