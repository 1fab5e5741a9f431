import { describe, expect, it } from 'vitest';
import { canHaveRows } from '../../src/causes/vocabulary-and-adapters/language-model-table.js';
import type { Shape } from '../../src/model/shape.js';
import { declines, diagnosed, judge } from './judge.js';

type Pair = readonly [string, Shape, Shape];

/** The title, or the reason of the decline: no published name may stand in it that the list refutes. */
function said(mismatches: readonly Pair[], modelClass?: string): string {
  const answer = judge('wrong-model-variant', { mismatches, complete: false, ...(modelClass === undefined ? {} : { modelClass }) });
  return answer.verdict === 'diagnosis' ? answer.title : answer.reason;
}

describe('a published model is named', () => {
  it('where vocabulary and width are its own', () => {
    expect(said([['tok_embeddings.weight', [32000, 4096], [32000, 5120]]])).toContain('Llama-2-13B (width 5120)');
  });

  it('not where its vocabulary is another', () => {
    expect(said([['tok_embeddings.weight', [32000, 2560], [32000, 5120]]])).not.toMatch(/Qwen|Gemma/);
  });

  it('not for the encoder of an encoder-decoder', () => {
    const names: readonly Pair[] = [
      ['encoder.embed_tokens.weight', [24008, 1536], [24009, 768]],
      ['encoder.layers.0.self_attn.k_proj.weight', [1536, 1536], [768, 768]],
      ['encoder.layers.0.self_attn.k_proj.bias', [1536], [768]],
    ];
    expect(said(names, 'TransformerModel')).not.toMatch(/Qwen|BART/);
  });

  it('not by one width under names that many share, unless the class tells the family', () => {
    const one: readonly Pair[] = [['model.layers.0.input_layernorm.weight', [1536], [2048]]];
    expect(said(one)).not.toMatch(/Qwen|Llama/);
    expect(said(one, 'Qwen2ForCausalLM')).toContain('Qwen2.5-1.5B');
  });

  it('by its feed-forward layer beside the width', () => {
    expect(said([['model.layers.0.mlp.up_proj.weight', [8960, 1536], [11008, 2048]]])).toContain('Qwen2.5-1.5B (width 1536');
  });
});

it.each([
  ['Qwen3-4B', 32000, false],
  ['Qwen3-4B', 151936, true],
  ['Qwen3-4B', 151669, true],
  ['Llama-2-7B', 32001, true],
  ['Llama-2-7B', 49954, true],
  ['Llama-2-7B', 151936, false],
  ['Llama-3-8B', 32000, false],
  ['Falcon-7B', 7, true],
])('%s with %i rows: %s', (model, rows, expected) => {
  expect(canHaveRows(model, rows)).toBe(expected);
});

describe('Gaussians', () => {
  const id = 'dataset-sized-parameters';

  it('are not counted by the scales of a quantised layer, however many', () => {
    const names = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map(
      (name): Pair => [`model.layers.0.self_attn.${name}.scales`, [1, 64], [32, 64]],
    );
    expect(declines(id, { mismatches: names })).toBe(true);
    expect(declines(id, { mismatches: [['module.scales', [1, 64], [32, 64]]] })).toBe(true);
  });

  it.each([['_xyz'], ['gauss_params.means'], ['_model.gauss_params.scales'], ['means']])('are by %s', (name) => {
    expect(diagnosed(id, { mismatches: [[name, [812, 3], [640, 3]]] }).title).toContain('812 Gaussians');
  });

  it('are by three of their tables below a module', () => {
    const three = ['means', 'scales', 'opacities'].map((name): Pair => [`scene.cloud.${name}`, [812, 3], [640, 3]]);
    expect(diagnosed(id, { mismatches: three }).explained.mismatches).toEqual([0, 1, 2]);
    expect(declines(id, { mismatches: three.slice(1) })).toBe(true);
  });
});

describe('tensor parallelism', () => {
  const id = 'tensor-parallel-degree';
  const layer = (number: number, name: string): string => `decoder.layers.${number}.self_attn.${name}.weight`;

  it('is not what halves queries and keys and leaves the values between them', () => {
    const mismatches = [0, 1].flatMap((number) => ['k_proj', 'q_proj'].map((name): Pair => [layer(number, name), [768, 768], [384, 768]]));
    expect(declines(id, { mismatches })).toBe(true);
    const values = [0, 1].map((number): Pair => [layer(number, 'v_proj'), [768, 768], [384, 768]]);
    expect(declines(id, { mismatches: [...mismatches, ...values] })).toBe(false);
  });

  it('has no degree of 12 where nothing tells of one', () => {
    const pruned: readonly Pair[] = [
      ['encoder.layer.0.attention.query.weight', [64, 768], [768, 768]],
      ['encoder.layer.0.attention.query.bias', [64], [768]],
    ];
    expect(declines(id, { mismatches: pruned })).toBe(true);
  });
});

it('a file whose names end those of the model is no adapter, though they begin like one', () => {
  const unexpected = ['base_model.model.lm_head.weight'];
  expect(declines('adapter-only-checkpoint', { missing: ['wrapped.base_model.model.lm_head.weight'], unexpected })).toBe(true);
  expect(declines('adapter-only-checkpoint', { missing: ['wrapped.lm_head.weight'], unexpected })).toBe(false);
  expect(declines('tied-weights', { missing: ['wrapped.base_model.model.lm_head.weight'], unexpected })).toBe(true);
});
