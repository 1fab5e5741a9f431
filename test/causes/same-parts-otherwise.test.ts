import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import type { FailureFacts } from './failure-builder.js';
import { declined, declines, diagnosed } from './judge.js';

const table = (modelClass: string, checkpoint: number, model: number): FailureFacts => ({
  modelClass,
  mismatches: [['vision_model.embeddings.position_embedding.weight', [checkpoint, 768] as Shape, [model, 768] as Shape]],
});

describe('one position more', () => {
  it.each<readonly [string, number, number, string]>([
    ['CLIPVisionModel', 196, 197, 'The checkpoint is an image tower without a class token, as SigLIP, but'],
    ['SiglipVisionModel', 257, 256, 'The checkpoint is an image tower with a class token, as CLIP, but'],
  ])('%s has no option for the class token: another architecture', (modelClass, checkpoint, model, title) => {
    const facts = table(modelClass, checkpoint, model);
    expect(diagnosed('wrong-model-variant', facts)).toMatchObject({ confidence: 'likely', title: expect.stringContaining(title) });
    expect(declined('position-embedding-length', facts)).toContain('no option of this class');
  });

  it.each<readonly [string, FailureFacts]>([
    ['in a class that may have one', table('VisionTransformer', 196, 197)],
    ['in a class that has one already', table('CLIPVisionModel', 197, 196)],
    ['beside no square', table('CLIPVisionModel', 198, 199)],
    ['of another picture', table('CLIPVisionModel', 197, 257)],
  ])('is left to the table of positions: %s', (_, facts) => {
    expect(declines('position-embedding-length', facts)).toBe(false);
  });
});

describe('experts of Megatron in two layouts', () => {
  const id = 'config-changed';
  const single = [0, 1].map((expert) => `decoder.layers.3.mlp.experts.local_experts.${expert}.linear_fc1.weight`);
  const packed = ['decoder.layers.3.mlp.experts.weight1'];
  const grouped = ['decoder.layers.3.mlp.experts.linear_fc1.weight0', 'decoder.layers.3.mlp.experts.linear_fc1._extra_state'];

  it.each([
    [packed, single, 'the file holds each expert as a module of its own'],
    [single, packed, 'the file holds all experts of a layer in one matrix'],
    [grouped, single, 'the model was built with the experts of a layer in one grouped module'],
  ])('%j', (missing, unexpected, title) => {
    const answer = diagnosed(id, { missing, unexpected });
    expect(answer.title).toContain(title);
    expect(answer.explained).toMatchObject({ missingKeys: missing, unexpectedKeys: unexpected });
  });

  it.each<readonly [string, FailureFacts]>([
    ['one side alone', { missing: packed }],
    ['the same layout', { missing: single, unexpected: single }],
    ['other names beside them', { missing: [...packed, 'output_layer.weight'], unexpected: single }],
  ])('decline: %s', (_, facts) => {
    expect(declines(id, facts)).toBe(true);
  });
});

describe('feed-forward layers of T5', () => {
  const layer = (name: string) => `encoder.block.2.layer.1.DenseReluDense.${name}.weight`;

  it('gated in the model and plain in the file', () => {
    const answer = diagnosed('config-changed', { missing: [layer('wi_0'), layer('wi_1'), 'lm_head.weight'], unexpected: [layer('wi')] });
    expect(answer.title).toContain('the feed-forward layers of the model are gated');
    expect(answer.remedies[0]?.title).toContain('"relu"');
  });

  it('is no change of an option where other layers are listed', () => {
    expect(declines('config-changed', { missing: [layer('wi')], unexpected: [layer('wi_0'), 'shared.weight'] })).toBe(true);
  });
});
