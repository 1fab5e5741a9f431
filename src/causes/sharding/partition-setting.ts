import type { Case } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import type { ZeroReading } from './zero-stage.js';

/** What was seen of the load, in the words that the snippets need. */
export interface Setting {
  readonly subject: Case;
  readonly zero: ZeroReading;
  readonly listed: readonly Mismatch[];
  readonly llava: boolean;
  /** A line or frame tells that deepspeed.initialize had run. */
  readonly engineTold: boolean;
  /** Only the sizes in the list speak for a live engine. */
  readonly engineInferred: boolean;
  /** The load runs inside a constructor under an open zero.Init. */
  readonly insideInit: boolean;
  /** transformers' own loader met the placeholders. */
  readonly insideFromPretrained: boolean;
  /** `[1]`: DeepSpeed before 0.6.0 */
  readonly old: boolean;
}
