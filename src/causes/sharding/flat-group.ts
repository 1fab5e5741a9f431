import type { Mismatch } from '../../model/failure.js';
import { elementCount } from '../../model/shape.js';
import { formatCount } from './amounts.js';
import { pick, type Side, type SidePicture, shapeOn, wholeShape } from './collapsed-shapes.js';
import { hiddenSizeOf } from './persistence-threshold.js';

/**
 * FSDP1 lays the parameters of a wrapped unit end to end, pads the length to a multiple of the number of ranks and gives each rank one slice
 * (torch/distributed/fsdp/_flat_param.py). So a slice of n elements solves for the number of ranks: ceil(total / k) = n.
 */
export interface FlatGroup {
  readonly ranks: number;
  /** `(2 × 128266 × 4096 + 4096) / 8 = 131,344,896` */
  readonly equation: string;
  /** A half or an eighth of this parameter alone: packed 4-bit storage gives such numbers too. */
  readonly maybePacked: boolean;
}

const MOST_RANKS = 4096;

/** A slice of n elements meets some whole number of ranks by chance with odds of about ranks : n; shorter ones than this many times the ranks prove nothing. */
const LEAST_ELEMENTS_PER_RANK = 256;

/** The number of ranks by which a total of elements gives slices of this length; `undefined` where none does. */
export function ranksOf(total: number, slice: number): number | undefined {
  if (slice <= 0 || total <= slice) return undefined;
  const ranks = Math.ceil(total / slice);
  if (ranks > MOST_RANKS || slice < LEAST_ELEMENTS_PER_RANK * ranks) return undefined;
  return Math.ceil(total / ranks) === slice ? ranks : undefined;
}

interface Candidate {
  readonly total: number;
  readonly written: string;
}

/** Solves the longest slice of the side; the group may hold more than the listed parameters, so the usual companions of an embedding are tried too. */
export function solveFlatGroup(picture: SidePicture, mismatches: readonly Mismatch[]): FlatGroup | undefined {
  // A parameter that is flattened whole solves for nothing: twice its size over two would always fit.
  const flats = pick(mismatches, cutFlats(picture, mismatches));
  const longest = flats.toSorted((a, b) => elementCount(shapeOn(picture.side, b)) - elementCount(shapeOn(picture.side, a)))[0];
  if (longest === undefined) return undefined;
  const slice = elementCount(shapeOn(picture.side, longest));
  for (const { total, written } of candidates(picture, mismatches, longest)) {
    const ranks = ranksOf(total, slice);
    if (ranks !== undefined)
      return {
        ranks,
        maybePacked: total === elementCount(wholeShape(picture.side, longest)) && (ranks === 2 || ranks === 8),
        equation: `(${written}) / ${ranks} = ${formatCount(slice)}`,
      };
  }
  return undefined;
}

/**
 * The root unit holds what no inner unit claims: the embedding, the final norm and, where it is not tied, the head
 * (transformers#34080: 128256 × 2048 + 2048; axolotl#1947: 2 × 128266 × 4096 + 4096).
 */
function candidates({ side, flats, placeholders }: SidePicture, mismatches: readonly Mismatch[], longest: Mismatch): readonly Candidate[] {
  const whole = wholeShape(side, longest);
  const own = elementCount(whole);
  const width = whole.at(-1) ?? hiddenSizeOf(side, [longest]) ?? 0;
  const product = whole.join(' × ');
  const listed = pick(
    mismatches,
    [...flats, ...placeholders].toSorted((a, b) => a - b),
  );
  const terms = listed.map((mismatch) => wholeShape(side, mismatch).join(' × '));
  return [
    { total: sum(side, listed), written: `${terms.slice(0, 4).join(' + ')}${terms.length > 4 ? ' + …' : ''}` },
    { total: own, written: product },
    { total: own + width, written: `${product} + ${width}` },
    { total: 2 * own + width, written: `2 × ${product} + ${width}` },
    { total: 2 * own, written: `2 × ${product}` },
  ];
}

function sum(side: Side, listed: readonly Mismatch[]): number {
  return listed.reduce((total, mismatch) => total + elementCount(wholeShape(side, mismatch)), 0);
}

/** Flattened and nothing cut: `[65536]` for `[256, 256]`. */
export function wholeFlats({ side, flats }: SidePicture, mismatches: readonly Mismatch[]): readonly number[] {
  return flats.filter((position) =>
    pick(mismatches, [position]).some((mismatch) => elementCount(shapeOn(side, mismatch)) === elementCount(wholeShape(side, mismatch))),
  );
}

/** Flattened and shorter than the parameter: the piece of one that lies across two ranks, or a slice of a whole unit. */
export function cutFlats(picture: SidePicture, mismatches: readonly Mismatch[]): readonly number[] {
  const whole = new Set(wholeFlats(picture, mismatches));
  return picture.flats.filter((position) => !whole.has(position));
}

/** How many ranks share the listed parameters, from what one rank holds of them; rounded, because matching vectors are not in the list. */
export function ranksByShare({ side, flats, placeholders }: SidePicture, mismatches: readonly Mismatch[]): number | undefined {
  const held = pick(mismatches, flats).reduce((total, mismatch) => total + elementCount(shapeOn(side, mismatch)), 0);
  const all = sum(side, pick(mismatches, [...flats, ...placeholders]));
  const ratio = held === 0 ? 0 : all / held;
  const ranks = Math.round(ratio);
  return ranks >= 2 && Math.abs(ratio - ranks) / ranks < 0.03 ? ranks : undefined;
}

/** Pieces of one parameter on several ranks that add up to it: the proof without any assumption. */
export function piecesThatAddUp(side: Side, mismatches: readonly Mismatch[]): string | undefined {
  const byName = new Map<string, Mismatch[]>();
  for (const mismatch of mismatches) {
    if (mismatch.parameter !== undefined && shapeOn(side, mismatch).length === 1)
      byName.set(mismatch.parameter, [...(byName.get(mismatch.parameter) ?? []), mismatch]);
  }
  for (const [name, pieces] of byName) {
    const lengths = pieces.map((piece) => elementCount(shapeOn(side, piece))).filter((length) => length > 0);
    const whole = pieces[0] === undefined ? [] : wholeShape(side, pieces[0]);
    if (lengths.length > 1 && lengths.reduce((a, b) => a + b, 0) === elementCount(whole))
      return `${lengths.map(formatCount).join(' + ')} = ${whole.join(' × ')} (${name})`;
  }
  return undefined;
}

/**
 * FSDP2 and other DTensors keep the number of dimensions and cut axis 0 of everything, vectors too, into ceil(rows / k) rows. Returns k where one k fits all.
 */
export function rowShards(side: Side, mismatches: readonly Mismatch[]): number | undefined {
  const ratios = mismatches.map((mismatch) => rowRatio(shapeOn(side, mismatch), wholeShape(side, mismatch)));
  const [first] = ratios;
  if (first === undefined || ratios.some((ratio) => ratio === undefined)) return undefined;
  const ranks = ratios.reduce<number>((least, ratio) => Math.min(least, ratio ?? 0), first);
  const fits = mismatches.every((mismatch) => Math.ceil((wholeShape(side, mismatch)[0] ?? 0) / ranks) === shapeOn(side, mismatch)[0]);
  return fits && ranks > 1 ? ranks : undefined;
}

/**
 * A size that is cut on axis 0 of one parameter and whole on a later axis of another: no configuration does that, since it has one value for a width.
 * Only parameters count whose axis 0 tensor parallelism leaves alone; `cuts` picks them.
 */
export function cutsOneWidthOnly(side: Side, mismatches: readonly Mismatch[], cuts: (mismatch: Mismatch) => boolean): boolean {
  const widths = new Set(mismatches.filter(cuts).flatMap((mismatch) => wholeShape(side, mismatch)[0] ?? []));
  return mismatches.some((mismatch) =>
    shapeOn(side, mismatch)
      .slice(1)
      .some((size) => widths.has(size)),
  );
}

/**
 * An embedding alone, cut into ceil(rows / k) rows where k is a power of two and does not divide them: 18959 of 151665. A degree of tensor parallelism would have
 * padded the rows first, and another vocabulary meets such a number by chance only.
 */
export function unevenVocabularyShard(side: Side, mismatches: readonly Mismatch[], ranks: number): boolean {
  return (
    Number.isInteger(Math.log2(ranks)) &&
    ranks <= 64 &&
    mismatches.every((mismatch) => {
      const [rows = 0, ...rest] = wholeShape(side, mismatch);
      return rest.length === 1 && rows >= 10_000 && rows % ranks !== 0;
    })
  );
}

function rowRatio(part: readonly number[], whole: readonly number[]): number | undefined {
  const [rows, ...rest] = part;
  const [allRows, ...allRest] = whole;
  if (rows === undefined || allRows === undefined || rows === 0 || rows >= allRows) return undefined;
  const same = rest.length === allRest.length && rest.every((size, axis) => size === allRest[axis]);
  return same ? Math.ceil(allRows / rows) : undefined;
}
