import { type Dialect, message, readKeys } from './dialect.js';

/** ESMFold, esm/esmfold/v1/pretrained.py: names that the file lacks, without those of the language model, which has a file of its own. */
export const esmfold: Dialect = {
  name: 'esmfold',
  library: 'ESMFold',
  severity: 'error',
  patterns: [
    message(
      'missing',
      'are missing.',
      { expression: /RuntimeError: Keys '(?<keys>[^'\n]{1,200000})' are missing\./ },
      readKeys('missing-keys'),
      [
        {
          text: "RuntimeError: Keys 'trunk.structure_module.ipa.linear_kv_points.linear.bias, trunk.recycle_bins.weight' are missing.",
          states: [
            { kind: 'missing-keys', keys: ['trunk.structure_module.ipa.linear_kv_points.linear.bias', 'trunk.recycle_bins.weight'] },
          ],
        },
      ],
    ),
  ],
};
