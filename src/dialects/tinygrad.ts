import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** tinygrad, tinygrad/nn/state.py. The model stands first. */
export const tinygrad: Dialect = {
  name: 'tinygrad',
  library: 'tinygrad',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'mismatch',
      template('Shape mismatch in layer `{parameter}`: Expected shape {modelShape}, but found {checkpointShape} in state dict'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Shape mismatch in layer `output.weight`: Expected shape (128256, 4096), but found (128264, 4096) in state dict.',
          states: [
            { kind: 'mismatch', parameter: 'output.weight', checkpointShape: [128264, 4096], modelShape: [128256, 4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
