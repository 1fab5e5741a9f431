import { template } from '../model/template.js';
import { type Dialect, message, readKeys } from './dialect.js';

/** Composer (MosaicML), composer/checkpoint/load.py, utils/inference.py. */
export const composer: Dialect = {
  name: 'composer',
  library: 'Composer',
  severity: 'warning',
  patterns: [
    message(
      'missing-keys',
      'Found these',
      template('Found these missing keys in the checkpoint: {keys:commas}', { opens: false }),
      readKeys('missing-keys'),
      [
        {
          text: 'WARNING: composer.utils.checkpoint: Found these missing keys in the checkpoint: model.lm_head.weight, model.transformer.ln_f.bias',
          states: [{ kind: 'missing-keys', keys: ['model.lm_head.weight', 'model.transformer.ln_f.bias'] }],
        },
      ],
    ),
    message(
      'unexpected-keys',
      'Found these',
      template('Found these unexpected keys in the checkpoint: {keys:commas}', { opens: false }),
      readKeys('unexpected-keys'),
      [
        {
          text: 'WARNING: composer.utils.checkpoint: Found these unexpected keys in the checkpoint: model.old.weight',
          states: [{ kind: 'unexpected-keys', keys: ['model.old.weight'] }],
        },
      ],
    ),
  ],
};
