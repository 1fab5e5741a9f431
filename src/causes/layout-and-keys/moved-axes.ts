import type { Diagnosis, Question } from '../../model/diagnosis.js';
import { type LoadFailure, type Mismatch, mayHideMore } from '../../model/failure.js';
import { formatShape, type Shape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { answer, explains, mayGoOn, shows } from '../architecture/answer.js';
import { isReordered } from './axis-orders.js';
import { amount, pathInCode } from './telling.js';

/** `torch.movedim(weight, from, to)`: one axis in another place, whatever the number of dimensions. */
type Move = readonly [from: number, to: number];

/** How libraries for sparse convolutions differ (spconv: KRSC, RSCK and RSKC; k is one to four axes). */
const MOVES: readonly Move[] = [
  [0, -1],
  [-1, 0],
  [0, -2],
  [-2, 0],
];

function moved(shape: Shape, [from, to]: Move): Shape {
  const at = (place: number, length: number) => (place < 0 ? length + place : place);
  const axis = at(from, shape.length);
  const rest = shape.filter((_, index) => index !== axis);
  return [...rest.slice(0, at(to, shape.length)), shape[axis] ?? 0, ...rest.slice(at(to, shape.length))];
}

/**
 * The one axis whose move turns every kernel of the file into the model's. For kernels of one position a reshape gives the same numbers, but for
 * larger ones it does not, so that the move is the better reading of both.
 */
export function moveOf(mismatches: readonly Mismatch[]): Move | undefined {
  if (mismatches.length === 0 || !mismatches.every(isKernel)) return undefined;
  return MOVES.find((move) => mismatches.every((mismatch) => fits(move, mismatch)));
}

function isKernel({ parameter = 'weight', checkpointShape, modelShape }: Mismatch): boolean {
  const isNamedSo = /(^|\.)(weight|kernel)$/.test(parameter);
  return isNamedSo && checkpointShape.length >= 4 && checkpointShape.join() !== modelShape.join();
}

/** Outputs first: then the axes of the kernel, which are small, stand between them and the inputs. */
function fits(move: Move, { checkpointShape, modelShape }: Mismatch): boolean {
  const outputsFirst = move[0] === 0 ? checkpointShape : modelShape;
  return outputsFirst.slice(1, -1).every((size) => size <= 7) && moved(checkpointShape, move).join() === modelShape.join();
}

/** Kernels of several ranks, or of one position alone, which no one `permute` and no difference of sizes tells. */
export function movedAxes(failure: LoadFailure): Diagnosis | undefined {
  const { mismatches } = failure;
  const move = moveOf(mismatches);
  const [first] = mismatches;
  const ranks = new Set(mismatches.map(({ checkpointShape }) => checkpointShape.length));
  if (move === undefined || first === undefined || (ranks.size < 2 && mismatches.some(isReordered))) return undefined;
  const onlyPoints = !mismatches.some(isReordered);
  const call = `movedim(${move.join(', ')})`;
  return answer({
    cause: 'transposed-layout',
    title: `The same kernels with one axis in another place (${formatShape(first.checkpointShape)} and ${formatShape(first.modelShape)}), as between the orders in which releases of spconv keep them.`,
    confidence: mismatches.length > 1 ? 'likely' : 'possible',
    specificity: 80,
    explained: explains(mismatches.map((_, position) => position)),
    evidence: [
      {
        statement: `${amount(mismatches.length, 'weight')} of ${mismatches.length}: \`${call}\` turns each checkpoint shape into the model's`,
      },
      ...mismatches.slice(0, 2).map((mismatch) => shows(mismatch)),
      { statement: 'spconv knows the orders KRSC (out, k, k, in), RSCK (k, k, in, out) and RSKC (k, k, out, in) (spconv 2, conv.py)' },
    ],
    remedies: [
      {
        title: 'Run with the spconv of the file',
        text: 'Then nothing has to be converted, and nothing can be converted wrongly.',
      },
      {
        title: 'Or move the axis of every kernel of these layers',
        text: 'Of those of equal sizes too, which the message does not list: for them only the layer tells, not the shape.',
        snippet: { language: 'python', code: conversion(failure, ranks, call) },
        cost: 'Never convert twice; compare one output with the original.',
      },
    ],
    doesNotHelp: [
      STRICT_FALSE,
      {
        advice: 'reshape',
        reason: 'it fits kernels of one position alone; larger ones take it without a word, and their numbers are then mixed up.',
      },
    ],
    afterwards: mayGoOn(failure),
    wouldDecide: onlyPoints || mayHideMore(failure) ? [LARGER_KERNELS] : [],
  });
}

const LARGER_KERNELS: Question = {
  question: 'Which shapes do the larger kernels of these layers have on both sides? They decide which axis was moved.',
  command:
    'print({key: (tuple(state_dict[key].shape), tuple(value.shape)) for key, value in model.state_dict().items() if value.dim() > 3})',
};

function conversion({ checkpoint, mismatches }: LoadFailure, ranks: ReadonlySet<number>, call: string): string {
  const beginnings = [...new Set(mismatches.map(({ parameter = '' }) => parameter.split('.')[0] ?? ''))].slice(0, 6);
  const names = `(${beginnings.map((name) => `'${name}.'`).join(', ')},)`;
  return [
    `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
    'for key, value in state_dict.items():',
    `    if value.dim() in (${[...ranks].join(', ')},) and key.startswith(${names}):   # sparse layers only`,
    `        state_dict[key] = value.${call}.contiguous()`,
    'model.load_state_dict(state_dict)',
  ].join('\n');
}
