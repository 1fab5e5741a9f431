import type { Mismatch } from '../../model/failure.js';
import { differingAxes, elementCount, type Shape } from '../../model/shape.js';
import { COLUMN_PACKINGS, ggmlBlocks, QUANTISED_TENSOR } from './packing-table.js';

/** One mismatch read as two storages of the same numbers. */
export interface Packing {
  readonly form: 'column' | 'half-width' | 'bytes' | 'tiles' | 'groups' | 'orientation' | 'bits';
  readonly packedSide: 'checkpoint' | 'model' | 'both';
  readonly format: string;
  /** The arithmetic that proves it; absent where the shapes only look like it. */
  readonly proof?: string;
  /** Of the last axis, where the form is `bytes`. */
  readonly widths?: { readonly stored: number; readonly full: number };
}

type Side = 'checkpoint' | 'model';

/** Every reading that the shapes of this mismatch allow, the most special first. */
export function packingOf(mismatch: Mismatch): Packing | undefined {
  if (mismatch.parameter !== undefined && QUANTISED_TENSOR.test(mismatch.parameter)) return quantisedTensor(mismatch, mismatch.parameter);
  const { checkpointShape, modelShape } = mismatch;
  return (
    tilePadding(checkpointShape, modelShape) ??
    packed(checkpointShape, modelShape, 'checkpoint') ??
    packed(modelShape, checkpointShape, 'model') ??
    halfWidth(mismatch)
  );
}

function packed(small: Shape, full: Shape, packedSide: Side): Packing | undefined {
  return column(small, full, packedSide) ?? tiles(small, full, packedSide) ?? bytes(small, full, packedSide);
}

/** bitsandbytes stores a 4-bit weight as one column of bytes. The other side may have a width of 0 derived from it (ComfyUI#6609). */
function column(stored: Shape, full: Shape, packedSide: Side): Packing | undefined {
  const [n = 0, one] = stored;
  if (stored.length !== 2 || one !== 1 || n < 512 || full.length < 2 || full[1] === 1) return undefined;
  const count = elementCount(full);
  const fitting = COLUMN_PACKINGS.find(({ ratio }) => ratio * n === count);
  const format = 'bitsandbytes 4-bit';
  if (fitting === undefined) return n === count || count === n * 16 ? undefined : { form: 'column', packedSide, format };
  return { form: 'column', packedSide, format, proof: `${n} × ${fitting.ratio} = ${full.join(' × ')} = ${count}: ${fitting.storage}` };
}

/** torchao's int4 tiles: [out/8, in/(16·k), 32, k/2] of int32, eight weights each. torchtune#1808. */
function tiles(stored: Shape, full: Shape, packedSide: Side): Packing | undefined {
  if (stored.length !== 4 || stored[2] !== 32 || full.length !== 2 || (stored[0] ?? 0) * 8 !== full[0]) return undefined;
  const count = elementCount(stored) * 8;
  if (count < elementCount(full)) return undefined;
  return {
    form: 'tiles',
    packedSide,
    format: 'torchao int4',
    proof: `${stored.join(' × ')} × 8 = ${count} weights of 4 bits for ${full.join(' × ')}`,
  };
}

/** Both sides are tiles, and one was padded: gpt-fast rounds the input width up to 1024 when it quantises. gpt-fast#88. */
function tilePadding(checkpoint: Shape, model: Shape): Packing | undefined {
  const isTiles = (shape: Shape): boolean => shape.length === 4 && shape[2] === 32 && [1, 2, 4].includes(shape[3] ?? 0);
  const axes = differingAxes(checkpoint, model);
  if (!isTiles(checkpoint) || !isTiles(model) || axes?.length !== 1 || axes[0] !== 1) return undefined;
  const inner = (checkpoint[3] ?? 1) * 2 * 16;
  const [file, built] = [(checkpoint[1] ?? 0) * inner, (model[1] ?? 0) * inner];
  const [small, large] = [Math.min(file, built), Math.max(file, built)];
  if (large !== Math.ceil(small / 1024) * 1024) return undefined;
  return {
    form: 'tiles',
    packedSide: 'both',
    format: 'torchao int4',
    proof: `${small} input features padded to ${large}, the next multiple of 1024, on one side`,
  };
}

/** GGUF tensors that were not unpacked: the last axis counts bytes. ComfyUI-GGUF#431. */
function bytes(stored: Shape, full: Shape, packedSide: Side): Packing | undefined {
  const last = full.length - 1;
  const [width = 0, size = 0] = [full[last], stored[last]];
  if (full.length !== 2 || stored.length !== 2 || stored[0] !== full[0] || width % 32 !== 0) return undefined;
  const block = ggmlBlocks.find(({ weights, bytes: used }) => width % weights === 0 && (width / weights) * used === size);
  return (
    block && {
      form: 'bytes',
      packedSide,
      widths: { stored: size, full: width },
      format: `GGUF ${block.type}`,
      proof: `${width} weights in blocks of ${block.weights}, ${block.bytes} bytes each, take ${size} bytes`,
    }
  );
}

/** Two 4-bit weights in a byte along the input axis (ChatGLM int4, NVFP4). One such tensor alone may as well be a shard. */
function halfWidth({ checkpointShape, modelShape }: Mismatch): Packing | undefined {
  const [rows, file = 0] = checkpointShape;
  const [otherRows, model = 0] = modelShape;
  if (checkpointShape.length !== 2 || modelShape.length !== 2 || rows !== otherRows) return undefined;
  if (file * 2 === model) return { form: 'half-width', packedSide: 'checkpoint', format: 'int4 in bytes' };
  return model * 2 === file ? { form: 'half-width', packedSide: 'model', format: 'int4 in bytes' } : undefined;
}

/** `.scales`, `.qzeros`, `.qweight`: another group size, another layout, another number of bits. */
function quantisedTensor({ checkpointShape, modelShape }: Mismatch, parameter: string): Packing | undefined {
  const [a = 0, b = 0] = checkpointShape;
  const [c = 0, d = 0] = modelShape;
  const base = { packedSide: 'both', format: parameter.endsWith('scales_and_zeros') ? 'torchao int4' : 'GPTQ or AWQ' } as const;
  if (parameter.endsWith('.qweight')) {
    const bits = [2, 3, 4, 8];
    const pair =
      b === d
        ? bits
            .flatMap((file) => bits.map((model) => [file, model] as const))
            .find(([file, model]) => file !== model && a * model === c * file)
        : undefined;
    return pair && { ...base, form: 'bits', proof: `${a} against ${c} rows is ${pair[0]} bits against ${pair[1]}` };
  }
  if (a === d && b === c && (a === 1 || b === 1))
    return { ...base, form: 'orientation', proof: `[${a}, ${b}] and [${c}, ${d}] are one column and one row of the same scales` };
  const groups = differingGroups(checkpointShape, modelShape);
  return groups === undefined ? undefined : { ...base, form: 'groups', proof: groups };
}

/** Scales of one layer with another number of groups: [groups, out] on both sides, or one of them in the old [out, 1] form. */
function differingGroups(checkpoint: Shape, model: Shape): string | undefined {
  const file = groupsOf(checkpoint, model);
  const built = groupsOf(model, checkpoint);
  if (file === undefined || built === undefined || file === built) return undefined;
  const padded = Math.max(file, built) / Math.min(file, built) < 1.1;
  if (padded) return `${file} groups in the checkpoint, ${built} in the model: the input width was padded on one side`;
  return `${file === 1 ? 'no groups' : `${file} groups`} in the checkpoint, ${built === 1 ? 'none' : built} in the model`;
}

function groupsOf(shape: Shape, other: Shape): number | undefined {
  const outs = new Set(other.filter((size) => size > 1));
  const [first = 1, second = 1] = shape;
  if (shape.length === 1) return outs.has(first) ? 1 : undefined;
  if (outs.has(second)) return first;
  return outs.has(first) ? second : undefined;
}
