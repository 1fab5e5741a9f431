import type { Mismatch } from '../model/failure.js';
import type { FactTable } from './facts.js';
import type { Draft } from './merger.js';

/** Drafts that tell of one attempt together: several ranks whose lists differ, a list and its cut copy, interleaved processes. */
export type Union = readonly Draft[];

/** Finds the drafts that belong together. Each is compared with the unions so far, in the order of the log. */
export function unite(drafts: readonly Draft[], table: FactTable): readonly Union[] {
  const unions: Draft[][] = [];
  for (const draft of drafts) {
    const home = unions.find((union) => belongs(draft, union, table));
    if (home === undefined) unions.push([draft]);
    else home.push(draft);
  }
  return unions;
}

function belongs(draft: Draft, union: Union, table: FactTable): boolean {
  const [first] = union;
  if (first === undefined || !isSameKind(draft, first)) return false;
  if (areOtherRanks(draft, union)) return isSilent(draft) || isSilent(first) || agree(draft, first, table);
  return union.some((member) => member.source === draft.source && isRepeat(draft, member));
}

function isSameKind(a: Draft, b: Draft): boolean {
  const sameClass =
    a.modelClass === b.modelClass ||
    (a.facts.length === 0 || b.facts.length === 0 ? a.modelClass === undefined || b.modelClass === undefined : false);
  return a.severity === b.severity && sameClass;
}

function areOtherRanks(draft: Draft, union: Union): boolean {
  return (
    draft.ranks.size > 0 && union.every((member) => member.ranks.size > 0 && [...draft.ranks].every((rank) => !member.ranks.has(rank)))
  );
}

/** It failed and told nothing: every rank raises, only one of them reports. */
function isSilent({ facts, notices }: Draft): boolean {
  return facts.length === 0 && notices.length === 0;
}

/**
 * Ranks load the same file into the same model: what both name has one shape on one side at least. The other may be cut by rank, the model's under FSDP, the
 * checkpoint's where each rank reads its own shard (pytorch/pytorch#136228).
 */
function agree(a: Draft, b: Draft, table: FactTable): boolean {
  const named = new Map<string, Mismatch>();
  for (const fact of mismatchesOf(a, table)) if (fact.parameter !== undefined) named.set(fact.parameter, fact);
  const pairs = mismatchesOf(b, table).flatMap((fact) => {
    const other = fact.parameter === undefined ? undefined : named.get(fact.parameter);
    return other === undefined ? [] : [[fact, other] as const];
  });
  const bothEmptyOfNames = named.size === 0 && mismatchesOf(b, table).length === 0;
  if (pairs.length === 0) return bothEmptyOfNames;
  const same = (side: 'checkpointShape' | 'modelShape'): boolean => pairs.every(([x, y]) => x[side].join() === y[side].join());
  return same('checkpointShape') || same('modelShape');
}

function mismatchesOf({ facts }: Draft, table: FactTable): readonly Mismatch[] {
  return facts.map(table.fact).flatMap((fact) => (fact.kind === 'mismatch' ? [fact.mismatch] : []));
}

/** The shorter list is the longer one's copy: cut, empty, or torn apart by a process that wrote at the same time. */
function isRepeat(a: Draft, b: Draft): boolean {
  const [small, large] = a.facts.length < b.facts.length ? [a, b] : [b, a];
  const whole = new Set(large.facts);
  if (!small.facts.every((fact) => whole.has(fact))) return false;
  if (small.facts.length === 0) return small.notices.length === 0;
  return small.incomplete.has('cut') || large.uneven;
}
