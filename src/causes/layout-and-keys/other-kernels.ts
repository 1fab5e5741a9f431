import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { shows } from '../architecture/answer.js';
import type { Drift } from './drift.js';
import { amount } from './telling.js';

/** Channels agree, and where one side has a 1 × 1 kernel the other has a wider one. */
function isPointwiseOnOneSide({ checkpointShape, modelShape }: Mismatch): boolean {
  if (checkpointShape.length !== 4 || modelShape.length !== 4) return false;
  const kernels = [checkpointShape, modelShape].map((shape) => shape.slice(2));
  const points = kernels.filter((kernel) => kernel.every((size) => size === 1));
  return points.length === 1 && checkpointShape[0] === modelShape[0] && checkpointShape[1] === modelShape[1];
}

/** Options choose among 3, 5 and 7; a 1 × 1 kernel in the place of a wider one is another block, as after a revision of the code (PINet#45). */
export function otherKernels({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): Drift | undefined {
  const [first] = mismatches;
  if (first === undefined || mismatches.length < 2 || missingKeys.length + unexpectedKeys.length > 0) return undefined;
  if (!mismatches.every(isPointwiseOnOneSide)) return undefined;
  return {
    title: `${amount(mismatches.length, 'convolution')} ${mismatches.length === 1 ? 'has' : 'have'} a 1 × 1 kernel on one side and a wider one on the other, with equal channels: the block was built by another revision of the code.`,
    confidence: 'possible',
    specificity: 28,
    explained: { mismatches: mismatches.map((_, position) => position), missingKeys: [], unexpectedKeys: [] },
    evidence: [
      shows(first, 'the channels agree, only the kernel does not'),
      { statement: 'no width differs, so it is no other size of the model' },
    ],
    remedies: [
      {
        title: 'Use the revision of the code that belongs to the file',
        text: 'Look for the commit or the release that is named beside the download, and at the history of the file that defines the block.',
      },
      {
        title: 'Or compare the options of the block',
        text: 'A bottleneck that can be switched on or off, or a kernel size that the configuration sets, gives the same picture.',
      },
    ],
    wouldDecide: [
      { question: 'Did the definition of this block change after the file was saved?', command: 'git log --oneline -- MODEL_CODE' },
    ],
  };
}
