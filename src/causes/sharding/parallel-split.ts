import type { Mismatch } from '../../model/failure.js';
import { differingAxes, elementCount, type Shape } from '../../model/shape.js';
import { type Role, roleOf } from '../roles.js';
import { stockWeights } from '../vocabulary-and-adapters/vocabulary-table.js';
import type { Side } from './collapsed-shapes.js';

/**
 * What tensor parallelism does to a parameter (Megatron-LM core/tensor_parallel/layers.py; fairscale nn/model_parallel/layers.py): weights that widen (query, key,
 * value, feed-forward in, vocabulary) are cut on axis 0 together with their biases, weights that narrow (attention output, feed-forward out) on axis 1. Norms and the
 * biases of the narrowing ones stay whole. Another model width changes norms as well; that is how the two are told apart.
 */

export type Family = 'attention' | 'mlp' | 'vocabulary' | 'other';

/** One parameter that is cut as its role demands, or that a role does not speak against. */
export interface Split {
  readonly position: number;
  readonly axis: 0 | 1;
  /** How many pieces of the smaller side make the larger one; 2 or more. */
  readonly pieces: number;
  /** The side that holds the piece. */
  readonly smaller: Side;
  readonly family: Family;
  /** False where only the vocabulary's padding makes the numbers meet. */
  readonly exact: boolean;
}

const COLUMN: Partial<Record<Role, Family>> = {
  'attention-query': 'attention',
  'attention-key': 'attention',
  'attention-value': 'attention',
  'attention-fused': 'attention',
  'mlp-in': 'mlp',
  'token-embedding': 'vocabulary',
  'output-head': 'vocabulary',
};
const ROW: Partial<Record<Role, Family>> = { 'attention-output': 'attention', 'mlp-out': 'mlp' };

const MOST_PIECES = 128;

/** `undefined` where the pair is not what a split makes of this parameter. */
export function readSplit(mismatch: Mismatch, position: number): Split | undefined {
  const { checkpointShape, modelShape, parameter } = mismatch;
  const axes = differingAxes(checkpointShape, modelShape);
  const [axis, another] = axes ?? [];
  if ((axis !== 0 && axis !== 1) || another !== undefined) return undefined;
  const family = isNamelessVocabulary(mismatch, axis) ? 'vocabulary' : familyOn(axis, splitRole(parameter), modelShape, parameter);
  const counts = [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0] as const;
  const pieces = family === undefined ? undefined : piecesOf(counts, family);
  if (family === undefined || pieces === undefined) return undefined;
  return { position, axis, ...pieces, smaller: counts[0] < counts[1] ? 'checkpoint' : 'model', family };
}

/** Loaders that print a bare `weight` or no name: the whole side has the rows of a published vocabulary. */
function isNamelessVocabulary({ parameter, checkpointShape, modelShape }: Mismatch, axis: number): boolean {
  const rows = Math.max(checkpointShape[0] ?? 0, modelShape[0] ?? 0);
  return (
    (parameter === undefined || parameter === 'weight') &&
    axis === 0 &&
    modelShape.length === 2 &&
    rows > 25_000 &&
    stockWeights(rows) !== undefined
  );
}

/** Experts are split inside like any feed-forward layer: `experts.3.w2` narrows. */
export function splitRole(parameter: string | undefined): Role {
  return roleOf(parameter?.replace(/(^|\.)(local_)?experts?\.(?=.)(\d+\.)?/, '$1mlp.'));
}

function familyOn(axis: 0 | 1, role: Role, shape: Shape, parameter = ''): Family | undefined {
  // Meta's code and fairscale cut the embedding on its width (pyllama#31).
  if (axis === 1 && /(^|\.)tok_embeddings\.weight$/.test(parameter)) return 'vocabulary';
  if (axis === 0) return COLUMN[role] ?? (role === 'other' && shape.length === 2 ? 'other' : undefined);
  return ROW[role] ?? (role === 'other' && shape.length === 2 ? 'other' : undefined);
}

function piecesOf([a, b]: readonly [number, number], family: Family): { readonly pieces: number; readonly exact: boolean } | undefined {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (small <= 0) return undefined;
  const exact = large % small === 0 ? large / small : undefined;
  if (exact !== undefined && exact >= 2 && exact <= MOST_PIECES) return { pieces: exact, exact: true };
  const padded = family === 'vocabulary' ? paddedPieces(small, large) : undefined;
  return padded === undefined ? undefined : { pieces: padded, exact: false };
}

/** `--make-vocab-size-divisible-by` of Megatron-LM and GPT-NeoX; multiplied by the tensor-parallel degree. */
export const PADDING_UNIT = 128;

/**
 * A vocabulary is padded to a multiple of 128 × degree before it is cut, so two degrees give sizes that are no exact multiple: 50257 becomes 50304 whole and
 * 2 × 25216 (EleutherAI/gpt-neox#645). True where one vocabulary gives both sizes.
 */
function paddedPieces(small: number, large: number): number | undefined {
  if (small < 4000 || small % PADDING_UNIT !== 0 || large % PADDING_UNIT !== 0) return undefined;
  return [2, 4, 8, 16, 32, 64].find((pieces) => {
    const whole = small * pieces;
    const [low, high] = [whole - PADDING_UNIT * pieces, whole];
    return low < large && large - PADDING_UNIT < high;
  });
}

/**
 * The smaller side has an attention output that writes as wide as it reads, as a whole layer does and a piece never: another number or width of heads
 * (dim_head 64 against 128, say).
 */
export function smallerIsWholeAttention(mismatches: readonly Mismatch[]): boolean {
  return mismatches.some(({ parameter, checkpointShape, modelShape }) => {
    const smaller = elementCount(checkpointShape) < elementCount(modelShape) ? checkpointShape : modelShape;
    return splitRole(parameter) === 'attention-output' && smaller.length === 2 && smaller[0] === smaller[1];
  });
}

/** Rows of the whole vocabulary where a published size tells it: 18816 and 75264 rows are 1/8 and 1/2 of 150528. */
export function knownVocabulary(
  small: number,
  pieces: number,
): { readonly rows: number; readonly smaller: number; readonly larger: number } | undefined {
  for (let larger = 1; larger <= 16; larger++) {
    const rows = small * pieces * larger;
    if (stockWeights(rows) !== undefined) return { rows, smaller: pieces * larger, larger };
  }
  return undefined;
}

/** Rows cut by one ratio while the width differs by another: two faults at once (TsinghuaAI/CPM-2-Finetune#16, meta-llama/llama3#139). */
export interface OtherWidthToo {
  readonly pieces: number;
  readonly smaller: Side;
  readonly positions: readonly number[];
  readonly checkpointWidth: number;
  readonly modelWidth: number;
}

/**
 * A model of another width keeps the rows of its vocabulary. Where these differ by a whole ratio together with those of all other matrices, and against the width,
 * the rows were cut.
 */
export function readOtherWidthToo(mismatches: readonly Mismatch[]): OtherWidthToo | undefined {
  const read = mismatches.map(rowsAgainstWidth);
  const [first] = read;
  const vocabulary = mismatches.some(({ parameter, checkpointShape, modelShape }) => {
    const [a = 0, b = 0] = [checkpointShape[0], modelShape[0]];
    return (
      COLUMN[splitRole(parameter)] === 'vocabulary' &&
      Math.min(a, b) >= 4000 &&
      (stockWeights(a) === undefined || stockWeights(b) === undefined)
    );
  });
  if (first === undefined || !vocabulary) return undefined;
  const same = read.every(
    (each) =>
      each !== undefined &&
      each.ratio === first.ratio &&
      each.checkpointWidth === first.checkpointWidth &&
      each.modelWidth === first.modelWidth,
  );
  if (!same) return undefined;
  const { ratio, checkpointWidth, modelWidth } = first;
  return {
    pieces: ratio < 1 ? 1 / ratio : ratio,
    smaller: ratio < 1 ? 'checkpoint' : 'model',
    positions: mismatches.map((_, position) => position),
    checkpointWidth,
    modelWidth,
  };
}

function rowsAgainstWidth({
  checkpointShape: [a, checkpointWidth, c],
  modelShape: [b, modelWidth, d],
}: Mismatch): { readonly ratio: number; readonly checkpointWidth: number; readonly modelWidth: number } | undefined {
  if (c !== undefined || d !== undefined || a === undefined || b === undefined || checkpointWidth === undefined || modelWidth === undefined)
    return undefined;
  if (a === b || checkpointWidth === modelWidth || a === 0 || b === 0) return undefined;
  const [small, large] = a < b ? [a, b] : [b, a];
  const opposite = a < b === checkpointWidth > modelWidth;
  return large % small === 0 && large / small <= 64 && opposite ? { ratio: a / b, checkpointWidth, modelWidth } : undefined;
}
