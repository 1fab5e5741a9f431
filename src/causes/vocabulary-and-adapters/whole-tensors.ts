import { type Diagnosis, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { roleOf } from '../roles.js';
import { baseRemedies } from './base-remedies.js';
import { moreMaySurface, shownFirst } from './wording.js';

/** Tensors of an adapter file that have no rank: whole embeddings (`modules_to_save`), and the vectors of IA3. They show the base by their width. */
export function otherWholeTensors(failure: LoadFailure): Diagnosis | undefined {
  const { mismatches } = failure;
  const positions = positionsWhere(mismatches, (mismatch) => isEmbeddingOfOtherWidth(mismatch) || isScaleOfOtherWidth(mismatch));
  const [first] = positions.flatMap((position) => mismatches[position] ?? []);
  if (first === undefined || positions.length < mismatches.length) return undefined;
  const isEmbedding = isEmbeddingOfOtherWidth(first);
  const [file, model] = [widthOf(first, 'checkpointShape'), widthOf(first, 'modelShape')];
  return {
    verdict: 'diagnosis',
    cause: 'lora-wrong-base',
    title: `The adapter file brings ${isEmbedding ? 'an embedding' : 'vectors'} of width ${file} for a base model of width ${model}: it was trained on another base model.`,
    confidence: 'likely',
    specificity: 82,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: isEmbedding
          ? 'The names are those of a model wrapped by PEFT (`base_model.model.`), and tokens and width differ'
          : 'IA3 learns one number for each input or output of a layer, so its length is a width of the base model',
      },
      ...shownFirst(mismatches, positions),
    ],
    remedies: baseRemedies([]),
    doesNotHelp: [STRICT_FALSE, ...(isEmbedding ? [RESIZE] : [])],
    afterwards: [...(isEmbedding ? ['The low-rank tensors of the adapter differ in the same width.'] : []), ...moreMaySurface(failure)],
    wouldDecide: [],
  };
}

const RESIZE = {
  advice: '`resize_token_embeddings`',
  reason: 'it changes the number of tokens, never the width of the model.',
} as const;

/** Not only the tokens differ. autotrain-advanced#487. */
const isEmbeddingOfOtherWidth = ({ parameter, checkpointShape, modelShape }: Mismatch): boolean =>
  parameter?.startsWith('base_model.model.') === true &&
  ['token-embedding', 'output-head'].includes(roleOf(parameter)) &&
  differingAxes(checkpointShape, modelShape)?.includes(1) === true;

/** `[1, in]` before a feed-forward layer, `[out, 1]` behind keys and values. peft, tuners/ia3/layer.py. */
const isScaleOfOtherWidth = ({ parameter, checkpointShape, modelShape }: Mismatch): boolean =>
  parameter !== undefined && /(^|\.)ia3_l(\.|$)/.test(parameter) && differingAxes(checkpointShape, modelShape)?.length === 1;

function widthOf(mismatch: Mismatch, side: 'checkpointShape' | 'modelShape'): number {
  return isEmbeddingOfOtherWidth(mismatch) ? (mismatch[side][1] ?? 0) : Math.max(...mismatch[side]);
}
