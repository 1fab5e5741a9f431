import { template } from '../model/template.js';
import { type Dialect, message, readNotice } from './dialect.js';

/** Meta's reference code, llama/generation.py (meta-llama/llama#40): one file per model-parallel rank. */
export const llama: Dialect = {
  name: 'llama',
  library: 'Meta Llama reference code',
  severity: 'error',
  patterns: [
    message(
      'model-parallel',
      'but world size is',
      template('Loading a checkpoint for MP={checkpoint:int} but world size is {model:int}'),
      readNotice('model-parallel-size', (fields) => ({ checkpoint: fields.int('checkpoint'), model: fields.int('model') })),
      [
        {
          text: 'AssertionError: Loading a checkpoint for MP=8 but world size is 1',
          states: [{ kind: 'notice', topic: 'model-parallel-size', values: { checkpoint: 8, model: 1 } }],
        },
      ],
    ),
  ],
};
