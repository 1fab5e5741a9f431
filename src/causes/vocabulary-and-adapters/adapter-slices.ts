import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { type AdapterTensor, hasOtherRank, hasOtherWidth, isMergedLinear } from './adapter-tensors.js';
import { counted, distinct, moreMaySurface, shownFirst } from './wording.js';

/**
 * One adapter over a fused projection: lora_A has r rows for every slice that carries an adapter (query, key, value), so its rows are
 * another multiple of the same r where other slices are enabled. Lightning-AI/litgpt#629.
 */
export function isOtherSlices(tensors: readonly AdapterTensor[]): boolean {
  if (tensors.some(isMergedLinear)) return false; // the early PEFT adapters, which library-version-drift knows
  const a = tensors.filter((tensor) => tensor.half === 'a' && hasOtherRank(tensor) && !hasOtherWidth(tensor));
  const ranks = distinct(tensors.filter(({ half }) => half === 'b').flatMap((tensor) => (hasOtherRank(tensor) ? [] : [tensor.rank.model])));
  const [r] = ranks;
  if (r === undefined || ranks.length !== 1 || a.length === 0 || tensors.some((tensor) => tensor.half === 'b' && hasOtherRank(tensor)))
    return false;
  return a.every(({ rank }) => [rank.checkpoint, rank.model].every((rows) => rows % r === 0 && rows <= 3 * r));
}

export function otherSlices(failure: LoadFailure, tensors: readonly AdapterTensor[]): Diagnosis {
  const a = tensors.find((tensor) => tensor.half === 'a' && hasOtherRank(tensor));
  const r = tensors.find(({ half }) => half === 'b')?.rank.model ?? 1;
  const slices = { checkpoint: (a?.rank.checkpoint ?? 0) / r, model: (a?.rank.model ?? 0) / r };
  const positions = tensors.map(({ position }) => position);
  return {
    verdict: 'diagnosis',
    cause: 'lora-target-modules',
    title: `The adapter covers ${counted(slices.checkpoint, 'slice')} of the fused projection in the file and ${slices.model} in the model, at the same rank ${r}: other target modules.`,
    confidence: 'certain',
    specificity: 85,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: `lora_B has ${r} columns on both sides, so the rank is the same; lora_A has ${slices.checkpoint} × ${r} rows against ${slices.model} × ${r}`,
      },
      ...shownFirst(failure.mismatches, positions),
    ],
    remedies: [
      {
        title: 'Enable the same slices (query, key, value) as in the run that saved the adapter',
        text: 'In litgpt these are lora_query, lora_key and lora_value; the hyperparameters saved beside the adapter tell which were on.',
      },
    ],
    doesNotHelp: [STRICT_FALSE, { advice: 'Changing `r`', reason: 'the rank agrees; lora_B would no longer fit.' }],
    afterwards: moreMaySurface(failure),
    wouldDecide: [],
  };
}
