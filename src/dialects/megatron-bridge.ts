import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readKeys } from './dialect.js';

/** Megatron-Bridge, src/megatron/bridge/models/conversion/model_bridge.py: converts Hugging Face weights; the model stands first. */
export const megatronBridge: Dialect = {
  name: 'megatron-bridge',
  library: 'Megatron-Bridge',
  severity: 'error',
  patterns: [
    // Five lines; what follows the shapes names the bridge's class and the Hugging Face parameter.
    message(
      'shape',
      'mismatch',
      template('Shape mismatch for megatron param {parameter}: Expected shape: {modelShape} Got shape: {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Shape mismatch for megatron param decoder.layers.0.self_attention.linear_qkv.weight:\n  Expected shape: torch.Size([1536, 2048])\n  Got shape: torch.Size([3072, 2048])\n  Bridge type: QKVMapping\n  HF mapping: model.layers.*.self_attn',
          states: [
            {
              kind: 'mismatch',
              parameter: 'decoder.layers.0.self_attention.linear_qkv.weight',
              checkpointShape: [3072, 2048],
              modelShape: [1536, 2048],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // The run goes on without this parameter; no shapes are told.
    message(
      'shape-allowed',
      'mismatch',
      template('Shape mismatch for megatron param {keys:tail} allowed by whitelist. Skipping'),
      readKeys('missing-keys'),
      [
        {
          text: 'WARNING: Shape mismatch for megatron param embedding.word_embeddings.weight allowed by whitelist. Skipping.',
          states: [{ kind: 'missing-keys', keys: ['embedding.word_embeddings.weight'] }],
        },
      ],
      { severity: 'warning' },
    ),
  ],
};
