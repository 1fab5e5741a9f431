import type { Diagnosis, Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { listed } from './wording.js';

/**
 * vLLM serves low-rank weights on the layers that the model class lists, and nothing else of an adapter file: names of layers, or the
 * first weight that it cannot serve (lora/lora_model.py, lora/utils.py: parse_fine_tuned_lora_name).
 */
export function refusedByServer({ dialects, mismatches, missingKeys, unexpectedKeys, at }: LoadFailure): Diagnosis | undefined {
  const [first] = unexpectedKeys;
  if (!dialects.includes('vllm') || first === undefined || mismatches.length + missingKeys.length > 0) return undefined;
  const areLayers = unexpectedKeys.every((key) => !key.includes('.'));
  if (!areLayers && !/base_layer|modules_to_save|original_module|lora_magnitude_vector|^base_model\./.test(first)) return undefined;
  return {
    verdict: 'diagnosis',
    cause: 'lora-target-modules',
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
