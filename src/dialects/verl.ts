import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** verl, verl/model_merger/fsdp_model_merger.py: shards put together are held against the original Hugging Face model, which stands first. */
export const verl: Dialect = {
  name: 'verl',
  library: 'verl',
  severity: 'error',
  patterns: [
    message(
      'merged',
      'mismatch',
      template("Shape mismatch for key '{parameter:text}': original {modelShape} vs collected {checkpointShape}"),
      readFirstMismatch(),
      [
        {
          text: "AssertionError: Shape mismatch for key 'model.embed_tokens.weight': original torch.Size([151936, 896]) vs collected torch.Size([151665, 896])",
          states: [
            { kind: 'mismatch', parameter: 'model.embed_tokens.weight', checkpointShape: [151665, 896], modelShape: [151936, 896] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
