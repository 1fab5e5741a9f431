import { describe, expect, test } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import { subject } from './failure-builder.js';
import { declines, diagnosed, judge } from './judge.js';

type Line = readonly [string, Shape, Shape];

const about = (...mismatches: readonly Line[]) => subject({ mismatches });

describe('a width is one that something reads', () => {
  test('kernels, anchors and rows of a head are none', () => {
    const kernels: Line[] = [
      ['neck.a.weight', [64, 64, 3, 3], [64, 64, 1, 1]],
      ['neck.b.weight', [64, 64, 3, 3], [64, 64, 1, 1]],
      ['neck.c.weight', [64, 64, 3, 3], [64, 64, 1, 1]],
    ];
    const answer = judge('wrong-model-variant', about(...kernels));
    expect(answer.verdict === 'diagnosis' ? answer.title : '').not.toContain('width');
    const rows: Line[] = [88, 100].flatMap((layer): Line[] => [
      [`module_list.${layer}.Conv2d.weight`, [255, 512, 1, 1], [21, 512, 1, 1]],
      [`module_list.${layer}.Conv2d.bias`, [255], [21]],
    ]);
    expect(declines('wrong-model-variant', about(...rows))).toBe(true);
    expect(declines('config-changed', about(...rows)) || !diagnosed('config-changed', about(...rows)).title.includes('width')).toBe(true);
  });
  test('levels of deformable attention are none', () => {
    const levels: Line[] = [0, 1, 2].map((layer) => [`decoder.layers.${layer}.cross_attn.sampling_offsets.bias`, [320], [256]]);
    expect(declines('wrong-model-variant', about(...levels))).toBe(true);
  });
  test('a norm or the inputs of the next layer make it one', () => {
    const read: Line[] = [
      ['a.conv.weight', [48, 3, 3, 3], [32, 3, 3, 3]],
      ['a.bn.weight', [48], [32]],
      ['b.conv.weight', [96, 48, 3, 3], [64, 32, 3, 3]],
    ];
    expect(diagnosed('wrong-model-variant', about(...read)).title).toContain('width 48');
  });
});

describe('the decoder of a masked autoencoder', () => {
  const decoder: Line[] = [
    ['mask_token', [1, 1, 128], [1, 1, 512]],
    ['decoder_pos_embed', [1, 197, 128], [1, 197, 512]],
    ['decoder_embed.weight', [128, 768], [512, 768]],
    ['decoder_blocks.0.norm1.weight', [128], [512]],
    ['decoder_blocks.0.attn.qkv.weight', [384, 128], [1536, 512]],
  ];
  test('has a width of its own, and the encoder agrees', () => {
    const { title, evidence, remedies } = diagnosed('wrong-model-variant', about(...decoder));
    expect(title).toContain('decoder of width 128');
    expect(remedies[0]?.text).toContain('decoder_embed_dim');
    const said = evidence.map(({ statement }) => statement).join('\n');
    expect(said).not.toContain('the width of the whole model does');
    expect(said).toContain('768 inputs on both sides');
  });
});

describe('an odd width', () => {
  test('is no proof of a pruned network where it is a width and three coordinates', () => {
    const grouping: Line[] = [
      ['SA_modules.0.mlps.0.layer2.bn.bn.bias', [64], [32]],
      ['SA_modules.1.mlps.0.layer0.conv.weight', [64, 67, 1, 1], [64, 99, 1, 1]],
      ['SA_modules.2.mlps.0.layer0.conv.weight', [128, 131, 1, 1], [128, 259, 1, 1]],
    ];
    expect(diagnosed('config-changed', about(...grouping)).title).not.toContain('pruned');
    const { evidence } = diagnosed('config-changed', about(...grouping));
    expect(evidence.map(({ statement }) => statement).join()).toContain('67 = 64 + 3');
  });
  test('is one where outputs, norm and next inputs have it', () => {
    const pruned: Line[] = [
      ['layer1.0.conv1.weight', [37, 64, 3, 3], [64, 64, 3, 3]],
      ['layer1.0.bn1.weight', [37], [64]],
      ['layer1.0.conv2.weight', [64, 37, 3, 3], [64, 64, 3, 3]],
    ];
    expect(diagnosed('config-changed', about(...pruned)).title).toContain('pruned');
  });
});

describe('poses of the actors of a scene', () => {
  const actors: Line[] = [
    ['dynamic_actors.actor_positions', [210, 12, 3], [210, 29, 3]],
    ['dynamic_actors.actor_rotations_6d', [210, 12, 6], [210, 29, 6]],
    ['dynamic_actors.actor_poses_at_time', [210, 12, 4, 4], [210, 29, 4, 4]],
  ];
  test('are as many as the data has', () => {
    const { title, confidence } = diagnosed('dataset-sized-parameters', about(...actors));
    expect(title).toContain('one row per actor: 12 when the checkpoint was trained, 29 now');
    expect(confidence).toBe('certain');
    expect(declines('config-changed', about(...actors))).toBe(true);
    expect(declines('wrong-model-variant', about(...actors))).toBe(true);
  });
});

describe('an MLP that is called a head', () => {
  test('hands its first inputs over from no backbone', () => {
    const first = about(['field.mlp_head.layers.0.weight', [64, 79], [64, 31]]);
    const answer = judge('wrong-model-variant', first);
    expect(answer.verdict === 'diagnosis' ? answer.title : '').not.toContain('body');
    const { title, evidence } = diagnosed('config-changed', first);
    expect(title).toContain('79');
    expect(evidence.map(({ statement }) => statement).join()).toContain('48 inputs more in the checkpoint');
  });
  test('its one layer of a classifier still does', () => {
    expect(diagnosed('wrong-model-variant', about(['fc.weight', [10, 512], [10, 2048]])).title).toContain('body');
  });
});
