import type { Mismatch } from '../model/failure.js';
import { differingAxes, elementCount, type Shape } from '../model/shape.js';

/** Arithmetic over the two shapes of one mismatch; causes reason with it over all pairs at once. */

/** The only axis on which the two shapes differ, or `undefined` where none, several or the number of dimensions differs. */
export function onlyDifferingAxis({ checkpointShape, modelShape }: Mismatch): number | undefined {
  const axes = differingAxes(checkpointShape, modelShape);
  return axes?.length === 1 ? axes[0] : undefined;
}

/** Checkpoint size over model size on one axis; `undefined` where either has no such axis or the model's size is 0. */
export function ratioOnAxis({ checkpointShape, modelShape }: Mismatch, axis: number): number | undefined {
  const checkpoint = checkpointShape[axis];
  const model = modelShape[axis];
  return checkpoint === undefined || model === undefined || model === 0 ? undefined : checkpoint / model;
}

/** `k` where one number is exactly `k` times the other, `k` a whole number above 1; otherwise `undefined`. */
export function wholeRatio(a: number, b: number): number | undefined {
  const [small, large] = a < b ? [a, b] : [b, a];
  return small > 0 && large > small && large % small === 0 ? large / small : undefined;
}

export function hasEqualElementCount({ checkpointShape, modelShape }: Mismatch): boolean {
  return elementCount(checkpointShape) === elementCount(modelShape);
}

/** True for a one-dimensional shape of size 0: what a partitioned parameter's placeholder looks like. */
export function isPlaceholder(shape: Shape): boolean {
  return shape.length === 1 && shape[0] === 0;
}

/** True where a dimension is 0 although the number of dimensions was kept: a zero width, not a placeholder. */
export function hasZeroWidth(shape: Shape): boolean {
  return shape.length > 1 && shape.includes(0);
}

/** The one value that all have, or `undefined` where they differ or there is none. */
export function common<T>(values: readonly T[]): T | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}

/** Libraries that keep a kernel as (height, width, in, out). */
const CHANNELS_LAST = /^(tensorflow|keras|keras-h5|flax|haiku|t5x|maxtext|paxml|orbax|transformers-flax-tf)$/;

/** The axes of a convolution that count the kernel's height and width; `undefined` where neither library nor name tells the order. */
export function kernelAxes({ parameter, dialect, checkpointShape }: Mismatch): readonly number[] | undefined {
  const axes = [...checkpointShape.keys()];
  if (dialect === 'mlx') return axes.slice(1, -1); // (out, height, width, in)
  if (CHANNELS_LAST.test(dialect) || (parameter !== undefined && /\/|(^|\.)kernel(:0)?$/.test(parameter))) return axes.slice(0, -2);
  return parameter === undefined ? undefined : axes.slice(2);
}
