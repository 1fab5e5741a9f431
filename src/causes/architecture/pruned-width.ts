import type { Mismatch } from '../../model/failure.js';

/**
 * An odd width, or none that is a multiple of 8, that a layer puts out and the next one reads (distiller#26, yolov5_prune#5). Inputs alone
 * may be odd for other reasons: coordinates or a mask are joined to the features.
 */
export function prunedWidth(list: readonly Mismatch[]): number | undefined {
  const convolutions = list.filter(({ checkpointShape }) => checkpointShape.length === 4);
  const norms = list.filter(({ parameter }) => /(^|\.)(bn\d?|norm\d?)\./.test(parameter ?? ''));
  const sizesOn = (mismatches: readonly Mismatch[], axis: number): readonly number[] =>
    mismatches.flatMap(({ checkpointShape, modelShape }) => {
      const [checkpoint = 0, model = 0] = [checkpointShape[axis], modelShape[axis]];
      return checkpoint === model ? [] : [checkpoint, model];
    });
  const read = new Set(sizesOn(convolutions, 1));
  const sizes = sizesOn([...convolutions, ...norms], 0).filter((size) => size > 8 && read.has(size));
  const irregular = sizes.every((size) => size % 8 !== 0) ? sizes[0] : sizes.find((size) => size % 2 === 1);
  return list.length >= 3 ? irregular : undefined;
}
