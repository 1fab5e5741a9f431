import type { Mismatch } from '../../model/failure.js';
import { differingAxes, type Shape } from '../../model/shape.js';

/** Convolutions and projections that cut an image into patches (timm, transformers, OpenAI CLIP, vit-pytorch, VideoMAE). */
const PATCH_NAME =
  /(patch_embed\w*|patch_embeddings?|patch_to_embedding|to_patch_embedding|patch_embedder|patch_conv|patchify|visual\.conv1|vision_model\.conv1|tubelet_embed\w*|(^|\.)x_embedder\.proj)(\.|$)/;
const FLATTENED_NAME = /(patch_to_embedding|to_patch_embedding|patch_embedder|patch_embed\w*)(\.\d+)?(\.proj)?\.weight$/;

export function isPatchName(parameter: string | undefined): boolean {
  return parameter !== undefined && PATCH_NAME.test(parameter);
}

/** Sides of a patch, and frames of a tubelet where it has them. */
export interface PatchPair {
  readonly checkpoint: number;
  readonly model: number;
  readonly frames?: { readonly checkpoint: number; readonly model: number };
}

/** Both patch sizes where only the kernel of the patch projection differs; `undefined` where channels or width differ. */
export function patchPair(mismatch: Mismatch): PatchPair | undefined {
  const { parameter, checkpointShape, modelShape } = mismatch;
  const axes = differingAxes(checkpointShape, modelShape);
  if (axes === undefined || axes.length === 0) return undefined;
  if (checkpointShape.length === 2) return flattenedPair(mismatch, axes);
  const looksLikePatch =
    isPatchName(parameter) ||
    ((parameter === undefined || parameter === 'weight') && isBigKernel(checkpointShape) && isBigKernel(modelShape));
  // Channels may differ along with the kernel; alone they are no matter of patches.
  if (!looksLikePatch || axes.includes(0) || !axes.some((axis) => axis >= 2)) return undefined;
  const [checkpoint, model] = [sideOf(checkpointShape), sideOf(modelShape)];
  // Every option of a patch that is known here sets a square; of another kernel no sentence below would be true.
  if (checkpoint === undefined || model === undefined) return undefined;
  const frames =
    checkpointShape.length === 5 && checkpointShape[2] !== modelShape[2]
      ? { checkpoint: checkpointShape[2] ?? 0, model: modelShape[2] ?? 0 }
      : undefined;
  return { checkpoint, model, ...(frames === undefined ? {} : { frames }) };
}

/** The side of a square kernel. */
function sideOf(shape: Shape): number | undefined {
  const [height, width] = shape.slice(-2);
  return height === width ? width : undefined;
}

/** A kernel of 8 and more on three channels is a patch; ResNet stems have 7 or 3. */
function isBigKernel(shape: Shape): boolean {
  return shape.length === 4 && shape[1] === 3 && shape[2] === shape[3] && (shape[2] ?? 0) >= 8;
}

/** A linear projection of the flattened patch: 3·p² inputs (vit-pytorch, Face-Transformer#23: 432 = 3·12²). */
function flattenedPair({ parameter, checkpointShape, modelShape }: Mismatch, axes: readonly number[]): PatchPair | undefined {
  if (parameter === undefined || !FLATTENED_NAME.test(parameter) || axes.length !== 1 || axes[0] !== 1) return undefined;
  for (const channels of [3, 1, 4]) {
    const rootOf = (inputs: number | undefined): number => Math.sqrt((inputs ?? 0) / channels);
    const [checkpoint, model] = [rootOf(checkpointShape[1]), rootOf(modelShape[1])];
    if (Number.isInteger(checkpoint) && Number.isInteger(model) && checkpoint >= 2 && model >= 2) return { checkpoint, model };
  }
  return undefined;
}
