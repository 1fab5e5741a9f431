import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains } from '../architecture/answer.js';
import { isUntrainedBuffer } from './buffer-table.js';
import { amount, capital, firstNames, listed } from './telling.js';

/** What adapters, text encoders and their loaders rightly leave aside. */
export function partOfAdapter(failure: LoadFailure): Diagnosis | undefined {
  return baseOfAdapter(failure) ?? textEncoderOfAdapter(failure) ?? unusedProjection(failure);
}

/** A plain load of an adapter lists the whole base as missing; the base was loaded before it (peft#1932, #1453). */
function baseOfAdapter(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys, severity, complete, at } = failure;
  const isBase =
    missingKeys.length > 0 && missingKeys.every((key) => key.startsWith('base_model.') && !/lora_|modules_to_save|\.prompt_/.test(key));
  if (!isBase || unexpectedKeys.length > 0) return undefined;
  const isHarmless = severity === 'warning' && complete;
  const fact = `the file is an adapter, and only weights of the base model are missing from it (${amount(missingKeys.length, 'key')}), which were loaded before`;
  return answer({
    cause: 'expected-partial-load',
    title: isHarmless
      ? `Harmless: ${fact}.`
      : `${capital(fact)}.${severity === 'error' ? ' The load was refused because it was strict.' : ''}`,
    confidence: complete ? 'likely' : 'possible',
    specificity: 85,
    ...(isHarmless ? { harmless: true } : {}),
    explained: explains([], missingKeys),
    evidence: [
      {
        statement: `every missing key begins with \`base_model.\` and none of them is a LoRA weight, for example ${firstNames(missingKeys, 2)}`,
        at,
      },
      { statement: 'nothing is unexpected: every tensor of the file found its place' },
    ],
    remedies: [
      severity === 'error'
        ? {
            title: 'Let PEFT load the adapter',
            text: 'A plain load has to be told not to ask for the base; PEFT does so by itself.',
            snippet: {
              language: 'python',
              code: 'from peft import set_peft_model_state_dict\nprint(set_peft_model_state_dict(model, state_dict))  # no missing name may have `lora_` in it',
            },
          }
        : {
            title: 'Nothing',
            text: 'An adapter file holds the adapter alone. An alarm would be a missing name with `lora_` in it, or an unexpected one.',
          },
    ],
    wouldDecide: complete
      ? []
      : [
          {
            question: 'Does the list, which is cut, name any LoRA weight?',
            command: 'print([key for key in result.missing_keys if "lora_" in key])',
          },
        ],
  });
}

/** ComfyUI#2961: a node that patches the model alone passes over the text encoder's part of a LoRA. */
function textEncoderOfAdapter(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys, severity } = failure;
  const isTextEncoder = unexpectedKeys.length > 0 && unexpectedKeys.every((key) => /^(lora_te\d?_|text_encoder(_\d)?\.|te\d?_)/.test(key));
  if (!isTextEncoder || missingKeys.length > 0 || severity !== 'warning') return undefined;
  return answer({
    cause: 'expected-partial-load',
    title: `Only the text encoder's part of the LoRA was passed over (${amount(unexpectedKeys.length, 'key')}): expected where the loader patches the image model alone.`,
    confidence: 'possible',
    specificity: 70,
    explained: explains([], [], unexpectedKeys),
    evidence: [
      {
        statement: `all keys belong to the text encoder, for example ${firstNames(unexpectedKeys, 2)}; none of the image model was left out`,
        at: failure.at,
      },
    ],
    remedies: [
      {
        title: 'Use the loader that takes both',
        text: 'In ComfyUI the node LoraLoader has a CLIP input beside the model; LoraLoaderModelOnly has none.',
      },
    ],
    wouldDecide: [{ question: 'Was the text encoder given to the node? If it was, the LoRA is for another base model.' }],
  });
}

/** ComfyUI and its relatives: files of SD 1 have no projection behind the text encoder, and what they make does not use it (flux#205 in passing). */
function unusedProjection({ missingKeys, unexpectedKeys, severity, dialects, at }: LoadFailure): Diagnosis | undefined {
  const isProjection = missingKeys.length > 0 && missingKeys.every((key) => /(^|\.)(text_projection(\.weight)?|logit_scale)$/.test(key));
  const rest = unexpectedKeys.filter((key) => !isUntrainedBuffer(key));
  if (!isProjection || rest.length > 0 || severity !== 'warning' || !dialects.includes('comfyui')) return undefined;
  return answer({
    cause: 'expected-partial-load',
    title: `Harmless: only ${listed(missingKeys.map((key) => `\`${key}\``))} of the text encoder ${missingKeys.length === 1 ? 'is' : 'are'} missing, which files for diffusion leave out and images do not need.`,
    confidence: 'likely',
    specificity: 70,
    harmless: true,
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [{ statement: 'nothing else of the text encoder is missing', at }],
    remedies: [
      {
        title: 'Nothing',
        text: 'The projection serves the comparison of texts with images. Workflows that condition on pooled text (SDXL) bring it in their own files.',
      },
    ],
  });
}
