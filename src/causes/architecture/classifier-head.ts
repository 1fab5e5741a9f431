import type { Case, Cause, Confidence, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { countsTokens } from '../vocabulary-and-adapters/vocabulary-rows.js';
import { anchorCounts } from './anchor-counts.js';
import { answer, explains, mayGoOn, otherPositions, pick, purposeOf, reinitialises, shows } from './answer.js';
import { isPublicCount, knownClassCount } from './class-counts-table.js';
import { type ClassNumbers, classNumbers, describeClassCount, headAxis, isCocoSlots } from './detector-heads.js';
import { foreignPicture } from './foreign-pictures.js';
import { classBranch, differsInOutputs, headPositions, isHeadName, isIdentityTable, isLetterHead, isWeakHeadName } from './head-names.js';
import { keepGoing, remediesOf } from './head-remedies.js';
import { isLastLayer, mayBeHead } from './last-layer.js';
import { looksLikeWidths, noClasses } from './no-classes.js';

interface Certainty {
  readonly positions: readonly number[];
  readonly confidence: Confidence;
  readonly letters?: boolean;
  /** Known as a last layer by what does not differ, whatever it is called. */
  readonly byStructure?: true;
}

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
  return soleOutputLayer(failure) ?? lastLayer(failure) ?? namelessHead(mismatches, failure.modelClass);
}

/** One or two modules, outputs only, weight and bias alike: no other layer notices, so nothing follows it. */
function soleOutputLayer(failure: LoadFailure): Certainty | undefined {
  const { mismatches } = failure;
  const modules = new Set(mismatches.map(({ parameter = '' }) => parameter.replace(/[./](weights?|bias(es)?|kernel)(:0)?$/, '')));
  const pairs = mismatches.map((mismatch) => rowsOf(mismatch));
  const isYolo = pairs.some((rows) => rows.some((count) => count === 255 || count === 1470));
  const known = isYolo || pairs.some((rows) => rows.some(isPublicCount));
  const fits = mismatches.every(
    (mismatch) => (isWeakHeadName(mismatch.parameter) || (known && mayBeHead(mismatch.parameter))) && differsInOutputs(mismatch),
  );
  const numbers = new Set(pairs.map((rows) => rows.join('/')));
  const hasBias = mismatches.some(({ parameter = '' }) => /[./]bias(es)?(:0)?$/.test(parameter));
  // Where the loader stops at its first difference, nobody knows what follows: 400 or 600 may be a width.
  const isShown = isFirstOnly(failure) ? isYolo || mismatches.some(({ parameter = '' }) => LAST_WORDS.test(parameter)) : hasBias;
  if (!fits || modules.size > 3 || numbers.size !== 1 || !isShown) return undefined;
  return { positions: mismatches.map((_, position) => position), confidence: 'likely' };
}

const LAST_WORDS = /out(put)?s?(_\d+)?[./]|pred|logit|score|cls|class|final|last/i;

function rowsOf(mismatch: Mismatch): readonly [number, number] {
  const axis = headAxis(mismatch);
  return [mismatch.checkpointShape[axis] ?? 0, mismatch.modelShape[axis] ?? 0];
}

function isFirstOnly({ incompleteReasons, mismatches }: LoadFailure): boolean {
  return mismatches.length === 1 && incompleteReasons.includes('first-only');
}

function lastLayer(failure: LoadFailure): Certainty | undefined {
  return isLastLayer(failure) ? { positions: [0, 1], confidence: 'likely', byStructure: true } : undefined;
}

/** A message without a name: all that can be seen is that one side has the number of classes of a well-known data set. */
function namelessHead(mismatches: readonly Mismatch[], modelClass: string | undefined): Certainty | undefined {
  const [only] = mismatches;
  if (modelClass === 'Embedding') return undefined;
  if (only === undefined || mismatches.length !== 1 || (only.parameter !== undefined && only.parameter !== 'weight')) return undefined;
  const { checkpointShape: checkpoint, modelShape: model } = only;
  if (checkpoint.length === 4 && differsInOutputs({ ...only, parameter: 'kernel' }) && isCocoSlots(...rowsOf(only)))
    return { positions: [0], confidence: 'possible' };
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
    const instead = noClasses(failure, head.positions);
    if (instead !== undefined) return decline('classifier-head', instead);
    const numbers =
      classesOfAnchors(failure.mismatches) ??
      classNumbers(pick(failure, head.positions).filter(({ parameter = '' }) => !/cv3\.\d+\.[01]\./.test(parameter)));
    if (numbers === undefined) return decline('classifier-head', 'the sizes of the head do not say how many classes there are');
    const rest = otherPositions(failure, head.positions);
    if (rest.length === 0 && foreignPicture(failure) !== undefined) return decline('classifier-head', foreignPicture(failure) ?? '');
    const otherHeads = otherTask(failure);
    if (otherHeads !== undefined)
      return decline(
        'classifier-head',
        `whole other heads stand in the key lists (\`${otherHeads}\`), so the task differs and not only the classes`,
      );
    return tell(
      failure,
      head,
      numbers,
      looksLikeWidths(numbers) && head.confidence === 'certain' ? 'likely' : confidenceOf(failure, head, rest),
      purposeOf(clues),
    );
  },
};

/** Boxes that are listed tell the anchors, and those the classes. */
function classesOfAnchors(mismatches: readonly Mismatch[]): ClassNumbers | undefined {
  const counts = anchorCounts(mismatches);
  if (counts === undefined) return undefined;
  const { anchors, classes } = counts;
  return {
    ...classes,
    arithmetic: `anchors × C: ${anchors.checkpoint} × ${classes.checkpoint} in the checkpoint, ${anchors.model} × ${classes.model} in the model`,
    also: `The anchors differ too: ${anchors.checkpoint} at each place in the checkpoint, ${anchors.model} in the model.`,
  };
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
  const fromPublic = numbers.areRows !== true && isPublicCount(numbers.checkpoint);
  const expected = failure.severity === 'warning' && onlyHead && purpose !== 'use' && (purpose === 'training' || fromPublic);
  return answer({
    cause: 'classifier-head',
    title: [
      titleOf(numbers, heads, expected, purpose, nounOf(heads, head, numbers, failure.modelClass)),
      ...(numbers.also === undefined ? [] : [numbers.also]),
    ].join(' '),
    confidence,
    specificity: 70,
    ...(expected ? { harmless: true } : {}),
    explained: explains(head.positions, headKeys(failure.missingKeys, heads)),
    evidence: [...evidenceOf(heads, numbers, onlyHead, failure.modelClass), ...(head.byStructure === true ? [NOTHING_FOLLOWS] : [])],
    remedies: expected ? [keepGoing(numbers)] : remediesOf(failure, heads, numbers, purpose),
    doesNotHelp: expected ? [] : [STRICT_FALSE, ...(purpose === 'training' ? [] : reinitialises(failure, 'the head'))],
    afterwards: [...mayGoOn(failure), ...otherFile(failure, heads), ...afterwardsOf(heads)],
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
function nounOf(heads: readonly Mismatch[], { byStructure }: Certainty, { keyPoints }: ClassNumbers, modelClass = ''): string {
  if (byStructure === true) return 'outputs';
  const named = (expression: RegExp): boolean => heads.some(({ parameter = '' }) => expression.test(parameter));
  if (keyPoints === true || named(/keypoint_head|keypoint_predictor/) || (/pose/i.test(modelClass) && named(/final_layer/)))
    return 'key points';
  if (/ForCTC$/.test(modelClass) || heads.some(({ dialect }) => dialect === 'paddleocr')) return 'symbols';
  return named(IDENTITIES) || /margin|am_?softmax|arcface|cosface|partialfc/i.test(modelClass) ? 'persons or speakers' : 'classes';
}

const IDENTITIES = /speaker_loss|arcface|arc_margin|(^|\.)aam|am_softmax|metric_fc|margin/;

function titleOf(
  numbers: ClassNumbers,
  heads: readonly Mismatch[],
  expected: boolean,
  purpose: 'training' | 'use' | 'unknown',
  noun: string,
): string {
  if (numbers.areRows)
    return `The head was trained for another number of ${noun}: ${numbers.checkpoint} rows in the checkpoint, ${numbers.model} in the model, several for each of the ${noun}.`;
  // Data sets have classes; joints, symbols and what one layer puts out are counted by no table.
  const said = (count: number): string => (noun === 'classes' ? describeClassCount(count) : `${count}`);
  const sides = `${said(numbers.checkpoint)} in the checkpoint, ${said(numbers.model)} in the model`;
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

function evidenceOf(
  heads: readonly Mismatch[],
  numbers: ClassNumbers,
  onlyHead: boolean,
  modelClass: string | undefined,
): readonly Evidence[] {
  return [
    ...heads.slice(0, 3).map((mismatch) => shows(mismatch)),
    ...(numbers.arithmetic === undefined ? [] : [{ statement: `The rows are ${numbers.arithmetic}.` }]),
    {
      statement: onlyHead
        ? 'Nothing but the head differs; its inputs agree on both sides.'
        : 'The inputs of the head agree on both sides, only its outputs differ.',
    },
    ...defaultNote(numbers, modelClass),
  ];
}

const NOTHING_FOLLOWS: Evidence = {
  statement: 'The list is whole, and no norm and no next layer has these two sizes: nothing reads this width, so it is a last layer.',
};

function defaultNote({ model, areRows }: ClassNumbers, modelClass = ''): readonly Evidence[] {
  if (areRows) return [];
  // Two labels are the default of transformers alone.
  const known = model === 2 && !/For[A-Z]\w+$/.test(modelClass) ? undefined : knownClassCount(model);
  return known?.libraryDefault === undefined
    ? []
    : [{ statement: `${known.libraryDefault} is what the library builds when nobody says otherwise (${known.source}).` }];
}

function headKeys(missing: readonly string[], heads: readonly Mismatch[]): readonly string[] {
  const names = new Set(heads.map(({ parameter }) => parameter));
  return missing.filter((key) => names.has(key));
}

/** One difference is an option, two that have nothing to do with each other mostly another file (ComfyUI-ReActor#20). */
function otherFile({ mismatches }: LoadFailure, heads: readonly Mismatch[]): readonly string[] {
  return mismatches.length === heads.length
    ? []
    : [
        'More than the head differs. Two independent differences are more often another file than two wrong options: check that this is the checkpoint you meant.',
      ];
}

function afterwardsOf(heads: readonly Mismatch[]): readonly string[] {
  const segments = heads.some(({ parameter }) => /conv_seg|decode_head|seg_head/.test(parameter ?? ''));
  const auxiliary = heads.some(({ parameter }) => /aux/i.test(parameter ?? ''));
  return [
    'On a resume, the optimizer and EMA state still have the old head: strip them, or load the weights only.',
    ...(segments && !auxiliary ? ['An auxiliary head has the same number of classes and is easily forgotten.'] : []),
  ];
}
