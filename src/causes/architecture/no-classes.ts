import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { pick } from './answer.js';
import { optionOf } from './options-table.js';
import { towerProjection } from './tower-projection.js';

/** Rows that look like classes and are not. */
export function noClasses(failure: LoadFailure, positions: readonly number[]): string | undefined {
  const heads = pick(failure, positions);
  if (failure.mismatches.some((mismatch) => keepsClasses(mismatch, heads)))
    return 'the number of anchors differs, and each anchor has the same number of classes on both sides';
  if (towerProjection(failure) !== undefined) return "one side's rows are the width of CLIP's projection and no number of classes";
  const [first] = heads;
  const option = optionOf(first?.parameter, failure.modelClass);
  return option === undefined ? undefined : `these rows follow from ${option.option}`;
}

/** YOLO lists its anchors beside the head: 3 × 85 = 255 rows become 4 × 85 = 340 (yolov7#1539). */
function keepsClasses({ parameter = '', checkpointShape, modelShape }: Mismatch, heads: readonly Mismatch[]): boolean {
  const [checkpoint = 0, model = 0] = [checkpointShape[1], modelShape[1]];
  return (
    /(^|\.)(anchors|anchor_grid)$/.test(parameter) &&
    checkpoint !== model &&
    heads.every((head) => (head.checkpointShape[0] ?? 0) * model === (head.modelShape[0] ?? 0) * checkpoint)
  );
}
