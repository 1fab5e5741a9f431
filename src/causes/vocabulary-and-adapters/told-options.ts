import { type Clue, cluesOf } from '../../model/clue.js';
import type { Evidence } from '../../model/diagnosis.js';

interface Sides {
  readonly checkpoint: number;
  readonly model: number;
}

/** Options of the run whose value is the size of one side: they tell which side was asked for, and where. */
export function toldSizes(clues: readonly Clue[], names: readonly string[], { checkpoint, model }: Sides): readonly Evidence[] {
  const told = cluesOf(clues, 'option').filter(({ name }) => names.includes(name));
  const fitting = told.filter(({ value }) => Number(value) === checkpoint || Number(value) === model);
  const first = fitting.filter(
    ({ name, value }, index) => fitting.findIndex((other) => other.name === name && other.value === value) === index,
  );
  return first.slice(0, 2).map(({ name, value, at }) => ({
    statement: `The log sets ${name}=${value}, the number of the ${Number(value) === checkpoint ? 'checkpoint' : 'model'}`,
    at,
  }));
}

/** The one value that the whole log gives an option; `undefined` where it gives none or several. */
export function toldValue(clues: readonly Clue[], option: string): { readonly value: string; readonly at: Clue['at'] } | undefined {
  const told = cluesOf(clues, 'option').filter(({ name }) => name === option);
  const [first] = told;
  return first !== undefined && told.every(({ value }) => value.toLowerCase() === first.value.toLowerCase())
    ? { value: first.value.toLowerCase(), at: first.at }
    : undefined;
}
