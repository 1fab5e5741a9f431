import { describe, expect, test } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import { subject } from './failure-builder.js';
import { diagnosed } from './judge.js';

type Line = readonly [string, Shape, Shape];

const answered = (...mismatches: readonly Line[]) => diagnosed('config-changed', subject({ mismatches }));

describe('an option is read on its own axis', () => {
  test('rows of object queries', () => {
    const { title, remedies } = answered(['query_embed.weight', [100, 256], [400, 256]]);
    expect(title).toContain('Another value of num_queries than in the training: 100 in the checkpoint, 400 in the model');
    expect(remedies[0]?.title).toContain('100');
  });
  test('equal rows are no other number of queries: twice the width holds position and content', () => {
    const { title, remedies } = answered(['query_embed.weight', [200, 576], [200, 288]]);
    expect(title).not.toContain('num_queries');
    expect(title).toContain('576 in the checkpoint, 288 in the model');
    expect(title).toContain('position and content');
    expect(remedies.map(({ title: said, text }) => said + text).join()).not.toContain('num_queries');
  });
  test('rows behind a batch axis', () => {
    const { title, remedies } = answered(['query_embed', [1, 100, 256], [1, 400, 256]]);
    expect(title).toContain('num_queries than in the training: 100 in the checkpoint, 400 in the model');
    expect(remedies[0]?.title).toContain('num_queries as in the training: 100');
  });
  test('speakers of equal number with another width', () => {
    const { title } = answered(['emb_g.weight', [109, 256], [109, 192]]);
    expect(title).not.toContain('n_speakers');
  });
  test('gates of a recurrent layer are its hidden size, inputs are its inputs', () => {
    expect(answered(['rnn.weight_ih_l0', [512, 80], [1024, 80]], ['rnn.bias_ih_l0', [512], [1024]]).title).toContain(
      'hidden_size than in the training: 128 in the checkpoint, 256 in the model',
    );
    expect(answered(['rnn.weight_ih_l0', [512, 80], [512, 83]]).title).toContain('80 in the checkpoint, 83 in the model');
  });
});

describe('feature levels of deformable attention', () => {
  const attention = (checkpoint: number, model: number): readonly Line[] => [
    ['transformer.encoder.layers.0.self_attn.sampling_offsets.weight', [64 * checkpoint, 256], [64 * model, 256]],
    ['transformer.encoder.layers.0.self_attn.sampling_offsets.bias', [64 * checkpoint], [64 * model]],
    ['transformer.encoder.layers.0.self_attn.attention_weights.weight', [32 * checkpoint, 256], [32 * model, 256]],
  ];
  test('are told by the table with one row for each', () => {
    const { title, remedies } = answered(['transformer.level_embed', [3, 256], [4, 256]], ...attention(3, 4));
    expect(title).toContain('Another value of num_feature_levels than in the training: 3 in the checkpoint, 4 in the model');
    expect(remedies[0]?.title).toBe('Set num_feature_levels as in the training: 3');
  });
  test('without that table, levels and points are both possible', () => {
    expect(answered(...attention(4, 5)).title).toContain('num_feature_levels, dec_n_points, enc_n_points');
  });
});
