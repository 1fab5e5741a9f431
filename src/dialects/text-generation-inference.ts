import { type Dialect, message, readFirstKeys } from './dialect.js';

/** Text Generation Inference, server/text_generation_server/utils/weights.py (TGI#541). */
export const textGenerationInference: Dialect = {
  name: 'text-generation-inference',
  library: 'Text Generation Inference',
  severity: 'error',
  patterns: [
    // Everyday words: only the exception's class and a dotted name make them a message of a loader.
    message(
      'missing-weight',
      'does not exist',
      { expression: /RuntimeError: weight (?<keys>[\w-]+(?:\.[\w-]+)+) does not exist/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: 'RuntimeError: weight lm_head.weight does not exist',
          states: [
            { kind: 'missing-keys', keys: ['lm_head.weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
