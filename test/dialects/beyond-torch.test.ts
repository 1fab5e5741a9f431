import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';

const reader = createReader(dialects);
const claimed = (text: string): readonly string[] => reader.read(text).claims.map((claim) => `${claim.dialect}/${claim.pattern}`);

describe('errors of a running program outside PyTorch are no load failures', () => {
  it.each([
    'ValueError: Shapes (None, 1) and (None, 10) are incompatible',
    "ValueError: Dimension 1 in both shapes must be equal, but are 3 and 4. Shapes are [8,3] and [8,4]. for 'add' (op: 'Add') with input shapes: [8,3], [8,4].",
    "ValueError: Dict key mismatch; expected keys: ['a', 'b']; present keys: ['a'].",
    'ValueError: pytree structure error: different types at key path',
    'ValueError: Input 0 of layer "dense" is incompatible with the layer: expected axis -1 of input shape to have value 8, but received input with shape (None, 5)',
    'FileNotFoundError: weights.bin does not exist',
    'error: the weight file does not exist',
    'INFO: 3 namespaces do not match: a != b',
    "pip Packages Missing: ['numpy', 'torch']",
    'mx.nd: shape incompatible in broadcast_add',
    'Trainable parameters: 123,456',
    'Missing keys: []',
    '        assert loaded_weight.shape[0] == self.rank, "not this one"',
    '    param_data.copy_(loaded_weight)',
    '    raise ValueError(f"Layer {self.name} weight shape {variable.shape} is not compatible with provided weight shape {value.shape}.")',
    'return f"Attempted to load weight ({loaded_weight.size()}) into parameter ({param.size()})"',
  ])('leaves alone: %s', (text) => {
    expect(claimed(text)).toEqual([]);
  });
});

describe('words that two libraries share', () => {
  it('has Megatron call missing what only the checkpoint has', () => {
    const { claims } = reader.read("Missing keys (for all ranks): {'a.bias'}. Unexpected keys (for this rank): {'b.weight'}. ");
    expect(claims.flatMap((claim) => claim.statements)).toEqual([
      { kind: 'unexpected-keys', keys: ['a.bias'] },
      { kind: 'missing-keys', keys: ['b.weight'] },
    ]);
  });

  it('tells ggml from stable-diffusion.cpp by the number of axes', () => {
    const sides = (text: string) => reader.read(text).claims[0]?.statements[0];
    expect(sides("load: tensor 'w' has wrong shape in model file: got [8, 4], expected [6, 4]")).toEqual({
      kind: 'mismatch',
      parameter: 'w',
      checkpointShape: [6, 4],
      modelShape: [8, 4],
    });
    expect(sides("tensor 'w' has wrong shape in model file: got [3, 3, 9, 320], expected [3, 3, 4, 320]")).toEqual({
      kind: 'mismatch',
      parameter: 'w',
      checkpointShape: [3, 3, 9, 320],
      modelShape: [3, 3, 4, 320],
    });
  });

  it('takes an assertion for a failure only where it failed', () => {
    expect(claimed('    assert param_data.shape == loaded_weight.shape\n    param_data.copy_(loaded_weight)')).toEqual([]);
    expect(claimed('    assert param_data.shape == loaded_weight.shape\nAssertionError')).toEqual(['vllm/bare-assertion']);
  });
});
