/**
 * The failure as a picture: one matrix for each stack of layers, its columns the layers and its rows the kinds of parameters, and a list of
 * what stands outside of all stacks. Pure data; a format draws it.
 */
import type { Entry } from './difference.js';

export interface Stack {
  /** `model.encoder.layers.*.blocks.*` */
  readonly pattern: string;
  /** Numbers of the layers, `2.5` where stacks are nested, ascending. */
  readonly columns: readonly string[];
  readonly rows: readonly StackRow[];
  /** Layers that are not drawn because there are too many. */
  readonly columnsLeftOut: number;
  readonly rowsLeftOut: number;
}

export interface StackRow {
  /** `attention.query.weight`; empty where the layer itself is the parameter. */
  readonly kind: string;
  readonly entries: readonly Entry[];
  /** One for each column; empty where nothing was said. */
  readonly cells: readonly (readonly Entry[])[];
}

export interface Picture {
  readonly stacks: readonly Stack[];
  readonly stacksLeftOut: number;
  readonly outside: readonly Entry[];
}

export interface PictureLimits {
  readonly stacks: number;
  readonly columns: number;
  readonly rows: number;
}

interface Placed {
  readonly entry: Entry;
  readonly pattern: string;
  readonly column: string;
  readonly kind: string;
}

type Cut = (segments: readonly string[]) => number;

const NUMBER = /^\d+$/;
const NUMBERED = /^[A-Za-z_]+_?\d+$/;

export function readPicture(entries: readonly Entry[], limits: PictureLimits): Picture {
  const placed: Placed[] = [];
  const outside: Entry[] = [];
  for (const entry of entries) {
    const place = placeOf(entry, lastNumber);
    if (place === undefined) outside.push(entry);
    else placed.push(place);
  }
  const stacks: Stack[] = [];
  for (const members of bucketBy(placed, ({ pattern }) => pattern)) {
    const columns = new Set(members.map(({ column }) => column)).size;
    if (columns < 2) for (const { entry } of members) outside.push(entry);
    else if (columns > limits.columns) stacks.push(...coarser(members, limits));
    else stacks.push(stackOf(members, limits));
  }
  return { stacks: stacks.slice(0, limits.stacks), stacksLeftOut: Math.max(0, stacks.length - limits.stacks), outside };
}

/** Experts within layers give more columns than anyone can look at: then a column is an outer layer, and a cell holds several parameters. */
function coarser(members: readonly Placed[], limits: PictureLimits): readonly Stack[] {
  const placed = members.flatMap(({ entry }) => placeOf(entry, firstNumber) ?? []);
  return bucketBy(placed, ({ pattern }) => pattern).map((stack) => stackOf(stack, limits));
}

function placeOf(entry: Entry, cut: Cut): Placed | undefined {
  const segments = entry.name.split(/[./]/);
  const end = cut(segments);
  if (end < 0) return undefined;
  const head = segments.slice(0, end + 1);
  return {
    entry,
    pattern: head.map((segment) => segment.replace(/\d+/g, '*')).join('.'),
    column: head.flatMap((segment) => segment.match(/\d+/g) ?? []).join('.'),
    kind: segments
      .slice(end + 1)
      .map((segment) => (NUMBER.test(segment) ? '*' : segment))
      .join('.'),
  };
}

/** The innermost layer number; else a name such as `block_3` or `layer1`. */
function lastNumber(segments: readonly string[]): number {
  const last = segments.findLastIndex((segment) => NUMBER.test(segment));
  return last >= 0 ? last : segments.slice(0, -1).findLastIndex((segment) => NUMBERED.test(segment));
}

function firstNumber(segments: readonly string[]): number {
  return segments.findIndex((segment) => NUMBER.test(segment));
}

function stackOf(members: readonly Placed[], limits: PictureLimits): Stack {
  const all = [...new Set(members.map(({ column }) => column))].sort(byNumbers);
  const columns = all.slice(0, limits.columns);
  const kinds = bucketBy(members, ({ kind }) => kind);
  const rows = kinds.slice(0, limits.rows).map((row): StackRow => {
    const cells = new Map(bucketBy(row, ({ column }) => column).map((cell) => [cell[0]?.column ?? '', cell.map(({ entry }) => entry)]));
    return { kind: row[0]?.kind ?? '', entries: row.map(({ entry }) => entry), cells: columns.map((column) => cells.get(column) ?? []) };
  });
  return {
    pattern: members[0]?.pattern ?? '',
    columns,
    rows,
    columnsLeftOut: all.length - columns.length,
    rowsLeftOut: kinds.length - rows.length,
  };
}

function byNumbers(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const differing = left.findIndex((number, index) => number !== right[index]);
  return differing < 0 ? left.length - right.length : (left[differing] ?? 0) - (right[differing] ?? 0);
}

/** In order of first appearance. */
function bucketBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const buckets = new Map<string, T[]>();
  for (const item of items) {
    const bucket = buckets.get(keyOf(item));
    if (bucket === undefined) buckets.set(keyOf(item), [item]);
    else bucket.push(item);
  }
  return [...buckets.values()];
}
