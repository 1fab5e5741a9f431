import type { Remedy } from '../../model/diagnosis.js';

/** Rows of one parameter on both sides. */
export interface RowPair {
  readonly name: string;
  readonly checkpoint: number;
  readonly model: number;
}

/** What an R-CNN's scores say where its boxes cannot: the classes without the background, and whose boxes the classes share. */
export interface ScoresBesideBoxes {
  readonly checkpoint: number;
  readonly model: number;
  readonly arithmetic: string;
  /** The option of the boxes that changed along with the classes, in a sentence and as a remedy. */
  readonly also?: string;
  readonly option?: Remedy;
}

const SCORES = /(^|[._])(fc_cls|cls_score)\./;
const BOXES = /(^|[._])(fc_reg|bbox_pred)\./;

export const isBoxLayer = ({ name }: RowPair): boolean => BOXES.test(name);

/**
 * mmdetection from version 2: `fc_cls` has num_classes + 1 rows and `fc_reg` 4 where reg_class_agnostic, otherwise 4 · num_classes
 * (open-mmlab/mmdetection, roi_heads/bbox_heads/bbox_head.py); detectron2 the same (modeling/roi_heads/fast_rcnn.py, cls_agnostic_bbox_reg).
 */
export function scoresBesideBoxes(pairs: readonly RowPair[]): ScoresBesideBoxes | undefined {
  const scores = pairs.find(({ name }) => SCORES.test(name));
  const boxes = pairs.find(isBoxLayer);
  if (scores === undefined || Math.min(scores.checkpoint, scores.model) < 2) return undefined;
  const classes = { checkpoint: scores.checkpoint - 1, model: scores.model - 1 };
  const rows = `C + 1 scores, one of them for the background (${scores.checkpoint} and ${scores.model})`;
  const shared = boxes === undefined ? undefined : sharedSide(boxes, classes);
  if (boxes !== undefined && shared !== undefined)
    return { ...classes, arithmetic: `${rows}; ${inWords(boxes, shared)}`, ...boxOption(scores.name, shared) };
  // The first version of mmdetection counts the background as a class, and has no `roi_head`.
  return /(^|\.)roi_head\.\S*fc_cls\./.test(scores.name) ? { ...classes, arithmetic: rows } : undefined;
}

type Side = 'checkpoint' | 'model';

/** The side whose classes share four rows, while the other has four for each. */
function sharedSide(boxes: RowPair, classes: Readonly<Record<Side, number>>): Side | undefined {
  if (boxes.checkpoint === 4 && boxes.model === 4 * classes.model) return 'checkpoint';
  return boxes.model === 4 && boxes.checkpoint === 4 * classes.checkpoint ? 'model' : undefined;
}

function inWords(boxes: RowPair, shared: Side): string {
  const other = shared === 'checkpoint' ? 'model' : 'checkpoint';
  return `4 box rows in the ${shared}, shared by all classes, and ${boxes[other]} = 4 × ${boxes[other] / 4} in the ${other}, 4 for each class`;
}

function boxOption(name: string, shared: Side): Required<Pick<ScoresBesideBoxes, 'also' | 'option'>> {
  const agnostic = shared === 'checkpoint';
  const [option, value] = /cls_score/.test(name)
    ? ['MODEL.ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG', agnostic ? ' True' : ' False']
    : ['reg_class_agnostic', agnostic ? '=True' : '=False'];
  return {
    also: `The option ${option} differs too: classes share their boxes in the ${shared} only.`,
    option: {
      title: `To load the boxes as well: set ${option}${value}, as in the checkpoint`,
      text: `The number of classes alone does not make the boxes fit: classes share them in the ${shared} only. Set it in every stage of a cascade.`,
    },
  };
}
