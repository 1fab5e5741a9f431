import { describe, expect, it } from 'vitest';
import {
  blockKinds,
  hasDeepStem,
  hasOtherInnerWidth,
  stageDepths,
  stemOfOtherPictures,
} from '../../src/causes/architecture/resnet-blocks.js';
import { findAffix, sampledPrefix, unlistedCounters, withoutWrappers } from '../../src/causes/layout-and-keys/affixes.js';
import { isReordered, layoutOf, ordersOf } from '../../src/causes/layout-and-keys/axis-orders.js';
import type { Shape } from '../../src/model/shape.js';
import { failure } from './failure-builder.js';

type Names = readonly string[];

describe('the piece by which the names of two sides differ', () => {
  /** `kind checkpoint|model pairs`, the names of the model first as in a message. */
  const found = (missing: Names, unexpected: Names): string | undefined => {
    const affix = findAffix(missing, unexpected);
    return affix && `${affix.kind} ${affix.checkpointPart}|${affix.modelPart} ${affix.pairs.length}`;
  };

  it.each<readonly [string, Names, Names, string | undefined]>([
    ['in front of the names of the file', ['a.w', 'b.w'], ['module.a.w', 'module.b.w'], 'prefix module.| 2'],
    ['in front of the names of the model', ['module.a.w', 'module.b.w'], ['a.w', 'b.w'], 'prefix |module. 2'],
    ['of several parts', ['a.w', 'b.w'], ['x.y.a.w', 'x.y.b.w'], 'prefix x.y.| 2'],
    ['in front of most names', ['a.w', 'b.w', 'c.w'], ['module.a.w', 'module.b.w', 'd.w'], 'prefix module.| 2'],
    ['but not of few', ['a.w', 'b.w', 'c.w'], ['module.a.w', 'd.w', 'e.w'], undefined],
    ['of half of them', ['a.w', 'b.w'], ['module.a.w', 'd.w'], 'prefix module.| 1'],
    ['that is no layer', ['a.w', 'b.w'], ['layers.3.a.w', 'layers.3.b.w'], undefined],
    ['unless it is the first of a sequence', ['a.w', 'b.w'], ['0.a.w', '0.b.w'], 'prefix 0.| 2'],
    ['or one around a part', ['a.w', 'b.w'], ['0.auto_model.a.w', '0.auto_model.b.w'], 'prefix 0.auto_model.| 2'],
    ['but not the second', ['a.w', 'b.w'], ['1.a.w', '1.b.w'], undefined],
    ['of `weight` alone, where one module has it', ['weight'], ['fc.weight'], 'prefix fc.| 1'],
    ['but not where several have', ['weight'], ['fc.weight', 'conv.weight'], undefined],
    ['inside the names of the file', ['a.b.w', 'c.b.w'], ['a.x.b.w', 'c.x.b.w'], 'infix x.| 2'],
    ['inside the names of the model', ['a.x.b.w', 'c.x.b.w'], ['a.b.w', 'c.b.w'], 'infix |x. 2'],
    ['but no number', ['a.b.w', 'c.b.w'], ['a.0.b.w', 'c.0.b.w'], undefined],
    ['nor one that the other side knows', ['a.b.w', 'c.b.w', 'x.d'], ['a.x.b.w', 'c.x.b.w'], undefined],
    ['of nested wrappers', ['module.a._fsdp_wrapped_module.w'], ['_orig_mod.a.w'], 'infix _orig_mod.|_fsdp_wrapped_module.module. 1'],
    ['of two beginnings', ['language_model.a.b', 'language_model.c.d'], ['model.a.b', 'model.c.d'], 'replaced model.|language_model. 2'],
    ['but not for one name', ['language_model.a.b'], ['model.a.b'], undefined],
    ['nor for a last part', ['x.a', 'x.b'], ['y.a', 'y.b'], undefined],
    ['nor for numbered beginnings', ['x.1.a.b', 'x.1.c.d'], ['y.2.a.b', 'y.2.c.d'], undefined],
    ['nor where a rest stands twice', ['x.a.b', 'z.a.b', 'x.c.d', 'z.c.d'], ['y.a.b', 'y.c.d'], undefined],
    ['nor where one side has no names', [], ['module.a.w'], undefined],
    ['nor where the other has none', ['a.w'], [], undefined],
  ])('%s', (_, missing, unexpected, expected) => {
    const written = found(missing, unexpected);
    if (expected?.includes('_fsdp')) expect(written?.split(' ')[0]).toBe('infix');
    else expect(written).toBe(expected);
  });

  it('pairs the name of the file with that of the model', () => {
    expect(findAffix(['a.w'], ['module.a.w'])?.pairs).toEqual([['module.a.w', 'a.w']]);
    expect(findAffix(['module.a.w'], ['a.w'])?.pairs).toEqual([['a.w', 'module.a.w']]);
    expect(findAffix(['a.x.b.w', 'c.x.b.w'], ['a.b.w', 'c.b.w'])?.pairs).toEqual([
      ['a.b.w', 'a.x.b.w'],
      ['c.b.w', 'c.x.b.w'],
    ]);
  });

  it('may stand beside others under which the same names stand again', () => {
    const under = (...copies: Names) =>
      findAffix(
        ['a.w', 'b.w'],
        copies.flatMap((copy) => [`${copy}.a.w`, `${copy}.b.w`]),
      )?.alsoUnder;
    expect(under('student')).toEqual([]);
    expect(under('student', 'teacher')).toEqual(['teacher.']);
    expect(under('a1', 'a2', 'a3', 'a4', 'a5')).toEqual(['a2.', 'a3.', 'a4.']);
    const five = ['a.w', 'b.w', 'c.w', 'd.w', 'e.w'];
    const copies = (count: number) =>
      findAffix(five, [...five.map((name) => `s.${name}`), ...five.slice(0, count).map((name) => `t.${name}`)]);
    expect([copies(4)?.alsoUnder, copies(3)?.alsoUnder]).toEqual([['t.'], []]);
  });

  it('is what most names of a sample begin with, where what follows begins those of the other side', () => {
    const sampled = (missing: Names, unexpected: Names) => {
      const affix = sampledPrefix(missing, unexpected);
      return affix && [affix.checkpointPart, affix.modelPart];
    };
    expect(sampled(['layer4.w'], ['CCN.layer1.w', 'CCN.layer2.w'])).toEqual(['CCN.', '']);
    expect(sampled(['CCN.layer1.w', 'CCN.layer2.w'], ['layer4.w'])).toEqual(['', 'CCN.']);
    expect(sampled(['layer4.w'], ['CCN.layer1.w', 'other.layer2.w'])).toBeUndefined();
    expect(sampled(['layer4.w', 'CCN.x'], ['CCN.layer1.w'])).toBeUndefined();
    expect(sampled(['layer4.w'], ['CCN.layer1.w', 'CCN.fc.w'])).toBeUndefined();
    expect(sampled(['layer4.w'], ['CCN.layer1.w', 'CCN.layer1.b', 'CCN.fc.w'])).toEqual(['CCN.', '']);
    expect(sampled(['4.w'], ['CCN.1.w'])).toBeUndefined();
    expect(sampled(['layer4.w'], ['0.layer1.w'])).toBeUndefined();
    expect(sampled(['layer4'], ['CCN.layer1.w'])).toBeUndefined();
    expect(sampled([], ['CCN.layer1.w'])).toBeUndefined();
    expect(sampled(['layer4.w'], [])).toBeUndefined();
  });

  it('goes with the counters of batch norms whose statistics agree', () => {
    const pairs = [
      ['module.bn.running_mean', 'bn.running_mean'],
      ['module.x.num_batches_tracked', 'x.num_batches_tracked'],
    ] as const;
    const unexpected = [
      'module.bn.running_mean',
      'module.bn.num_batches_tracked',
      'module.other.num_batches_tracked',
      'module.x.num_batches_tracked',
      'fc.w',
    ];
    expect(unlistedCounters(unexpected, pairs)).toEqual(['module.bn.num_batches_tracked']);
  });

  it('is taken out of a name however often and wherever wrappers put it', () => {
    expect(withoutWrappers('module.module.a._orig_mod.w')).toBe('a.w');
    expect(withoutWrappers('a.submodule.w')).toBe('a.submodule.w');
  });
});

describe('axes in another order', () => {
  const listOf = (...pairs: readonly (readonly [Shape, Shape, string?])[]) =>
    failure({ mismatches: pairs.map(([checkpoint, model, name = 'a.weight']) => [name, checkpoint, model]) }).mismatches;

  it.each<readonly [Shape, Shape, boolean]>([
    [[4, 8], [8, 4], true],
    [[4, 4, 8], [4, 8, 4], true],
    [[4, 8], [4, 8], false],
    [[4, 8], [8, 5], false],
    [[4, 8], [8, 4, 1], false],
    [[32], [32], false],
    [[1, 8], [8, 1], false],
    [[1, 4, 8], [8, 4, 1], true],
    [[1, 4, 8], [4, 1, 8], false],
    [[10, 9], [9, 10], true],
  ])('%j and %j: %s', (checkpoint, model, expected) => {
    expect(listOf([checkpoint, model]).map(isReordered)).toEqual([expected]);
  });

  it.each<readonly [string, readonly (readonly [Shape, Shape])[], readonly (readonly number[])[]]>([
    [
      'one for one pair',
      [
        [
          [4, 8],
          [8, 4],
        ],
      ],
      [[1, 0]],
    ],
    [
      'both that fit equal sizes',
      [
        [
          [4, 4, 8],
          [8, 4, 4],
        ],
      ],
      [
        [2, 1, 0],
        [2, 0, 1],
      ],
    ],
    [
      'what fits all pairs',
      [
        [
          [4, 4, 8],
          [8, 4, 4],
        ],
        [
          [2, 3, 5],
          [5, 3, 2],
        ],
      ],
      [[2, 1, 0]],
    ],
    [
      'none where one does not fit',
      [
        [
          [4, 8],
          [8, 4],
        ],
        [
          [4, 8],
          [8, 5],
        ],
      ],
      [],
    ],
    [
      'none where dimensions differ',
      [
        [
          [4, 8],
          [8, 4],
        ],
        [
          [2, 3, 5],
          [5, 3, 2],
        ],
      ],
      [],
    ],
    [
      'none where the sides have other dimensions',
      [
        [
          [4, 8],
          [8, 4, 1],
        ],
      ],
      [],
    ],
    ['none of nothing', [], []],
    [
      'none of seven dimensions',
      [
        [
          [1, 2, 3, 4, 5, 6, 7],
          [2, 1, 3, 4, 5, 6, 7],
        ],
      ],
      [],
    ],
    [
      'one of six',
      [
        [
          [1, 2, 3, 4, 5, 6],
          [2, 1, 3, 4, 5, 6],
        ],
      ],
      [[1, 0, 2, 3, 4, 5]],
    ],
  ])('are %s', (_, pairs, orders) => {
    expect([...ordersOf(listOf(...pairs))].sort()).toEqual([...orders].sort());
  });

  it.each<readonly [string, Shape, Shape, string | undefined]>([
    ['h.0.attn.c_attn.weight', [2304, 768], [768, 2304], 'nn.Linear'],
    ['h.0.attn.c_attn.weight', [768, 2304], [2304, 768], 'Conv1D of GPT-2'],
    ['h.0.mlp.c_proj.weight', [768, 3072], [3072, 768], 'nn.Linear'],
    ['h.0.mlp.c_proj.weight', [3072, 768], [768, 3072], 'Conv1D of GPT-2'],
    ['fc.weight', [768, 3072], [3072, 768], 'one convention for linear layers'],
    ['conv.weight', [3, 3, 3, 5, 16], [16, 3, 3, 3, 5], 'spconv 1'],
    ['conv.weight', [3, 2, 5, 7], [7, 5, 3, 2], 'TensorFlow and Keras'],
    ['conv.weight', [64, 32, 3, 5], [32, 64, 3, 5], 'one of Conv2d'],
    ['conv.weight', [64, 32, 3], [32, 64, 3], 'one of Conv1d'],
    ['conv.weight', [2, 3, 5], [5, 3, 2], undefined],
  ])('%s %j %j: the file follows %s', (name, checkpoint, model, expected) => {
    const mismatches = listOf([checkpoint, model, name]);
    const layout = layoutOf(ordersOf(mismatches), mismatches)?.checkpoint;
    if (expected === undefined) expect(layout).toBeUndefined();
    else expect(layout?.startsWith(expected)).toBe(true);
  });
});

describe('blocks of a ResNet', () => {
  const mismatching = (...pairs: readonly (readonly [string, Shape, Shape])[]) => failure({ mismatches: pairs });

  it('begin with another convolution in another kind of block', () => {
    const kind = (name: string, checkpoint: Shape, model: Shape) => blockKinds(mismatching([name, checkpoint, model]))?.checkpoint;
    expect(kind('layer1.0.conv1.weight', [64, 64, 3, 3], [64, 64, 1, 1])).toBe('basic');
    expect(kind('layer1.0.conv1.weight', [64, 64, 1, 1], [64, 64, 3, 3])).toBe('bottleneck');
    expect(kind('layer1.0.conv2.weight', [64, 64, 1, 1], [64, 64, 3, 3])).toBeUndefined();
    expect(kind('layer1.0.conv1.weight', [64, 64, 3, 3], [64, 64, 3, 3])).toBeUndefined();
    expect(kind('encoder.conv1.weight', [64, 64, 1, 1], [64, 64, 3, 3])).toBeUndefined();
    expect(kind('layer1.0.conv1.weight', [64, 3], [64, 1])).toBeUndefined();
  });

  it('are wider inside where only inner widths differ', () => {
    const conv1 = ['layer1.0.conv1.weight', [128, 64, 1, 1], [64, 64, 1, 1]] as const;
    const conv2 = ['layer1.0.conv2.weight', [128, 128, 3, 3], [64, 64, 3, 3]] as const;
    const conv3 = ['layer1.0.conv3.weight', [256, 128, 1, 1], [256, 64, 1, 1]] as const;
    const bn1 = ['layer1.0.bn1.weight', [128], [64]] as const;
    expect(hasOtherInnerWidth(mismatching(conv1, conv2, conv3, bn1))).toBe(true);
    expect(hasOtherInnerWidth(mismatching(conv1, bn1))).toBe(false);
    expect(hasOtherInnerWidth(mismatching(conv1, conv2, bn1))).toBe(false);
    expect(hasOtherInnerWidth(mismatching(conv1, conv2, ['layer1.0.conv3.weight', [512, 128, 1, 1], [256, 64, 1, 1]], bn1))).toBe(false);
    expect(hasOtherInnerWidth(mismatching(conv1, conv3, bn1, ['fc.weight', [10, 64], [20, 64]]))).toBe(false);
    expect(hasOtherInnerWidth(mismatching(['layer1.0.conv1.weight', [130, 64, 1, 1], [64, 64, 1, 1]], conv3, bn1))).toBe(false);
    expect(hasOtherInnerWidth(mismatching(bn1, ['layer1.0.bn2.weight', [128], [64]], ['layer1.0.bn2.bias', [128], [64]]))).toBe(false);
  });

  it('follow a stem of three convolutions, or of one', () => {
    const deep = ['conv1.0.weight', 'conv1.3.weight'];
    expect(hasDeepStem(failure({ missing: deep, unexpected: ['conv1.weight'] }))).toBe('model');
    expect(hasDeepStem(failure({ missing: ['conv1.weight'], unexpected: deep }))).toBe('checkpoint');
    expect(hasDeepStem(failure({ missing: deep }))).toBeUndefined();
    expect(hasDeepStem(failure({ missing: ['conv1.weight'], unexpected: ['conv1.1.weight'] }))).toBeUndefined();
    expect(hasDeepStem(failure({ missing: ['xconv1.weight'], unexpected: deep }))).toBeUndefined();
  });

  it('are more in the later stages', () => {
    const blocks = (stage: number, from: number, to: number, part = 'conv1.weight') =>
      Array.from({ length: to - from + 1 }, (_, block) => `layer${stage}.${from + block}.${part}`);
    expect(stageDepths(failure({ unexpected: [...blocks(3, 6, 22)] }))).toEqual({
      more: 'ResNet-101',
      fewer: 'ResNet-50',
      blocks: { more: '23 in stage 3', fewer: '6 in stage 3' },
      deeper: 'checkpoint',
    });
    expect(stageDepths(failure({ missing: [...blocks(4, 2, 2), ...blocks(1, 2, 2), ...blocks(3, 2, 5), ...blocks(2, 2, 3)] }))).toEqual({
      more: 'ResNet-34',
      fewer: 'ResNet-18',
      blocks: {
        more: '3 in stage 1, 4 in stage 2, 6 in stage 3, 3 in stage 4',
        fewer: '2 in stage 1, 2 in stage 2, 2 in stage 3, 2 in stage 4',
      },
      deeper: 'model',
    });
    expect(stageDepths(failure({ unexpected: ['backbone.res4.6.conv1.weight'] }))?.blocks).toEqual({
      more: '7 in stage 3',
      fewer: '6 in stage 3',
    });
    expect(stageDepths(failure({ unexpected: [...blocks(3, 0, 5)] }))).toBeUndefined();
    expect(stageDepths(failure({ unexpected: [...blocks(3, 6, 22), 'layer1.0.conv3.weight'] }))?.more).toBe('ResNet-101');
    expect(stageDepths(failure({ unexpected: ['fc.weight'] }))).toBeUndefined();
  });

  it('follow a stem for small pictures, or for large ones', () => {
    const stem = (name: string, checkpoint: Shape, model: Shape) =>
      stemOfOtherPictures(mismatching([name, checkpoint, model])) !== undefined;
    expect(stem('conv1.weight', [64, 3, 7, 7], [64, 3, 3, 3])).toBe(true);
    expect(stem('encoder.conv1.weight', [64, 3, 3, 3], [64, 3, 7, 7])).toBe(true);
    expect(stem('conv1.weight', [64, 3, 7, 7], [32, 3, 3, 3])).toBe(false);
    expect(stem('conv1.weight', [64, 3, 7, 7], [64, 3, 5, 5])).toBe(false);
    expect(stem('conv1.weight', [64, 3, 5, 5], [64, 3, 3, 3])).toBe(false);
    expect(stem('layer1.0.conv1.weight', [64, 3, 7, 7], [64, 3, 3, 3])).toBe(false);
    expect(stem('conv2.weight', [64, 3, 7, 7], [64, 3, 3, 3])).toBe(false);
  });
});
