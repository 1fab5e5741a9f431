import type { Frame, LoadFailure, Mismatch } from '../model/failure.js';
import type { FactTable } from './facts.js';
import type { Draft } from './merger.js';
import { groupByLayer, summariseFamilies } from './name-patterns.js';
import { type Union, unite } from './unite.js';

type OriginOf = (frames: readonly Frame[]) => Frame | undefined;

export function buildFailures(drafts: readonly Draft[], table: FactTable, originOf: OriginOf): readonly LoadFailure[] {
  return unite(drafts, table).map((union) => build(union, table, originOf));
}

function build(union: Union, table: FactTable, originOf: OriginOf): LoadFailure {
  const [first, ...others] = union;
  if (first === undefined) throw new Error('a failure needs at least one attempt');
  const facts = others.length === 0 ? first.facts : [...new Set(union.flatMap((draft) => draft.facts))];
  const ranks = [...new Set(union.flatMap((draft) => [...draft.ranks]))].sort((a, b) => a - b);
  const said = ranksByFact(union);
  const mismatches = mismatchesOf(facts, table, said, ranks.length);
  const groups = groupByLayer(mismatches);
  const reasons = incompleteReasons(union, facts.length);
  const traceback = union.find((draft) => draft.frames.length > 0)?.frames ?? [];
  const origin = originOf(traceback);
  const named = union.find((draft) => draft.modelClass !== undefined)?.modelClass;
  const checkpoint = union.find((draft) => draft.checkpoint !== undefined)?.checkpoint;
  return {
    severity: first.severity,
    ...(named === undefined ? {} : { modelClass: named }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    at: first.at,
    ranks,
    printed: others.reduce((sum, draft) => sum + draft.printed, first.printed),
    complete: reasons.length === 0,
    incompleteReasons: reasons,
    mismatches,
    missingKeys: keysOf('missing-key', facts, table),
    unexpectedKeys: keysOf('unexpected-key', facts, table),
    notices: union.flatMap((draft) => draft.notices),
    groups,
    families: summariseFamilies(groups),
    traceback,
    ...(origin === undefined ? {} : { origin }),
    dialects: [...new Set(union.flatMap((draft) => [...draft.dialects]))].sort(),
  };
}

/** Which ranks said a fact; nothing where all of them did or where the log does not tell. A cut list is no evidence of a difference. */
function ranksByFact(union: Union): ReadonlyMap<number, ReadonlySet<number>> {
  const ranks = new Map<number, Set<number>>();
  if (union.length < 2 || union.some((draft) => draft.ranks.size === 0 || draft.incomplete.has('cut'))) return ranks;
  for (const draft of union) {
    for (const fact of draft.facts) {
      const said = ranks.get(fact) ?? new Set();
      ranks.set(fact, said);
      for (const rank of draft.ranks) said.add(rank);
    }
  }
  return ranks;
}

function mismatchesOf(
  facts: readonly number[],
  table: FactTable,
  said: ReadonlyMap<number, ReadonlySet<number>>,
  all: number,
): readonly Mismatch[] {
  const mismatches: Mismatch[] = [];
  for (const number of facts) {
    const fact = table.fact(number);
    if (fact.kind !== 'mismatch') continue;
    const ranks = said.get(number);
    const isOfAll = ranks === undefined || ranks.size === all;
    mismatches.push(isOfAll ? fact.mismatch : { ...fact.mismatch, ranks: [...ranks].sort((a, b) => a - b) });
  }
  return mismatches;
}

/** A cut copy of a list that stands whole elsewhere takes nothing away. */
function incompleteReasons(union: Union, known: number): readonly string[] {
  const whole = union.some((draft) => draft.facts.length === known && draft.incomplete.size === 0);
  return whole ? [] : [...new Set(union.flatMap((draft) => [...draft.incomplete]))].sort();
}

function keysOf(kind: 'missing-key' | 'unexpected-key', facts: readonly number[], table: FactTable): readonly string[] {
  const keys: string[] = [];
  for (const number of facts) {
    const fact = table.fact(number);
    if (fact.kind === kind) keys.push(fact.key);
  }
  return keys;
}
