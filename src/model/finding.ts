import type { Speaker } from './log-line.js';
import type { Place } from './place.js';
import type { Shape } from './shape.js';

/** `error`: the load was refused. `warning`: the run went on, with weights that were not loaded. */
export type Severity = 'error' | 'warning';

/** What a message without parameter shapes can state; each topic is one mechanism, whatever library says it. */
export type NoticeTopic =
  | 'optimizer-groups' // another number or size of parameter groups
  | 'optimizer-shape' // state of the optimizer does not fit its parameter
  | 'optimizer-empty' // the checkpoint has no state for parameters that the run trains
  | 'data-parallel-size' // optimizer partition of another world size
  | 'model-parallel-size' // shards of another tensor- or pipeline-parallel size
  | 'argument-differs' // a hyperparameter saved in the checkpoint differs from the run's
  | 'spaces-differ' // reinforcement-learning observation or action spaces
  | 'file-damaged' // header, archive or length of the file is wrong
  | 'partial-transfer' // "n of m items loaded"
  | 'element-count' // only numbers of elements are told
  | 'object-count' // only numbers of layers, objects or tensors are told
  | 'slice-outside' // a shard was sliced beyond the checkpoint's dimension
  | 'copy-failed' // shapes agree or are not told, the copy itself failed
  | 'meta-tensor' // a tensor without data was met
  | 'rank-limit' // an adapter's rank is above what the server allows
  | 'nothing-matched' // no weight of the checkpoint matched the model
  | 'architecture-unknown' // the loader could not tell what the file is
  | 'lines-dropped'; // the console says that it left lines out

/** One fact that one message states. */
export type Statement =
  /** A new attempt to load begins; `modelClass` is the class whose `load_state_dict` was called. */
  | { readonly kind: 'header'; readonly modelClass?: string; readonly checkpoint?: string }
  /**
   * `parameter` is absent where the message prints no name. `folded`: the name stands for several (`layers.{0...11}.x`). `begin`: the first
   * letters of a name that the end of the log cut off.
   */
  | {
      readonly kind: 'mismatch';
      readonly parameter?: string;
      readonly checkpointShape: Shape;
      readonly modelShape: Shape;
      readonly folded?: boolean;
      readonly begin?: string;
      /** Another name that the file has for what was held against the parameter, where the loader pairs by place. */
      readonly stored?: string;
    }
  | { readonly kind: 'missing-keys'; readonly keys: readonly string[]; readonly folded?: boolean }
  | { readonly kind: 'unexpected-keys'; readonly keys: readonly string[]; readonly folded?: boolean }
  | { readonly kind: 'notice'; readonly topic: NoticeTopic; readonly values: Readonly<Record<string, number | string>> }
  /** The loader stops at its first difference, or the console dropped lines: whatever is counted is a lower bound. */
  | { readonly kind: 'incomplete'; readonly reason: 'first-only' | 'folded' | 'cut' | 'lines-dropped' }
  /** The end of the log cut the message before its names or shapes were whole: that something did not fit is known, and not what. */
  | { readonly kind: 'half' }
  /** Nothing of this attempt follows for this speaker. `severity` corrects what the first lines let assume. */
  | { readonly kind: 'end'; readonly severity?: Severity };

/** A list of names that only one side has. */
type KeyList = Extract<Statement, { readonly keys: readonly string[] }>;

export function isKeyList(statement: Statement): statement is KeyList {
  return statement.kind === 'missing-keys' || statement.kind === 'unexpected-keys';
}

/** A statement with its witness. */
export interface Finding {
  readonly statement: Statement;
  readonly severity: Severity;
  /** Name of the dialect, which is the name of its file. */
  readonly dialect: string;
  /** Name of the pattern within the dialect. */
  readonly pattern: string;
  readonly at: Place;
  readonly speaker: Speaker;
}

/** A line that looks like a load failure and that no dialect claims. */
export interface Unclaimed {
  readonly text: string;
  readonly at: Place;
}
