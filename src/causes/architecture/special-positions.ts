import { positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';
import { vocabResized } from '../vocabulary-and-adapters/vocab-resized.js';
import { datasetSizedParameters } from './dataset-sized-parameters.js';
import { environmentSpaces } from './environment-spaces.js';
import { headPositions, isLetterHead } from './head-names.js';
import { inChannels } from './in-channels.js';
import { isLastLayer } from './last-layer.js';
import { isOutputBeside } from './model-pair.js';
import { noClasses } from './no-classes.js';
import { patchSize } from './patch-size.js';
import { positionEmbeddingLength } from './position-embedding-length.js';
import { sdVersionMix } from './sd-version-mix.js';
import { windowPositions } from './window-size.js';

/** Three broad causes ask for the same failure; the special ones are asked once. */
const ASKED = new WeakMap<LoadFailure, readonly number[]>();

/** Positions that a special cause of this wing or a vocabulary accounts for; what is left is for the broad causes. */
export function specialPositions(failure: LoadFailure): readonly number[] {
  const known = ASKED.get(failure);
  if (known !== undefined) return known;
  const positions = readPositions(failure);
  ASKED.set(failure, positions);
  return positions;
}

function readPositions(failure: LoadFailure): readonly number[] {
  const told = [
    patchSize,
    positionEmbeddingLength,
    sdVersionMix,
    environmentSpaces,
    datasetSizedParameters,
    inChannels,
    vocabResized,
  ].flatMap((cause) => {
    const verdict = cause.diagnose({ failure, clues: [] });
    return verdict.verdict === 'diagnosis' && verdict.confidence !== 'possible' ? verdict.explained.mismatches : [];
  });
  const letters =
    isLetterHead(failure.mismatches) && failure.mismatches.length > 0 ? failure.mismatches.map((_, position) => position) : [];
  return [...new Set([...told, ...letters, ...classHeads(failure), ...windowPositions(failure), ...vocabularyPositions(failure)])].toSorted(
    (a, b) => a - b,
  );
}

/** Heads whose rows follow from an option are left to the broad causes. */
function classHeads(failure: LoadFailure): readonly number[] {
  const named = headPositions(failure.mismatches);
  const heads = named.length === 0 && isLastLayer(failure) ? [0, 1] : named;
  return heads.length > 0 && noClasses(failure, heads) === undefined ? heads : [];
}

/** Only the number of rows of an embedding or a language-model head differs. */
export function vocabularyPositions({ mismatches }: LoadFailure): readonly number[] {
  return positionsWhere(mismatches, (mismatch) => isVocabulary(mismatch) || isOutputBeside(mismatch, mismatches));
}

export function isVocabulary(mismatch: Mismatch): boolean {
  const role = roleOf(mismatch.parameter);
  return (
    (role === 'token-embedding' || role === 'output-head' || /final_logits_bias$/.test(mismatch.parameter ?? '')) &&
    onlyDifferingAxis(mismatch) !== undefined &&
    hasVocabularyRows(mismatch)
  );
}

function hasVocabularyRows({ parameter = '', checkpointShape, modelShape }: Mismatch): boolean {
  const axis = /final_logits_bias$/.test(parameter) ? 1 : 0;
  return checkpointShape[axis] !== modelShape[axis];
}
