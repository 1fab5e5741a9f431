import type { Clue } from './clue.js';
import type { LoadFailure, Mismatch } from './failure.js';
import type { Place } from './place.js';

/** `certain`: nothing else gives this picture. `likely`: it fits better than its rivals. `possible`: it fits, and a named line would decide. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** A fact used for a diagnosis; `at` is the line that shows it, absent where the fact is arithmetic over the whole list. */
export interface Evidence {
  readonly statement: string;
  readonly at?: Place;
}

export interface Snippet {
  readonly language: 'python' | 'bash' | 'json' | 'yaml' | 'text';
  readonly code: string;
}

/** What the reader should do. */
export interface Remedy {
  readonly title: string;
  readonly text: string;
  readonly snippet?: Snippet;
  /** What it costs or where it stops working, in one sentence. */
  readonly cost?: string;
}

/** Advice that circulates or that the library itself prints, and why not to follow it. */
export interface Warning {
  readonly advice: string;
  readonly reason: string;
}

export interface Diagnosis {
  readonly verdict: 'diagnosis';
  readonly cause: CauseId;
  /** One sentence, filled with what was seen: why it happened. The first thing that the reader reads. */
  readonly title: string;
  readonly confidence: Confidence;
  /** Ranks causes of equal confidence that explain equally much: the more special, the higher. 0 to 100. */
  readonly specificity: number;
  /** True where nothing needs to be done; the title says so. */
  readonly harmless?: boolean;
  /** Which facts of the failure this cause accounts for. */
  readonly explained: Explained;
  readonly evidence: readonly Evidence[];
  /** In order of effort. */
  readonly remedies: readonly Remedy[];
  readonly doesNotHelp: readonly Warning[];
  /** What may surface once this is mended, or what to check after it. */
  readonly afterwards: readonly string[];
  /** Facts that the log does not tell and that would settle what is open, each with the command that shows it. */
  readonly wouldDecide: readonly Question[];
}

export interface Question {
  readonly question: string;
  readonly command?: string;
}

/** Positions in the failure's lists. */
export interface Explained {
  readonly mismatches: readonly number[];
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

export interface Decline {
  readonly verdict: 'decline';
  readonly cause: CauseId;
  /** Why not, in words that follow "not this cause, because". */
  readonly reason: string;
}

/** Everything that a cause may look at. It sees shapes, names and clues, never text. */
export interface Case {
  readonly failure: LoadFailure;
  readonly clues: readonly Clue[];
}

export interface Cause {
  readonly id: CauseId;
  readonly diagnose: (subject: Case) => Diagnosis | Decline;
}

export const CAUSE_IDS = [
  'zero3-partitioned-model',
  'zero3-placeholder-checkpoint',
  'fsdp-sharded',
  'tensor-parallel-degree',
  'pipeline-parallel-degree',
  'padded-vocab',
  'optimizer-state',
  'vocab-resized',
  'lora-rank',
  'lora-wrong-base',
  'lora-target-modules',
  'adapter-only-checkpoint',
  'kv-heads',
  'fused-qkv',
  'expert-count',
  'quantized-packed',
  'tied-weights',
  'classifier-head',
  'head-not-saved',
  'position-embedding-length',
  'patch-size',
  'window-size',
  'in-channels',
  'wrong-model-variant',
  'default-config',
  'config-changed',
  'depth-mismatch',
  'sd-version-mix',
  'environment-spaces',
  'dataset-sized-parameters',
  'empty-layer-config',
  'transposed-layout',
  'reshape-equivalent',
  'key-prefix',
  'wrapper-dict',
  'library-version-drift',
  'untrained-buffers',
  'expected-partial-load',
  'meta-device',
  'truncated-checkpoint',
] as const;

/** Stable: a cause is named so in the code, in its page, in `explain`, in the JSON and in the test cases. */
export type CauseId = (typeof CAUSE_IDS)[number];

export function decline(cause: CauseId, reason: string): Decline {
  return { verdict: 'decline', cause, reason };
}

/** All positions of the mismatches that a predicate accepts. */
export function positionsWhere(mismatches: readonly Mismatch[], accepts: (mismatch: Mismatch) => boolean): readonly number[] {
  const positions: number[] = [];
  mismatches.forEach((mismatch, position) => {
    if (accepts(mismatch)) positions.push(position);
  });
  return positions;
}
