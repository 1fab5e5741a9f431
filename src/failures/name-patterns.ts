import type { LayerGroup, Mismatch } from '../model/failure.js';
import type { Shape } from '../model/shape.js';
import { formatIndexSet } from './index-sets.js';
import { INDEX, isOpaque, readLayerName, splitSegments } from './layer-names.js';
import { mergeSiblings } from './sibling-names.js';

export { summariseFamilies } from './layer-families.js';

/** Mismatches whose names differ only in numbers and whose shapes agree. */
interface Bucket {
  readonly skeleton: string;
  readonly shapes: string;
  readonly entries: Entry[];
}

interface Entry {
  readonly position: number;
  readonly indices: readonly number[];
}

/** Every combination of the numbers in `sets` occurs in `members`, and no other: what a pattern with several braces claims. */
interface Product {
  readonly sets: readonly (readonly number[])[];
  readonly text: string;
  readonly members: readonly number[];
}

const UNNAMED = '(unnamed)';

/**
 * Partitions the mismatches: within a group both shapes are equal, and the names are exactly those that the pattern expands to.
 * A pattern never claims a parameter that is not in the list, so an irregular list gives several groups for one module.
 * Linear in the total length of the names; groups stand in the order in which their first member was printed.
 */
export function groupByLayer(mismatches: readonly Mismatch[]): readonly LayerGroup[] {
  const { whole, numbered } = bucketBySkeleton(mismatches);
  const products = [...numbered.values()].flatMap((bucket) => {
    const segments = splitSegments(bucket.skeleton);
    return splitIntoProducts(bucket.entries, 0).map((product) => ({
      segments: fillIn(segments, product.sets),
      shapes: bucket.shapes,
      layers: product.sets[0] ?? [],
      members: product.members,
    }));
  });
  const groups = mergeSiblings(products).map(({ segments, layers, members }) => toGroup(mismatches, segments.join(''), layers, members));
  const opaque = [...whole.values()].map(({ pattern, members }) => toGroup(mismatches, pattern, [], members));
  return [...groups, ...opaque].sort((a, b) => (a.members[0] ?? 0) - (b.members[0] ?? 0));
}

function bucketBySkeleton(mismatches: readonly Mismatch[]) {
  const whole = new Map<string, { readonly pattern: string; readonly members: number[] }>();
  const numbered = new Map<string, Bucket>();
  const textOf = shapeTexts();
  mismatches.forEach((mismatch, position) => {
    const shapes = `${textOf(mismatch.checkpointShape)}|${textOf(mismatch.modelShape)}`;
    const name = mismatch.parameter;
    if (name === undefined || name === '' || mismatch.folded || isOpaque(name)) {
      const pattern = name || UNNAMED;
      valueAt(whole, `${pattern}${INDEX}${shapes}`, () => ({ pattern, members: [] })).members.push(position);
      return;
    }
    const { skeleton, indices } = readLayerName(name);
    valueAt(numbered, `${skeleton}\n${shapes}`, () => ({ skeleton, shapes, entries: [] })).entries.push({ position, indices });
  });
  return { whole, numbered };
}

/**
 * Splits by the outermost number, takes each part apart in the same way, and puts outer numbers together again whose parts agree:
 * `{0,1,3}.blocks.{0-1}` and `2.blocks.{0-5}`. A full product comes out as one.
 */
function splitIntoProducts(entries: readonly Entry[], depth: number): readonly Product[] {
  if (depth >= (entries[0]?.indices.length ?? 0)) return [{ sets: [], text: '', members: entries.map(({ position }) => position) }];
  const parts = new Map<number, Entry[]>();
  for (const entry of entries) valueAt(parts, entry.indices[depth] ?? 0, () => []).push(entry);
  const products = new Map<string, { readonly outer: number[]; readonly inner: Product; readonly members: number[] }>();
  for (const [index, part] of [...parts].sort(([a], [b]) => a - b)) {
    for (const inner of splitIntoProducts(part, depth + 1)) {
      const product = valueAt(products, inner.text, () => ({ outer: [], inner, members: [] }));
      product.outer.push(index);
      for (const member of inner.members) product.members.push(member);
    }
  }
  return [...products.values()].map(({ outer, inner, members }) => ({
    sets: [outer, ...inner.sets],
    text: `${formatIndexSet(outer)};${inner.text}`,
    members,
  }));
}

/** Writes the index sets where the numbers were taken out. */
function fillIn(segments: readonly string[], sets: readonly (readonly number[])[]): readonly string[] {
  let next = 0;
  const write = () => formatIndexSet(sets[next++] ?? []);
  return segments.map((segment) => (segment.includes(INDEX) ? segment.replaceAll(INDEX, write) : segment));
}

function toGroup(mismatches: readonly Mismatch[], pattern: string, layers: readonly number[], unordered: readonly number[]): LayerGroup {
  const members = [...unordered].sort((a, b) => a - b);
  const first = mismatches[members[0] ?? 0];
  return {
    pattern,
    layers,
    checkpointShape: first?.checkpointShape ?? [],
    modelShape: first?.modelShape ?? [],
    count: members.length,
    members,
  };
}

/** The same shapes stand at many names, as the same objects. */
function shapeTexts(): (shape: Shape) => string {
  const texts = new Map<Shape, string>();
  return (shape) => valueAt(texts, shape, () => shape.join());
}

function valueAt<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const created = create();
  map.set(key, created);
  return created;
}
