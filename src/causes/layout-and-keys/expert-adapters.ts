import { positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { counted, pick, shows } from '../architecture/answer.js';
import { isStackedOnOneSide } from '../vocabulary-and-adapters/adapter-tensors.js';
import type { Drift } from './drift.js';

/**
 * Adapters of single experts, which transformers 5 stacks into [experts, r, width] with the experts themselves; PEFT wants r·experts rows in one
 * matrix and only newer releases flatten them (peft 0.21, utils/transformers_weight_conversion.py). transformers#43319.
 */
export function expertAdapters(failure: LoadFailure): Drift | undefined {
  const { mismatches } = failure;
  const positions = positionsWhere(mismatches, ({ parameter = '', checkpointShape, modelShape }) =>
    isStackedOnOneSide(parameter, checkpointShape, modelShape),
  );
  const [first] = pick(failure, positions);
  if (first === undefined) return undefined;
  const isInFile = first.checkpointShape.length === 3;
  return {
    title: `The adapters over the experts have an axis of experts in ${isInFile ? 'the checkpoint and none in the model' : 'the model and none in the checkpoint'}: transformers fused the experts in 5.0, and the two sides are of different releases.`,
    confidence: positions.length > 1 ? 'certain' : 'likely',
    specificity: 87,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `${counted(positions.length, 'adapter tensor')} ${positions.length === 1 ? 'has' : 'have'} three dimensions on one side, experts first, and two on the other, where PEFT joins the experts with the rank`,
      },
      ...pick(failure, positions)
        .slice(0, 2)
        .map((mismatch) => shows(mismatch)),
    ],
    remedies: [
      {
        title: 'Upgrade transformers and PEFT together, or load with the pair that trained the adapter',
        text: 'Newer releases of PEFT convert adapters of single experts while loading (`peft/utils/transformers_weight_conversion.py`, for the models that it knows); transformers 4 needs no conversion.',
        snippet: { language: 'bash', code: 'pip install -U transformers peft' },
      },
      {
        title: 'Or merge the adapter with the releases that trained it, and go on with the merged model',
        text: 'The merged weights have the names of the base model, which every release reads.',
      },
    ],
  };
}
