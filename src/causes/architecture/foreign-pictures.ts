import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { elementCount } from '../../model/shape.js';
import { common, hasEqualElementCount, isPlaceholder, onlyDifferingAxis, ratioOnAxis } from '../pairs.js';
import { type Role, roleOf } from '../roles.js';
import { smallerIsWholeAttention } from '../sharding/parallel-split.js';

/**
 * Pictures that causes of other wings explain better than "another model" or "another configuration" does. The broad causes of this wing
 * ask here first and stand back.
 */

/** Why a broad cause should stand back, in words that follow "because"; `undefined` where nothing more special is in sight. */
export function foreignPicture({ mismatches }: LoadFailure): string | undefined {
  if (mismatches.length === 0) return undefined;
  const most = (accepts: (mismatch: Mismatch) => boolean): boolean => mismatches.filter(accepts).length * 2 > mismatches.length;
  if (most(isPairedByPlace)) return 'the loader paired by place, and the names of the two sides differ: the shapes are those of two layers';
  if (mismatches.some(isCollapsed)) return 'a side is empty or flattened to one dimension, which is what sharding leaves behind';
  if (mismatches.filter(hasZeroSize).length * 2 >= mismatches.length)
    return 'a width of 0 stands in the list, which is an empty layer and no other model';
  if (mismatches.filter(isPacked).length * 4 > mismatches.length || isHalvedInputs(mismatches))
    return 'one side holds packed (quantised) storage';
  if (most(isAdapterWeight)) return 'the parameters are those of an adapter';
  if (mismatches.every(hasEqualElementCount)) return 'every pair has the same number of elements, so only the layout differs';
  if (mismatches.every(({ parameter }) => /(^|\.)(layers|stages)\S*\.downsample\./.test(parameter ?? '')))
    return 'only the downsampling between stages differs, which timm 0.9 moved by one stage';
  if (isTensorParallel(mismatches)) return 'one whole ratio on the axis that tensor parallelism splits, with all norms equal';
  if (mismatches.every((mismatch) => roleOf(mismatch.parameter) === 'attention-fused' && onlyDifferingAxis(mismatch) === 0))
    return 'only the rows of fused query, key and value differ, which is a matter of heads';
  if (isKeyValueOnly(mismatches)) return 'only key and value projections differ, which is a matter of key-value heads';
  if (mismatches.every(({ parameter }) => isExpertRole(roleOf(parameter)))) return 'only routers and experts differ';
  return undefined;
}

export function isPairedByPlace({ stored }: Mismatch): boolean {
  return stored !== undefined;
}

/** `[0]`, or one dimension against several with other elements: a placeholder, a flat parameter or a piece of one. */
function isCollapsed({ checkpointShape, modelShape }: Mismatch): boolean {
  if (isPlaceholder(checkpointShape) !== isPlaceholder(modelShape)) return checkpointShape.length !== 1 || modelShape.length !== 1;
  const [flat, whole] = checkpointShape.length < modelShape.length ? [checkpointShape, modelShape] : [modelShape, checkpointShape];
  return (
    flat.length === 1 &&
    whole.length === 2 &&
    elementCount(flat) > 1 &&
    elementCount(flat) >= elementCount(whole) / 64 &&
    (whole[1] ?? 0) > 1 &&
    !whole.includes(flat[0] ?? 0)
  );
}

function hasZeroSize({ checkpointShape, modelShape }: Mismatch): boolean {
  return checkpointShape.includes(0) || modelShape.includes(0);
}

const PACKED_NAME = /\.(qweight|qzeros|scales(_and_zeros)?|zeros|absmax|quant_map|g_idx|SCB|weight_scale|nested_absmax)$/;

export function isPacked({ parameter, checkpointShape, modelShape }: Mismatch): boolean {
  if (parameter !== undefined && PACKED_NAME.test(parameter)) return true;
  const column = [checkpointShape, modelShape].find((shape) => shape.length === 2 && shape[1] === 1 && (shape[0] ?? 0) > 64);
  const whole = column === checkpointShape ? modelShape : checkpointShape;
  return column !== undefined && whole.length >= 2 && whole[0] !== column[0] && (whole[1] ?? 0) !== 1;
}

/** Two 4-bit numbers in a byte (ChatGLM int4): every weight halved on its input axis, column-parallel ones too, and no norm in the list. */
function isHalvedInputs(mismatches: readonly Mismatch[]): boolean {
  const halved = mismatches.every(
    (mismatch) => onlyDifferingAxis(mismatch) === 1 && mismatch.checkpointShape.length === 2 && ratioOnAxis(mismatch, 1) === 0.5,
  );
  return halved && mismatches.length >= 2 && mismatches.some(({ parameter }) => COLUMN_PARALLEL.includes(roleOf(parameter)));
}

const ADAPTER_NAME = /(^|[._])(lora_|lokr_|loha_|hada_|ia3_)|_lora\.(up|down)\.|lora_(down|up)|_lora_/;

/** A classifier's adapter is a head all the same, so only widths of the body count here. */
export function isAdapterWeight({ parameter }: Mismatch): boolean {
  return parameter !== undefined && ADAPTER_NAME.test(parameter);
}

const COLUMN_PARALLEL: readonly Role[] = [
  'attention-query',
  'attention-key',
  'attention-value',
  'attention-fused',
  'mlp-in',
  'token-embedding',
  'output-head',
];
const ROW_PARALLEL: readonly Role[] = ['attention-output', 'mlp-out'];

/** Megatron's split: column-parallel weights and their biases on axis 0, row-parallel weights on axis 1, one whole ratio everywhere. */
export function isTensorParallel(mismatches: readonly Mismatch[]): boolean {
  // Megatron's distributed checkpoints compare global shapes.
  if (mismatches.every(({ dialect }) => dialect === 'megatron') || smallerIsWholeAttention(mismatches)) return false;
  const ratios = mismatches.map((mismatch) => {
    const axis = onlyDifferingAxis(mismatch);
    const role = roleOf(mismatch.parameter);
    const splits = (axis === 0 && COLUMN_PARALLEL.includes(role)) || (axis === 1 && ROW_PARALLEL.includes(role));
    return axis !== undefined && splits ? ratioOnAxis(mismatch, axis) : undefined;
  });
  const ratio = common(ratios);
  if (ratio === undefined || !isDegree(ratio)) return false;
  // One weight alone shows too little, unless a row-parallel weight shrinks on its input axis, which no other model does.
  const roles = new Set(mismatches.map(({ parameter }) => roleOf(parameter)));
  // Feed-forward layers alone follow their own option of the configuration.
  if ([...roles].every((role) => role === 'mlp-in' || role === 'mlp-out')) return false;
  return roles.size > 1 || ROW_PARALLEL.some((role) => roles.has(role)) || (roles.has('token-embedding') && Math.max(ratio, 1 / ratio) > 2);
}

function isDegree(ratio: number): boolean {
  const degree = ratio < 1 ? 1 / ratio : ratio;
  return degree >= 2 && degree <= 128 && Math.abs(degree - Math.round(degree)) < 1e-9;
}

function isKeyValueOnly(mismatches: readonly Mismatch[]): boolean {
  return mismatches.every((mismatch) => {
    const role = roleOf(mismatch.parameter);
    return (role === 'attention-key' || role === 'attention-value') && onlyDifferingAxis(mismatch) === 0;
  });
}

function isExpertRole(role: Role): boolean {
  return role === 'router' || role === 'expert';
}
