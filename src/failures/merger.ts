import type { Frame, Notice } from '../model/failure.js';
import type { Severity } from '../model/finding.js';
import type { Place } from '../model/place.js';
import { type Attempt, isEmpty } from './attempt.js';
import { areSameFacts, factsOf } from './fact-list.js';

/** Attempts that say exactly the same, whoever made them. */
export interface Draft {
  readonly at: Place;
  readonly source: string;
  readonly severity: Severity;
  readonly modelClass?: string;
  readonly checkpoint?: string;
  readonly ranks: Set<number>;
  readonly speakers: Set<string>;
  printed: number;
  /** Distinct facts in the order of the log. */
  readonly facts: readonly number[];
  /** True where some facts stand more often than others: two unlabelled processes wrote at once. */
  readonly uneven: boolean;
  readonly notices: readonly Notice[];
  readonly incomplete: ReadonlySet<string>;
  readonly dialects: ReadonlySet<string>;
  readonly frames: readonly Frame[];
}

export interface Merger {
  readonly add: (attempt: Attempt) => void;
  /** In the order of their first lines. */
  readonly drafts: () => readonly Draft[];
}

/** Merges equal attempts as they close, so that memory follows what differs and not how many ranks there are. */
export function createMerger(): Merger {
  const bySignature = new Map<string, Draft>();
  let last: { readonly attempt: Attempt; readonly draft: Draft } | undefined;

  return {
    add(attempt) {
      if (last !== undefined && isSame(attempt, last.attempt)) {
        absorb(last.draft, tellersOf(attempt));
        return;
      }
      const draft = draftOf(attempt);
      const signature = signatureOf(draft);
      const known = bySignature.get(signature);
      if (known === undefined) bySignature.set(signature, draft);
      else absorb(known, draft);
      last = { attempt, draft: known ?? draft };
    },
    drafts: () => [...bySignature.values()],
  };
}

/** transformers 4.50 to 4.57 calls `load_state_dict` of the leaf module for one parameter at a time and stops at the first that does not fit. */
const LEAF_LOADERS: ReadonlySet<string> = new Set(['_load_parameter_into_model']);

function draftOf(attempt: Attempt): Draft {
  const all = factsOf(attempt.facts);
  const distinct = new Set(all);
  const { at, severity, modelClass, checkpoint, notices, dialects, frames } = attempt;
  const incomplete = new Set(attempt.incomplete);
  if (isEmpty(attempt)) incomplete.add('cut');
  if (frames.some((frame) => LEAF_LOADERS.has(frame.function))) incomplete.add('first-only');
  return {
    at,
    source: at.source,
    severity,
    ...(modelClass === undefined ? {} : { modelClass }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...tellersOf(attempt),
    facts: distinct.size === all.length ? all : [...distinct],
    uneven: distinct.size < all.length && isUneven(all),
    notices,
    incomplete,
    dialects,
    frames,
  };
}

function isUneven(facts: readonly number[]): boolean {
  const counts = new Map<number, number>();
  for (const fact of facts) counts.set(fact, (counts.get(fact) ?? 0) + 1);
  return new Set(counts.values()).size > 1;
}

/** Without a rank only one source's repeats are the same failure: two files may be two runs. */
function signatureOf({ modelClass, severity, facts, notices, ranks, source }: Draft): string {
  const where = ranks.size === 0 ? source : '';
  const told = notices.map(({ topic, values }) => `${topic}${JSON.stringify(values)}`);
  const numbers = [...facts].sort((a, b) => a - b);
  return JSON.stringify([modelClass, severity, where, numbers, [...new Set(told)].sort()]);
}

type Tellers = Pick<Draft, 'ranks' | 'speakers' | 'printed'>;

function tellersOf({ speaker, printed }: Attempt): Tellers {
  return { ranks: new Set(speaker.rank === undefined ? [] : [speaker.rank]), speakers: new Set([speaker.id]), printed };
}

/** Most ranks print what the one before them printed, in the same order: then their signatures are the same and need not be made. */
function isSame(a: Attempt, b: Attempt): boolean {
  return (
    a.modelClass === b.modelClass &&
    a.severity === b.severity &&
    a.speaker.rank !== undefined &&
    b.speaker.rank !== undefined &&
    a.notices.length === 0 &&
    b.notices.length === 0 &&
    areSameFacts(a.facts, b.facts)
  );
}

function absorb(known: Draft, again: Tellers): void {
  known.printed += again.printed;
  for (const rank of again.ranks) known.ranks.add(rank);
  for (const speaker of again.speakers) known.speakers.add(speaker);
}
