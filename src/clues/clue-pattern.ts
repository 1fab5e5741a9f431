import type { Clue } from '../model/clue.js';
import type { Fields, Form, Pattern, Sample } from '../model/pattern.js';

type WithoutWitness<C> = C extends unknown ? Omit<C, 'at' | 'text'> : never;

/** What a line tells about the run; who read it adds the witness. */
export type ClueFact = WithoutWitness<Clue>;

export type CluePattern = Pattern<ClueFact>;

/** All wordings of one kind of clue; one file each. */
export interface ClueSource {
  /** The name of its file. */
  readonly name: string;
  readonly patterns: readonly CluePattern[];
}

export function cluePattern(
  name: string,
  literal: string,
  expression: RegExp | Form,
  read: (fields: Fields) => readonly ClueFact[],
  samples: readonly Sample<ClueFact>[],
): CluePattern {
  return { name, literal, form: expression instanceof RegExp ? { expression } : expression, read, samples };
}
