import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import { declined, declines, diagnosed } from './judge.js';

type Pair = readonly [string, Shape, Shape];

describe('adapters of two parameters of one module', () => {
  const at = (layer: number, tail: string): string => `base_model.model.model.layers.${layer}.mlp.experts.${tail}.default.weight`;
  const exchanged: readonly Pair[] = [
    [at(0, 'lora_A'), [64, 1536], [64, 768]],
    [at(0, 'lora_B'), [768, 64], [1536, 64]],
    [at(1, 'base_layer.lora_A'), [64, 768], [64, 1536]],
    [at(1, 'base_layer.lora_B'), [1536, 64], [768, 64]],
  ];

  it('that changed places belong to the same base', () => {
    expect(declined('lora-wrong-base', { mismatches: exchanged })).toContain('changed places');
    expect(diagnosed('lora-target-modules', { mismatches: exchanged })).toMatchObject({
      confidence: 'certain',
      explained: { mismatches: [0, 1, 2, 3] },
    });
  });

  it('of another width are those of another base', () => {
    const wider: readonly Pair[] = [...exchanged.slice(0, 3), [at(1, 'base_layer.lora_B'), [1536, 64], [1024, 64]]];
    expect(diagnosed('lora-wrong-base', { mismatches: wider }).confidence).toBe('certain');
    expect(declines('lora-target-modules', { mismatches: wider })).toBe(true);
  });

  it('are only transposed where every pair has its two sizes in the other order', () => {
    const transposed: readonly Pair[] = [
      ['l.0.q_proj.lora_A.weight', [8, 512], [512, 8]],
      ['l.0.q_proj.lora_B.weight', [8, 512], [512, 8]],
    ];
    expect(declined('lora-wrong-base', { mismatches: transposed })).toContain('transposed-layout');
    expect(diagnosed('transposed-layout', { mismatches: transposed }).confidence).toBe('possible');
    const [first, second] = transposed;
    if (first === undefined || second === undefined) throw new Error('two pairs');
    const real: readonly Pair[] = [first, [second[0], second[2], second[1]]];
    expect(declined('lora-wrong-base', { mismatches: real })).toContain('transposed-layout');
    expect(diagnosed('transposed-layout', { mismatches: real }).confidence).not.toBe('possible');
  });

  it('never count experts', () => {
    expect(declines('expert-count', { mismatches: exchanged })).toBe(true);
    expect(declines('expert-count', { mismatches: [[at(0, 'lora_B'), [768, 64], [1536, 64]]] })).toBe(true);
  });
});

describe('adapters with an axis of experts on one side', () => {
  const stacked: readonly Pair[] = [
    ['model.layers.0.mlp.experts.lora_A.default.weight', [4, 8, 512], [32, 512]],
    ['model.layers.0.mlp.experts.lora_B.default.weight', [4, 256, 8], [256, 32]],
  ];

  it.each([
    ['the checkpoint', stacked],
    ['the model', stacked.map(([name, file, model]): Pair => [name, model, file])],
  ] as const)('are of another release: in %s', (side, mismatches) => {
    const answer = diagnosed('library-version-drift', { mismatches });
    expect(answer.title).toContain(`an axis of experts in ${side}`);
    expect(JSON.stringify(answer)).not.toContain('peft==0.2');
    for (const rival of ['lora-rank', 'lora-wrong-base', 'expert-count'] as const) expect(declines(rival, { mismatches })).toBe(true);
  });

  it('are no fused layer of PEFT 0.2, which ends in a 1 and has the rows of whole slices', () => {
    const name = 'h.0.attn.c_attn.lora_B.default.weight';
    const merged = (file: Shape): readonly Pair[] => [
      ['h.0.attn.c_attn.lora_A.default.weight', [16, 96], [8, 96]],
      [name, file, [288, 8]],
    ];
    expect(diagnosed('library-version-drift', { mismatches: merged([192, 8, 1]) }).title).toContain('early form of PEFT');
    expect(declines('library-version-drift', { mismatches: merged([192, 8, 2]) })).toBe(true);
    expect(declines('library-version-drift', { mismatches: merged([200, 8, 1]) })).toBe(true);
  });
});
