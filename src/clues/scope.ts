import type { Clue, ClueKind } from '../model/clue.js';

/** Kinds of which a log that tells any tells all: what another log says is about another run. */
const WHOLE: ReadonlySet<ClueKind> = new Set<ClueKind>([
  'phase',
  'sharding-library',
  'zero-stage',
  'world-size',
  'launcher',
  'command-line',
  'project',
]);

/**
 * The clues that count for what stands in one source. Several files may be the ranks of one run, where one file tells what holds for all, or
 * runs that have nothing to do with each other: so a source's own clues come first in weight, and last in order, as the latest counts.
 */
export function cluesFor(source: string, clues: readonly Clue[]): readonly Clue[] {
  const own = clues.filter((clue) => clue.at.source === source);
  if (own.length === clues.length) return clues;
  const told = new Set(own.filter((clue) => WHOLE.has(clue.kind) && !isWeak(clue)).map(({ kind }) => kind));
  return [...clues.filter((clue) => clue.at.source !== source && !told.has(clue.kind)), ...own];
}

function isWeak(clue: Clue): boolean {
  return 'strength' in clue && clue.strength === 'weak';
}
