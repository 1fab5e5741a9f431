import { describe, expect, test } from 'vitest';
import { differenceOf, type Entry } from '../../src/reports/difference.js';
import { readPicture } from '../../src/reports/layer-picture.js';
import { readTree } from '../../src/reports/layer-tree.js';
import { readRankTable } from '../../src/reports/rank-table.js';
import { floodedReport, fsdpFailure, zero3Failure } from './report-builder.js';

const LIMITS = { stacks: 10, columns: 20, rows: 20 };
const entries = (...names: readonly string[]): readonly Entry[] => names.map((name) => ({ name, difference: 'missing' }));

describe('difference', () => {
  test.each([
    [[96, 3], [0], 'empty-model'],
    [[0], [96, 3], 'empty-checkpoint'],
    [[4, 6], [24], 'same-count'],
    [[4, 6], [6, 4], 'same-count'],
    [[4, 6], [4, 6, 2], 'dimensions'],
    [[4, 6], [8, 6], 'larger'],
    [[4, 6], [4, 3], 'smaller'],
    [[4, 6], [8, 2], 'crosswise'],
    [[0], [0, 768], 'same-count'],
  ] as const)('%j in the checkpoint, %j in the model: %s', (checkpoint, model, expected) => {
    expect(differenceOf(checkpoint, model)).toBe(expected);
  });
});

describe('picture', () => {
  test('a column for each layer in the order of numbers, a row for each kind, and the rest outside', () => {
    const { stacks, outside } = readPicture(entries('h.10.q.weight', 'h.2.q.weight', 'h.2.k.weight', 'norm.weight'), LIMITS);
    expect(stacks.map(({ pattern, columns }) => ({ pattern, columns }))).toEqual([{ pattern: 'h.*', columns: ['2', '10'] }]);
    expect(stacks[0]?.rows.map(({ kind, cells }) => [kind, ...cells.map((cell) => cell.length)])).toEqual([
      ['q.weight', 1, 1],
      ['k.weight', 1, 0],
    ]);
    expect(outside.map(({ name }) => name)).toEqual(['norm.weight']);
  });

  test('nested layers have nested numbers', () => {
    const [stack] = readPicture(entries('layers.0.blocks.0.w', 'layers.0.blocks.1.w', 'layers.1.blocks.0.w'), LIMITS).stacks;
    expect(stack?.columns).toEqual(['0.0', '0.1', '1.0']);
  });

  test('names such as layer1.0 and block_3 are layers too', () => {
    const { stacks } = readPicture(entries('layer1.0.conv', 'layer2.0.conv', 'block_1/w', 'block_2/w'), LIMITS);
    expect(stacks.map(({ pattern, columns }) => `${pattern}: ${columns.join(' ')}`)).toEqual(['layer*.*: 1.0 2.0', 'block_*: 1 2']);
  });

  test('a single layer makes no stack', () => {
    expect(readPicture(entries('h.3.q', 'h.3.k'), LIMITS)).toMatchObject({ stacks: [], outside: [{ name: 'h.3.q' }, { name: 'h.3.k' }] });
  });

  test('hundreds of experts: a column is an outer layer then', () => {
    const names = Array.from({ length: 64 }, (_, number) => `layers.${number % 4}.experts.${number}.w1`);
    const [stack] = readPicture(entries(...names), LIMITS).stacks;
    expect(stack).toMatchObject({ pattern: 'layers.*', columns: ['0', '1', '2', '3'], rows: [{ kind: 'experts.*.w1' }] });
    expect(stack?.rows[0]?.cells[0]).toHaveLength(16);
  });

  test('more layers than fit are counted', () => {
    const names = Array.from({ length: 50 }, (_, number) => `h.${number}.w`);
    expect(readPicture(entries(...names), LIMITS).stacks[0]).toMatchObject({ columnsLeftOut: 30 });
  });
});

describe('tree', () => {
  test('a part with one branch is joined with it', () => {
    const tree = readTree(entries('model.encoder.h.0.q', 'model.encoder.h.0.k', 'model.encoder.h.1.q'));
    expect(tree).toMatchObject({
      label: 'model.encoder.h',
      count: 3,
      branches: [
        { label: '0', count: 2 },
        { label: '1', count: 1 },
      ],
    });
  });

  test('thousands of dots make no deep tree', () => {
    expect(readTree(entries(`${'a.'.repeat(5000)}b`, 'a.c')).count).toBe(2);
  });
});

describe('ranks', () => {
  test('where all print the same there is nothing to show', () => {
    expect(readRankTable(zero3Failure(), { rows: 9, columns: 9 })).toBeUndefined();
  });

  test('each rank that sees something else has its column', () => {
    expect(readRankTable(fsdpFailure(), { rows: 9, columns: 9 })).toMatchObject({
      columns: [[0], [1]],
      rows: [{ name: 'layers.0.mlp.fc1.weight', shapes: ['[2097152]', '[2097151]'] }, { shapes: ['[0]', '[4194304]'] }],
    });
  });

  test('a thousand different ranks are not a thousand columns', () => {
    const [failure] = floodedReport().failures;
    if (failure === undefined) throw new Error('the builder gives one');
    expect(readRankTable(failure, { rows: 9, columns: 9 })).toMatchObject({ columnsLeftOut: 1015 });
  });
});
