import type { LoadFailure } from '../../model/failure.js';
import { depthOf } from '../architecture/depth-mismatch.js';
import { isHeadName } from '../architecture/head-names.js';
import { moduleForm } from '../architecture/module-forms.js';
import { roleOf } from '../roles.js';
import { markerOf } from '../vocabulary-and-adapters/packing-table.js';
import { isUntrainedBuffer } from './buffer-table.js';
import type { Drift } from './drift.js';
import { addedParts, leftOverParts } from './model-parts.js';
import { amount, firstNames, modelInText } from './telling.js';
import { wrappers } from './wrapper-table.js';

/**
 * The last resort for names that one side alone has: the code of the model has layers that the file lacks, or lacks layers that it has.
 * It claims no key, so that every cause that knows more stands before it.
 */
export function otherCode(failure: LoadFailure): Drift | undefined {
  const { missingKeys, unexpectedKeys, mismatches, modelClass, severity, at, dialects } = failure;
  const isModel = missingKeys.length > 0;
  const keys = (isModel ? missingKeys : unexpectedKeys).filter((key) => !isUntrainedBuffer(key));
  if (keys.length === 0 && unexpectedKeys.length === 0) return fewTransferred(failure);
  if (keys.length === 0 || (isModel && unexpectedKeys.length > 0) || mismatches.length > 0) return undefined;
  if (keys.every((key) => /lora[_.]|modules_to_save/.test(key)))
    return dialects.includes('comfyui') && !isModel ? unknownAdapter(failure, keys) : undefined;
  // Names that all carry a wrapper, and kernels of which no shape is told, have their own causes.
  if (dialects.includes('openpcdet') || wrappers.some(({ run }) => keys.every((key) => `.${key}`.includes(`.${run}.`)))) return undefined;
  if (keys.every((key) => /^(optim|optimizer|optimizers|lr_scheduler)\./.test(key))) return undefined;
  if (hasAnotherReading(failure, keys)) return undefined;
  const outcome = severity === 'warning' ? (isModel ? ' They start from random values.' : ' They were left aside.') : '';
  const model = modelInText(modelClass);
  return {
    title: isModel
      ? `The code of ${model} has ${amount(keys.length, 'parameter')} that the checkpoint lacks (${firstNames(keys, 2)}): another release or another option than when it was saved.${outcome}`
      : `The checkpoint has ${amount(keys.length, 'parameter')} that the code of ${model} lacks (${firstNames(keys, 2)}): another release or another option than when it was saved.${outcome}`,
    confidence: 'possible',
    specificity: 5,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [{ statement: `nothing on the ${isModel ? "checkpoint's" : "model's"} side takes their place, and no shape differs`, at }],
    remedies: [
      {
        title: 'Build the model with the code and the options of the training',
        text: 'The commit, the release and the options are often saved in the file or beside it.',
        snippet: {
          language: 'python',
          code: "print({key: value for key, value in checkpoint.items() if key in ('args', 'cfg', 'config', 'hyper_parameters', 'meta', 'version')})",
        },
      },
      {
        title: isModel
          ? 'If the parts are new on purpose: load without strictness and train them'
          : 'If the parts are not needed: load without strictness',
        text: 'Read what is printed: it has to name these parts and nothing else.',
        snippet: { language: 'python', code: 'print(model.load_state_dict(state_dict, strict=False))' },
        cost: isModel ? 'Until they are trained they are noise in the model.' : 'Results are those of a model without them.',
      },
    ],
    wouldDecide: [
      { question: 'Which release or commit saved the file, and with which options?' },
      ...(isModel
        ? [
            {
              question: 'Does the state dict hold anything under these names, or nothing at all?',
              command: 'print(len(state_dict), *list(state_dict)[:20], sep="\\n")',
            },
          ]
        : []),
    ],
  };
}

/** An application that merges adapters prints the keys for which it knows no place (ComfyUI#4270: newer target modules of the trainer). */
function unknownAdapter({ at }: LoadFailure, keys: readonly string[]): Drift {
  return {
    title: `The application knows no place for ${amount(keys.length, 'key')} of the adapter (${firstNames(keys, 2)}): it is older than the trainer that saved them, or the adapter is for another base model.`,
    confidence: 'possible',
    specificity: 5,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [{ statement: 'these keys were passed over in silence; the rest of the adapter was applied, if there is any', at }],
    remedies: [
      {
        title: 'Update the application',
        text: 'Loaders learn the names of new trainers (PEFT, diffusers, kohya, ai-toolkit) release by release.',
      },
      {
        title: 'Or convert the adapter',
        text: "Save it from the trainer in the application's own format, or use the trainer's conversion script.",
      },
    ],
    wouldDecide: [
      {
        question: 'For which base model was the adapter trained?',
        command:
          "python -c \"from safetensors import safe_open; f = safe_open('LORA.safetensors', 'pt'); print(f.metadata(), list(f.keys())[:5])\"",
      },
    ],
  };
}

/** Heads, embeddings, layers at the end of a stack, parts of a pre-training and of a quantisation have their own causes. */
function hasAnotherReading(failure: LoadFailure, keys: readonly string[]): boolean {
  if (moduleForm(failure) !== undefined) return true;
  if (depthOf(failure) !== undefined || addedParts(keys) !== undefined || leftOverParts(keys) !== undefined) return true;
  if (keys.every((key) => markerOf(key) !== undefined && markerOf(key)?.weak !== true)) return true;
  return keys.every(
    (key) =>
      isHeadName(key) || roleOf(key) === 'output-head' || roleOf(key) === 'token-embedding' || /text_projection|logit_scale/.test(key),
  );
}

/** Loaders that count and name nothing: too much is left out for a head (yolov5#12498: edited layers, all later numbers moved). */
function fewTransferred({ notices, mismatches }: LoadFailure): Drift | undefined {
  const notice = notices.find(({ topic }) => topic === 'partial-transfer');
  const [loaded, total] = [Number(notice?.values.loaded), Number(notice?.values.total)];
  if (notice === undefined || mismatches.length > 0 || !(total > 0) || loaded >= 0.9 * total) return undefined;
  return {
    title: `Only ${loaded} of ${total} tensors were loaded, and the run went on: the model is not the one that the file was saved from, and most of what was trained is lost.`,
    confidence: 'possible',
    specificity: 5,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [
      { statement: `${total - loaded} of ${total} tensors were left out; another head would account for a handful`, at: notice.at },
    ],
    remedies: [
      {
        title: 'See which tensors fit',
        text: 'A layer that was put in moves the numbers of all later ones: names then stand for other layers, and those whose shapes happen to agree are loaded into the wrong places.',
        snippet: {
          language: 'python',
          code: 'own = model.state_dict()\nprint([key for key in own if key not in state_dict or state_dict[key].shape != own[key].shape])',
        },
      },
      {
        title: 'Build the model with the definition of the checkpoint, or train from the start',
        text: 'Where the architecture was edited on purpose, published weights are worth little beyond the first layer that was changed.',
      },
    ],
    wouldDecide: [{ question: 'Was the definition of the model (its yaml) edited, or is it another size than the file?' }],
  };
}
