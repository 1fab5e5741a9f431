import type { Mismatch } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { roleOf } from '../roles.js';

export type SizePair = readonly [checkpoint: number, model: number];

/** Differing sizes on axes that hold channels: not the sides of a kernel, not the rows of any other table. */
export function channelPairs(mismatch: Mismatch): readonly SizePair[] {
  return pairsOn(mismatch, channelAxes(mismatch));
}

/**
 * The pairs that something reads, a norm or the inputs of a layer: those are widths. What only puts out (a head, anchors, levels of
 * deformable attention) has rows of its own meaning.
 */
export function readPairs(list: readonly Mismatch[]): ReadonlySet<string> {
  return new Set(list.flatMap((mismatch) => pairsOn(mismatch, inputAxes(mismatch)).map(([checkpoint, model]) => `${checkpoint}/${model}`)));
}

export function isNameless({ parameter }: Mismatch): boolean {
  return parameter === undefined || parameter === 'weight';
}

const WEIGHT = /(^|\.)(w|weight(_[vg])?|weights|\w+_weight|original\d)(:0)?$/;
const KERNEL = /(^|[./])(kernel|weights)(:0)?$/;

function channelAxes({ parameter = 'weight', checkpointShape, modelShape }: Mismatch): readonly number[] {
  const dimensions = checkpointShape.length;
  if (dimensions <= 2) return [0, 1];
  if (dimensions === 3 && checkpointShape[0] === 1 && modelShape[0] === 1 && WEIGHT.test(parameter)) return [1, 2];
  // TensorFlow and Flax keep the sides of a kernel in front.
  if (KERNEL.test(parameter)) return [dimensions - 2, dimensions - 1];
  if (WEIGHT.test(parameter)) return [0, 1];
  return checkpointShape[0] === 1 ? [dimensions - 1] : [];
}

function inputAxes(mismatch: Mismatch): readonly number[] {
  const { parameter = 'weight', checkpointShape } = mismatch;
  const dimensions = checkpointShape.length;
  if (dimensions === 1) return roleOf(parameter) === 'norm' || /running_(mean|var)$/.test(parameter) ? [0] : [];
  if (dimensions > 2 && KERNEL.test(parameter)) return [dimensions - 2];
  if (dimensions === 2 && KERNEL.test(parameter)) return [0, 1];
  return channelAxes(mismatch)
    .slice(-1)
    .filter((axis) => axis > 0);
}

function pairsOn({ checkpointShape, modelShape }: Mismatch, axes: readonly number[]): readonly SizePair[] {
  return (differingAxes(checkpointShape, modelShape) ?? []).flatMap((axis) => {
    const [checkpoint, model] = [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0];
    return axes.includes(axis) && checkpoint > 0 && model > 0 ? [[checkpoint, model] as const] : [];
  });
}
