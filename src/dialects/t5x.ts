import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** T5X: t5x/checkpoints.py, checkpoint_importer.py. The checkpoint stands first. */
export const t5x: Dialect = {
  name: 't5x',
  library: 'T5X',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'not match',
      template('Shape of `{parameter:text}` in checkpoint {checkpointShape} does not match expected {modelShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Shape of `target.decoder.logits_dense.kernel` in checkpoint (512, 32128) does not match expected (512, 32000).',
          states: [
            { kind: 'mismatch', parameter: 'target.decoder.logits_dense.kernel', checkpointShape: [512, 32128], modelShape: [512, 32000] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'importer',
      'has shape',
      template('Variable {parameter} has shape {checkpointShape} != {modelShape}', { opens: false }),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Variable encoder/block_000/layer_000/SelfAttention/q has shape (512, 512) != (768, 768)',
          states: [
            {
              kind: 'mismatch',
              parameter: 'encoder/block_000/layer_000/SelfAttention/q',
              checkpointShape: [512, 512],
              modelShape: [768, 768],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
