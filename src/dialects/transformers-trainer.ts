import { template } from '../model/template.js';
import { type Dialect, LISTING, message } from './dialect.js';
import { readReport } from './transformers.js';

/**
 * A Trainer that loads its own checkpoint: when it resumes, or takes back the best model (src/transformers/trainer.py). Nothing is started
 * anew there, so that a missing key is never the ordinary new head.
 */
export const transformersTrainer: Dialect = {
  name: 'transformers-trainer',
  library: 'Transformers, the Trainer’s own checkpoints',
  severity: 'warning',
  patterns: [
    message(
      'missing',
      'missing keys',
      template('There were missing keys in the checkpoint model loaded: {keys:list}', LISTING),
      readReport('missing-keys'),
      [
        {
          text: "There were missing keys in the checkpoint model loaded: ['lm_head.weight'].",
          states: [{ kind: 'header' }, { kind: 'missing-keys', keys: ['lm_head.weight'] }],
        },
      ],
    ),
    message(
      'unexpected',
      'unexpected keys',
      template('There were unexpected keys in the checkpoint model loaded: {keys:list}', LISTING),
      readReport('unexpected-keys'),
      [
        {
          text: "There were unexpected keys in the checkpoint model loaded: ['base_model.model.lm_head.weight'].",
          states: [{ kind: 'header' }, { kind: 'unexpected-keys', keys: ['base_model.model.lm_head.weight'] }],
        },
      ],
    ),
  ],
};
