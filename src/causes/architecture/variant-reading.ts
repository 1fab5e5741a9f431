import type { Confidence, Remedy } from '../../model/diagnosis.js';
import type { ModelPair } from './model-pair.js';

/** The two models as one line of reasoning sees them. */
export interface Reading extends ModelPair {
  readonly confidence: Confidence;
  readonly positions: readonly number[];
  /** Keys of layers that the other variant has. */
  readonly keys?: boolean;
  readonly specificity?: number;
  /** Beside building the one model or taking the other file. */
  readonly remedies?: readonly Remedy[];
}
