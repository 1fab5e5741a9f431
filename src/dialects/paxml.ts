import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** PaxML, paxml/checkpoints.py: no name. */
export const paxml: Dialect = {
  name: 'paxml',
  library: 'PaxML',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'mismatch',
      template('Restored parameter shape mismatch: {checkpointShape} (checkpoint) vs. {modelShape} (expected)'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Restored parameter shape mismatch: (8, 1024) (checkpoint) vs. (16, 1024) (expected).',
          states: [
            { kind: 'mismatch', checkpointShape: [8, 1024], modelShape: [16, 1024] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
