import type { Clue } from '../model/clue.js';
import { once } from '../model/once.js';
import type { Fields, Form, Pattern, Sample } from '../model/pattern.js';

type WithoutWitness<C> = C extends unknown ? Omit<C, 'at' | 'text'> : never;

/** What a line tells about the run; who read it adds the witness. */
export type ClueFact = WithoutWitness<Clue>;

/**
 * Read line by line. With `reach`, lines of the same process that follow the literal are joined, with a line feed between them, until the
 * expression fits or `reach` lines of the file have passed.
 */
export type CluePattern = Pattern<ClueFact>;

/** All wordings of one kind of clue; one file each. */
export interface ClueSource {
  /** The name of its file. */
  readonly name: string;
  readonly patterns: readonly CluePattern[];
}

/** An expression that is put together from parts is given as what makes it. */
export function cluePattern(
  name: string,
  literal: string,
  expression: RegExp | (() => RegExp),
  read: (fields: Fields) => readonly ClueFact[],
  samples: readonly Sample<ClueFact>[],
  reach?: number,
): CluePattern {
  return { name, literal, form: formOf(expression), read, samples, ...(reach === undefined ? {} : { reach }) };
}

function formOf(expression: RegExp | (() => RegExp)): Form {
  if (typeof expression !== 'function') return { expression };
  const made = once(expression);
  return {
    get expression() {
      return made();
    },
  };
}

/** A wording that always tells the same. */
export function fixedPattern(
  name: string,
  literal: string,
  expression: RegExp | (() => RegExp),
  states: readonly ClueFact[],
  ...texts: readonly string[]
): CluePattern {
  return cluePattern(
    name,
    literal,
    expression,
    () => states,
    texts.map((text) => ({ text, states })),
  );
}

export function told(text: string, ...states: readonly ClueFact[]): Sample<ClueFact> {
  return { text, states };
}
