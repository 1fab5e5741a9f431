import type { Case, Cause, Decline, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { wholeRatio } from '../pairs.js';
import { isKohyaKey } from './adapter-keys.js';
import {
  type AdapterTensor,
  adapterTensors,
  hasOtherRank,
  hasOtherWidth,
  hasPlaceholder,
  isMergedLinear,
  sitsOnVocabularyOrLabels,
} from './adapter-tensors.js';
import { kohyaFamily } from './diffusion-adapter-table.js';
import { modelsWith } from './language-model-table.js';
import { counted, distinct, listed, moreMaySurface, STRICT_FALSE, shownFirst } from './wording.js';

const ID = 'lora-wrong-base';

/** The side that belongs to the base model differs: columns of lora_A or rows of lora_B. */
const hasForeignWidth = (tensor: AdapterTensor): boolean => hasOtherWidth(tensor) && !sitsOnVocabularyOrLabels(tensor);

export const loraWrongBase: Cause = { id: ID, diagnose };

function diagnose(subject: Case): Diagnosis | Decline {
  const { failure } = subject;
  const tensors = adapterTensors(failure);
  const foreign = tensors.filter(hasForeignWidth);
  if (foreign.length === 0) return otherFamily(failure) ?? decline(ID, 'no adapter tensor differs in a width of the base model');
  if (tensors.some(isMergedLinear))
    return decline(ID, 'a three-dimensional lora_B is an adapter of an early PEFT release (library-version-drift)');
  if (hasPlaceholder(failure))
    return decline(ID, 'parameters of shape [0] stand in the same list (zero3-placeholder-checkpoint, zero3-partitioned-model)');
  if (isSliced(tensors))
    return decline(
      ID,
      'lora_B keeps its rank and lora_A changes its rows: slices or shards of one rank (lora-target-modules, fsdp-sharded)',
    );
  if (isTensorParallel(foreign))
    return decline(ID, 'one whole factor on lora_B of column-parallel and lora_A of row-parallel layers only (tensor-parallel-degree)');
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
  const others = tensors.filter((tensor) => !hasForeignWidth(tensor) && !sitsOnVocabularyOrLabels(tensor));
  const positions = [...foreign, ...others].map(({ position }) => position).toSorted((a, b) => a - b);
  const foreignPositions = foreign.map(({ position }) => position);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The adapter was trained on another base model: ${file.words} in the file, ${model.words} in the model that it is attached to.`,
    confidence: foreign.length > 1 ? 'certain' : 'likely',
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
    remedies: [
      {
        title: 'Attach the adapter to the base model that it was trained on',
        text: `\`base_model_name_or_path\` in adapter_config.json names it${file.models.length > 0 ? `; by its widths it is ${listed(file.models)}` : ''}. Load that model and attach the adapter to it.`,
        snippet: { language: 'bash', code: 'grep base_model_name_or_path adapter_config.json' },
      },
      {
        title: 'Or use an adapter made for this model',
        text: 'An adapter cannot be carried over to a model of another width; it has to be trained again.',
      },
    ],
    doesNotHelp: [STRICT_FALSE, { advice: 'Changing `r`', reason: 'The rank is not what differs; the width comes from the base model.' }],
    afterwards: moreMaySurface(failure.complete),
    wouldDecide: [],
  };
}

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
    hidden === undefined || (ffn === undefined && kv === undefined)
      ? []
      : modelsWith({ ...(hidden && { hidden }), ...(ffn && { ffn }), ...(kv && { kv }) });
  const models = known.map(({ model }) => model);
  const widths = [hidden && `width ${hidden}`, ffn && `feed-forward ${ffn}`].filter((word) => word !== undefined && word !== 0);
  const words = widths.length > 0 ? widths.join(', ') : `width ${listed(distinct(foreign.map(({ width }) => String(width[side]))), 3)}`;
  const place = side === 'checkpoint' ? 'the file' : 'the model';
  return {
    words: models.length > 0 && models.length < 4 ? `${words} (${listed(models)})` : words,
    models,
    evidence: known.slice(0, 2).map(({ model, source }) => ({ statement: `The widths of ${place} are those of ${model} (${source})` })),
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

/** Image adapters in kohya's notation are dropped key by key, without shapes; the block names tell which model they were made for. */
function otherFamily({ mismatches, unexpectedKeys, at, complete }: LoadFailure): Diagnosis | undefined {
  const keys = unexpectedKeys.filter(isKohyaKey);
  const marked = keys.map((key) => ({ key, family: kohyaFamily(key) }));
  const first = marked.find(({ family }) => family !== undefined);
  if (mismatches.length > 0 || first?.family === undefined) return undefined;
  const { made, source } = first.family;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The adapter was made for ${made}; the model that is loaded has no such blocks, so ${counted(keys.length, 'adapter weight was', 'adapter weights were')} dropped.`,
    confidence: 'likely',
    specificity: 82,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: keys },
    evidence: [
      { statement: `\`${first.key}\` found no place in the model; only ${made} has this block (${source})`, at },
      { statement: `${counted(keys.length, 'key')} of the adapter in all, named the way kohya's training scripts name them` },
    ],
    remedies: [
      {
        title: `Load the adapter together with ${made}`,
        text: "Choose a base checkpoint of the family that the adapter was trained on; the adapter page or the file's metadata (`ss_base_model_version`) names it.",
      },
      {
        title: 'Or use an adapter made for the loaded model',
        text: 'Adapters do not carry over between families; the keys that did fit change the picture only by accident.',
      },
    ],
    doesNotHelp: [
      {
        advice: "Raising the adapter's weight",
        reason: 'The dropped keys stay dropped; a higher weight only amplifies the few that fitted.',
      },
    ],
    afterwards: moreMaySurface(complete),
    wouldDecide: [
      {
        question: 'Which base does the adapter file name in its metadata?',
        command:
          "python -c \"from safetensors import safe_open; print(safe_open('adapter.safetensors','pt').metadata().get('ss_base_model_version'))\"",
      },
    ],
  };
}
