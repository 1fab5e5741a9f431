import type { Mismatch } from '../../model/failure.js';
import { differingAxes, elementCount, type Shape } from '../../model/shape.js';
import { COLUMN_PACKINGS, ggmlBlocks, NARROW_PACKINGS, QUANTISED_TENSOR } from './packing-table.js';

/** One mismatch read as two storages of the same numbers. */
export interface Packing {
  readonly form: 'column' | 'narrow' | 'bytes' | 'blocks' | 'tiles' | 'groups' | 'orientation' | 'bits';
  readonly packedSide: 'checkpoint' | 'model' | 'both';
  readonly format: string;
  /** The arithmetic that proves it; absent where the shapes only look like it. */
  readonly proof?: string;
  /** Weights in one stored element, where the form is `narrow`. */
  readonly ratio?: number;
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
    narrow(mismatch)
  );
}

function packed(small: Shape, full: Shape, packedSide: Side): Packing | undefined {
  return (
    column(small, full, packedSide) ?? tiles(small, full, packedSide) ?? bytes(small, full, packedSide) ?? blocks(small, full, packedSide)
  );
}

/** bitsandbytes stores a 4-bit weight as one column of bytes. The other side may have a width of 0 derived from it (ComfyUI#6609). */
function column(stored: Shape, full: Shape, packedSide: Side): Packing | undefined {
  const [n = 0, one] = stored;
  // [n, 1] beside [n, k] is a layer with one input in place of k, not a column of bytes.
  if (stored.length !== 2 || one !== 1 || n < 64 || full.length < 2 || full[1] === 1 || full.includes(n)) return undefined;
  const count = elementCount(full);
  const fitting = COLUMN_PACKINGS.find(({ ratio }) => ratio * n === count);
  const format = 'bitsandbytes 4-bit';
  if (fitting === undefined) return n === count || n < 512 ? undefined : { form: 'column', packedSide, format };
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

/** The same file read one step earlier: blocks of 256 (K-quants) or 32 weights as rows, whose count of elements is the layer's own. InvokeAI#6890. */
function blocks(stored: Shape, full: Shape, packedSide: Side): Packing | undefined {
  const [rows = 0, size = 0] = stored;
  const [outputs = 0, inputs = 0] = full;
  if (stored.length !== 2 || full.length !== 2 || (size !== 256 && size !== 32) || rows === outputs || rows === inputs) return undefined;
  if (inputs % size !== 0 || rows * size !== outputs * inputs) return undefined;
  return {
    form: 'blocks',
    packedSide,
    format: 'GGUF',
    proof: `${rows} blocks of ${size} weights are ${outputs} × ${inputs} = ${outputs * inputs} weights`,
  };
}

/**
 * Several weights in one stored element along the input axis: two in a byte (ChatGLM int4, NVFP4), eight or four in 32 bits (MLX,
 * mlx/nn/layers/quantized.py). One such tensor alone may as well be a shard.
 */
function narrow({ checkpointShape, modelShape }: Mismatch): Packing | undefined {
  const [rows, file = 0] = checkpointShape;
  const [otherRows, model = 0] = modelShape;
  if (checkpointShape.length !== 2 || modelShape.length !== 2 || rows !== otherRows) return undefined;
  const [small, large] = [Math.min(file, model), Math.max(file, model)];
  const fitting = NARROW_PACKINGS.find(({ ratio }) => small > 0 && small * ratio === large);
  return fitting && { form: 'narrow', packedSide: file < model ? 'checkpoint' : 'model', format: fitting.storage, ratio: fitting.ratio };
}

/** `.scales`, `.qzeros`, `.qweight`: another group size, another layout, another number of bits. */
function quantisedTensor({ checkpointShape, modelShape }: Mismatch, parameter: string): Packing | undefined {
  const [a = 0, b = 0] = checkpointShape;
  const [c = 0, d = 0] = modelShape;
  const base = { packedSide: 'both', format: quantisedFormat(parameter) } as const;
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

/** `.scales` alone is spelled so in several libraries. */
function quantisedFormat(parameter: string): string {
  if (parameter.endsWith('scales_and_zeros')) return 'torchao int4';
  return /\.(qweight|qzeros|g_idx)$/.test(parameter) ? 'GPTQ or AWQ' : 'scales by group, as in GPTQ';
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
