import { describe, expect, it } from 'vitest';
import { kernelAxes } from '../../src/causes/pairs.js';
import type { Shape } from '../../src/model/shape.js';
import { failure } from './failure-builder.js';
import { declines, diagnosed } from './judge.js';

const tensorflow = (parameter: string | undefined, checkpoint: Shape, model: Shape) =>
  ({ mismatches: [[parameter, checkpoint, model]], dialect: 'tensorflow', complete: false }) as const;

describe('one tensor without a name', () => {
  it.each<readonly [Shape, Shape]>([
    [[171], [9]],
    [
      [16, 40, 3],
      [1, 40, 3],
    ],
    [
      [1, 1, 1283, 32],
      [1, 1, 3, 32],
    ],
  ])('%j against %j shows no width of a model', (checkpoint, model) => {
    const facts = tensorflow(undefined, checkpoint, model);
    expect(declines('wrong-model-variant', facts)).toBe(true);
    const { title, wouldDecide, confidence } = diagnosed('config-changed', facts);
    expect(title).toContain('does not name the parameter');
    expect(title).not.toContain('kernel');
    expect(wouldDecide[0]?.command).toContain('tf.train.list_variables');
    expect(confidence).toBe('possible');
  });

  it('of two usual widths may be another size', () => {
    expect(diagnosed('wrong-model-variant', { mismatches: [[undefined, [1024, 1024], [2048, 1024]]] }).confidence).toBe('possible');
  });
});

describe('the axes of a kernel', () => {
  const axesOf = (dialect: string, parameter: string | undefined) => {
    const [mismatch] = failure({ dialect, mismatches: [[parameter, [3, 3, 8, 16], [5, 5, 8, 16]]] }).mismatches;
    return mismatch && kernelAxes(mismatch);
  };
  it.each([
    ['torch', 'conv1.weight', [2, 3]],
    ['torch', undefined, undefined],
    ['torch', 'stem/conv/kernel', [0, 1]],
    ['tensorflow', undefined, [0, 1]],
    ['keras', 'conv2d_3', [0, 1]],
    ['mlx', 'conv1.weight', [1, 2]],
  ])('%s %s', (dialect, parameter, axes) => {
    expect(axesOf(dialect, parameter)).toEqual(axes);
  });

  it('differ in TensorFlow where the first two do', () => {
    expect(diagnosed('config-changed', tensorflow('block/conv/weights', [3, 3, 24, 48], [5, 5, 24, 48])).title).toContain('kernel size');
    expect(diagnosed('config-changed', tensorflow('block/conv/weights', [3, 3, 24, 48], [3, 3, 30, 48])).title).not.toContain(
      'kernel size',
    );
  });
});
