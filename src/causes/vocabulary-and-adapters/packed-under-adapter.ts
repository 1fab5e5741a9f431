import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import type { packedPatches } from './refused-patches.js';
import { alternatives, moreMaySurface } from './wording.js';

type PackedPatches = ReturnType<typeof packedPatches>;

/** A good adapter meets weights that are still packed: its update has the numbers of the weight, the weight the bytes of its blocks (ComfyUI#4555). */
export function packedUnderAdapter(failure: LoadFailure, patches: PackedPatches): Diagnosis {
  const formats = alternatives([...new Set(patches.flatMap(({ fit }) => fit.types))]);
  return {
    verdict: 'diagnosis',
    cause: 'quantized-packed',
    title: `The loaded model keeps its weights packed (GGUF ${formats}), and the adapter is added to the packed bytes: the adapter itself fits.`,
    confidence: patches.length > 1 ? 'certain' : 'likely',
    specificity: 85,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: patches.slice(0, 3).map(({ parameter, matrix, count, fit, notice }) => ({
      statement: `\`${parameter}\`: the adapter brings ${count} = ${matrix?.rows} × ${fit.full} numbers, the weight has ${fit.stored} columns, which are ${fit.full} weights in blocks of ${fit.types.join(' or ')}`,
      at: notice.at,
    })),
    remedies: [
      {
        title: 'Load the GGUF file with its own node, and bring the node and the program up to date',
        text: 'The loader of ComfyUI-GGUF unpacks a weight before an adapter is added, with the built-in LoRA loader; early releases, and loaders that do not know the format, do not.',
      },
      {
        title: 'Or take the model in 16 or 8 bits for this adapter',
        text: 'The weights then have their full width, and every loader of adapters works.',
        cost: 'More memory.',
      },
    ],
    doesNotHelp: [
      { advice: 'Another adapter', reason: 'any adapter meets the same packed weights; by its sizes this one belongs to the model.' },
    ],
    afterwards: moreMaySurface(failure),
    wouldDecide: [],
  };
}
