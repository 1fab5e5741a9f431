import type { Clue } from '../../model/clue.js';
import { cluesOf } from '../../model/clue.js';
import type { Mismatch } from '../../model/failure.js';
import { elementCount, type Shape } from '../../model/shape.js';
import { type Role, roleOf } from '../roles.js';
import { type Side, wholeShape } from './collapsed-shapes.js';

/**
 * ZeRO-3 keeps small parameters whole ("persistent") once an optimizer step has run: those of at most T elements. T is
 * `stage3_param_persistence_threshold`, 100,000 by default (deepspeed/runtime/zero/config.py) and 10 × hidden_size where Hugging Face fills in `auto`
 * (transformers/integrations/deepspeed.py). Before that, tiny ones are partitioned too. So the smallest partitioned tensor dates the load or the save.
 */
export const DEFAULT_THRESHOLD = 100_000;

export interface ThresholdReading {
  /** Elements of the smallest and of the largest listed tensor. */
  readonly smallest: number;
  readonly largest: number;
  /**
   * `all-sizes`: tensors below every threshold in use are listed, so nothing was persistent yet. `above-threshold`: only tensors above one are listed and there are
   * enough of them to miss the small ones. `open`: too few tensors, or of too few sizes.
   */
  readonly timing: 'all-sizes' | 'above-threshold' | 'open';
  /** Most frequent model width, and ten times it, where the shapes tell. */
  readonly hiddenSize?: number;
  /** Thresholds in use that leave every listed tensor partitioned, and those that do not. */
  readonly fitting: readonly Threshold[];
  readonly excluded: readonly Threshold[];
}

export interface Threshold {
  readonly name: string;
  readonly elements: number;
}

/** `complete`: the list is known to be whole; a cut one may lack the small tensors by accident. */
export function readThreshold(side: Side, listed: readonly Mismatch[], clues: readonly Clue[], complete = true): ThresholdReading {
  const counts = listed.map((mismatch) => elementCount(wholeShape(side, mismatch)));
  const smallest = counts.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY);
  const largest = counts.reduce((most, count) => Math.max(most, count), 0);
  const hiddenSize = hiddenSizeOf(side, listed);
  const known = thresholdsInUse(hiddenSize, clues);
  const fitting = known.filter(({ elements }) => smallest > elements);
  const excluded = known.filter(({ elements }) => smallest <= elements);
  const timing = fitting.length === 0 ? 'all-sizes' : missesSmallOnes(side, listed, complete) ? 'above-threshold' : 'open';
  const reading = { smallest, largest, timing, fitting, excluded } as const;
  return hiddenSize === undefined ? reading : { ...reading, hiddenSize };
}

function thresholdsInUse(hiddenSize: number | undefined, clues: readonly Clue[]): readonly Threshold[] {
  const told = cluesOf(clues, 'persistence-threshold').at(-1);
  if (told !== undefined) return [{ name: 'the threshold that the log prints', elements: told.elements }];
  const standard = { name: "DeepSpeed's default", elements: DEFAULT_THRESHOLD };
  if (hiddenSize === undefined) return [standard];
  return [standard, { name: `10 × hidden_size ${hiddenSize}, Hugging Face's "auto"`, elements: 10 * hiddenSize }];
}

/**
 * Not a vector among the tensors: norms and biases, which every network has, or the small halves of an adapter are absent. A model into which an adapter alone is
 * loaded has no vectors to miss. A list that is cut inside its first layer has not come to the norms yet, so it must reach a second layer.
 */
function missesSmallOnes(side: Side, listed: readonly Mismatch[], complete: boolean): boolean {
  const whole = listed.every((mismatch) => wholeShape(side, mismatch).length > 1);
  const adapter = listed.every(({ parameter }) => roleOf(parameter) === 'lora-a' || roleOf(parameter) === 'lora-b');
  if (!whole || listed.length < 3 || (side === 'model' && adapter)) return false;
  return complete || new Set(listed.flatMap(({ parameter }) => /\.(\d+)\./.exec(parameter ?? '')?.[1] ?? [])).size > 1;
}

/** Which axis of a parameter's shape is the model's width. */
const WIDTH_AXIS: Partial<Record<Role, (shape: Shape) => number | undefined>> = {
  'token-embedding': (shape) => shape[1],
  'output-head': (shape) => shape[1],
  'position-embedding': (shape) => shape.at(-1),
  'attention-query': (shape) => shape[1],
  'attention-key': (shape) => shape[1],
  'attention-value': (shape) => shape[1],
  'attention-fused': (shape) => shape[1],
  'attention-output': (shape) => shape[0],
  'mlp-in': (shape) => shape[1],
  'mlp-out': (shape) => shape[0],
  norm: (shape) => (shape.length === 1 ? shape[0] : undefined),
};

/** The model's width as most of the whole shapes have it; `undefined` where names and shapes do not tell. */
export function hiddenSizeOf(side: Side, listed: readonly Mismatch[]): number | undefined {
  const votes = new Map<number, number>();
  for (const mismatch of listed) {
    const width = widthOf(mismatch.parameter, wholeShape(side, mismatch));
    if (width !== undefined) votes.set(width, (votes.get(width) ?? 0) + 1);
  }
  return [...votes].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

/** The input side of adapters before q, k, v, gate, up and the output side of those after o and down have the model's width too. */
function widthOf(parameter: string | undefined, shape: Shape): number | undefined {
  const role = roleOf(parameter);
  if (shape.length === 0) return undefined;
  if (role === 'lora-a')
    return /(q|k|v|gate|up|qkv|query|key|value|query_key_value)(_proj)?\.lora_A/.test(parameter ?? '') ? shape[1] : undefined;
  if (role === 'lora-b') return /(q|o|down|query)(_proj)?\.lora_B/.test(parameter ?? '') ? shape[0] : undefined;
  return WIDTH_AXIS[role]?.(shape);
}
