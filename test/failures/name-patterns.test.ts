import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupByLayer, summariseFamilies } from '../../src/failures/name-patterns.js';
import type { Mismatch } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';

function mismatch(parameter: string | undefined, checkpointShape: Shape = [2], modelShape: Shape = [3], folded?: boolean): Mismatch {
  return {
    ...(parameter === undefined ? {} : { parameter }),
    ...(folded ? { folded } : {}),
    checkpointShape,
    modelShape,
    dialect: 'torch',
    at: { source: 'a.log', line: 1 },
  };
}

function patterns(...names: readonly string[]): readonly string[] {
  return groupByLayer(names.map((name) => mismatch(name))).map(({ pattern }) => pattern);
}

/** Written without the code under test: every brace is a list of names and of ranges `a-b`. */
function expand(pattern: string): readonly string[] {
  const brace = /\{([^}]*)\}/.exec(pattern);
  if (!brace) return [pattern];
  const before = pattern.slice(0, brace.index);
  const rest = expand(pattern.slice(brace.index + brace[0].length));
  const choices = (brace[1] ?? '').split(',').flatMap((choice) => {
    const range = /^(\d+)-(\d+)$/.exec(choice);
    if (!range) return [choice];
    const [first, last] = [Number(range[1]), Number(range[2])];
    return Array.from({ length: last - first + 1 }, (_, offset) => String(first + offset));
  });
  return choices.flatMap((choice) => rest.map((tail) => before + choice + tail));
}

describe('groupByLayer', () => {
  it('compresses runs of layer numbers and keeps gaps', () => {
    expect(patterns('layers.0.w', 'layers.1.w', 'layers.2.w', 'layers.3.w', 'layers.6.w')).toEqual(['layers.{0-3,6}.w']);
  });

  it('merges sibling modules, then weight and bias where the shapes agree', () => {
    expect(patterns('a.0.self.query.weight', 'a.0.self.value.weight', 'a.0.self.key.weight')).toEqual([
      'a.0.self.{key,query,value}.weight',
    ]);
    expect(patterns('h.0.norm1.weight', 'h.0.norm1.bias', 'h.0.norm2.weight', 'h.0.norm2.bias')).toEqual([
      'h.0.{norm1,norm2}.{bias,weight}',
    ]);
  });

  it('writes a product only where every combination is in the list', () => {
    const swin = [0, 1, 2, 3].flatMap((layer) =>
      [0, 1, ...(layer === 2 ? [2, 3, 4, 5] : [])].map((block) => `layers.${layer}.blocks.${block}.w`),
    );
    expect(patterns(...swin)).toEqual(['layers.{0-1,3}.blocks.{0-1}.w', 'layers.2.blocks.{0-5}.w']);
  });

  it('keeps apart what has other shapes', () => {
    const groups = groupByLayer([mismatch('l.0.w', [2], [3]), mismatch('l.1.w', [4], [6]), mismatch('l.2.w', [2], [3])]);
    expect(groups.map(({ pattern, checkpointShape, members }) => ({ pattern, checkpointShape, members }))).toEqual([
      { pattern: 'l.{0,2}.w', checkpointShape: [2], members: [0, 2] },
      { pattern: 'l.1.w', checkpointShape: [4], members: [1] },
    ]);
  });

  it('takes a number inside a word as part of the word, not as a layer', () => {
    const [group] = groupByLayer([mismatch('layer1.bn1.weight'), mismatch('layer1.bn2.weight')]);
    expect(group).toMatchObject({ pattern: 'layer1.{bn1,bn2}.weight', layers: [] });
  });

  it('takes the number after a layer word of TensorFlow, Flax and kohya as a layer', () => {
    expect(patterns('bert/encoder/layer_0/output/kernel:0', 'bert/encoder/layer_1/output/kernel:0')).toEqual([
      'bert/encoder/layer_{0-1}/output/kernel:0',
    ]);
    expect(patterns('unet_down_blocks_0_attentions_0_proj.up', 'unet_down_blocks_1_attentions_0_proj.up')).toEqual([
      'unet_down_blocks_{0-1}_attentions_0_proj.up',
    ]);
    expect(patterns('mlp.fc_1.w', 'mlp.fc_2.w')).toEqual(['mlp.{fc_1,fc_2}.w']);
  });

  it('names the outermost layer numbers', () => {
    expect(groupByLayer([mismatch('layers.3.blocks.0.w'), mismatch('layers.1.blocks.0.w')])[0]?.layers).toEqual([1, 3]);
  });

  it('groups nameless mismatches by their shapes alone', () => {
    const groups = groupByLayer([mismatch(undefined, [1]), mismatch(undefined, [2]), mismatch(undefined, [1])]);
    expect(groups.map(({ pattern, count }) => [pattern, count])).toEqual([
      ['(unnamed)', 2],
      ['(unnamed)', 1],
    ]);
  });

  it('keeps a name that the library folded as it was printed', () => {
    expect(groupByLayer([mismatch('h.{0...11}.mlp.w', [2], [3], true), mismatch('h.0.mlp.w')]).map(({ pattern }) => pattern)).toEqual([
      'h.{0...11}.mlp.w',
      'h.0.mlp.w',
    ]);
  });

  it('keeps a leading zero and a number too long to be exact', () => {
    expect(patterns('l.007.w', 'l.7.w', 'l.12345678901234567890.w')).toEqual(['l.007.w', 'l.7.w', 'l.12345678901234567890.w']);
  });

  it('takes a name of ten thousand numbers without exhausting the stack', () => {
    const name = Array.from({ length: 10_000 }, () => '1').join('.');
    expect(patterns(name)).toEqual([name]);
  });

  it('takes time that grows with the number of parameters, not faster', () => {
    const timeOf = (count: number): number => {
      const list = Array.from({ length: count }, (_, n) =>
        mismatch(`model.layers.${n % 1000}.experts.${Math.floor(n / 1000)}.w${n % 7}.weight`),
      );
      const start = performance.now();
      expect(groupByLayer(list).reduce((sum, group) => sum + group.count, 0)).toBe(count);
      return performance.now() - start;
    };
    // The best of three: a busy machine only ever adds time.
    const bestOf = (count: number): number => Math.min(...[1, 2, 3].map(() => timeOf(count)));
    // Eight times the parameters; sixty-four times the time would be quadratic.
    expect(bestOf(80_000)).toBeLessThan(24 * Math.max(bestOf(10_000), 10));
  }, 60_000);
});

const segment = fc.constantFrom(
  'layers',
  'blocks',
  'attn',
  'q',
  'k',
  'v',
  'weight',
  'bias',
  '0',
  '1',
  '2',
  '3',
  '10',
  'layer_1',
  'layer_2',
  'conv1',
  '',
  '0-3',
  '01',
);
const parameter = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('.'));
const shape = fc.constantFrom<Shape>([], [0], [2], [2, 2]);
const named = fc.uniqueArray(fc.record({ parameter, checkpointShape: shape, modelShape: shape }), {
  maxLength: 60,
  selector: (m) => JSON.stringify([m.parameter, m.checkpointShape, m.modelShape]),
});
const list = named.map((rows) =>
  rows.filter((row) => row.parameter !== '').map((row) => mismatch(row.parameter, row.checkpointShape, row.modelShape)),
);

function membership(mismatches: readonly Mismatch[]): readonly string[] {
  return groupByLayer(mismatches)
    .map(
      ({ pattern, members }) =>
        `${pattern}: ${members.map((member) => JSON.stringify([mismatches[member]?.parameter, mismatches[member]?.modelShape])).sort()}`,
    )
    .sort();
}

describe('groups of any list', () => {
  it('partition the mismatches, in the order of their first members', () => {
    fc.assert(
      fc.property(list, (mismatches) => {
        const groups = groupByLayer(mismatches);
        expect(groups.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual(mismatches.map((_, position) => position));
        expect(groups.map(({ count }) => count)).toEqual(groups.map(({ members }) => members.length));
        const firsts = groups.map(({ members }) => members[0] ?? -1);
        expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
      }),
    );
  });

  it('expand to exactly the names of their members, all of the same two shapes', () => {
    fc.assert(
      fc.property(list, (mismatches) => {
        for (const { pattern, members, checkpointShape, modelShape } of groupByLayer(mismatches)) {
          const of = members.map((member) => mismatches[member]);
          expect([...expand(pattern)].sort()).toEqual(of.map((m) => m?.parameter).sort());
          for (const m of of) expect([m?.checkpointShape, m?.modelShape]).toEqual([checkpointShape, modelShape]);
        }
      }),
    );
  });

  it('do not depend on the order of the list', () => {
    const shuffled = list.chain((mismatches) =>
      fc.tuple(fc.constant(mismatches), fc.shuffledSubarray([...mismatches], { minLength: mismatches.length })),
    );
    fc.assert(
      fc.property(shuffled, ([mismatches, other]) => {
        expect(membership(other)).toEqual(membership(mismatches));
      }),
    );
  });

  it('summarise to families whose counts add up', () => {
    fc.assert(
      fc.property(list, (mismatches) => {
        const families = summariseFamilies(groupByLayer(mismatches));
        expect(families.reduce((sum, { count }) => sum + count, 0)).toBe(mismatches.length);
        for (const { shapes, shapePairs } of families) expect(shapes.length).toBe(Math.min(3, shapePairs));
      }),
    );
  });
});

/** A Swin Transformer of Hugging Face whose width differs everywhere. */
function swinMismatches(): readonly Mismatch[] {
  const depths = [2, 2, 6, 2];
  const layers = depths.flatMap((depth, layer) => {
    const [c, m] = [96 * 2 ** layer, 128 * 2 ** layer];
    const blocks = Array.from({ length: depth }, (_, block) => `encoder.layers.${layer}.blocks.${block}`).flatMap((at) => [
      ...['layernorm_before', 'layernorm_after'].flatMap((norm) => [
        mismatch(`${at}.${norm}.weight`, [c], [m]),
        mismatch(`${at}.${norm}.bias`, [c], [m]),
      ]),
      mismatch(`${at}.attention.self.relative_position_bias_table`, [169, c / 32], [169, m / 32]),
      ...['query', 'key', 'value'].flatMap((p) => [
        mismatch(`${at}.attention.self.${p}.weight`, [c, c], [m, m]),
        mismatch(`${at}.attention.self.${p}.bias`, [c], [m]),
      ]),
      mismatch(`${at}.attention.output.dense.weight`, [c, c], [m, m]),
      mismatch(`${at}.attention.output.dense.bias`, [c], [m]),
      mismatch(`${at}.intermediate.dense.weight`, [4 * c, c], [4 * m, m]),
      mismatch(`${at}.intermediate.dense.bias`, [4 * c], [4 * m]),
      mismatch(`${at}.output.dense.weight`, [c, 4 * c], [m, 4 * m]),
      mismatch(`${at}.output.dense.bias`, [c], [m]),
    ]);
    if (layer === 3) return blocks;
    const at = `encoder.layers.${layer}.downsample`;
    return [
      ...blocks,
      mismatch(`${at}.reduction.weight`, [2 * c, 4 * c], [2 * m, 4 * m]),
      mismatch(`${at}.norm.weight`, [4 * c], [4 * m]),
      mismatch(`${at}.norm.bias`, [4 * c], [4 * m]),
    ];
  });
  return [
    mismatch('embeddings.patch_embeddings.projection.weight', [96, 3, 4, 4], [128, 3, 4, 4]),
    mismatch('embeddings.patch_embeddings.projection.bias', [96], [128]),
    ...layers,
  ];
}

describe('summariseFamilies', () => {
  it('tells a Swin Transformer in at most twelve rows', () => {
    const mismatches = swinMismatches();
    const families = summariseFamilies(groupByLayer(mismatches));
    expect(families.reduce((sum, { count }) => sum + count, 0)).toBe(mismatches.length);
    expect(families.length).toBeLessThanOrEqual(12);
    expect(families.map(({ pattern }) => pattern)).toContain(
      'encoder.layers.{0-3}.blocks.{0-5}.attention.self.{key,query,value}.{bias,weight}',
    );
  });

  it('shows the three most frequent shape pairs and says how many there are', () => {
    const sizes = [1, 1, 1, 2, 2, 3, 4, 4];
    const [family] = summariseFamilies(groupByLayer(sizes.map((size, layer) => mismatch(`l.${layer}.w`, [size], [9]))));
    expect(family).toMatchObject({ pattern: 'l.{0-7}.w', count: 8, shapePairs: 4 });
    expect(family?.shapes.map(({ checkpointShape }) => checkpointShape)).toEqual([[1], [2], [4]]);
  });

  it('leaves names folded by the library alone', () => {
    expect(summariseFamilies(groupByLayer([mismatch('h.{0, 1}.w', [2], [3], true)]))).toMatchObject([{ pattern: 'h.{0, 1}.w', count: 1 }]);
  });
});
