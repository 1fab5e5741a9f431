import { template } from '../model/template.js';
import { type Dialect, message, readFirstKeys, readFirstMismatch } from './dialect.js';

/** candle, candle-nn/src/var_builder.rs and candle-core/src/error.rs. The model stands first. */
export const candle: Dialect = {
  name: 'candle',
  library: 'candle',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'mismatch',
      template('shape mismatch for {parameter}, expected: {modelShape}, got: {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'Error: shape mismatch for model.embed_tokens.weight, expected: [32000, 4096], got: [32064, 3072]',
          states: [
            { kind: 'mismatch', parameter: 'model.embed_tokens.weight', checkpointShape: [32064, 3072], modelShape: [32000, 4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'missing',
      'cannot find tensor',
      { expression: /cannot find tensor (?<keys>[\w-]+(?:[./][\w-]+)*)/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: 'Error: cannot find tensor model.layers.0.self_attn.q_proj.bias',
          states: [
            { kind: 'missing-keys', keys: ['model.layers.0.self_attn.q_proj.bias'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
