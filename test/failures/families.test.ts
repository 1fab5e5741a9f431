import { describe, expect, it } from 'vitest';
import { groupByLayer, summariseFamilies } from '../../src/failures/name-patterns.js';
import type { Mismatch } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';

type Printed = readonly [parameter: string, checkpointShape?: Shape, modelShape?: Shape];

const mismatchOf = ([parameter, checkpointShape = [2], modelShape = [3]]: Printed): Mismatch => ({
  parameter,
  checkpointShape,
  modelShape,
  dialect: 'torch',
  at: { source: 'a.log', line: 1 },
});

/** The rows of the overview and how many parameters each stands for. */
function rows(...printed: readonly Printed[]): readonly (readonly [string, number])[] {
  return summariseFamilies(groupByLayer(printed.map(mismatchOf))).map(({ pattern, count }) => [pattern, count]);
}

describe('a row of the overview', () => {
  it.each<readonly [string, readonly Printed[], readonly (readonly [string, number])[]]>([
    ['is weight and bias of one module, whatever their shapes', [['a.fc.weight', [2, 8]], ['a.fc.bias']], [['a.fc.{bias,weight}', 2]]],
    ['also where the module stands alone', [['fc.weight', [2, 8]], ['fc.bias']], [['fc.{bias,weight}', 2]]],
    [
      'but not where there is no module',
      [['weight', [2, 8]], ['bias']],
      [
        ['weight', 1],
        ['bias', 1],
      ],
    ],
    [
      'and no other two tensors of one module',
      [['a.fc.up', [2, 8]], ['a.fc.down']],
      [
        ['a.fc.up', 1],
        ['a.fc.down', 1],
      ],
    ],
    [
      'is one name in all layers, whatever the shapes',
      [
        ['h.0.w', [1]],
        ['h.1.w', [2]],
        ['h.10.w', [3]],
        ['h.9.w', [4]],
      ],
      [['h.{0-1,9-10}.w', 4]],
    ],
    [
      'and in all numbered parts of a word',
      [
        ['a.fc_1.w', [1]],
        ['a.fc_12.w', [2]],
        ['a.x_3_y.w', [1]],
        ['a.x_4_y.w', [2]],
      ],
      [
        ['a.fc_{1,12}.w', 2],
        ['a.x_{3-4}_y.w', 2],
      ],
    ],
    [
      'but not in words that contain a number',
      [
        ['a.fc1.w', [1]],
        ['a.fc2.w', [2]],
        ['b.1x.v', [1]],
        ['b.2x.v', [2]],
      ],
      [
        ['a.fc1.w', 1],
        ['a.fc2.w', 1],
        ['b.1x.v', 1],
        ['b.2x.v', 1],
      ],
    ],
    [
      'is siblings with the same layers and shapes',
      [
        ['h.0.q.w', [1]],
        ['h.1.q.w', [2]],
        ['h.0.k.w', [1]],
        ['h.1.k.w', [2]],
      ],
      [['h.{0-1}.{k,q}.w', 4]],
    ],
    [
      'in whatever order their shapes came',
      [
        ['h.0.q.w', [1]],
        ['h.1.q.w', [2]],
        ['h.1.k.w', [2]],
        ['h.0.k.w', [1]],
      ],
      [['h.{0-1}.{k,q}.w', 4]],
    ],
    [
      'in whatever order their layers came',
      [
        ['h.9.q.w', [1]],
        ['h.10.q.w', [2]],
        ['h.10.k.w', [1]],
        ['h.9.k.w', [2]],
      ],
      [['h.{9-10}.{k,q}.w', 4]],
    ],
    [
      'but not siblings of other layers',
      [
        ['h.0.q.w', [1]],
        ['h.1.q.w', [2]],
        ['h.0.k.w', [1]],
        ['h.2.k.w', [2]],
      ],
      [
        ['h.{0,2}.k.w', 2],
        ['h.{0-1}.q.w', 2],
      ],
    ],
    [
      'nor of other shapes',
      [
        ['h.0.q.w', [1]],
        ['h.0.k.w', [2]],
      ],
      [
        ['h.0.q.w', 1],
        ['h.0.k.w', 1],
      ],
    ],
    [
      'is siblings in front too',
      [
        ['x.a.b.c.w', [1]],
        ['y.a.b.c.w', [1]],
      ],
      [['{x,y}.a.b.c.w', 2]],
    ],
    ['up to eight parts from the end', [['x.b.c.d.e.f.g.w'], ['y.b.c.d.e.f.g.w']], [['{x,y}.b.c.d.e.f.g.w', 2]]],
    [
      'tells empty placeholders from what differs truly',
      [
        ['h.0.w', [4], [0]],
        ['h.1.w', [4], [2]],
        ['h.2.w', [0], [2]],
        ['h.3.w', [4, 4], [0]],
      ],
      [
        ['h.{0,3}.w', 2],
        ['h.1.w', 1],
        ['h.2.w', 1],
      ],
    ],
    [
      'leaves a name as the library folded it',
      [['h.{0...11}.w'], ['h.{0, 1}.w']],
      [
        ['h.{0...11}.w', 1],
        ['h.{0, 1}.w', 1],
      ],
    ],
    ['leaves braces as they were printed', [['a.{b,c}.w']], [['a.{b,c}.w', 1]]],
    ['counts a name that was printed twice', [['a.k.w'], ['a.q.w'], ['a.k.w']], [['a.{k,q}.w', 3]]],
  ])('%s', (_, printed, expected) => {
    expect(rows(...printed)).toEqual(expected);
  });

  it('shows its three most frequent pairs of shapes, and says how many there are', () => {
    const shapes = [1, 2, 2, 3, 3, 3, 4, 5, 5, 5, 5];
    const [row] = summariseFamilies(groupByLayer(shapes.map((size, layer) => mismatchOf([`h.${layer}.w`, [size]]))));
    expect(row?.shapes.map(({ checkpointShape }) => checkpointShape)).toEqual([[5], [3], [2]]);
    expect([row?.shapePairs, row?.count]).toEqual([5, 11]);
  });

  it('takes pairs together where weight and bias meet', () => {
    const [row] = summariseFamilies(
      groupByLayer([mismatchOf(['a.weight', [1]]), mismatchOf(['a.bias', [2]]), mismatchOf(['a.bias', [1]])]),
    );
    expect(row?.shapes.map(({ checkpointShape }) => checkpointShape)).toEqual([[1], [2]]);
  });
});

describe('a group of mismatches', () => {
  const patterns = (...printed: readonly Printed[]) => groupByLayer(printed.map(mismatchOf)).map(({ pattern }) => pattern);

  it('joins no numbers and no ranges as if they were siblings', () => {
    expect(patterns(['a.fc1_0-1.w'], ['a.0-1.w'], ['a.2-3.w'], ['a.12-34.w'])).toEqual(['a.fc1_0-1.w', 'a.0-1.w', 'a.2-3.w', 'a.12-34.w']);
    expect(patterns(['a.0-x.w'], ['a.1-x.w'])).toEqual(['a.{0-x,1-x}.w']);
  });

  it('takes eight numbers out of a name and no more', () => {
    const name = (first: number, last: number) => [first, 1, 2, 3, 4, 5, 6, 7, last].join('.');
    expect(patterns([name(0, 8)], [name(1, 8)])).toEqual(['{0-1}.1.2.3.4.5.6.7.8']);
    expect(patterns([name(0, 8)], [name(0, 9)])).toHaveLength(2);
    const words = (last: number) => `${Array.from({ length: 8 }, () => 'block_1').join('_')}_block_${last}.w`;
    expect(patterns([words(1)], [words(2)])).toHaveLength(1);
  });

  it('of no parameter is none', () => {
    expect([groupByLayer([]), summariseFamilies([])]).toEqual([[], []]);
  });

  it('lists its members in the order in which they were printed', () => {
    expect(
      groupByLayer([['h.2.k'], ['h.0.q'], ['h.1.k'], ['h.0.k'], ['h.1.q'], ['h.2.q']].map(([name = '']) => mismatchOf([name]))),
    ).toMatchObject([{ pattern: 'h.{0-2}.{k,q}', members: [0, 1, 2, 3, 4, 5], layers: [0, 1, 2] }]);
  });
});
