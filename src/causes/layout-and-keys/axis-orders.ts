import type { Remedy } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import type { Shape } from '../../model/shape.js';

/** Where the model's axes stand in the checkpoint: `tensor.permute(order)` turns the checkpoint's shape into the model's. */
export type AxisOrder = readonly number[];

/** A pair of conventions for one kind of weight. */
export interface LayoutPair {
  readonly order: AxisOrder;
  /** Weights that this pair is about; absent where the order alone tells. */
  readonly fits?: (mismatch: Mismatch) => boolean;
  readonly checkpoint: string;
  readonly model: string;
  readonly source: string;
  /** What to do first, where it is not to convert the file. */
  readonly remedy?: Remedy;
}

const CONV1D = 'Conv1D of GPT-2 in transformers (inputs first)';
const LINEAR = 'nn.Linear (outputs first)';

/** GPT-2 widens in c_attn and c_fc and narrows in mlp.c_proj; Conv1D has the inputs first. */
function isConv1d(side: 'checkpointShape' | 'modelShape'): (mismatch: Mismatch) => boolean {
  return ({ parameter = '', [side]: [first = 0, second = 0] }) =>
    /(^|\.)(c_attn|c_fc|q_attn)\.weight$/.test(parameter) ? first < second : /(^|\.)c_proj\.weight$/.test(parameter) && first > second;
}

/** Where the three axes of the kernel begin on the two sides. Kernels are small: a width among them rules the pair out. */
function hasKernelAt(file: number, model: number): (mismatch: Mismatch) => boolean {
  const isKernel = (axes: Shape) => axes.length === 3 && axes.every((size) => size <= 7);
  return ({ checkpointShape, modelShape }) =>
    isKernel(checkpointShape.slice(file, file + 3)) && isKernel(modelShape.slice(model, model + 3));
}

const [SPCONV1, SPCONV2] = ['spconv 1 (kernel first: k, k, k, in, out)', 'spconv 2 (outputs first: out, k, k, k, in)'];
const [TORCH, TENSORFLOW] = ['PyTorch or Theano (out, in, h, w)', 'TensorFlow and Keras (h, w, in, out)'];

/** The more special first; a pair is taken only where its order fits every mismatch. */
export const LAYOUTS: readonly LayoutPair[] = [
  {
    order: [1, 0],
    fits: isConv1d('modelShape'),
    checkpoint: LINEAR,
    model: CONV1D,
    source: 'transformers pytorch_utils.py Conv1D; nanoGPT#190',
  },
  {
    order: [1, 0],
    fits: isConv1d('checkpointShape'),
    checkpoint: CONV1D,
    model: LINEAR,
    source: 'transformers pytorch_utils.py Conv1D; nanoGPT#190',
  },
  {
    order: [4, 0, 1, 2, 3],
    fits: hasKernelAt(0, 1),
    checkpoint: SPCONV1,
    model: SPCONV2,
    source: 'spconv 2 conv.py; mmdet3d#2584, MVP#2',
  },
  {
    order: [1, 2, 3, 4, 0],
    fits: hasKernelAt(2, 1),
    checkpoint: 'no order that a file has: spconv 2 rotated once more (in, out, k, k, k), as mmdet3d does while it loads',
    model: SPCONV2,
    source: 'mmdet3d write_spconv2.py, _load_from_state_dict: rotates unless the metadata say version 2',
    remedy: {
      title: 'Load the file with its metadata: it is in the order of spconv 2 already',
      text: 'A state dict keeps the version of its layers in `_metadata`, and a dict that was built anew (`{key: value for …}`) has none: every kernel is then taken for one of spconv 1 and rotated. Rename keys in place, or hand the metadata on.',
      snippet: {
        language: 'python',
        code: "renamed = OrderedDict(...)\nrenamed._metadata = getattr(state_dict, '_metadata', None) or {name: {'version': 2} for name, _ in model.named_modules()}",
      },
    },
  },
  { order: [1, 2, 3, 4, 0], fits: hasKernelAt(1, 0), checkpoint: SPCONV2, model: SPCONV1, source: 'spconv 2 conv.py; mmdet3d#2584' },
  { order: [3, 2, 0, 1], checkpoint: TENSORFLOW, model: TORCH, source: 'keras/layers/convolutional; Deconvnet-keras#9' },
  { order: [2, 3, 1, 0], checkpoint: TORCH, model: TENSORFLOW, source: 'keras/layers/convolutional; image-analogies#51' },
  {
    order: [1, 0, 2, 3],
    checkpoint: 'one of Conv2d and ConvTranspose2d',
    model: 'the other, which keeps inputs and outputs in the opposite order',
    source: 'torch/nn/modules/conv.py',
  },
  {
    order: [1, 0, 2],
    checkpoint: 'one of Conv1d and ConvTranspose1d',
    model: 'the other, which keeps inputs and outputs in the opposite order',
    source: 'torch/nn/modules/conv.py',
  },
  {
    order: [1, 0],
    checkpoint: 'one convention for linear layers (outputs first, as nn.Linear)',
    model: 'the other (inputs first, as TensorFlow, Flax and Conv1D)',
    source: 'torch/nn/modules/linear.py, flax/linen/linear.py',
  },
];

/** The same sizes in another order. */
export function isReordered({ checkpointShape, modelShape }: Mismatch): boolean {
  return (
    checkpointShape.length >= 2 &&
    checkpointShape.length === modelShape.length &&
    checkpointShape.some((size, axis) => size !== modelShape[axis]) &&
    sorted(checkpointShape) === sorted(modelShape) &&
    // A 1 that changes its place is an axis put in or taken out (reshape-equivalent).
    withoutOnes(checkpointShape) !== withoutOnes(modelShape)
  );
}

function sorted(shape: Shape): string {
  return shape.toSorted((a, b) => a - b).join();
}

function withoutOnes(shape: Shape): string {
  return shape.filter((size) => size !== 1).join();
}

/** Every order of the axes that turns each checkpoint shape into the model's. All mismatches have to have the same number of dimensions. */
export function ordersOf(mismatches: readonly Mismatch[]): readonly AxisOrder[] {
  const [first] = mismatches;
  if (first === undefined) return [];
  const rank = first.checkpointShape.length;
  if (rank > 6 || mismatches.some(({ checkpointShape, modelShape }) => checkpointShape.length !== rank || modelShape.length !== rank))
    return [];
  return permutations(rank).filter((order) => mismatches.every((mismatch) => fits(order, mismatch)));
}

function fits(order: AxisOrder, { checkpointShape, modelShape }: Mismatch): boolean {
  return order.every((axis, place) => checkpointShape[axis] === modelShape[place]);
}

function permutations(rank: number): readonly AxisOrder[] {
  let all: readonly AxisOrder[] = [[]];
  for (let axis = 0; axis < rank; axis++)
    all = all.flatMap((order) => Array.from({ length: order.length + 1 }, (_, at) => [...order.slice(0, at), axis, ...order.slice(at)]));
  return all;
}

/** The known pair of conventions that fits best, or `undefined` where no known one does. */
export function layoutOf(orders: readonly AxisOrder[], mismatches: readonly Mismatch[]): LayoutPair | undefined {
  const known = LAYOUTS.filter(({ order }) => orders.some((other) => other.join() === order.join()));
  return known.find(({ fits: isAbout }) => isAbout === undefined || mismatches.every(isAbout));
}
