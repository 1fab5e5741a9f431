import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/analyze.js';
import { looksLikeLoadFailure } from '../../src/dialects/suspicion.js';

const STRANGE = [
  'ERROR checkpoint tensor fc has wrong shape (10, 5) vs (7, 5)',
  'loader: state dict entry foo.bar [4, 3] is incompatible with [5, 3]',
  'the checkpoint shape (3, 4) differs from model shape (5, 4) for layer x',
  'weights do not match the checkpoint for layer q',
  'Expected [4,4] from checkpoint but wrong size [4, 5]',
  'shape mismatch for w: a [3] b [4]',
];

/** More than a small source, so that the scanner chooses the lines. */
const STEPS = 'step 12 loss 3.21 lr 1e-4 grad_norm 0.97 checkpoint saved to out/step-12\n'.repeat(3000);

describe('a line that looks like a load failure and is in no dialect', () => {
  it.each(STRANGE)('%s: is listed, wherever it stands in a long log', (line) => {
    const analysis = createAnalysis();
    const source = analysis.source('run.log');
    source.push(new TextEncoder().encode(`${STEPS}${line}\n${STEPS}`));
    source.end();
    expect(analysis.report().unclaimed).toEqual([{ text: line, at: { source: 'run.log', line: 3001 } }]);
  });

  it.each([
    'RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x768 and 512x10)',
    'RuntimeError: size mismatch, m1: [4 x 768], m2: [512 x 10]',
    "    raise ValueError(f'size mismatch for {name}: checkpoint {a} model {b}')",
    'step 12 loss 3.21 checkpoint saved to out/step-12',
    'expected validation accuracy in (0.4, 0.9), got 0.7',
  ])('%s: is none', (line) => {
    expect(looksLikeLoadFailure(line)).toBe(false);
  });
});
