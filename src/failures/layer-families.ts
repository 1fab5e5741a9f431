import type { LayerFamily, LayerGroup } from '../model/failure.js';
import type { Shape } from '../model/shape.js';
import { formatIndexSet, readIndexSet } from './index-sets.js';
import { INDEX, splitSegments } from './layer-names.js';

interface ShapePair {
  readonly checkpointShape: Shape;
  readonly modelShape: Shape;
}

/** Counted shape pairs, in the order in which they were first met. */
type PairCounts = Map<string, { readonly pair: ShapePair; count: number }>;

/** A name without layer numbers and everything that was seen under it. */
interface Row {
  /** Segments and separators in turn; `INDEX` stands for one set of numbers. */
  segments: readonly string[];
  readonly sets: Set<number>[];
  readonly pairs: PairCounts;
  /** Which side is an empty placeholder: such a row shows nothing of what differs truly, so the two kinds are told apart. */
  readonly empty: string;
}

/** Last segments that belong to one module, whatever their shapes. PyTorch, TensorFlow and Flax names; GPTQ's four. */
const TENSORS_OF_A_MODULE =
  /^(weight|bias|running_mean|running_var|num_batches_tracked|weight_[gv]|gamma|beta|kernel|scale|embedding|moving_(mean|variance)|qweight|qzeros|scales|g_idx)(:0)?$/;

/** Braces that the library itself wrote: `{0...11}`, `{0, 1}`. */
function isFoldedByLibrary(pattern: string): boolean {
  const closed = pattern.split('}').slice(0, -1);
  return closed.some((part) => part.includes('{') && /\.\.\.| /.test(part.slice(part.indexOf('{'))));
}

/**
 * The overview: layer groups that differ only in their shapes and layer numbers become one row, and so do `weight` and `bias` of one
 * module. A row's braces are unions, so the pattern may cover names that are not in the list; `count` is exact.
 */
export function summariseFamilies(groups: readonly LayerGroup[]): readonly LayerFamily[] {
  const rows = new Map<string, Row>();
  for (const group of groups) {
    const names = namesOf(group);
    for (const [place, name] of names.entries()) addGroup(rows, name, group, shareOf(group.count, names.length, place));
  }
  const modules = mergeRows([...rows.values()], tensorOfModuleKey);
  return mergeSiblingRows(modules).map(toFamily);
}

/** `count` spread evenly; what does not divide (names printed twice) goes to the first, so that counts add up. */
function shareOf(count: number, among: number, place: number): number {
  return Math.floor(count / among) + (place < count % among ? 1 : 0);
}

/** The names of a pattern with its sibling sets written out; index sets stay as they are. */
function namesOf({ pattern, count }: LayerGroup): readonly (readonly string[])[] {
  if (isFoldedByLibrary(pattern)) return [[pattern]];
  const alternatives = splitSegments(pattern).map((segment) => {
    const isSiblings = segment.startsWith('{') && segment.endsWith('}') && readIndexSet(segment) === undefined;
    return isSiblings ? segment.slice(1, -1).split(',') : [segment];
  });
  if (alternatives.every((choices) => choices.length === 1)) return [alternatives.flat()];
  // More names than members: these braces were printed, and could be made to stand for more names than there is room for.
  if (alternatives.reduce((names, choices) => names * choices.length, 1) > count) return [[pattern]];
  return alternatives.reduce<readonly (readonly string[])[]>(
    (names, choices) =>
      choices.length === 1 ? appendOne(names, choices[0] ?? '') : names.flatMap((name) => choices.map((choice) => [...name, choice])),
    [[]],
  );
}

function appendOne(names: readonly (readonly string[])[], segment: string): readonly (readonly string[])[] {
  return names.map((name) => [...name, segment]);
}

function addGroup(rows: Map<string, Row>, name: readonly string[], group: LayerGroup, count: number): void {
  const sets: (readonly number[])[] = [];
  const segments = name.map((segment) =>
    segment.replace(/\{[\d,-]+\}|(?<=_)\d+(?=_|$)|^\d+$/g, (text) => {
      const set = readIndexSet(text);
      if (set === undefined) return text;
      sets.push(set);
      return INDEX;
    }),
  );
  const empty = [group.checkpointShape, group.modelShape].map((shape) => (shape.join() === '0' ? '0' : '-')).join('');
  const key = `${segments.join('')}\n${empty}`;
  const row = rows.get(key) ?? { segments, sets: sets.map(() => new Set<number>()), pairs: new Map(), empty };
  rows.set(key, row);
  for (const [position, set] of sets.entries()) for (const index of set) row.sets[position]?.add(index);
  addPair(row.pairs, group, count);
}

function addPair(pairs: PairCounts, { checkpointShape, modelShape }: ShapePair, count: number): void {
  const key = `${checkpointShape.join()}|${modelShape.join()}`;
  const counted = pairs.get(key);
  if (counted) counted.count += count;
  else pairs.set(key, { pair: { checkpointShape, modelShape }, count });
}

/** Rows with the same key become one, in the order of the first; the segments in which they differ become a sibling set. */
function mergeRows(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const merged = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${keyOf(row)}\n${row.empty}`;
    const present = merged.get(key);
    if (present) present.push(row);
    else merged.set(key, [row]);
  }
  return [...merged.values()].map(joinRows);
}

function joinRows(rows: readonly Row[]): Row {
  const [first] = rows;
  if (first === undefined) throw new Error('a family is never empty');
  if (rows.length === 1) return first;
  for (const { sets, pairs } of rows.slice(1)) {
    for (const [position, set] of sets.entries()) for (const index of set) first.sets[position]?.add(index);
    for (const { pair, count } of pairs.values()) addPair(first.pairs, pair, count);
  }
  first.segments = first.segments.map((segment, position) => {
    const names = [...new Set(rows.map(({ segments }) => segments[position] ?? ''))].sort();
    return names.length > 1 ? `{${names.join(',')}}` : segment;
  });
  return first;
}

function tensorOfModuleKey({ segments }: Row): string {
  const last = segments.at(-1) ?? '';
  return segments.length > 2 && TENSORS_OF_A_MODULE.test(last) ? `${segments.slice(0, -1).join('')}\n` : segments.join('');
}

/** From the last segment but one to the front: siblings with the same layer numbers and the same shape pairs (`{key,query,value}`). */
function mergeSiblingRows(rows: readonly Row[]): readonly Row[] {
  let merged = rows;
  const longest = rows.reduce((most, { segments }) => Math.max(most, segments.length), 0);
  for (let fromEnd = 3; fromEnd <= Math.min(longest, 15); fromEnd += 2) merged = mergeRows(merged, (row) => siblingKey(row, fromEnd));
  return merged;
}

function siblingKey({ segments, sets, pairs }: Row, fromEnd: number): string {
  const position = segments.length - fromEnd;
  const segment = segments[position];
  if (segment === undefined || segment.includes(INDEX) || segment.includes('{')) return segments.join('');
  const numbers = sets.map((set) => [...set].sort((a, b) => a - b).join()).join(';');
  const shapes = [...pairs.keys()].sort().join(';');
  return [segments.slice(0, position).join(''), segments.slice(position + 1).join(''), numbers, shapes].join('\n');
}

function toFamily({ segments, sets, pairs }: Row): LayerFamily {
  const counted = [...pairs.values()];
  const frequent = counted.toSorted((a, b) => b.count - a.count).slice(0, 3);
  let next = 0;
  const write = () => formatIndexSet([...(sets[next++] ?? [])].sort((a, b) => a - b));
  return {
    pattern: segments.map((segment) => segment.replaceAll(INDEX, write)).join(''),
    count: counted.reduce((sum, { count }) => sum + count, 0),
    shapes: frequent.map(({ pair }) => pair),
    shapePairs: counted.length,
  };
}
