import type { Case, Cause, Confidence, Diagnosis, Evidence, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { roleOf } from '../roles.js';
import { countsTokens } from '../vocabulary-and-adapters/vocabulary-rows.js';
import { answer, explains, mayGoOn, otherPositions, pick, purposeOf, reinitialises, shows } from './answer.js';
import { isPublicCount, knownClassCount } from './class-counts-table.js';
import { type ClassNumbers, classNumbers, describeClassCount } from './detector-heads.js';
import { foreignPicture } from './foreign-pictures.js';
import {
  classBranch,
  differsInOutputs,
  headPositions,
  isAnchorOrPolicy,
  isHeadName,
  isIdentityTable,
  isLetterHead,
  isWeakHeadName,
} from './head-names.js';
import { optionOf } from './options-table.js';
import { towerProjection } from './tower-projection.js';

type Certainty = { readonly positions: readonly number[]; readonly confidence: Confidence; readonly letters?: boolean };

/** The tell-tale: a last layer whose number of outputs differs while its inputs agree; weight and bias agree on the number. */
function headOf(failure: LoadFailure): Certainty | undefined {
  const { mismatches } = failure;
  if (isIdentityTable(failure)) return { positions: [0], confidence: 'likely' };
  const branch = classBranch(mismatches);
  if (branch.length > 0) return { positions: branch, confidence: 'certain' };
  const named = headPositions(mismatches);
  if (named.length > 0) return { positions: named, confidence: 'certain' };
  if (mismatches.length > 0 && isLetterHead(mismatches))
    return { positions: mismatches.map((_, position) => position), confidence: 'likely', letters: true };
  return soleOutputLayer(mismatches) ?? namelessHead(mismatches);
}

/** One or two modules, outputs only, weight and bias alike: no other layer notices, so nothing follows it. */
function soleOutputLayer(mismatches: readonly Mismatch[]): Certainty | undefined {
  const modules = new Set(mismatches.map(({ parameter = '' }) => parameter.replace(/\.(weight|bias|kernel)$/, '')));
  const known = mismatches.some(({ checkpointShape, modelShape }) =>
    [checkpointShape[0] ?? 0, modelShape[0] ?? 0].some((rows) => rows === 255 || isPublicCount(rows)),
  );
  const fits = mismatches.every(
    (mismatch) => (isWeakHeadName(mismatch.parameter) || (known && mayBeHead(mismatch.parameter))) && differsInOutputs(mismatch),
  );
  const numbers = new Set(mismatches.map(({ checkpointShape, modelShape }) => `${checkpointShape[0]}/${modelShape[0]}`));
  const hasBias = mismatches.some(({ parameter }) => parameter?.endsWith('.bias'));
  if (!fits || modules.size > 3 || numbers.size !== 1 || !hasBias) return undefined;
  return { positions: mismatches.map((_, position) => position), confidence: 'likely' };
}

/** Rows that are a data set's number of classes make a head of any layer whose name says nothing else (YOLOv3: module_list.81). */
function mayBeHead(parameter: string | undefined): boolean {
  return parameter !== undefined && roleOf(parameter) === 'other' && !isAnchorOrPolicy(parameter);
}

/** A message without a name: all that can be seen is that one side has the number of classes of a well-known data set. */
function namelessHead(mismatches: readonly Mismatch[]): Certainty | undefined {
  const [only] = mismatches;
  if (only === undefined || mismatches.length !== 1 || (only.parameter !== undefined && only.parameter !== 'weight')) return undefined;
  const { checkpointShape: checkpoint, modelShape: model } = only;
  if (checkpoint.length !== 2 || model.length !== 2 || !differsInOutputs({ ...only, parameter: 'kernel' })) return undefined;
  const axis = checkpoint[0] === model[0] ? 1 : 0;
  const known = [checkpoint[axis] ?? 0, model[axis] ?? 0].some((size) => knownClassCount(size) !== undefined && size !== 2);
  return known && Math.max(checkpoint[axis] ?? 0, model[axis] ?? 0) <= 22000 ? { positions: [0], confidence: 'possible' } : undefined;
}

export const classifierHead: Cause = {
  id: 'classifier-head',
  diagnose: ({ failure, clues }: Case) => {
    if (failure.mismatches.length === 0) return decline('classifier-head', 'no shape differs');
    const head = headOf(failure);
    if (head === undefined) return decline('classifier-head', 'no last layer differs in its number of outputs alone');
    if (countsTokens(failure, head.positions))
      return decline(
        'classifier-head',
        'an embedding has the same two lengths, so the last layer counts words and not classes (vocab-resized)',
      );
    const instead = isSomethingElse(failure, head);
    if (instead !== undefined) return decline('classifier-head', instead);
    const numbers = classNumbers(pick(failure, head.positions).filter(({ parameter = '' }) => !/cv3\.\d+\.[01]\./.test(parameter)));
    if (numbers === undefined) return decline('classifier-head', 'the sizes of the head do not say how many classes there are');
    const rest = otherPositions(failure, head.positions);
    if (rest.length === 0 && foreignPicture(failure) !== undefined) return decline('classifier-head', foreignPicture(failure) ?? '');
    const otherHeads = otherTask(failure);
    if (otherHeads !== undefined)
      return decline(
        'classifier-head',
        `whole other heads stand in the key lists (\`${otherHeads}\`), so the task differs and not only the classes`,
      );
    return tell(failure, head, numbers, confidenceOf(failure, head, rest), purposeOf(clues));
  },
};

/** Rows that look like classes and are not. */
function isSomethingElse(failure: LoadFailure, { positions }: Certainty): string | undefined {
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

/** CenterNet#558: a pose file in a detection model drops `hps.*` besides changing `hm`: another task, not other classes. */
function otherTask({ mismatches, unexpectedKeys, missingKeys }: LoadFailure): string | undefined {
  const depth = mismatches[0]?.parameter?.split('.').length;
  const named = new Set(mismatches.map(({ parameter = '' }) => parameter.split('.')[0]));
  const stranger = [...unexpectedKeys, ...missingKeys].find(
    (key) => /^(hps|hm_hp|hp_offset|dep|rot|dim|amodel_offset|id|mask_head|keypoint_head)\b/.test(key) && !named.has(key.split('.')[0]),
  );
  return depth === 3 ? stranger : undefined;
}

function confidenceOf({ severity, mismatches, missingKeys }: LoadFailure, head: Certainty, rest: readonly number[]): Confidence {
  const more = severity === 'warning' && missingKeys.some((key) => !isHeadName(key));
  if (head.confidence !== 'certain' || (rest.length === 0 && !more)) return head.confidence;
  const widths = rest.filter((position) => (mismatches[position]?.checkpointShape.length ?? 0) >= 1);
  // A warning that lists more than the head is about that more (detectron2#4159, LSKNet#115).
  if (severity === 'warning' || widths.length > head.positions.length) return 'likely';
  return 'certain';
}

function tell(
  failure: LoadFailure,
  head: Certainty,
  numbers: ClassNumbers,
  confidence: Confidence,
  purpose: 'training' | 'use' | 'unknown',
): Diagnosis {
  const heads = pick(failure, head.positions);
  const onlyHead =
    heads.length === failure.mismatches.length &&
    failure.unexpectedKeys.length === 0 &&
    failure.missingKeys.every((key) => isHeadName(key));
  const fromPublic = isPublicCount(numbers.checkpoint);
  const expected = failure.severity === 'warning' && onlyHead && purpose !== 'use' && (purpose === 'training' || fromPublic);
  return answer({
    cause: 'classifier-head',
    title: titleOf(numbers, heads, expected, purpose, nounOf(heads, failure.modelClass)),
    confidence,
    specificity: 70,
    ...(expected ? { harmless: true } : {}),
    explained: explains(head.positions, headKeys(failure.missingKeys, heads)),
    evidence: evidenceOf(heads, numbers, onlyHead),
    remedies: expected ? [keepGoing(numbers)] : remediesOf(failure, heads, numbers, purpose),
    doesNotHelp: expected ? [] : [STRICT_FALSE, ...(purpose === 'training' ? [] : [reinitialises('the head')])],
    afterwards: [...mayGoOn(failure), ...afterwardsOf(heads)],
    wouldDecide:
      head.confidence === 'possible'
        ? [
            {
              question: 'Is the differing parameter the last layer? Print its name.',
              command:
                "python -c \"import torch; sd = torch.load('CKPT', map_location='cpu'); print([(k, tuple(v.shape)) for k, v in sd.items()][-6:])\"",
            },
          ]
        : [],
  });
}

/** What one output stands for. */
function nounOf(heads: readonly Mismatch[], modelClass = ''): string {
  const named = (expression: RegExp): boolean => heads.some(({ parameter = '' }) => expression.test(parameter));
  if (named(/keypoint_head|keypoint_predictor/) || (/pose/i.test(modelClass) && named(/final_layer/))) return 'key points';
  return named(IDENTITIES) || /margin|arcface|cosface|partialfc/i.test(modelClass) ? 'persons or speakers' : 'classes';
}

const IDENTITIES = /speaker_loss|arcface|arc_margin|(^|\.)aam|am_softmax|metric_fc|margin/;

function titleOf(
  numbers: ClassNumbers,
  heads: readonly Mismatch[],
  expected: boolean,
  purpose: 'training' | 'use' | 'unknown',
  noun: string,
): string {
  const sides = `${describeClassCount(numbers.checkpoint)} in the checkpoint, ${describeClassCount(numbers.model)} in the model`;
  if (expected) return `Harmless while fine-tuning: only the head differs (${sides}); it starts anew and everything else is loaded.`;
  const difference = numbers.model - numbers.checkpoint;
  if (
    noun === 'classes' &&
    Math.abs(difference) === 1 &&
    heads.every(({ parameter }) => /fc|head|classifier|cls|predictor|class_embed/.test(parameter ?? ''))
  ) {
    return `The head has one class ${difference > 0 ? 'more in the model' : 'more in the checkpoint'} (${sides}): a class was added${mayCountBackground(heads) ? ', or the background class is counted on one side only' : ' or taken out'}.`;
  }
  if (purpose === 'use') return `The model was built for another number of ${noun} than it was trained with: ${sides}.`;
  return `The head was trained for another number of ${noun}: ${sides}.`;
}

/** Detectors and segmentation models count the background; classifiers of whole pictures or texts have none. */
function mayCountBackground(heads: readonly Mismatch[]): boolean {
  return heads.some(
    ({ parameter = '', modelShape }) => modelShape.length === 4 || /predictor|class_embed|cls_score|bbox|cls_preds|conf/.test(parameter),
  );
}

function evidenceOf(heads: readonly Mismatch[], numbers: ClassNumbers, onlyHead: boolean): readonly Evidence[] {
  return [
    ...heads.slice(0, 3).map((mismatch) => shows(mismatch)),
    ...(numbers.arithmetic === undefined ? [] : [{ statement: `The rows are ${numbers.arithmetic}.` }]),
    {
      statement: onlyHead
        ? 'Nothing but the head differs; its inputs agree on both sides.'
        : 'The inputs of the head agree on both sides, only its outputs differ.',
    },
    ...defaultNote(numbers),
  ];
}

function defaultNote({ model }: ClassNumbers): readonly Evidence[] {
  const known = knownClassCount(model);
  return known?.libraryDefault === undefined
    ? []
    : [{ statement: `${known.libraryDefault} is what the library builds when nobody says otherwise (${known.source}).` }];
}

function headKeys(missing: readonly string[], heads: readonly Mismatch[]): readonly string[] {
  const names = new Set(heads.map(({ parameter }) => parameter));
  return missing.filter((key) => names.has(key));
}

function keepGoing(numbers: ClassNumbers): Remedy {
  return {
    title: 'Nothing to do if you are fine-tuning',
    text: `The head with ${numbers.model} classes is trained from scratch, as it must be. Only if you meant to use the ${numbers.checkpoint} trained classes, build the model with ${numbers.checkpoint}.`,
  };
}

function remediesOf(
  failure: LoadFailure,
  heads: readonly Mismatch[],
  numbers: ClassNumbers,
  purpose: 'training' | 'use' | 'unknown',
): readonly Remedy[] {
  const keep = buildWith(failure, heads, numbers.checkpoint);
  const replace = dropHead(heads, numbers);
  return purpose === 'training' ? [replace, keep] : [keep, replace];
}

/** The option by the library that speaks, filled with the number of the checkpoint. */
function buildWith({ dialects, modelClass = '' }: LoadFailure, heads: readonly Mismatch[], count: number): Remedy {
  const title = 'To use the trained head: build the model with the number of classes of the checkpoint';
  const is = (expression: RegExp): boolean =>
    dialects.some((dialect) => expression.test(dialect)) || heads.some(({ parameter }) => expression.test(parameter ?? ''));
  if (is(/detectron|roi_heads\.box_predictor\.cls_score/)) {
    return {
      title,
      text: 'Give the configuration of the training; in detectron2 the number stands in the config.',
      snippet: { language: 'text', code: `MODEL.ROI_HEADS.NUM_CLASSES ${count}` },
    };
  }
  if (is(/^mm|bbox_head|decode_head|cls_branches|auxiliary_head/)) {
    return {
      title,
      text: 'Set it in every head of the config, auxiliary heads too, or pass the config of the training.',
      snippet: { language: 'text', code: `num_classes=${count}` },
    };
  }
  if (is(/model\.\d+\.m\./))
    return {
      title,
      text: "Use the data file of the training, whose class count is the checkpoint's.",
      snippet: { language: 'yaml', code: `nc: ${count}` },
    };
  if (
    /For\w*(Classification|Answering)$/.test(modelClass) ||
    is(/^transformers/) ||
    heads.some(({ parameter }) => /(^|\.)(classifier|score|qa_outputs)\.(modules_to_save|weight|bias)/.test(parameter ?? ''))
  ) {
    return {
      title,
      text: 'Pass the number of labels when the model is built, also before attaching or merging an adapter.',
      snippet: { language: 'python', code: `model = AutoModelForSequenceClassification.from_pretrained(path, num_labels=${count})` },
    };
  }
  return {
    title,
    text: 'Build the same model with the trained number of classes, then load.',
    snippet: { language: 'python', code: `model = build_model(num_classes=${count})` },
  };
}

function dropHead(heads: readonly Mismatch[], numbers: ClassNumbers): Remedy {
  const modules = [
    ...new Set(heads.flatMap(({ parameter }) => (parameter === undefined ? [] : [parameter.replace(/\.(weight|bias)$/, '')]))),
  ].slice(0, 6);
  const prefixes = modules.map((name) => `'${name}.'`).join(', ');
  return {
    title: `To train ${numbers.model} new classes: load everything except the head`,
    text: 'Drop the keys of the head, load the rest without strictness, and read what is then reported missing: it should be the head and nothing else.',
    snippet: {
      language: 'python',
      code: `state = {k: v for k, v in state.items() if not k.startswith((${prefixes || "'head.'"},))}\nprint(model.load_state_dict(state, strict=False))`,
    },
    cost: 'The head starts from random values and has to be trained.',
  };
}

function afterwardsOf(heads: readonly Mismatch[]): readonly string[] {
  const segments = heads.some(({ parameter }) => /conv_seg|decode_head|seg_head/.test(parameter ?? ''));
  const auxiliary = heads.some(({ parameter }) => /aux/i.test(parameter ?? ''));
  return [
    'On a resume, the optimizer and EMA state still have the old head: strip them, or load the weights only.',
    ...(segments && !auxiliary ? ['An auxiliary head has the same number of classes and is easily forgotten.'] : []),
  ];
}
