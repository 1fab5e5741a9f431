import type { LoadFailure } from '../../model/failure.js';
import { wholeRatio } from '../pairs.js';
import { roleOf } from '../roles.js';
import { differsInOutputs, isAnchorOrPolicy } from './head-names.js';
import { looksLikeWidths } from './no-classes.js';

/** Rows that are a data set's number of classes make a head of any layer whose name says nothing else (YOLOv3: module_list.81). */
export function mayBeHead(parameter: string | undefined): boolean {
  return parameter !== undefined && roleOf(parameter) === 'other' && !isAnchorOrPolicy(parameter);
}

/**
 * A whole list with one layer, of which the outputs alone differ. A width would change a norm or the inputs of the next layer too; only
 * layers that fold channels into pixels hand a width on unseen, and theirs are usual ones. Twice as many are rather two values for each
 * output (a variance, a tag for each joint: EfficientHRNet#10), which is an option.
 */
export function isLastLayer({ mismatches, missingKeys, unexpectedKeys, complete }: LoadFailure): boolean {
  const [first, second] = mismatches;
  if (first === undefined || mismatches.length !== 2 || !complete || missingKeys.length + unexpectedKeys.length > 0) return false;
  const names = mismatches.map(({ parameter = '' }) => parameter.replace(/\.(weight|bias)$/, ''));
  const numbers = { checkpoint: first.checkpointShape[0] ?? 0, model: first.modelShape[0] ?? 0 };
  const alike = second?.checkpointShape[0] === numbers.checkpoint && second?.modelShape[0] === numbers.model;
  const fits = mismatches.every((mismatch) => mayBeHead(mismatch.parameter) && differsInOutputs(mismatch));
  if (wholeRatio(numbers.checkpoint, numbers.model) === 2) return false;
  return fits && alike && names[0] === names[1] && !looksLikeWidths(numbers) && Math.max(numbers.checkpoint, numbers.model) > 4;
}
