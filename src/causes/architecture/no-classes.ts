import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { roleOf } from '../roles.js';
import { anchorCounts, areOnlyAnchors } from './anchor-counts.js';
import { pick } from './answer.js';
import { isPublicCount } from './class-counts-table.js';
import { otherKindOfHead } from './head-kind.js';
import { optionOf } from './options-table.js';
import { towerProjection } from './tower-projection.js';

/** Rows that look like classes and are not. */
export function noClasses(failure: LoadFailure, positions: readonly number[]): string | undefined {
  const heads = pick(failure, positions);
  const kind = otherKindOfHead(failure.mismatches);
  if (kind !== undefined) return kind;
  const counts = anchorCounts(failure.mismatches);
  if (failure.mismatches.some((mismatch) => keepsClasses(mismatch, heads)) || (counts !== undefined && areOnlyAnchors(counts)))
    return 'the number of anchors differs, and each anchor has the same number of classes on both sides';
  if (towerProjection(failure) !== undefined) return "one side's rows are the width of CLIP's projection and no number of classes";
  const [first] = heads;
  if (first !== undefined && isNormed(failure, heads, first))
    return 'a norm behind it has the same two lengths, so its outputs are the width of an embedding';
  const option = optionOf(first?.parameter, failure.modelClass);
  return option === undefined ? undefined : `these rows follow from ${option.option}`;
}

/** ArcFace's body ends in `fc` and a BatchNorm over its outputs; scores of classes are never normed. */
function isNormed({ mismatches }: LoadFailure, heads: readonly Mismatch[], { checkpointShape, modelShape }: Mismatch): boolean {
  const own = new Set(heads);
  return mismatches.some(
    (other) =>
      !own.has(other) &&
      (/running_(mean|var)$/.test(other.parameter ?? '') || roleOf(other.parameter) === 'norm') &&
      other.checkpointShape.length === 1 &&
      other.checkpointShape[0] === checkpointShape[0] &&
      other.modelShape[0] === modelShape[0],
  );
}

/** Both numbers are usual widths and neither a public data set's: an embedding may be meant (FaceNet's `fc` of 512 or 128). */
export function looksLikeWidths({ checkpoint, model }: { readonly checkpoint: number; readonly model: number }): boolean {
  return [checkpoint, model].every((size) => size >= 64 && size % 32 === 0 && !isPublicCount(size));
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
