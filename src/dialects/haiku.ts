import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** dm-haiku, haiku/_src/base.py: raised when a transformed function is applied to parameters of another shape, the usual way to load. */
export const haiku: Dialect = {
  name: 'haiku',
  library: 'Haiku',
  severity: 'error',
  patterns: [
    // Before "retrieved" (2021) the shapes were printed alike; the model's is a list where the caller gave one.
    message(
      'shape',
      'not match',
      {
        expression:
          /'(?<parameter>[^'\n]{1,2048})'\s+with\s+(?:retrieved\s+)?shape\s+(?<checkpointShape>[[(][\d,\s]*[\])])\s+does\s+not\s+match\s+shape=(?<modelShape>[[(][\d,\s]*[\])])\s+dtype=/,
      },
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
