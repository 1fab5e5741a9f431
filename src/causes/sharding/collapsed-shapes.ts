import type { Mismatch } from '../../model/failure.js';
import { elementCount, isSameShape, type Shape } from '../../model/shape.js';
import { hasZeroWidth, isPlaceholder } from '../pairs.js';

/** What sharding does to the shapes on one side of the list; the other side is then whole and tells the true size. */

export type Side = 'checkpoint' | 'model';

export function shapeOn(side: Side, { checkpointShape, modelShape }: Mismatch): Shape {
  return side === 'checkpoint' ? checkpointShape : modelShape;
}

export function wholeShape(side: Side, { checkpointShape, modelShape }: Mismatch): Shape {
  return side === 'checkpoint' ? modelShape : checkpointShape;
}

/** Positions in the list, by what became of the shape on this side. A position may stand in one group only, `collapsed` being part of `placeholders`. */
export interface SidePicture {
  readonly side: Side;
  /** `[0]` where the other side has elements. */
  readonly placeholders: readonly number[];
  /** Those whose other side has no or several dimensions: the number of dimensions collapsed, which no width of 0 can do. */
  readonly collapsed: readonly number[];
  /** `[1]` where the other side has more elements: what DeepSpeed before 0.6.0 used in the place of `[0]`, and much else. */
  readonly ones: readonly number[];
  /** One dimension and longer than 1, where the other side has at least two dimensions above 1: flattened. */
  readonly flats: readonly number[];
  /** Both sides one-dimensional, this one shorter and not empty. */
  readonly fragments: readonly number[];
  /** A 0 among several dimensions, their number kept. */
  readonly zeroWidths: readonly number[];
  readonly others: readonly number[];
}

type Look = 'placeholder' | 'one' | 'flat' | 'fragment' | 'zero-width' | 'other';

export function pictureOf(side: Side, mismatches: readonly Mismatch[]): SidePicture {
  const known = pictures[side].get(mismatches);
  if (known !== undefined) return known;
  const picture = lookAt(side, mismatches);
  pictures[side].set(mismatches, picture);
  return picture;
}

/** Every cause of this wing asks for the same two. */
const pictures: Readonly<Record<Side, WeakMap<readonly Mismatch[], SidePicture>>> = { checkpoint: new WeakMap(), model: new WeakMap() };

function lookAt(side: Side, mismatches: readonly Mismatch[]): SidePicture {
  const found: Readonly<Record<Look, number[]>> = { placeholder: [], one: [], flat: [], fragment: [], 'zero-width': [], other: [] };
  mismatches.forEach((mismatch, position) => {
    found[look(shapeOn(side, mismatch), wholeShape(side, mismatch))].push(position);
  });
  const { placeholder: placeholders, one: ones, flat: flats, fragment: fragments, other: others } = found;
  const collapsed = placeholders.filter((position) => wholeShapeAt(side, mismatches, position).length !== 1);
  return { side, placeholders, collapsed, ones, flats, fragments, zeroWidths: found['zero-width'], others };
}

function wholeShapeAt(side: Side, mismatches: readonly Mismatch[], position: number): Shape {
  const mismatch = mismatches[position];
  return mismatch === undefined ? [] : wholeShape(side, mismatch);
}

function look(shape: Shape, whole: Shape): Look {
  if (elementCount(whole) === 0) return 'other';
  if (isPlaceholder(shape)) return 'placeholder';
  if (hasZeroWidth(shape)) return shape.length === whole.length ? 'zero-width' : 'other';
  const [length, second] = shape;
  if (length === undefined || second !== undefined) return 'other';
  if (length === 1) return elementCount(whole) > 1 ? 'one' : 'other';
  // As long as one axis of the other side: a vector in the place of a matrix (a shifted name, a dropped axis), not a flattened matrix.
  if (whole.filter((size) => size > 1).length > 1) return whole.includes(length) ? 'other' : 'flat';
  return whole.length === 1 && length < elementCount(whole) ? 'fragment' : 'other';
}

/**
 * Positions of parameters that have one whole shape and several shapes on this side: ranks hold different pieces.
 * Two entries of one list never have the same name and the same two shapes, so a difference is one between ranks.
 */
export function rankDependent(side: Side, mismatches: readonly Mismatch[]): readonly number[] {
  const repeated = repeatedNames(mismatches);
  const byParameter = new Map<string, number[]>();
  mismatches.forEach((mismatch, position) => {
    const { parameter = '' } = mismatch;
    if (!repeated.has(parameter)) return;
    const key = `${parameter} ${wholeShape(side, mismatch).join('x')}`;
    const positions = byParameter.get(key) ?? [];
    positions.push(position);
    byParameter.set(key, positions);
  });
  return [...byParameter.values()]
    .filter((positions) => positions.length > 1 && differs(side, mismatches, positions))
    .flat()
    .toSorted((a, b) => a - b);
}

function repeatedNames(mismatches: readonly Mismatch[]): ReadonlySet<string> {
  const [seen, repeated] = [new Set<string>(), new Set<string>()];
  for (const { parameter = '' } of mismatches) (seen.has(parameter) ? repeated : seen).add(parameter);
  return repeated;
}

function differs(side: Side, mismatches: readonly Mismatch[], positions: readonly number[]): boolean {
  const shapes = positions.flatMap((position) => {
    const mismatch = mismatches[position];
    return mismatch === undefined ? [] : [shapeOn(side, mismatch)];
  });
  const [first] = shapes;
  return first !== undefined && shapes.some((shape) => !isSameShape(shape, first));
}

/** The mismatches at these positions. */
export function pick(mismatches: readonly Mismatch[], positions: readonly number[]): readonly Mismatch[] {
  return positions.flatMap((position) => mismatches[position] ?? []);
}

/**
 * `[1]` in the place of parameters of several shapes, a matrix or more among them, or of three large ones, and nothing else in the list. A scalar's twin or a buffer
 * never replaces a matrix, and no option makes all shapes one; DeepSpeed before 0.6.0 does (microsoft/DeepSpeed#1394,
 * Lightning-AI/pytorch-lightning#7282, lucidrains/DALLE-pytorch#211).
 */
export function standForMatrices(
  { side, ones, others, flats, fragments, zeroWidths, placeholders }: SidePicture,
  mismatches: readonly Mismatch[],
): boolean {
  if (others.length + flats.length + fragments.length + zeroWidths.length + placeholders.length > 0) return false;
  const shapes = pick(mismatches, ones).map((mismatch) => wholeShape(side, mismatch));
  const isMatrix = (shape: Shape): boolean => shape.filter((size) => size > 1).length > 1;
  const matrices = shapes.filter(isMatrix);
  if (matrices.filter((shape) => elementCount(shape) >= 1000).length >= 2 && shapes.length >= 3) return true;
  return new Set(shapes.map((shape) => shape.join('x'))).size > 1 && matrices.length > 0;
}
