import type { Case, Cause, Decline, Diagnosis, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { isAdapterKey, isKohyaKey } from './adapter-keys.js';
import { counted, moreMaySurface } from './wording.js';

const ID = 'adapter-only-checkpoint';

/** Everything that the file has belongs to an adapter, and the model itself is missing. */
const holdsOnlyAnAdapter = ({ missingKeys, unexpectedKeys }: LoadFailure): boolean =>
  unexpectedKeys.length > 0 && unexpectedKeys.every(belongsToAdapter) && missingKeys.some((key) => !isAdapterKey(key));

/** PEFT saves copies of whole layers (`modules_to_save`) beside the adapter, under the same prefix. */
const belongsToAdapter = (key: string): boolean =>
  isAdapterKey(key) || isKohyaKey(key) || /^base_model\.model\..*(embed_tokens|lm_head|score|classifier|modules_to_save)/.test(key);

export const adapterOnlyCheckpoint: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  if (failure.mismatches.length > 0)
    return decline(ID, 'tensors of both sides met under the same name, so the file holds more than an adapter');
  if (!holdsOnlyAnAdapter(failure))
    return lacksAllAdapters(failure) ?? decline(ID, 'the file has other weights than those of an adapter, or the model is not missing');
  if (hasOwnNames(failure)) return decline(ID, 'each key of the file is a missing one without its beginning (key-prefix)');
  if (failure.missingKeys.some(isAdapterKey)) return decline(ID, 'the model has adapters too, under other names (key-prefix)');
  if (failure.missingKeys.every((key) => key.startsWith('base_model.'))) {
    return decline(
      ID,
      'the model is wrapped by PEFT and only its base is missing, as it should be; the file has adapters on other layers (lora-target-modules)',
    );
  }
  return onlyAdapter(failure);
}

/** Where every name of the file ends a missing one, the two sides mean the same tensors, whatever the names look like. trl#865. */
function hasOwnNames({ missingKeys, unexpectedKeys }: LoadFailure): boolean {
  const ends = new Set(missingKeys.flatMap((key) => [...key.matchAll(/\./g)].map(({ index }) => key.slice(index + 1))));
  return unexpectedKeys.every((key) => ends.has(key));
}

function onlyAdapter({ missingKeys, unexpectedKeys, at, complete, incompleteReasons, modelClass }: LoadFailure): Diagnosis {
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The file holds an adapter (${counted(unexpectedKeys.length, 'weight')} such as \`${unexpectedKeys[0]}\`), not a model: nothing of ${modelClass ?? 'the model'} was loaded from it.`,
    confidence: unexpectedKeys.some((key) => isAdapterKey(key) || isKohyaKey(key)) ? 'certain' : 'likely',
    specificity: 85,
    explained: { mismatches: [], missingKeys, unexpectedKeys },
    evidence: [
      { statement: `All ${counted(unexpectedKeys.length, 'key')} of the file belong to an adapter; first: \`${unexpectedKeys[0]}\``, at },
      {
        statement: `${counted(missingKeys.length, 'weight')} of the model itself ${missingKeys.length === 1 ? 'is' : 'are'} missing; first: \`${missingKeys[0]}\``,
        at,
      },
    ],
    remedies: adapterRemedies(),
    doesNotHelp: [
      { advice: 'strict=False', reason: 'it lets the run go on with a randomly initialised model: the file has none of its weights.' },
    ],
    afterwards: moreMaySurface({ complete, incompleteReasons }),
    wouldDecide: [],
  };
}

function adapterRemedies(): readonly Remedy[] {
  return [
    {
      title: 'Load the base model first, then attach the adapter',
      text: '`base_model_name_or_path` in the adapter_config.json beside the file names the base.',
      snippet: {
        language: 'python',
        code: 'model = AutoModelForCausalLM.from_pretrained(base_model)\nmodel = PeftModel.from_pretrained(model, adapter_folder)',
      },
    },
    {
      title: 'Make a whole model of both',
      text: 'For programs that do not know adapters: merge once and save.',
      snippet: { language: 'python', code: 'model = model.merge_and_unload()\nmodel.save_pretrained(merged_folder)' },
    },
  ];
}

/**
 * Nothing but adapters is missing, and the file brought nothing: an empty adapter file (443 bytes, peft#286 and #460: `state_dict` was
 * overridden before the save), or the weights of the plain base.
 */
function lacksAllAdapters({
  missingKeys,
  unexpectedKeys,
  mismatches,
  at,
  complete,
  incompleteReasons,
}: LoadFailure): Diagnosis | undefined {
  const adapters = missingKeys.filter(isAdapterKey);
  const modules = new Set(adapters.map((key) => key.replace(/\d+/g, '*')));
  if (unexpectedKeys.length + mismatches.length > 0 || adapters.length < 2 || adapters.length === missingKeys.length || modules.size < 2)
    return undefined;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `No adapter weight came from the file (${counted(adapters.length, 'adapter key')} missing): it may be an empty adapter.`,
    confidence: 'possible',
    specificity: 40,
    explained: { mismatches: [], missingKeys, unexpectedKeys: [] },
    evidence: [
      {
        statement: `${counted(adapters.length, 'adapter key')} and ${counted(missingKeys.length - adapters.length, 'weight')} of the base are missing, nothing is unexpected`,
        at,
      },
    ],
    remedies: [
      {
        title: 'Look at the size of the adapter file',
        text: 'A few hundred bytes mean that it was saved empty: remove any override of `model.state_dict` from the training script and save again from a checkpoint that still has the weights.',
        snippet: { language: 'bash', code: 'ls -l adapter_model.*' },
      },
    ],
    doesNotHelp: [],
    afterwards: moreMaySurface({ complete, incompleteReasons }),
    wouldDecide: [
      { question: 'How many bytes does the adapter file have?', command: 'ls -l adapter_model.*' },
      {
        question:
          'Does the file spell the same weights without the name of the adapter (`lora_A.weight` for `lora_A.default.weight`)? Then only the names differ (key-prefix).',
        command: `python -c "from safetensors import safe_open; print(list(safe_open('adapter_model.safetensors','pt').keys())[:4])"`,
      },
    ],
  };
}
