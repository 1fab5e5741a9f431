import type { Case, Cause, Decline, Diagnosis, Question, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type Role, roleOf } from '../roles.js';
import { type AdapterDifferences, adapterDifferences, layersOf } from './adapter-differences.js';
import { isAdapterKey, isKohyaKey } from './adapter-keys.js';
import { isOtherSlices, otherSlices } from './adapter-slices.js';
import { adapterTensors, hasPlaceholder } from './adapter-tensors.js';
import { areNested, otherNesting } from './exchanged-adapters.js';
import { refusedByServer } from './served-adapters.js';
import { counted, listed, moreMaySurface } from './wording.js';

const ID = 'lora-target-modules';

export const loraTargetModules: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  if (hasPlaceholder(failure))
    return decline(ID, 'parameters of shape [0] stand in the list (zero3-placeholder-checkpoint, zero3-partitioned-model)');
  const tensors = adapterTensors(failure);
  if (isOtherSlices(tensors)) return otherSlices(failure, tensors);
  if (areNested(failure, tensors)) return otherNesting(failure, tensors);
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
  if ([...keys.missing, ...keys.unexpected].every(isMagnitude)) return otherDecomposition(failure, keys);
  const rival = rivalOf(failure, keys);
  return rival === undefined ? otherTargets(failure, keys) : decline(ID, rival);
}

const isMagnitude = (key: string): boolean => /(^|\.)lora_magnitude_vector(\.|$)/.test(key);

/** DoRA is LoRA with a vector of magnitudes beside each pair; the pairs themselves meet. */
function otherDecomposition(failure: LoadFailure, { missing, unexpected }: AdapterDifferences): Diagnosis {
  const isFile = unexpected.length > 0;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: isFile
      ? `The adapter file was trained with DoRA (${counted(unexpected.length, 'magnitude vector')}), the model was prepared for plain LoRA.`
      : `The model was prepared for DoRA (${counted(missing.length, 'magnitude vector')}), the adapter file is plain LoRA.`,
    confidence: 'likely',
    specificity: 80,
    explained: { mismatches: [], missingKeys: missing, unexpectedKeys: unexpected },
    evidence: [
      {
        statement: `Only magnitude vectors are listed, lora_A and lora_B meet; first: \`${[...unexpected, ...missing][0]}\``,
        at: failure.at,
      },
    ],
    remedies: [
      {
        title: `Set use_dora=${isFile ? 'True' : 'False'}, as in the run that saved the adapter`,
        text: 'It stands in the adapter_config.json beside the file, which PeftModel.from_pretrained reads.',
        snippet: { language: 'bash', code: 'grep use_dora adapter_config.json' },
      },
    ],
    doesNotHelp: [],
    afterwards: moreMaySurface(failure),
    wouldDecide: [],
  };
}

/** Wrappers that transformers moved between releases (4.52 and 5): the adapter's keys then miss as a whole. transformers#38927, peft#2566. */
const MOVED_WRAPPER = /(^|\.)(language_model|vision_tower|visual|multi_modal_projector|model\.model\.vision_model)\./;

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
        advice: 'strict=False',
        reason:
          'it silences the message: adapters of the file are dropped, and those that the file lacks stay at zero, so the run goes on with part of what was trained.',
      },
    ],
    afterwards: moreMaySurface(failure),
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
