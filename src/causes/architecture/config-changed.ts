import type { Case, Cause, Confidence, Diagnosis, Evidence, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { differingAxes, formatShape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { kernelAxes } from '../pairs.js';
import { roleOf } from '../roles.js';
import { anchorCounts, areOnlyAnchors, isOfAnchorHead } from './anchor-counts.js';
import { answer, counted, explains, mayGoOn, nameOf, otherPositions, pick, reinitialises, shows } from './answer.js';
import { auxiliaryHead } from './auxiliary-head.js';
import { flattenedMaps } from './flattened-maps.js';
import { foreignPicture } from './foreign-pictures.js';
import { gatedFeedForward } from './gated-feed-forward.js';
import { groupedExperts } from './grouped-experts.js';
import { otherKindOfHead } from './head-kind.js';
import { isHeadName } from './head-names.js';
import { joinedInputs } from './joined-inputs.js';
import { moduleForm } from './module-forms.js';
import { mostFrequent } from './observed-sizes.js';
import { optionByKeys } from './option-by-keys.js';
import { type ModelOption, optionOf, optionOfPair, placeOf } from './options-table.js';
import { otherTask, tellTask } from './other-task.js';
import { prunedWidth } from './pruned-width.js';
import { readPairs } from './read-widths.js';
import { specialPositions } from './special-positions.js';
import { tellArgument } from './told-argument.js';
import { tellVirtualTokens, virtualTokens } from './virtual-tokens.js';
import { whichName } from './which-name.js';

/** The tell-tale, a faint one: sizes differ, and no special cause accounts for them. An option by name makes it clearer. */
export const configChanged: Cause = {
  id: 'config-changed',
  diagnose: ({ failure }: Case) => {
    const declined = (reason: string) => decline('config-changed', reason);
    if (failure.notices.some(({ topic }) => topic === 'argument-differs')) return tellArgument(failure);
    const tokens = virtualTokens(failure);
    if (tokens !== undefined) return tellVirtualTokens(failure, tokens);
    const task = otherTask(failure);
    if (task !== undefined) return tellTask(failure, task);
    if (failure.mismatches.length === 0)
      return (
        moduleForm(failure) ??
        gatedFeedForward(failure) ??
        groupedExperts(failure) ??
        byKeys(failure) ??
        optionByKeys(failure) ??
        auxiliaryHead(failure) ??
        declined('no shape differs')
      );
    const foreign = foreignPicture(failure) ?? otherKindOfHead(failure.mismatches);
    if (foreign !== undefined) return declined(foreign);
    const ordinary = otherPositions(failure, specialPositions(failure));
    if (ordinary.length === 0) return declined('a more special cause accounts for every line');
    return tellAnchors(failure, ordinary) ?? tell(failure, ordinary);
  },
};

/** Boxes and scores of a head that grow alike: another number of anchors with the same classes. */
function tellAnchors(failure: LoadFailure, positions: readonly number[]): Diagnosis | undefined {
  const list = pick(failure, positions);
  const counts = anchorCounts(list);
  if (counts === undefined || !areOnlyAnchors(counts) || !list.every(isOfAnchorHead)) return undefined;
  const { anchors, classes, boxes, scores } = counts;
  return answer({
    cause: 'config-changed',
    title: `Other anchors than in the training: ${anchors.checkpoint} anchors at each place in the checkpoint, ${anchors.model} in the model, and ${counted(classes.model, 'score')} for each on both sides.`,
    confidence: 'likely',
    specificity: 45,
    explained: explains(positions),
    evidence: [shows(boxes, '4 rows for each anchor'), shows(scores, 'the same factor, so the classes agree')],
    remedies: remediesOf(ANCHORS, boxes),
    doesNotHelp: [STRICT_FALSE],
    afterwards: mayGoOn(failure),
  });
}

const ANCHORS: ModelOption = {
  parameter: /$^/,
  meaning: 'anchors at each place',
  option: 'the anchor scales and ratios',
  source: 'open-mmlab/mmdetection, dense_heads/anchor_head.py: 4 · num_anchors rows of boxes',
};

function tell(failure: LoadFailure, positions: readonly number[]): Diagnosis {
  const list = pick(failure, positions);
  const optionOfLine = (mismatch: Mismatch): ModelOption | undefined => optionOfPair(mismatch, failure.modelClass);
  const options = list.flatMap((mismatch) => optionOfLine(mismatch) ?? []);
  // A norm that no option accounts for says that the whole body has another width.
  const body = list.some((mismatch) => roleOf(mismatch.parameter) === 'norm' && optionOfLine(mismatch) === undefined);
  // A head beside its anchors has no option of its own, it follows them.
  const followers = list.filter((mismatch) => isHeadName(mismatch.parameter) && optionOfLine(mismatch) === undefined);
  const frequent = options.length * 2 >= list.length - followers.length && !body ? mostFrequent(options) : undefined;
  const levels = frequent === undefined ? undefined : levelsTable(list);
  const option = levels === undefined ? frequent : optionOfLine(levels);
  const witness = levels ?? (option === undefined ? list[0] : list.find((mismatch) => optionOfLine(mismatch) === option));
  const isFlattened = list.length === 1 && list.some((mismatch) => flattenedMaps(mismatch) !== undefined);
  const confidence: Confidence = option !== undefined || isFlattened ? 'likely' : 'possible';
  return answer({
    cause: 'config-changed',
    title: titleOf(list, option, witness),
    confidence,
    specificity: option === undefined ? 10 : 45,
    explained: explains(positions),
    evidence: evidenceOf(failure, list, option),
    remedies: [...(isFlattened ? [INPUT_SIZE] : []), ...remediesOf(option, witness)],
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the layers that differ')],
    afterwards: mayGoOn(failure),
    wouldDecide:
      option === undefined
        ? [
            ...(isUnnamed(list) && witness !== undefined ? [whichName(witness)] : []),
            {
              question: 'Which options did the training have? Compare its config, or its command line, with that of this run.',
              command: 'diff TRAINING_CONFIG THIS_CONFIG',
            },
          ]
        : [],
  });
}

/** Deformable attention multiplies heads, levels and points; a table with one row per level says which of them changed. */
function levelsTable(list: readonly Mismatch[]): Mismatch | undefined {
  const table = list.find(({ parameter = '' }) => /(^|\.)level_embed$/.test(parameter));
  const rows = ({ checkpointShape, modelShape }: Mismatch): readonly [number, number] => [checkpointShape[0] ?? 0, modelShape[0] ?? 0];
  if (table === undefined) return undefined;
  const [checkpoint, model] = rows(table);
  const follows = (mismatch: Mismatch): boolean => {
    const [ofFile, ofModel] = rows(mismatch);
    return ofFile * model === ofModel * checkpoint;
  };
  return checkpoint !== model && list.every(follows) ? table : undefined;
}

const INPUT_SIZE: Remedy = {
  title: 'Bring the input to the size of the training',
  text: 'The number of inputs behind convolutions follows from height and width of the picture (or the frames of a clip): resize or crop as the training did, or build the model with its image size. An adaptive pooling in front of the layer removes the dependence, but has to be in both models.',
};

function titleOf(list: readonly Mismatch[], option: ModelOption | undefined, witness: Mismatch | undefined): string {
  const sizes = witness === undefined ? undefined : changed(witness);
  if (option !== undefined && witness !== undefined) {
    const values = valuesOf(option, witness) ?? sizes;
    const numbers = values === undefined ? 'other sizes' : `${values.checkpoint} in the checkpoint, ${values.model} in the model`;
    return `Another value of ${option.option} than in the training: ${numbers} (${nameOf(witness)}, ${option.meaning}).`;
  }
  const maps = witness === undefined || list.length > 1 ? undefined : flattenedMaps(witness);
  if (maps !== undefined && witness !== undefined && sizes !== undefined)
    return `The input had another size in the training: ${nameOf(witness)} reads flattened maps, ${sizes.checkpoint} inputs in the checkpoint and ${sizes.model} in the model, which stand as ${maps.checkpoint}² to ${maps.model}².`;
  if (kernelsOnly(list)) return 'The model was built with another kernel size than the checkpoint: widths agree, kernels do not.';
  const pruned = prunedWidth(list);
  if (pruned !== undefined)
    return `One side is a pruned network: a width such as ${pruned} is no option of the architecture, so the same channels have to be cut before loading.`;
  const ratio = sameRatio(list);
  if (ratio !== undefined && list.length > 1)
    return `The model was built with another width option: all ${list.length} differing parameters stand as ${ratio} to each other.`;
  if (isUnnamed(list) && witness !== undefined)
    return `${formatShape(witness.checkpointShape)} in the checkpoint meets ${formatShape(witness.modelShape)} in the model, and the message does not name the parameter: without its name it cannot be told which option changed.`;
  if (list.length === 1 && witness !== undefined && sizes !== undefined) {
    return `The model was built with another option than the checkpoint: ${nameOf(witness)} has ${sizes.checkpoint} on axis ${sizes.axis} in the file and ${sizes.model} in the model.`;
  }
  return `The model was built with other options than the checkpoint: ${counted(list.length, 'parameter')} differ${list.length === 1 ? 's' : ''} in size.`;
}

const isUnnamed = (list: readonly Mismatch[]): boolean => list.length === 1 && list[0]?.parameter === undefined;

/** The option's values on both sides, where the sizes tell them. */
function valuesOf({ axis, value }: ModelOption, mismatch: Mismatch): { readonly checkpoint: number; readonly model: number } | undefined {
  if (axis === undefined || value === undefined) return undefined;
  const place = placeOf(axis, mismatch);
  const [checkpoint, model] = [value(mismatch.checkpointShape[place] ?? 0), value(mismatch.modelShape[place] ?? 0)];
  return checkpoint === undefined || model === undefined || checkpoint === model ? undefined : { checkpoint, model };
}

function changed({
  checkpointShape,
  modelShape,
}: Mismatch): { readonly axis: number; readonly checkpoint: number; readonly model: number } | undefined {
  const [axis] = differingAxes(checkpointShape, modelShape) ?? [];
  return axis === undefined ? undefined : { axis, checkpoint: checkpointShape[axis] ?? 0, model: modelShape[axis] ?? 0 };
}

/** `4 to 3` where every differing size has that one ratio. */
function sameRatio(list: readonly Mismatch[]): string | undefined {
  const pairs = list.flatMap(({ checkpointShape, modelShape }) =>
    (differingAxes(checkpointShape, modelShape) ?? [-1]).map((axis) => [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0] as const),
  );
  const [first] = pairs;
  if (first === undefined || first[1] === 0 || !pairs.every(([a, b]) => a * first[1] === b * first[0])) return undefined;
  // A width is read by a norm or a next layer.
  if (readPairs(list).size === 0) return undefined;
  const divisor = commonDivisor(first[0], first[1]);
  return `${first[0] / divisor} to ${first[1] / divisor}`;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : commonDivisor(b, a % b);
}

function kernelsOnly(list: readonly Mismatch[]): boolean {
  return list.every(
    (mismatch) =>
      mismatch.parameter !== undefined &&
      mismatch.checkpointShape.length >= 3 &&
      mismatch.checkpointShape[0] !== 1 &&
      (differingAxes(mismatch.checkpointShape, mismatch.modelShape) ?? [-1]).every((axis) => kernelAxes(mismatch)?.includes(axis) === true),
  );
}

function evidenceOf(failure: LoadFailure, list: readonly Mismatch[], option: ModelOption | undefined): readonly Evidence[] {
  const axes = new Set(list.flatMap(({ checkpointShape, modelShape }) => differingAxes(checkpointShape, modelShape) ?? []));
  return [
    ...list.slice(0, 3).map((mismatch) => shows(mismatch)),
    ...(option === undefined ? [] : [{ statement: `This size is set by ${option.option} (${option.source}).` }]),
    ...(list.length > 1 && axes.size === 1
      ? [{ statement: `${list.length === 2 ? 'Both' : `All ${list.length}`} differ on axis ${[...axes][0]} and nowhere else.` }]
      : []),
    ...joinedInputs(list),
    ...(list.length < failure.mismatches.length
      ? [{ statement: `The other ${failure.mismatches.length - list.length} lines have a cause of their own.` }]
      : []),
  ];
}

function remediesOf(option: ModelOption | undefined, witness: Mismatch | undefined): readonly Remedy[] {
  const value =
    option?.axis === undefined || witness === undefined
      ? undefined
      : option.value?.(witness.checkpointShape[placeOf(option.axis, witness)] ?? 0);
  const [title, text] =
    option === undefined
      ? [
          'Build the model with the configuration that the checkpoint was trained with',
          'Take the config file, the arguments or the hyperparameters that were saved beside the checkpoint; many checkpoints carry them inside (`args`, `cfg`, `hyper_parameters`).',
        ]
      : [
          `Set ${option.option} as in the training${value === undefined ? '' : `: ${value}`}`,
          `The checkpoint's shape is ${witness === undefined ? 'in the list' : formatShape(witness.checkpointShape)}; the model has to be built so that it has the same.`,
        ];
  return [
    {
      title,
      text,
      ...(witness?.dialect === 'tensorflow' ? {} : { snippet: SAVED_OPTIONS }),
    },
    {
      title: 'If the new value is wanted: train anew, or load without the differing parameters',
      text: 'What is left out starts from random values; that is only worth it where few parameters differ and training goes on.',
    },
  ];
}

const SAVED_OPTIONS = {
  language: 'python',
  code: "ckpt = torch.load(path, map_location='cpu')\nprint({k: v for k, v in ckpt.items() if k in ('args', 'cfg', 'config', 'hparams', 'hyper_parameters', 'opt')})",
} as const;

/** Keys that follow from an option (a second upsampling for scale 4). */
function byKeys(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys } = failure;
  const keys = [...missingKeys, ...unexpectedKeys];
  const [first] = keys;
  const option = optionOf(first);
  if (first === undefined || option === undefined || keys.length > 12 || !keys.every((key) => optionOf(key) === option)) return undefined;
  const side = unexpectedKeys.length > 0 ? 'checkpoint' : 'model';
  return answer({
    cause: 'config-changed',
    title: `Another value of ${option.option} than in the training: only the ${side} has \`${first}\`.`,
    confidence: 'possible',
    specificity: 20,
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [
      { statement: `\`${first}\` stands for ${option.meaning}; it is set by ${option.option} (${option.source}).`, at: failure.at },
    ],
    remedies: remediesOf(option, undefined),
    doesNotHelp: [
      { advice: 'strict=False', reason: 'it drops or leaves out the layers without a word; results are those of an incomplete network.' },
    ],
  });
}
