import type { Remedy } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { knownClassCount } from './class-counts-table.js';
import { isBoxLayer, scoresBesideBoxes } from './shared-boxes.js';

/** RetinaNet and EfficientDet: 9 anchors × C; SSD: 4 or 6 default boxes × C (torchvision, models/detection/ssd.py); YOLACT: 3. */
const ANCHORS: readonly number[] = [9, 6, 4, 3];

/** How many classes the sizes of a head stand for, on both sides. */
export interface ClassNumbers {
  readonly checkpoint: number;
  readonly model: number;
  /** The arithmetic in words, for heads that have more rows than classes. */
  readonly arithmetic?: string;
  /** These are rows, and how many belong to a class cannot be told. */
  readonly areRows?: true;
  /** What is counted are joints, as the arithmetic shows. */
  readonly keyPoints?: true;
  /** An option beside the number of classes that has to change too, in a sentence and as a remedy. */
  readonly also?: string;
  readonly option?: Remedy;
}

interface HeadPair {
  /** With dots, also where TensorFlow separates by slashes. */
  readonly name: string;
  readonly checkpoint: number;
  readonly model: number;
  /** Both kernel sizes are above 1, or the weight has four dimensions: a convolution over a grid of anchors may be meant. */
  readonly convolution: boolean;
}

/** The numbers of classes behind the rows of the head's parameters; plain rows where no detector's arithmetic fits. */
export function classNumbers(heads: readonly Mismatch[]): ClassNumbers | undefined {
  const pairs = heads.map(headPair);
  return (
    boxPerClass(pairs) ??
    boxesAlone(pairs) ??
    scoresBesideBoxes(pairs) ??
    withNoObject(pairs) ??
    yoloAnchors(pairs) ??
    yoloCells(pairs) ??
    classSlots(pairs) ??
    anchorsTimesClasses(pairs) ??
    depthMaps(pairs) ??
    symbolTables(pairs) ??
    rowsOnly(pairs) ??
    plainRows(pairs)
  );
}

function headPair({ parameter = '', checkpointShape, modelShape }: Mismatch): HeadPair {
  const axis = headAxis({ checkpointShape, modelShape });
  return {
    name: parameter.replaceAll('/', '.').replace(/:0$/, ''),
    checkpoint: checkpointShape[axis] ?? 1,
    model: modelShape[axis] ?? 1,
    convolution: checkpointShape.length === 4,
  };
}

/** Axis 0 in PyTorch; the last one in TensorFlow and Flax, whose kernels end with their outputs. */
export function headAxis({ checkpointShape, modelShape }: Pick<Mismatch, 'checkpointShape' | 'modelShape'>): number {
  return Math.max(
    checkpointShape.findIndex((size, axis) => size !== modelShape[axis]),
    0,
  );
}

/** R-CNN: C + 1 scores (background) beside 4·C class-specific boxes (detectron2, fast_rcnn.py); torchvision boxes count the background too. */
function boxPerClass(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  // By its two numbers; a pair is never its own boxes, since 4·C is more than C + 1.
  const byNumbers = new Map(pairs.map((pair) => [`${pair.checkpoint}/${pair.model}`, pair]));
  for (const scores of pairs) {
    for (const background of [1, 0]) {
      const classes = { checkpoint: scores.checkpoint - background, model: scores.model - background };
      const boxes = byNumbers.get(`${4 * classes.checkpoint}/${4 * classes.model}`);
      if (boxes === undefined || classes.checkpoint < 1 || classes.model < 1) continue;
      const score = background === 1 ? 'C + 1 scores' : 'C scores';
      return {
        ...classes,
        arithmetic: `${score} (${scores.checkpoint} and ${scores.model}) beside 4·C boxes (${boxes.checkpoint} and ${boxes.model})`,
      };
    }
  }
  return undefined;
}

/** The boxes of an R-CNN whose scores are not in the list: 4 rows for each class, and 4 in all where classes share them. */
function boxesAlone(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const [first] = pairs;
  const isBoxes = ({ name, checkpoint, model }: HeadPair): boolean =>
    /(^|[._])bbox_pred\./.test(name) && [checkpoint, model].every((rows) => rows > 4 && rows % 4 === 0);
  if (first === undefined || !pairs.every(isBoxes)) return undefined;
  return {
    checkpoint: first.checkpoint / 4,
    model: first.model / 4,
    arithmetic: `4·C boxes (${first.checkpoint} and ${first.model}); the scores are not listed`,
  };
}

/** DETR and MaskFormer: one row more than classes, for "no object" (facebookresearch/detr, models/detr.py: Linear(hidden_dim, num_classes + 1)). */
function withNoObject(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const scores = pairs.filter(({ name }) => /(^|\.)(class_embed|class_labels_classifier|class_predictor)\.(weight|bias)$/.test(name));
  const [first] = scores;
  const weights = pairs.filter(({ name }) => /empty_weight$/.test(name));
  if (first === undefined || scores.length + weights.length < pairs.length || first.checkpoint < 2 || first.model < 2) return undefined;
  // MaskDINO has no such row: the weights of its loss are one longer than its scores.
  if (weights.some(({ checkpoint }) => checkpoint !== first.checkpoint)) return undefined;
  const numbers = { checkpoint: first.checkpoint - 1, model: first.model - 1 };
  return { ...numbers, arithmetic: `C + 1, one of them for "no object" (${first.checkpoint} and ${first.model})` };
}

const YOLO_NAME = /yolo|detect|(^|\.)m\.\d|model\.\d+\.m|head_p\d|conv_?(out|\d{2,3})|bbox|output/i;

/** YOLO: 3 anchors × (5 + C) channels per scale (ultralytics/yolov5, models/yolo.py: no = nc + 5): 255 = 3 × 85 for COCO. */
function yoloAnchors(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const ofScale = (rows: number): number => rows / 3 - 5;
  const fits = (rows: number): boolean => rows % 3 === 0 && ofScale(rows) >= 1;
  const first = pairs[0];
  if (
    first === undefined ||
    !pairs.every((pair) => fits(pair.checkpoint) && fits(pair.model) && pair.checkpoint === first.checkpoint && pair.model === first.model)
  ) {
    return undefined;
  }
  const named = pairs.some(({ name }) => YOLO_NAME.test(name));
  if (
    (!named && first.checkpoint !== 255 && first.model !== 255) ||
    (first.checkpoint !== 255 && first.model !== 255 && !pairs.some(({ name }) => /model\.\d+\.m\.|yolo/i.test(name)))
  )
    return undefined;
  const plain = { checkpoint: ofScale(first.checkpoint), model: ofScale(first.model) };
  // Segmentation adds 32 coefficients of masks to each anchor (ultralytics/yolov5, models/yolo.py: Segment, no = 5 + nc + nm).
  const masks = plain.checkpoint === 112 || plain.model === 112 ? 32 : 0;
  const numbers = { checkpoint: plain.checkpoint - masks, model: plain.model - masks };
  if (numbers.checkpoint < 1 || numbers.model < 1) return undefined;
  const said = (rows: number, classes: number): string => `${rows} = 3 × (5 + ${classes}${masks > 0 ? ' + 32' : ''})`;
  return {
    ...numbers,
    arithmetic: `3 anchors × (5 + C${masks > 0 ? ' + 32 mask coefficients' : ''}): ${said(first.checkpoint, numbers.checkpoint)}, ${said(first.model, numbers.model)}`,
  };
}

/** YOLO of 2015: 7 × 7 cells, each with C scores and two boxes of five numbers, in one layer: 1470 = 49 × 30 for Pascal VOC. */
const CELLS = 49;
const VOC_CELLS = 1470;

function yoloCells(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const [first] = pairs;
  if (first === undefined || ![first.checkpoint, first.model].includes(VOC_CELLS)) return undefined;
  const numbers = { checkpoint: first.checkpoint / CELLS - 10, model: first.model / CELLS - 10 };
  const isWhole = [numbers.checkpoint, numbers.model].every((count) => Number.isInteger(count) && count >= 1);
  const isAlike = pairs.every(({ checkpoint, model }) => checkpoint === first.checkpoint && model === first.model);
  if (!isWhole || !isAlike) return undefined;
  const said = (rows: number, classes: number): string => `${rows} = ${CELLS} × (10 + ${classes})`;
  return {
    ...numbers,
    arithmetic: `7 × 7 cells × (2 boxes of 5 + C): ${said(first.checkpoint, numbers.checkpoint)}, ${said(first.model, numbers.model)}`,
  };
}

/**
 * TensorFlow's Object Detection API: each box has C + 1 slots, one of them for the background (research/object_detection/predictors/heads/
 * class_head.py: num_class_slots). The second stage has one box, SSD three and more; 91 slots are the 90 categories of COCO.
 */
function classSlots(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const [first] = pairs;
  const isSlots = ({ name }: HeadPair): boolean => name === '' || /(^|\.)ClassPredictor\./.test(name);
  if (first === undefined || !pairs.every(isSlots)) return undefined;
  const boxes = first.name.includes('SecondStage') ? 1 : anchorsOf(first, [91]);
  const slots = boxes === undefined ? [] : [first.checkpoint / boxes, first.model / boxes];
  const [checkpoint = 0, model = 0] = slots;
  if (boxes === undefined || checkpoint < 2 || model < 2) return undefined;
  const times = boxes === 1 ? '' : `${boxes} × `;
  return {
    checkpoint: checkpoint - 1,
    model: model - 1,
    arithmetic: `${boxes === 1 ? '' : `${boxes} boxes × `}(C + 1), one for the background: ${first.checkpoint} = ${times}${checkpoint}, ${first.model} = ${times}${model}`,
  };
}

/** The number of boxes in a place that gives one of these counts on one side and a whole number on the other. */
function anchorsOf({ checkpoint, model }: HeadPair, counts: readonly number[]): number | undefined {
  return ANCHORS.find(
    (anchors) =>
      checkpoint % anchors === 0 && model % anchors === 0 && (counts.includes(checkpoint / anchors) || counts.includes(model / anchors)),
  );
}

/** What a message without a name shows of a detector's head: boxes × 91, which is no multiple of 8 as widths are. */
export function isCocoSlots(checkpoint: number, model: number): boolean {
  const pair = { name: '', checkpoint, model, convolution: true };
  return anchorsOf(pair, [91]) !== undefined && classSlots([pair]) !== undefined;
}

/** Boxes and anchors' scores have several rows for each class: where none of the above fits, the rows are no number of classes. */
function rowsOnly(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const [first] = pairs;
  const isBox = ({ name }: HeadPair): boolean => /(^|[._])(bbox_pred|BoxEncodingPredictor)\./.test(name);
  // Scores that are a data set's number of classes as they stand are no multiple of it.
  const isScores = ({ name, checkpoint, model }: HeadPair): boolean =>
    /(^|[._])(conv_cls|ClassPredictor)\./.test(name) && ![checkpoint, model].some((rows) => DETECTION_COUNTS.includes(rows));
  const hasMoreRows = (pair: HeadPair): boolean => isBox(pair) || isScores(pair);
  if (first === undefined || !pairs.every(hasMoreRows)) return undefined;
  return { checkpoint: first.checkpoint, model: first.model, areRows: true };
}

const DETECTION_COUNTS: readonly number[] = [20, 21, 80, 81, 90, 91, 365, 1203];
/** Heads with anchors, by name: a common divisor of the rows proves none (YOLOX, FCOS and their like score each place once). */
const ANCHOR_HEAD =
  /retina_cls|ssd|(^|\.)head\.cls_score\.|classification_head\.(cls_logits|module_list)|classification_?model|classification_headers|(^|\.)conf\.\d|conf_layer|header|(^|\.)cls_convs\.\d|class_net/i;

function anchorsTimesClasses(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const scores = pairs.find(({ convolution, name }) => convolution && ANCHOR_HEAD.test(name));
  if (scores === undefined) return undefined;
  for (const anchors of ANCHORS) {
    const numbers = { checkpoint: scores.checkpoint / anchors, model: scores.model / anchors };
    const whole = Number.isInteger(numbers.checkpoint) && Number.isInteger(numbers.model) && numbers.checkpoint >= 1 && numbers.model >= 1;
    // What is a data set's number undivided is not divided: 80 rows are not 4 × 20.
    const isKnown = (side: 'checkpoint' | 'model'): boolean =>
      DETECTION_COUNTS.includes(numbers[side]) && !DETECTION_COUNTS.includes(scores[side]);
    if (!whole || !(isKnown('checkpoint') || isKnown('model'))) continue;
    return {
      ...numbers,
      arithmetic: `${anchors} anchors × C: ${scores.checkpoint} = ${anchors} × ${numbers.checkpoint}, ${scores.model} = ${anchors} × ${numbers.model}`,
    };
  }
  return undefined;
}

/** 3-D poses: one map for each joint and each of 64 cells of depth (mks0601/3DMPPE_POSENET_RELEASE, main/model.py: joint_num * cfg.depth_dim). */
const DEPTH = 64;

function depthMaps(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const maps = pairs.find(({ convolution, name }) => convolution && /(^|\.)final_layer\./.test(name));
  if (maps === undefined) return undefined;
  const joints = { checkpoint: maps.checkpoint / DEPTH, model: maps.model / DEPTH };
  if (![joints.checkpoint, joints.model].every((count) => Number.isInteger(count) && count >= 10)) return undefined;
  const said = (side: 'checkpoint' | 'model'): string => `${maps[side]} = ${joints[side]} × ${DEPTH}`;
  return { ...joints, keyPoints: true, arithmetic: `joints × ${DEPTH} cells of depth: ${said('checkpoint')}, ${said('model')}` };
}

/** A reader of text has one score for each symbol and tables of them with a row more (PaddleOCR, rec_srn_head.py: src_vocab_size=char_num + 1). */
function symbolTables(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const isTable = ({ name }: HeadPair): boolean => /(^|[._])emb\w*\.weight$/.test(name);
  const table = pairs.find(isTable);
  const scores = pairs.find((pair) => !isTable(pair));
  if (table === undefined || scores === undefined) return undefined;
  if (table.checkpoint !== scores.checkpoint + 1 || table.model !== scores.model + 1) return undefined;
  return {
    checkpoint: scores.checkpoint,
    model: scores.model,
    arithmetic: `C (${scores.checkpoint} and ${scores.model}), in the tables of the symbols one row more (${table.checkpoint} and ${table.model})`,
  };
}

/** The pair that most parameters of the head agree on; the smaller one where a tie must be settled, since boxes have more rows than scores. */
function plainRows(pairs: readonly HeadPair[]): ClassNumbers | undefined {
  const votes = new Map<string, { readonly pair: HeadPair; readonly count: number }>();
  // Boxes count no classes where scores are listed.
  const scores = pairs.filter((pair) => !isBoxLayer(pair));
  for (const pair of scores.length > 0 ? scores : pairs) {
    const key = `${pair.checkpoint}/${pair.model}`;
    votes.set(key, { pair, count: (votes.get(key)?.count ?? 0) + 1 });
  }
  const [best] = [...votes.values()].toSorted(
    (a, b) => b.count - a.count || a.pair.checkpoint + a.pair.model - b.pair.checkpoint - b.pair.model,
  );
  return best === undefined ? undefined : { checkpoint: best.pair.checkpoint, model: best.pair.model };
}

/** `80, the classes of COCO`, or the bare number. */
export function describeClassCount(count: number): string {
  const known = knownClassCount(count);
  return known === undefined || known.common === true ? `${count}` : `${count} (${known.whose})`;
}
