import type { Case, Cause, Confidence, Diagnosis, Evidence, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { differingAxes, formatShape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { roleOf } from '../roles.js';
import { answer, counted, explains, mayGoOn, nameOf, otherPositions, pick, reinitialises, shows } from './answer.js';
import { flattenedMaps } from './flattened-maps.js';
import { foreignPicture } from './foreign-pictures.js';
import { isHeadName } from './head-names.js';
import { moduleForm } from './module-forms.js';
import { mostFrequent } from './observed-sizes.js';
import { type ModelOption, optionOf } from './options-table.js';
import { otherTask, tellTask } from './other-task.js';
import { specialPositions } from './special-positions.js';

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
    if (failure.mismatches.length === 0) return moduleForm(failure) ?? byKeys(failure) ?? declined('no shape differs');
    const foreign = foreignPicture(failure);
    if (foreign !== undefined) return declined(foreign);
    const ordinary = otherPositions(failure, specialPositions(failure));
    if (ordinary.length === 0) return declined('a more special cause accounts for every line');
    return tell(failure, ordinary);
  },
};

/** peft/tuners/tuners_utils.py and peft/utils/save_and_load.py: `self.embedding.load_state_dict({"weight": state_dict["prompt_embeddings"]})`. */
function virtualTokens({ mismatches, traceback }: LoadFailure): Mismatch | undefined {
  const [only, second] = mismatches;
  const isPrompt = traceback.some(({ file, code }) => /[\\/]peft[\\/]/.test(file) && code?.includes('prompt_embeddings') === true);
  const named = only?.parameter?.includes('prompt_embeddings') === true || (isPrompt && only?.parameter === 'weight');
  return second === undefined && named && only?.checkpointShape[1] === only?.modelShape[1] ? only : undefined;
}

function tellVirtualTokens(failure: LoadFailure, mismatch: Mismatch): Diagnosis {
  const [inFile, inModel] = [mismatch.checkpointShape[0] ?? 0, mismatch.modelShape[0] ?? 0];
  return answer({
    cause: 'config-changed',
    title: `Another value of num_virtual_tokens than in the training: the prompt has ${inFile} virtual tokens in the file, ${inModel} in the model.`,
    confidence: 'likely',
    specificity: 60,
    explained: explains([0]),
    evidence: [shows(mismatch), { statement: "The weights are PEFT's learned prompt: one row for each virtual token." }],
    remedies: [
      {
        title: `Set num_virtual_tokens=${inFile}, as in the training`,
        text: 'PEFT reads it from the adapter_config.json beside the file: let it, or compare the two. A prompt of another length has to be trained anew.',
        snippet: { language: 'bash', code: 'grep num_virtual_tokens ADAPTER_FOLDER/adapter_config.json' },
      },
    ],
    doesNotHelp: [STRICT_FALSE],
    afterwards: mayGoOn(failure),
  });
}

function tell(failure: LoadFailure, positions: readonly number[]): Diagnosis {
  const list = pick(failure, positions);
  const options = list.flatMap(({ parameter }) => optionOf(parameter, failure.modelClass) ?? []);
  // A norm that no option accounts for says that the whole body has another width.
  const body = list.some(({ parameter }) => roleOf(parameter) === 'norm' && optionOf(parameter, failure.modelClass) === undefined);
  // A head beside its anchors has no option of its own, it follows them.
  const followers = list.filter(({ parameter }) => isHeadName(parameter) && optionOf(parameter, failure.modelClass) === undefined);
  const option = options.length * 2 >= list.length - followers.length && !body ? mostFrequent(options) : undefined;
  const witness = option === undefined ? list[0] : list.find(({ parameter }) => optionOf(parameter, failure.modelClass) === option);
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
            {
              question: 'Which options did the training have? Compare its config, or its command line, with that of this run.',
              command: 'diff TRAINING_CONFIG THIS_CONFIG',
            },
          ]
        : [],
  });
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
  if (list.length === 1 && witness !== undefined && sizes !== undefined) {
    return `The model was built with another option than the checkpoint: ${nameOf(witness)} has ${sizes.checkpoint} on axis ${sizes.axis} in the file and ${sizes.model} in the model.`;
  }
  return `The model was built with other options than the checkpoint: ${counted(list.length, 'parameter')} differ${list.length === 1 ? 's' : ''} in size.`;
}

/** The option's values on both sides, where the sizes tell them. */
function valuesOf(
  { axis, value }: ModelOption,
  { checkpointShape, modelShape }: Mismatch,
): { readonly checkpoint: number; readonly model: number } | undefined {
  if (axis === undefined || value === undefined) return undefined;
  const [checkpoint, model] = [value(checkpointShape[axis] ?? 0), value(modelShape[axis] ?? 0)];
  return checkpoint === undefined || model === undefined || checkpoint === model ? undefined : { checkpoint, model };
}

function changed({
  checkpointShape,
  modelShape,
}: Mismatch): { readonly axis: number; readonly checkpoint: number; readonly model: number } | undefined {
  const [axis] = differingAxes(checkpointShape, modelShape) ?? [];
  return axis === undefined ? undefined : { axis, checkpoint: checkpointShape[axis] ?? 0, model: modelShape[axis] ?? 0 };
}

/** An odd width, or none that is a multiple of 8, on norms and convolutions alike (distiller#26, yolov5_prune#5). */
function prunedWidth(list: readonly Mismatch[]): number | undefined {
  const channels = list
    .filter(({ checkpointShape, parameter }) => checkpointShape.length === 4 || /(^|\.)(bn\d?|norm\d?)\./.test(parameter ?? ''))
    .flatMap((mismatch) => changed(mismatch) ?? []);
  // Where no layer's inputs change along, the odd number is that of outputs (18 or 19 maps of a pose) and nothing was cut.
  if (!list.some((mismatch) => mismatch.checkpointShape.length === 4 && mismatch.checkpointShape[1] !== mismatch.modelShape[1]))
    return undefined;
  const sizes = channels.flatMap(({ checkpoint, model }) => [checkpoint, model]).filter((size) => size > 8);
  const irregular = sizes.every((size) => size % 8 !== 0) ? sizes[0] : sizes.find((size) => size % 2 === 1);
  return list.length >= 3 ? irregular : undefined;
}

/** `4 to 3` where every differing size has that one ratio. */
function sameRatio(list: readonly Mismatch[]): string | undefined {
  const pairs = list.flatMap(({ checkpointShape, modelShape }) =>
    (differingAxes(checkpointShape, modelShape) ?? [-1]).map((axis) => [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0] as const),
  );
  const [first] = pairs;
  if (first === undefined || first[1] === 0 || !pairs.every(([a, b]) => a * first[1] === b * first[0])) return undefined;
  const divisor = commonDivisor(first[0], first[1]);
  return `${first[0] / divisor} to ${first[1] / divisor}`;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : commonDivisor(b, a % b);
}

function kernelsOnly(list: readonly Mismatch[]): boolean {
  return list.every(
    ({ checkpointShape, modelShape }) =>
      checkpointShape.length >= 3 &&
      checkpointShape[0] !== 1 &&
      (differingAxes(checkpointShape, modelShape) ?? [0]).every((axis) => axis >= 2),
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
    ...(list.length < failure.mismatches.length
      ? [{ statement: `The other ${failure.mismatches.length - list.length} lines have a cause of their own.` }]
      : []),
  ];
}

function remediesOf(option: ModelOption | undefined, witness: Mismatch | undefined): readonly Remedy[] {
  const value = option?.axis === undefined || witness === undefined ? undefined : option.value?.(witness.checkpointShape[option.axis] ?? 0);
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
      snippet: {
        language: 'python',
        code: "ckpt = torch.load(path, map_location='cpu')\nprint({k: v for k, v in ckpt.items() if k in ('args', 'cfg', 'config', 'hparams', 'hyper_parameters', 'opt')})",
      },
    },
    {
      title: 'If the new value is wanted: train anew, or load without the differing parameters',
      text: 'What is left out starts from random values; that is only worth it where few parameters differ and training goes on.',
    },
  ];
}

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

/** Megatron and its like compare saved arguments with those of the run before they load. */
function tellArgument(failure: LoadFailure): Diagnosis {
  const notice = failure.notices.find(({ topic }) => topic === 'argument-differs');
  const said = Object.entries(notice?.values ?? {})
    .map(([name, value]) => (name === 'argument' ? `${value}` : `${name} ${value}`))
    .join(', ');
  return answer({
    cause: 'config-changed',
    title: `A hyperparameter saved in the checkpoint differs from the run's${said === '' ? '' : `: ${said}`}.`,
    confidence: 'likely',
    specificity: 50,
    explained: explains(failure.mismatches.map((_, position) => position)),
    evidence:
      notice === undefined
        ? []
        : [{ statement: 'The library compares what was saved with the run and says which of them differs.', at: notice.at }],
    remedies: [
      {
        title: 'Start the run with the saved value',
        text: 'The checkpoint can only be continued with the architecture that it was saved with.',
      },
    ],
  });
}
