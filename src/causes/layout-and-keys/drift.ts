import type { Clue } from '../../model/clue.js';
import type { Confidence, Evidence, Explained, Question, Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';

/** A change between two releases of a code base, as the names or shapes show it. */
export interface Drift {
  /** The whole title, filled with what was seen. */
  readonly title: string;
  readonly confidence: Confidence;
  readonly specificity: number;
  readonly explained: Explained;
  readonly evidence: readonly Evidence[];
  readonly remedies: readonly Remedy[];
  /** True where no trained weight is lost. */
  readonly lossless?: boolean;
  readonly afterwards?: readonly string[];
  readonly wouldDecide?: readonly Question[];
}

/** Reads one kind of change; `undefined` where the failure does not show it. */
export type DriftReader = (failure: LoadFailure, clues: readonly Clue[]) => Drift | undefined;
