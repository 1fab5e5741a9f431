import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** dm-haiku, haiku/_src/base.py: raised when a transformed function is applied to parameters of another shape, the usual way to load. */
export const haiku: Dialect = {
  name: 'haiku',
  library: 'Haiku',
  severity: 'error',
  patterns: [
    // The model's shape is a list where the caller gave one. Custom getters' check has the same words without "retrieved": no load failure.
    message(
      'shape',
      'retrieved',
      template("'{parameter}' with retrieved shape {checkpointShape} does not match shape={modelShape} dtype="),
      readFirstMismatch(),
      [
        {
          text: "ValueError: 'sequential/sequential_1/linear/w' with retrieved shape (3136, 512) does not match shape=[448, 512] dtype=dtype('float32')",
          states: [
            { kind: 'mismatch', parameter: 'sequential/sequential_1/linear/w', checkpointShape: [3136, 512], modelShape: [448, 512] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
