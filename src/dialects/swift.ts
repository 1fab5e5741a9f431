import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readKeys } from './dialect.js';

/** ms-swift, swift/tuners/base.py. */
export const swift: Dialect = {
  name: 'swift',
  library: 'ms-swift',
  severity: 'warning',
  patterns: [
    message(
      'unexpected-keys',
      'state dict',
      template('Load state dict with unexpected keys: {keys:list}', LISTING),
      readKeys('unexpected-keys'),
      [
        {
          text: "[ERROR:swift] Load state dict with unexpected keys: ['base_model.model.lm_head.weight']",
          states: [{ kind: 'unexpected-keys', keys: ['base_model.model.lm_head.weight'] }],
        },
      ],
    ),
  ],
};
