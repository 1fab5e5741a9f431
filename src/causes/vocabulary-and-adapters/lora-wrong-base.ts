import type { Case, Cause, Decline, Diagnosis, Evidence, Question, Remedy } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { wholeRatio } from '../pairs.js';
import { isAdapterKey } from './adapter-keys.js';
import {
  type AdapterTensor,
  adapterTensors,
  hasOtherRank,
  hasOtherWidth,
  hasPlaceholder,
  isMergedLinear,
  sitsOnVocabularyOrLabels,
} from './adapter-tensors.js';
import { baseRemedies } from './base-remedies.js';
import { areExchanged, areTransposed } from './exchanged-adapters.js';
import { otherImageBase } from './image-adapters.js';
import { modelsWith } from './language-model-table.js';
import { otherWholeTensors } from './whole-tensors.js';
import { alternatives, counted, distinct, listed, moreMaySurface, shownFirst } from './wording.js';

const ID = 'lora-wrong-base';

/** The side that belongs to the base model differs: columns of lora_A or rows of lora_B. */
const hasForeignWidth = (tensor: AdapterTensor): boolean => hasOtherWidth(tensor) && !sitsOnVocabularyOrLabels(tensor);

export const loraWrongBase: Cause = { id: ID, diagnose };

function diagnose(subject: Case): Diagnosis | Decline {
  const { failure } = subject;
  const tensors = adapterTensors(failure);
  const foreign = tensors.filter(hasForeignWidth);
  if (foreign.length === 0)
    return otherImageBase(failure) ?? otherWholeTensors(failure) ?? decline(ID, 'no adapter tensor differs in a width of the base model');
  if (tensors.some(isMergedLinear))
    return decline(ID, 'a three-dimensional lora_B is an adapter of an early PEFT release (library-version-drift)');
  if (hasPlaceholder(failure))
    return decline(ID, 'parameters of shape [0] stand in the same list (zero3-placeholder-checkpoint, zero3-partitioned-model)');
  if (areTransposed(failure, foreign)) return decline(ID, 'every pair has the same two sizes in the other order (transposed-layout)');
  if (areExchanged(failure, foreign))
    return decline(
      ID,
      'each shape of the file is that of a sibling in the model: two adapters of one module changed places, at the same widths (lora-target-modules)',
    );
  if (isSliced(tensors))
    return decline(
      ID,
      'lora_B keeps its rank and lora_A changes its rows: slices or shards of one rank (lora-target-modules, fsdp-sharded)',
    );
  return otherBase(failure, tensors, foreign);
}

/** lora_A changes only its rows, and lora_B of the same list only its width: nothing here is a width of another base. */
function isSliced(tensors: readonly AdapterTensor[]): boolean {
  const [a, b] = [tensors.filter(({ half }) => half === 'a'), tensors.filter(({ half }) => half === 'b')];
  return (
    a.length > 0 &&
    b.length > 0 &&
    a.every((tensor) => hasOtherRank(tensor) && !hasOtherWidth(tensor)) &&
    b.every((tensor) => !hasOtherRank(tensor))
  );
}

/** Under tensor parallelism the halves that face the residual stream keep their width. */
function isTensorParallel(foreign: readonly AdapterTensor[]): boolean {
  const factors = distinct(foreign.map(({ width }) => wholeRatio(width.checkpoint, width.model)));
  if (factors.length !== 1 || factors[0] === undefined) return false;
  const isRowParallel = ({ role }: AdapterTensor): boolean => role === 'attention-output' || role === 'mlp-out';
  return foreign.length > 1 && foreign.some(isRowParallel) && foreign.every((tensor) => (tensor.half === 'a') === isRowParallel(tensor));
}

function otherBase(failure: LoadFailure, tensors: readonly AdapterTensor[], foreign: readonly AdapterTensor[]): Diagnosis {
  const [file, model] = [baseOf(foreign, 'checkpoint'), baseOf(foreign, 'model')];
  const positions = explainedPositions(failure, tensors);
  const foreignPositions = foreign.map(({ position }) => position);
  const swap = swappedTextEncoder(foreign);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title:
      swap ??
      shardTitle(foreign) ??
      `The adapter was trained on another base model: ${file.words} in the file, ${model.words} in the model that it is attached to.`,
    confidence: confidenceOf(foreign, swap !== undefined),
    specificity: 82,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `${counted(foreign.length, 'adapter tensor differs', 'adapter tensors differ')} on the side that the base model sizes (columns of lora_A, rows of lora_B)${foreign.some(hasOtherRank) ? '' : '; the rank agrees'}`,
      },
      ...shownFirst(failure.mismatches, foreignPositions),
      ...file.evidence,
      ...model.evidence,
    ],
    remedies: [...(swap === undefined ? [] : [OTHER_TEXT_ENCODER]), ...baseRemedies(file.models)],
    doesNotHelp: [STRICT_FALSE, { advice: 'Changing `r`', reason: 'the rank is not what differs; the width comes from the base model.' }],
    afterwards: moreMaySurface(failure),
    wouldDecide: mayBeShards(foreign) ? [FEWER_RANKS] : [],
  };
}

/** One whole factor, and the halves that face the residual stream agree: shards of a tensor-parallel run look the same. */
const mayBeShards = (foreign: readonly AdapterTensor[]): boolean => isTensorParallel(foreign) || isOutputsOnly(foreign);

function confidenceOf(foreign: readonly AdapterTensor[], isSwap: boolean): Diagnosis['confidence'] {
  if (mayBeShards(foreign)) return 'possible';
  return foreign.length > 1 && !isSwap ? 'certain' : 'likely';
}

/** Only lora_B of layers that split their outputs, by one whole factor: column-parallel shards look the same. */
function isOutputsOnly(foreign: readonly AdapterTensor[]): boolean {
  const factors = distinct(foreign.map(({ width }) => wholeRatio(width.checkpoint, width.model)));
  return (
    factors.length === 1 &&
    factors[0] !== undefined &&
    foreign.some(({ role }) => role === 'attention-query' || role === 'attention-fused' || role === 'mlp-in') &&
    foreign.every(({ half, role }) => half === 'b' && role !== 'attention-output' && role !== 'mlp-out')
  );
}

function shardTitle(foreign: readonly AdapterTensor[]): string | undefined {
  const width = foreign[0]?.width;
  if (width === undefined || !mayBeShards(foreign)) return undefined;
  const factor = wholeRatio(width.checkpoint, width.model) ?? 1;
  const [wider, other] = width.checkpoint > width.model ? ['file', 'model'] : ['model', 'file'];
  return `Where the adapter's layers are split under tensor parallelism they are ${factor} times as wide in the ${wider} as in the ${other}: one side is a shard, or the adapter belongs to another base model.`;
}

const FEWER_RANKS: Question = {
  question: 'Does the run split the model over several GPUs (tensor parallelism) while the adapter is whole, or the other way round?',
};

/** Everything of the adapter but the tables of tokens and labels; DoRA's magnitude vectors are as long as the layer is wide. */
function explainedPositions({ mismatches }: LoadFailure, tensors: readonly AdapterTensor[]): readonly number[] {
  const counted = new Set(tensors.filter(sitsOnVocabularyOrLabels).map(({ position }) => position));
  return positionsWhere(mismatches, ({ parameter }) => parameter !== undefined && isAdapterKey(parameter)).filter(
    (position) => !counted.has(position),
  );
}

/** Stable Diffusion XL has two text encoders, 768 and 1280 wide; resume code has put the adapter of one into the other. diffusers#7133. */
function swappedTextEncoder(foreign: readonly AdapterTensor[]): string | undefined {
  const isText = foreign.every(({ module }) => /(^|[._])text_model[._]encoder[._]/.test(module));
  const pairs = distinct(foreign.map(({ width }) => `${width.checkpoint}/${width.model}`));
  if (!isText || pairs.length !== 1 || !['1280/768', '768/1280'].includes(pairs[0] ?? '')) return undefined;
  const [file, model] = pairs[0] === '1280/768' ? ['second (1280 wide)', 'first (768)'] : ['first (768 wide)', 'second (1280)'];
  return `The adapter belongs to the ${file} text encoder of Stable Diffusion XL or to a model built like it, and meets one like the ${model}.`;
}

const OTHER_TEXT_ENCODER: Remedy = {
  title: 'Check which text encoder the script hands the adapter to',
  text: 'Where both encoders are trained, text_encoder_one takes the keys under `text_encoder.` and text_encoder_two those under `text_encoder_2.`; early releases of the diffusers SDXL training scripts mixed them up on resume. If the file is not an SDXL adapter, it needs its own base.',
};

interface Base {
  readonly words: string;
  readonly models: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** The widths of one side in words, and the language models that have all of them. */
function baseOf(foreign: readonly AdapterTensor[], side: 'checkpoint' | 'model'): Base {
  const hidden = widthOf(foreign, side, isFacingResidual);
  const ffn = widthOf(foreign, side, isFacingFfn);
  const kv = widthOf(foreign, side, ({ half, role }) => half === 'b' && (role === 'attention-key' || role === 'attention-value'));
  const known =
    ffn === undefined && (hidden === undefined || kv === undefined)
      ? []
      : modelsWith({ ...(hidden && { hidden }), ...(ffn && { ffn }), ...(kv && { kv }) });
  const models = known.length < 4 ? known.map(({ model }) => model) : [];
  const widths = [hidden && `width ${hidden}`, ffn && `feed-forward ${ffn}`].filter((word) => word !== undefined && word !== 0);
  const words = widths.length > 0 ? widths.join(', ') : `width ${listed(distinct(foreign.map(({ width }) => String(width[side]))), 3)}`;
  const place = side === 'checkpoint' ? 'the file' : 'the model';
  return {
    words: models.length > 0 ? `${words} (${alternatives(models)})` : words,
    models,
    evidence:
      models.length === 0
        ? []
        : [{ statement: `The widths of ${place} are those of ${alternatives(models)} (${listed(known.map(({ source }) => source))})` }],
  };
}

function isFacingResidual({ half, role }: AdapterTensor): boolean {
  const isEntering =
    role === 'attention-query' || role === 'attention-key' || role === 'attention-value' || role === 'attention-fused' || role === 'mlp-in';
  const isLeaving = role === 'attention-output' || role === 'mlp-out';
  return (half === 'a' && isEntering) || (half === 'b' && isLeaving);
}

function isFacingFfn({ half, role }: AdapterTensor): boolean {
  return (half === 'b' && role === 'mlp-in') || (half === 'a' && role === 'mlp-out');
}

/** The width that all tensors of one kind share on one side; `undefined` where there is none or several. */
function widthOf(
  tensors: readonly AdapterTensor[],
  side: 'checkpoint' | 'model',
  accepts: (tensor: AdapterTensor) => boolean,
): number | undefined {
  const widths = distinct(tensors.filter(accepts).map(({ width }) => width[side]));
  return widths.length === 1 ? widths[0] : undefined;
}
