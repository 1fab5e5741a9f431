import type { Case, Cause, Decline, Diagnosis, Question, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type Role, roleOf } from '../roles.js';
import { type AdapterDifferences, adapterDifferences, layersOf } from './adapter-differences.js';
import { isAdapterKey, isKohyaKey } from './adapter-keys.js';
import { type AdapterTensor, adapterTensors, hasOtherRank, hasOtherWidth, hasPlaceholder, isMergedLinear } from './adapter-tensors.js';
import { counted, distinct, listed, moreMaySurface, STRICT_FALSE, shownFirst } from './wording.js';

const ID = 'lora-target-modules';

export const loraTargetModules: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  if (hasPlaceholder(failure))
    return decline(ID, 'parameters of shape [0] stand in the list (zero3-placeholder-checkpoint, zero3-partitioned-model)');
  const tensors = adapterTensors(failure);
  if (isOtherSlices(tensors)) return otherSlices(failure, tensors);
  const refused = refusedByServer(failure);
  if (refused !== undefined) return refused;
  const keys = adapterDifferences(failure);
  if (keys.missing.length + keys.unexpected.length === 0)
    return decline(
      ID,
      keys.renamed > 0
        ? 'the keys agree once the name of the adapter is taken out (`lora_A.default.weight`, `lora_A.weight`): key-prefix'
        : 'no key of an adapter is missing or unexpected',
    );
  const rival = rivalOf(failure, keys);
  return rival === undefined ? otherTargets(failure, keys) : decline(ID, rival);
}

/** Wrappers that transformers moved between releases (4.52 and 5): the adapter's keys then miss as a whole. transformers#38927, peft#2566. */
const MOVED_WRAPPER = /(^|\.)(language_model|vision_tower|visual|multi_modal_projector)\./;

function rivalOf({ missingKeys, unexpectedKeys, dialects, mismatches }: LoadFailure, keys: AdapterDifferences): string | undefined {
  if (mismatches.some(({ parameter }) => parameter !== undefined && isAdapterKey(parameter)))
    return 'adapter tensors of both sides meet and differ in shape (lora-rank, lora-wrong-base)';
  if (keys.unexpected.some(isKohyaKey) || dialects.some((name) => /comfy/i.test(name)))
    return 'an image program dropped the keys one by one: another model family or notation (lora-wrong-base, key-prefix)';
  if (keys.isMoved) return 'the same layers are missing and unexpected under two names (key-prefix, library-version-drift)';
  if (unexpectedKeys.some((key) => !isAdapterKey(key) && !key.startsWith('base_model.')))
    return 'the file also has keys that belong to no adapter (key-prefix, wrapper-dict)';
  const plain = missingKeys.filter((key) => !isAdapterKey(key) && !key.startsWith('base_model.'));
  if (plain.length > 0) return 'the model itself is missing from the file, not only adapters (adapter-only-checkpoint)';
  if (keys.unexpected.length === 0 && keys.missing.every((key) => MOVED_WRAPPER.test(key)))
    return 'the missing adapters all sit below a wrapper that libraries renamed (library-version-drift)';
  return undefined;
}

function otherTargets(failure: LoadFailure, keys: AdapterDifferences): Diagnosis {
  const { missing, unexpected, modelTargets, fileTargets } = keys;
  const isBothSided = missing.length > 0 && unexpected.length > 0;
  const isRenamed = haveSameRoles(keys);
  const isBase = (key: string): boolean => unexpected.length > 0 && !isAdapterKey(key);
  const [base, moved] = [failure.missingKeys.filter(isBase), failure.unexpectedKeys.filter(isBase)];
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(keys),
    confidence: confidenceOf(keys, isBothSided && !isRenamed, keys.isNameless && failure.severity === 'error'),
    specificity: 75,
    explained: { mismatches: [], missingKeys: [...missing, ...base], unexpectedKeys: [...unexpected, ...moved] },
    evidence: [
      ...(unexpected.length > 0
        ? [
            {
              statement: `${counted(unexpected.length, 'adapter key')} of the file on ${listed(fileTargets, 8)}, which carry no adapter in the model; first: \`${unexpected[0]}\``,
              at: failure.at,
            },
          ]
        : []),
      ...(missing.length > 0
        ? [
            {
              statement: `${counted(missing.length, 'adapter key')} of the model on ${listed(modelTargets, 8)}, for which the file has nothing; first: \`${missing[0]}\``,
              at: failure.at,
            },
          ]
        : []),
      ...(base.length + moved.length > 0 ? [{ statement: baseStatement(base.length, moved.length) }] : []),
    ],
    remedies: targetRemedies(fileTargets, modelTargets),
    doesNotHelp: [
      {
        advice: '`strict=False`',
        reason:
          'It silences the message: adapters of the file are dropped, and those that the file lacks stay at zero, so the run goes on with part of what was trained.',
      },
    ],
    afterwards: moreMaySurface(failure.complete),
    wouldDecide: isBothSided
      ? isRenamed
        ? [OTHER_IMPLEMENTATION]
        : []
      : [
          {
            question: 'Which layers does the adapter file name?',
            command: `python -c "from safetensors.torch import load_file; print({k.split('.lora_')[0].split('.')[-1] for k in load_file('adapter_model.safetensors')})"`,
          },
        ],
  };
}

/** `wq` and `q_proj`: one layer as two implementations of a model spell it. Gate and up projections are two layers of one role, and left out. */
function haveSameRoles({ modelTargets, fileTargets }: AdapterDifferences): boolean {
  const rolesOf = (targets: readonly string[]): readonly Role[] =>
    targets.map((target) => roleOf(`self_attn.${target}.weight`)).filter((role) => role.startsWith('attention-') || role === 'mlp-out');
  const inModel = rolesOf(modelTargets);
  return rolesOf(fileTargets).some((role) => inModel.includes(role));
}

const OTHER_IMPLEMENTATION: Question = {
  question:
    'Is it the same implementation of the model? Layers of one purpose have two names here; the adapter may be for the class of another library.',
  command: 'grep -E "base_model_name_or_path|auto_mapping|base_model_class" adapter_config.json',
};

function titleOf({ missing, unexpected, modelTargets, fileTargets }: AdapterDifferences): string {
  const [file, model] = [layersOf(unexpected), layersOf(missing)];
  if (modelTargets.some((target) => fileTargets.includes(target)) && file !== undefined && model !== undefined)
    return `The adapter file has LoRA on layers ${file}, the model on layers ${model}: the adapters sit on other layers (\`layers_to_transform\`).`;
  if (missing.length === 0)
    return `The adapter file has LoRA weights on ${listed(fileTargets)}, the model was prepared without adapters there: the target modules differ.`;
  if (unexpected.length === 0)
    return `The model was prepared with LoRA on ${listed(modelTargets)}, the file has no adapter weights there: the target modules differ, or the file is another one.`;
  return `The adapter file has LoRA on ${listed(fileTargets)}, the model on ${listed(modelTargets)}: the target modules differ.`;
}

function baseStatement(missing: number, unexpected: number): string {
  return unexpected > 0
    ? `${counted(missing + unexpected, 'weight')} of the base model are listed too: a layer that carries an adapter is called \`base_layer\``
    : `${counted(missing, 'weight')} of the base model under \`base_model.\` are listed too, because an adapter file never holds them`;
}

/** A file that PyTorch loads as it is, without PEFT, has no names of adapters in its keys: then nothing can meet, whatever the targets are. */
function confidenceOf({ missing, unexpected, renamed }: AdapterDifferences, isPlain: boolean, isRaw: boolean): Diagnosis['confidence'] {
  if (renamed > 0 || isRaw) return 'possible';
  if (missing.length > 0 && unexpected.length > 0 && isPlain) return 'certain';
  return unexpected.length > 0 ? 'likely' : 'possible';
}

function targetRemedies(fileTargets: readonly string[], modelTargets: readonly string[]): readonly Remedy[] {
  const names = fileTargets.map((name) => `"${name}"`).join(', ');
  return [
    {
      title: 'Take the target modules of the adapter_config.json that was saved with the file',
      text:
        fileTargets.length > 0
          ? `\`target_modules\` must name ${listed(fileTargets, 8)}${modelTargets.length > 0 ? `, and not ${listed(modelTargets, 8)}, for which the file has nothing` : ' too'}.`
          : 'Compare `target_modules` and `modules_to_save` there with the configuration of this run.',
      snippet:
        fileTargets.length > 0
          ? {
              language: 'python',
              code: `LoraConfig(target_modules=[…, ${names}])  # or PeftModel.from_pretrained(base, folder), which reads it`,
            }
          : { language: 'bash', code: 'grep -A9 target_modules adapter_config.json' },
    },
  ];
}

/**
 * One adapter over a fused projection: lora_A has r rows for every slice that carries an adapter (query, key, value), so its rows are
 * another multiple of the same r where other slices are enabled. Lightning-AI/litgpt#629.
 */
function isOtherSlices(tensors: readonly AdapterTensor[]): boolean {
  if (tensors.some(isMergedLinear)) return false; // the early PEFT adapters, which library-version-drift knows
  const a = tensors.filter((tensor) => tensor.half === 'a' && hasOtherRank(tensor) && !hasOtherWidth(tensor));
  const ranks = distinct(tensors.filter(({ half }) => half === 'b').flatMap((tensor) => (hasOtherRank(tensor) ? [] : [tensor.rank.model])));
  const [r] = ranks;
  if (r === undefined || ranks.length !== 1 || a.length === 0 || tensors.some((tensor) => tensor.half === 'b' && hasOtherRank(tensor)))
    return false;
  return a.every(({ rank }) => [rank.checkpoint, rank.model].every((rows) => rows % r === 0 && rows <= 3 * r));
}

function otherSlices(failure: LoadFailure, tensors: readonly AdapterTensor[]): Diagnosis {
  const a = tensors.find((tensor) => tensor.half === 'a' && hasOtherRank(tensor));
  const r = tensors.find(({ half }) => half === 'b')?.rank.model ?? 1;
  const slices = { checkpoint: (a?.rank.checkpoint ?? 0) / r, model: (a?.rank.model ?? 0) / r };
  const positions = tensors.map(({ position }) => position);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The adapter covers ${counted(slices.checkpoint, 'slice')} of the fused projection in the file and ${slices.model} in the model, at the same rank ${r}: other target modules.`,
    confidence: 'certain',
    specificity: 85,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `lora_B has ${r} columns on both sides, so the rank is the same; lora_A has ${slices.checkpoint} × ${r} rows against ${slices.model} × ${r}`,
      },
      ...shownFirst(failure.mismatches, positions),
    ],
    remedies: [
      {
        title: 'Enable the same slices (query, key, value) as in the run that saved the adapter',
        text: 'In litgpt these are lora_query, lora_key and lora_value; the hyperparameters saved beside the adapter tell which were on.',
      },
    ],
    doesNotHelp: [STRICT_FALSE, { advice: 'Changing `r`', reason: 'The rank agrees; lora_B would no longer fit.' }],
    afterwards: moreMaySurface(failure.complete),
    wouldDecide: [],
  };
}

/**
 * vLLM serves low-rank weights on the layers that the model class lists, and nothing else of an adapter file: names of layers, or the
 * first weight that it cannot serve (lora/lora_model.py, lora/utils.py: parse_fine_tuned_lora_name).
 */
function refusedByServer({ dialects, mismatches, missingKeys, unexpectedKeys, at }: LoadFailure): Diagnosis | undefined {
  const [first] = unexpectedKeys;
  if (!dialects.includes('vllm') || first === undefined || mismatches.length + missingKeys.length > 0) return undefined;
  const areLayers = unexpectedKeys.every((key) => !key.includes('.'));
  if (!areLayers && !/base_layer|modules_to_save|original_module|lora_magnitude_vector|^base_model\./.test(first)) return undefined;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: areLayers
      ? `The adapter has LoRA weights on ${listed(unexpectedKeys)}, where the server applies no adapters.`
      : `The adapter file holds \`${first}\`, which is not a low-rank weight that the server can apply.`,
    confidence: 'certain',
    specificity: 80,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys },
    evidence: [{ statement: `The server refused ${listed(unexpectedKeys.map((key) => `\`${key}\``))}`, at }],
    remedies: areLayers ? servedLayers(unexpectedKeys) : servedWeights(),
    doesNotHelp: [],
    afterwards: [],
    wouldDecide: [],
  };
}

function servedLayers(layers: readonly string[]): readonly Remedy[] {
  return [
    MERGE,
    {
      title: `Train again without ${listed(layers)}`,
      text: 'Choose `target_modules` among the layers that the message lists as expected.',
      cost: 'What was learnt on the other layers is lost.',
    },
  ];
}

function servedWeights(): readonly Remedy[] {
  return [
    MERGE,
    {
      title: 'Save the low-rank weights alone',
      text: 'Whole layers come in through `modules_to_save` or a resized embedding: train without them, or save with `save_embedding_layers=False` where no token was added. DoRA adds a magnitude vector that few servers apply.',
    },
  ];
}

const MERGE: Remedy = {
  title: 'Merge the adapter into its base and serve the merged model',
  text: 'A merged model has ordinary weights only.',
  snippet: {
    language: 'python',
    code: 'model = PeftModel.from_pretrained(base_model, adapter_folder).merge_and_unload()\nmodel.save_pretrained(merged_folder)',
  },
};
