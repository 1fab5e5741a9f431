import type { Diagnosis, Evidence, Question, Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { textSource } from '../architecture/diffusion-widths.js';
import { isKohyaKey } from './adapter-keys.js';
import { kohyaFamily } from './diffusion-adapter-table.js';
import { columnsOf, generationsOf, packedPatches, type RefusedPatch, refusedPatches } from './refused-patches.js';
import { counted, moreMaySurface } from './wording.js';

/** Adapters of image models, whose loaders print names or sizes and go on: what they tell about the base that the adapter was made for. */
export function otherImageBase(failure: LoadFailure): Diagnosis | undefined {
  if (failure.mismatches.length > 0) return undefined;
  return otherFamily(failure) ?? textEncodersOnly(failure) ?? otherSizes(failure);
}

const METADATA: Question = {
  question: 'Which base does the adapter file name in its metadata?',
  command:
    "python -c \"from safetensors import safe_open; print(safe_open('adapter.safetensors','pt').metadata().get('ss_base_model_version'))\"",
};

const RAISING = {
  advice: "Raising the adapter's weight",
  reason: 'the dropped keys stay dropped; a higher weight only amplifies the few that fitted.',
} as const;

/** Keys in kohya's notation are dropped one by one, without shapes; the block names tell which model they were made for. */
function otherFamily(failure: LoadFailure): Diagnosis | undefined {
  const keys = failure.unexpectedKeys.filter(isKohyaKey);
  const first = keys.map((key) => ({ key, family: kohyaFamily(key) })).find(({ family }) => family !== undefined);
  if (first?.family === undefined) return undefined;
  const { made, source } = first.family;
  const isOnlyText = keys.every(isTextEncoderKey);
  return tell(failure, {
    title: `The adapter was made for ${made}; the model that is loaded has no such blocks, so ${counted(keys.length, 'adapter weight was', 'adapter weights were')} dropped.`,
    confidence: isOnlyText ? 'possible' : 'likely',
    unexpectedKeys: keys,
    evidence: [
      { statement: `\`${first.key}\` found no place in the model; only ${made} has this block (${source})`, at: failure.at },
      { statement: `${counted(keys.length, 'key')} of the adapter in all, named the way kohya's training scripts name them` },
    ],
    remedies: [
      {
        title: `Load the adapter together with ${made}`,
        text: "Choose a base checkpoint of the family that the adapter was trained on; the adapter page or the file's metadata (`ss_base_model_version`) names it.",
      },
      ...(isOnlyText ? [CONNECT] : []),
      OTHER_ADAPTER,
    ],
    wouldDecide: isOnlyText ? [METADATA, CLIP_CONNECTED] : [METADATA],
  });
}

const isTextEncoderKey = (key: string): boolean => /^lora_te\d?_/.test(key);

const CONNECT: Remedy = {
  title: 'Connect the text encoder to the adapter loader',
  text: 'Only keys of a text encoder were dropped. A loader that is given the diffusion model alone (LoraLoaderModelOnly) drops them as well; then only the part of the adapter that acts on the prompt is missing.',
};

const CLIP_CONNECTED: Question = {
  question: 'Is a text encoder (CLIP) connected to the node that loads the adapter? If not, these lines only mean that.',
};

const OTHER_ADAPTER: Remedy = {
  title: 'Use an adapter made for the loaded model',
  text: 'Adapters do not carry over between families; the keys that did fit change the picture only by accident.',
};

/** `lora_te_…` alone: another family's text encoder, or none was connected. */
function textEncodersOnly(failure: LoadFailure): Diagnosis | undefined {
  const keys = failure.unexpectedKeys.filter(isKohyaKey);
  if (keys.length === 0 || !keys.every(isTextEncoderKey)) return undefined;
  return tell(failure, {
    title: `${counted(keys.length, 'adapter weight', 'adapter weights')} for the text encoder found no place: the loaded model has another text encoder, or none was connected to the adapter loader.`,
    confidence: 'possible',
    unexpectedKeys: keys,
    evidence: [
      { statement: `Only keys of a text encoder were dropped, none of the diffusion model; first: \`${keys[0]}\``, at: failure.at },
    ],
    remedies: [CONNECT, OTHER_ADAPTER],
    wouldDecide: [CLIP_CONNECTED, METADATA],
  });
}

/** ComfyUI merges adapter by adapter and prints sizes of what did not fit: comfy/lora.py and comfy/weight_adapter. */
function otherSizes(failure: LoadFailure): Diagnosis | undefined {
  const refused = refusedPatches(failure);
  const [first] = refused;
  if (first === undefined || packedPatches(failure).length > 0) return undefined;
  const generations = generationsOf(failure);
  const shown = generations === undefined ? refused : [generations.patch, ...refused.filter((patch) => patch !== generations.patch)];
  return tell(failure, {
    title:
      generations === undefined
        ? `The adapter's update of \`${first.parameter}\` has another size than the weight of the loaded model: it was made for a model of other widths.`
        : `The adapter was made for ${generations.adapter.generation}, the loaded model is ${generations.model.generation}: two generations are mixed.`,
    confidence: refused.length > 1 ? 'likely' : 'possible',
    unexpectedKeys: [],
    evidence: [
      ...shown.slice(0, 3).map((patch) => ({ statement: sizesOf(patch), at: patch.notice.at })),
      ...(generations === undefined
        ? []
        : [
            {
              statement: `The text is ${generations.adapter.width} wide in the adapter and ${generations.model.width} in the model (${textSource(generations.adapter.width, generations.model.width)})`,
            },
          ]),
    ],
    remedies: [
      {
        title: `Load the adapter together with ${generations === undefined ? 'the base that it was trained on' : `a base of its generation, ${generations.adapter.generation}`}`,
        text: "The adapter page or the file's metadata (`ss_base_model_version`) names it.",
      },
      OTHER_ADAPTER,
    ],
    wouldDecide: [METADATA],
  });
}

function sizesOf(patch: RefusedPatch): string {
  const { parameter, count, matrix, notice } = patch;
  if (typeof notice.values.reason === 'string') return `\`${parameter}\`: ${notice.values.reason.toLowerCase()}`;
  const columns = columnsOf(patch);
  const widths = columns === undefined ? '' : `: ${count} = ${matrix?.rows} × ${columns}`;
  return `\`${parameter}\`: ${count} numbers in the adapter, a weight of ${notice.values.model} in the model${widths}`;
}

interface Told {
  readonly title: string;
  readonly confidence: Diagnosis['confidence'];
  readonly unexpectedKeys: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly remedies: readonly Remedy[];
  readonly wouldDecide: readonly Question[];
}

function tell({ complete, incompleteReasons }: LoadFailure, { unexpectedKeys, ...told }: Told): Diagnosis {
  return {
    verdict: 'diagnosis',
    cause: 'lora-wrong-base',
    specificity: 82,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys },
    doesNotHelp: [RAISING],
    afterwards: moreMaySurface({ complete, incompleteReasons }),
    ...told,
  };
}
