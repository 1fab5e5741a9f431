import type { Remedy } from '../../model/diagnosis.js';
import { alternatives } from './wording.js';

/** What to do with an adapter of another base model; `models`: published ones that have the widths of the file. */
export function baseRemedies(models: readonly string[]): readonly Remedy[] {
  return [
    {
      title: 'Attach the adapter to the base model that it was trained on',
      text: `\`base_model_name_or_path\` in adapter_config.json names it${models.length > 0 ? `; by its widths it can be ${alternatives(models)}` : ''}. Load that model and attach the adapter to it.`,
      snippet: { language: 'bash', code: 'grep base_model_name_or_path adapter_config.json' },
    },
    {
      title: 'Use an adapter made for this model',
      text: 'An adapter cannot be carried over to a model of another width; it has to be trained again.',
    },
  ];
}
