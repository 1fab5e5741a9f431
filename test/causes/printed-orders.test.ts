import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/causes/diagnose.js';
import type { Shape } from '../../src/model/shape.js';
import { type FailureFacts, subject } from './failure-builder.js';

const one = (parameter: string | undefined, file: Shape, model: Shape, more: FailureFacts = {}) =>
  diagnose(subject({ mismatches: [[parameter, file, model]], complete: false, ...more })).diagnoses;
const ggml: FailureFacts = { dialect: 'ggml' };

describe('shapes that ggml prints columns first', () => {
  it('are grouped keys of an older build', () => {
    const [first] = one('blk.0.attn_k.weight', [4096, 512], [4096, 4096], ggml);
    expect(first?.cause).toBe('kv-heads');
    expect(first?.title).toContain('512 key and value rows');
    expect(first?.remedies[0]?.title).toContain('llama.cpp');
    expect(first?.evidence.at(-1)?.statement).toContain('ggml prints the columns first');
  });

  it('are a vocabulary with more tokens', () => {
    const [first] = one('tok_embeddings.weight', [4096, 49954], [4096, 32000], ggml);
    expect(first?.cause).toBe('vocab-resized');
  });

  it('and vectors need no word about it', () => {
    const [first] = one('norm.weight', [4096], [5120], ggml);
    expect(first?.evidence.some(({ statement }) => statement.includes('ggml'))).toBe(false);
  });

  it('are left alone where PyTorch prints them', () => {
    expect(one('layers.0.attention.wk.weight', [4096, 512], [4096, 4096]).some(({ cause }) => cause === 'kv-heads')).toBe(false);
  });
});

describe('a fused projection on both sides', () => {
  const name = 'transformer.encoder.layers.0.self_attention.query_key_value.weight';

  it('has another number of key and value groups', () => {
    const [first, ...others] = one(name, [2560, 2048], [2304, 2048]);
    expect(first?.cause).toBe('kv-heads');
    expect(first?.title).toContain('256');
    expect(others.map(({ cause }) => cause)).not.toContain('fused-qkv');
  });

  it('is none where the rows are the query alone', () => {
    expect(one(name, [2048, 2048], [2304, 2048])[0]?.cause).toBe('fused-qkv');
  });

  it('is known without its name by the keys and values of a published model', () => {
    const loader: FailureFacts = { dialect: 'vllm' };
    expect(one(undefined, [4096, 2560], [6144, 2560], loader)[0]?.cause).toBe('fused-qkv');
    expect(one(undefined, [4096, 2570], [6144, 2570], loader).map(({ cause }) => cause)).not.toContain('fused-qkv');
  });
});
