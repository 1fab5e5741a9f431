import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstMismatch, readKeys } from './dialect.js';

/** NeMo: lightning/io/state.py (conversion, the model first) and collections/nlp/parts/utils_funcs.py (key lists on a line of their own). */
export const nemo: Dialect = {
  name: 'nemo',
  library: 'NeMo',
  severity: 'error',
  patterns: [
    message(
      'parameter',
      'mismatch',
      template('Shape mismatch for parameter {parameter}: target shape {modelShape} vs converted source shape {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Shape mismatch for parameter embedding.word_embeddings.weight: target shape torch.Size([128256, 4096]) vs converted source shape torch.Size([128258, 4096])',
          states: [
            {
              kind: 'mismatch',
              parameter: 'embedding.word_embeddings.weight',
              checkpointShape: [128258, 4096],
              modelShape: [128256, 4096],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'buffer',
      'mismatch',
      template('Shape mismatch for buffer {parameter}: {modelShape} vs {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Shape mismatch for buffer rotary_pos_emb.inv_freq: torch.Size([64]) vs torch.Size([32])',
          states: [
            { kind: 'mismatch', parameter: 'rotary_pos_emb.inv_freq', checkpointShape: [32], modelShape: [64] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // Says "unexpected" of what the model has and the checkpoint lacks.
    message(
      'not-in-checkpoint',
      'not in checkpoint but in model',
      template('Unexpected key: {keys:tail} not in checkpoint but in model'),
      readKeys('missing-keys'),
      [
        {
          text: 'Unexpected key: decoder.layers.0.mlp.linear_fc1.bias not in checkpoint but in model.',
          states: [{ kind: 'missing-keys', keys: ['decoder.layers.0.mlp.linear_fc1.bias'] }],
        },
      ],
      { severity: 'warning' },
    ),
    message('missing-keys', 'Missing keys', template('RuntimeError: Missing keys: {keys:list}', LISTING), readKeys('missing-keys'), [
      {
        text: "RuntimeError: Missing keys: \n['model.decoder.final_layernorm.bias', 'model.output_layer.weight']",
        states: [{ kind: 'missing-keys', keys: ['model.decoder.final_layernorm.bias', 'model.output_layer.weight'] }],
      },
    ]),
    message(
      'unexpected-keys',
      'Unexpected keys',
      template('RuntimeError: Unexpected keys: {keys:list}', LISTING),
      readKeys('unexpected-keys'),
      [
        {
          text: "RuntimeError: Unexpected keys: \n['model.decoder.layers.0.mlp.linear_fc1.bias']",
          states: [{ kind: 'unexpected-keys', keys: ['model.decoder.layers.0.mlp.linear_fc1.bias'] }],
        },
      ],
    ),
  ],
};
