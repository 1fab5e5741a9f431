import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { byName } from '../by-name.js';
import { onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';

/** Last layers that nothing else follows, by the names that libraries give them. */
const HEAD_WORDS: readonly string[] = [
  // classifiers (torchvision, timm, transformers)
  String.raw`classifier\w*|_?fc|head\w*|last_linear|linear_head|mlp_head|logits?|Logits|softmax|score|qa_outputs|classification_head|class_head|predictor|prediction_head|pre_logits|output_heads?|hidden2tag|crf|final_layer|label_enc|label_embed|label_conv|empty_weight|class_weights?`,
  // detectors (mmdetection, detectron2, torchvision, YOLO, DETR)
  String.raw`fc_(cls|reg|out)|cls_(score|pred|preds|head|logits|branches|layers?)|\w+_cls|conv_cls|bbox_pred|reg_preds?|obj_preds?|class_embed|(enc|dec)_score_head|denoising_class_embed|heatmap|\w+_pred_linear|mask_fcn_logits|conv_logits|class_predictor|ClassPredictor|box_predictor|classification_heads?|regression_headers|classification_headers|classification_model|hm|yolo_head\w*|yolo_layers?|detect|conf|conf_layer|\w*_(proposal_class|proposal_transformer)`,
  // tables of persons and speakers behind a margin loss (ArcFace, AAM-Softmax)
  String.raw`speaker_loss|arcface|arc_margin|aam\w*|am_softmax|metric_fc|margin_(fc|head|product)`,
  // segmenters
  String.raw`linear_pred|conv_seg|aux_classifier|auxiliary_classifier|seg_head|segmentation_head|AuxLogits|aux\d|seg_layers|seg_outputs|outc|out_conv|out\.conv|last_conv|conv_last|final_conv|(cls|aux)\.\d+`,
];
const HEAD_NAME = new RegExp(`(^|\\.)(${HEAD_WORDS.join('|')})(\\.|$)`);
const YOLO_HEAD = /(^|\.)model\.\d+\.((m|cv3|cv2)\.\d+(\.\d+)?\.(weight|bias)|i[am]\.\d+\.implicit)$/;
/** keras.applications: the top layer is called `predictions`; BERT's `cls.predictions` counts words and begins otherwise. */
const KERAS_TOP = /^(\w+\.)?predictions\.(kernel|bias)$/;
/** Names that are a head in one project and an inner layer in the next; the shapes have to say which. */
const WEAK_NAME =
  /(^|\.)(linear\d?|proj|out|out_proj|output|final|fc\d|dense|predict\w*|fc_final|conv_out|last)(\.\d+)*\.(weight|bias|kernel)$/i;
/** The optimizer's moments of a head; the projections of contrastive training (MoCo, DINO), whose outputs are a width. */
const NO_HEAD =
  /^optim\w*\.|(^|\.)exp_avg(_sq)?\.|(^|\.)(encoder_[qk]|base_encoder|momentum_encoder)\.(\w+\.)?(fc|head)\.|projection_head|projector/;
/** Region proposals count anchors, not classes (faster-rcnn.pytorch, RPN_cls_score). */
const ANCHOR_NAME = /rpn|anchor/i;
const REINFORCEMENT_NAME = /(^|[._])(actor|critic|policy|action|a2c_network|q_?net|value_net|mu|log_std|sigma|qf\d)([._]|$)/;

export const isHeadName = byName(readHeadName);

function readHeadName(parameter: string): boolean {
  const dotted = parameter.replaceAll('/', '.').replace(/:0$/, '');
  if (ANCHOR_NAME.test(dotted) || REINFORCEMENT_NAME.test(dotted) || NO_HEAD.test(dotted)) return false;
  return HEAD_NAME.test(dotted) || YOLO_HEAD.test(dotted) || KERAS_TOP.test(dotted);
}

export function isAnchorOrPolicy(parameter: string): boolean {
  return ANCHOR_NAME.test(parameter) || REINFORCEMENT_NAME.test(parameter);
}

export function isWeakHeadName(parameter: string | undefined): boolean {
  return parameter !== undefined && WEAK_NAME.test(parameter) && !REINFORCEMENT_NAME.test(parameter) && !ANCHOR_NAME.test(parameter);
}

/** The outputs differ and nothing else: axis 0 in PyTorch, the last axis of a TensorFlow or Flax kernel. */
export function differsInOutputs(mismatch: Mismatch): boolean {
  const axis = onlyDifferingAxis(mismatch);
  if (axis === 0 || isTransitionTable(mismatch)) return true;
  // YOLOv7 multiplies its outputs by [1, outputs, 1, 1] (WongKinYiu/yolov7, models/common.py: ImplicitM).
  if (axis === 1 && /\.implicit$/.test(mismatch.parameter ?? '')) return true;
  return (
    axis !== undefined &&
    axis === mismatch.checkpointShape.length - 1 &&
    // Paddle keeps linear layers as [in, out] too (paddle.nn.Linear), under the name that PyTorch uses.
    (/(^|[./])(kernel|weights)(:0)?$/.test(mismatch.parameter ?? '') || (mismatch.dialect.startsWith('paddle') && axis === 1))
  );
}

/** A CRF's scores from each label to each: both axes are the number of labels (pytorch-crf, transitions). */
function isTransitionTable({ parameter = '', checkpointShape, modelShape }: Mismatch): boolean {
  const square = (shape: readonly number[]): boolean => shape.length === 2 && shape[0] === shape[1];
  return /transitions$/.test(parameter) && square(checkpointShape) && square(modelShape);
}

/** Speech models end in a `lm_head` with a bias over a few dozen letters (Wav2Vec2ForCTC): a classifier in all but name. */
export function isLetterHead(mismatches: readonly Mismatch[]): boolean {
  const small = (size: number | undefined): boolean => size !== undefined && size > 1 && size <= 1000;
  const withBias = mismatches.some(({ parameter }) => parameter?.endsWith('lm_head.bias') || parameter?.endsWith('w2v_encoder.proj.bias'));
  return (
    withBias &&
    mismatches.every(
      ({ parameter, checkpointShape, modelShape }) =>
        /(lm_head|w2v_encoder\.proj)\.(weight|bias)$/.test(parameter ?? '') && small(checkpointShape[0]) && small(modelShape[0]),
    )
  );
}

/** Positions of a head whose number of outputs differs and whose inputs agree. A size that also changes an input elsewhere is a hidden width. */
export function headPositions(mismatches: readonly Mismatch[]): readonly number[] {
  const shifted = new Set(
    mismatches.flatMap((mismatch) =>
      mismatch.checkpointShape.length > 1 && !differsInOutputs(mismatch) ? [moduleOf(mismatch.parameter)] : [],
    ),
  );
  const inputs = new Set(
    mismatches.flatMap((mismatch) => (differsInOutputs(mismatch) ? [] : inputPair(mismatch.checkpointShape, mismatch.modelShape))),
  );
  return mismatches.flatMap((mismatch, position) => {
    const { parameter, checkpointShape, modelShape } = mismatch;
    if (checkpointShape.includes(0) || modelShape.includes(0) || !differsInOutputs(mismatch) || !isHeadName(parameter)) return [];
    const role = roleOf(parameter);
    // The bias of a layer whose inputs differ too: the name stands for another layer, or the whole width differs.
    if (shifted.has(moduleOf(parameter))) return [];
    if (role === 'token-embedding' || role === 'position-embedding' || role === 'output-head' || role === 'norm') return [];
    return inputs.has(`${checkpointShape[0]}/${modelShape[0]}`) ? [] : [position];
  });
}

function moduleOf(parameter = ''): string {
  return parameter.replace(/\.(weight|bias|kernel)$/, '');
}

function inputPair(checkpointShape: readonly number[], modelShape: readonly number[]): readonly string[] {
  const [checkpoint, model] = [checkpointShape[1], modelShape[1]];
  return checkpoint === undefined || model === undefined || checkpoint === model ? [] : [`${checkpoint}/${model}`];
}

/** Losses with a margin keep one row per person or speaker; the class says so where the name is `weight` alone. */
export function isIdentityTable({ mismatches, modelClass = '' }: LoadFailure): boolean {
  const [only] = mismatches;
  if (only === undefined || mismatches.length !== 1 || !/margin|softmax|arcface|cosface|partialfc/i.test(modelClass)) return false;
  return /^(weight|kernel|W)?$/.test(only.parameter ?? '') && only.checkpointShape.length === 2 && onlyDifferingAxis(only) !== undefined;
}

/** YOLOv8 and later: the inner width of the class branch is max(first width, min(nc, 100)), so it moves with the classes (ultralytics, nn/modules/head.py). */
export function classBranch(mismatches: readonly Mismatch[]): readonly number[] {
  const branch = mismatches.flatMap(({ parameter = '' }, position) =>
    /(^|\.)model\.\d+\.(one2one_)?cv3\.\d+\./.test(parameter) ? [position] : [],
  );
  const last = branch.some((position) => /cv3\.\d+\.2\.(weight|bias)$/.test(mismatches[position]?.parameter ?? ''));
  return last && branch.length === mismatches.length ? branch : [];
}
