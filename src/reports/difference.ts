/** What differs between the two sides of one name: the kinds that pictures and lists tell apart. */
import type { ReportedFailure } from '../model/report.js';
import { elementCount, type Shape } from '../model/shape.js';
import { formatPair, formatRanks } from './wording.js';

export type Difference =
  | 'empty-model'
  | 'empty-checkpoint'
  | 'same-count'
  | 'dimensions'
  | 'larger'
  | 'smaller'
  | 'crosswise'
  | 'missing'
  | 'unexpected'
  | 'by-rank'
  | 'mixed';

/** A sign beside the colour, for those who see no difference between two colours, and what it means. */
export const DIFFERENCES: Readonly<Record<Difference, { readonly sign: string; readonly meaning: string }>> = {
  'empty-model': { sign: '0', meaning: 'empty in the model' },
  'empty-checkpoint': { sign: '∅', meaning: 'empty in the checkpoint' },
  'same-count': { sign: '=', meaning: 'as many elements, another shape' },
  dimensions: { sign: '#', meaning: 'another number of dimensions' },
  larger: { sign: '▲', meaning: 'larger in the model' },
  smaller: { sign: '▼', meaning: 'smaller in the model' },
  crosswise: { sign: '◆', meaning: 'larger on one axis, smaller on another' },
  missing: { sign: 'M', meaning: 'missing from the checkpoint' },
  unexpected: { sign: 'U', meaning: 'only in the checkpoint' },
  'by-rank': { sign: 'R', meaning: 'differs from rank to rank' },
  mixed: { sign: '…', meaning: 'several parameters that differ in several ways' },
};

export function differenceOf(checkpoint: Shape, model: Shape): Difference {
  const [inCheckpoint, inModel] = [elementCount(checkpoint), elementCount(model)];
  if (inModel === 0 && inCheckpoint > 0) return 'empty-model';
  if (inCheckpoint === 0 && inModel > 0) return 'empty-checkpoint';
  if (inCheckpoint === inModel) return 'same-count';
  if (checkpoint.length !== model.length) return 'dimensions';
  const larger = model.some((size, axis) => size > (checkpoint[axis] ?? 0));
  const smaller = model.some((size, axis) => size < (checkpoint[axis] ?? 0));
  return larger && smaller ? 'crosswise' : larger ? 'larger' : 'smaller';
}

/** One name of a failure and what is said about it; a name that ranks see differently occurs once for each. */
export interface Entry {
  readonly name: string;
  readonly difference: Difference;
  readonly checkpointShape?: Shape;
  readonly modelShape?: Shape;
  readonly ranks?: readonly number[];
}

/** Everything that a failure names, in the order of the log: shapes first, then keys. Mismatches without a name have no place in a picture. */
export function entriesOf({ mismatches, missingKeys, unexpectedKeys }: ReportedFailure): readonly Entry[] {
  const shapes = mismatches.flatMap(({ parameter, checkpointShape, modelShape, ranks }): Entry[] =>
    parameter === undefined
      ? []
      : [
          {
            name: parameter,
            difference: differenceOf(checkpointShape, modelShape),
            checkpointShape,
            modelShape,
            ...(ranks === undefined ? {} : { ranks }),
          },
        ],
  );
  const missing = missingKeys.map((name): Entry => ({ name, difference: 'missing' }));
  const unexpected = unexpectedKeys.map((name): Entry => ({ name, difference: 'unexpected' }));
  return [...shapes, ...missing, ...unexpected];
}

/** `[96] → [0]`, or what is said of a key; with the ranks that say so, where not all do. */
export function describeEntry({ difference, checkpointShape, modelShape, ranks }: Entry): string {
  if (checkpointShape === undefined || modelShape === undefined) return DIFFERENCES[difference].meaning;
  return `${formatPair({ checkpointShape, modelShape })}${ranks === undefined ? '' : ` (${formatRanks(ranks)})`}`;
}

/** Entries of one name together, in order of first appearance. */
export function byName(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const names = new Map<string, Entry[]>();
  for (const entry of entries) names.set(entry.name, [...(names.get(entry.name) ?? []), entry]);
  return [...names.values()];
}

/** What several entries in one place have in common. */
export function commonDifference(entries: readonly Entry[]): Difference {
  const kinds = new Set(entries.map(({ difference }) => difference));
  const [only = 'mixed'] = kinds;
  if (kinds.size === 1) return only;
  return new Set(entries.map(({ name }) => name)).size === 1 && entries.every(({ ranks }) => ranks !== undefined) ? 'by-rank' : 'mixed';
}
