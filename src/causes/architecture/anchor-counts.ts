import type { Mismatch } from '../../model/failure.js';

/** What boxes and scores of one convolutional head say together: 4·A rows of boxes, A·C rows of scores. */
export interface AnchorCounts {
  readonly anchors: Sides;
  readonly classes: Sides;
  readonly boxes: Mismatch;
  readonly scores: Mismatch;
}

interface Sides {
  readonly checkpoint: number;
  readonly model: number;
}

const BOXES = /(^|[._])(\w+_reg|reg|bbox_pred|box_pred|bbox_reg\w*|loc|bbox_layer|bbox_deltas?|anchor_deltas)(\.\d+)?\.(weight|bias)$/;
const SCORES = /(^|[._])(\w+_cls|cls|cls_(logits|score|pred)|conf|conf_layer|objectness_logits|class_score|score)(\.\d+)?\.(weight|bias)$/;

/**
 * Both counts on both sides; `undefined` where the boxes are not listed or do not divide the scores. Convolutions only: the linear layers
 * of an R-CNN have 4 rows of boxes for each class and no anchors.
 */
export function anchorCounts(mismatches: readonly Mismatch[]): AnchorCounts | undefined {
  const weights = mismatches.filter(({ checkpointShape, modelShape }) => checkpointShape.length === 4 && modelShape.length === 4);
  const boxes = weights.find(({ parameter = '' }) => BOXES.test(parameter));
  const scores = weights.find(
    ({ parameter = '' }) => SCORES.test(parameter) && headOf(parameter) === headOf(boxes?.parameter) && !BOXES.test(parameter),
  );
  if (boxes === undefined || scores === undefined) return undefined;
  const anchors = { checkpoint: rows(boxes).checkpoint / 4, model: rows(boxes).model / 4 };
  const classes = { checkpoint: rows(scores).checkpoint / anchors.checkpoint, model: rows(scores).model / anchors.model };
  const whole = [anchors, classes].every(({ checkpoint, model }) => [checkpoint, model].every((count) => count >= 1 && count % 1 === 0));
  return whole && anchors.checkpoint !== anchors.model ? { anchors, classes, boxes, scores } : undefined;
}

/** Everything in front of the layer's own name. */
function headOf(parameter = ''): string {
  return parameter.replace(/[^.]+(\.\d+)?\.(weight|bias)$/, '');
}

function rows({ checkpointShape, modelShape }: Mismatch): Sides {
  return { checkpoint: checkpointShape[0] ?? 0, model: modelShape[0] ?? 0 };
}

export function areOnlyAnchors({ classes }: AnchorCounts): boolean {
  return classes.checkpoint === classes.model;
}

/** The parameters of those two layers, weights and biases of every level. */
export function isOfAnchorHead({ parameter = '' }: Mismatch): boolean {
  return BOXES.test(parameter) || SCORES.test(parameter);
}

/** One box and many classes on one side (FCOS, YOLOX), many boxes with one score on the other (RPN), or kernels that differ. */
export function isOtherKindOfHead({ anchors, classes, scores }: AnchorCounts): boolean {
  const lone = (side: keyof Sides): boolean => anchors[side] === 1 && classes[side] > 1;
  const proposals = (side: keyof Sides): boolean => anchors[side] > 1 && classes[side] === 1;
  const kernels = scores.checkpointShape.slice(2).join() !== scores.modelShape.slice(2).join();
  return kernels || (lone('checkpoint') && proposals('model')) || (lone('model') && proposals('checkpoint'));
}
