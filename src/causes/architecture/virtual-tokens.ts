import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { answer, explains, mayGoOn, shows } from './answer.js';

/** peft/tuners/tuners_utils.py and peft/utils/save_and_load.py: `self.embedding.load_state_dict({"weight": state_dict["prompt_embeddings"]})`. */
export function virtualTokens({ mismatches, traceback }: LoadFailure): Mismatch | undefined {
  const [only, second] = mismatches;
  const isPrompt = traceback.some(({ file, code }) => /[\\/]peft[\\/]/.test(file) && code?.includes('prompt_embeddings') === true);
  const named = only?.parameter?.includes('prompt_embeddings') === true || (isPrompt && only?.parameter === 'weight');
  return second === undefined && named && only?.checkpointShape[1] === only?.modelShape[1] ? only : undefined;
}

export function tellVirtualTokens(failure: LoadFailure, mismatch: Mismatch): Diagnosis {
  const [inFile, inModel] = [mismatch.checkpointShape[0] ?? 0, mismatch.modelShape[0] ?? 0];
  return answer({
    cause: 'config-changed',
    title: `Another value of num_virtual_tokens than in the training: the prompt has ${inFile} virtual tokens in the file, ${inModel} in the model.`,
    confidence: 'likely',
    specificity: 60,
    explained: explains([0]),
    evidence: [shows(mismatch), { statement: "The weights are PEFT's learned prompt: one row for each virtual token." }],
    remedies: [
      {
        title: `Set num_virtual_tokens=${inFile}, as in the training`,
        text: 'PEFT reads it from the adapter_config.json beside the file: let it, or compare the two. A prompt of another length has to be trained anew.',
        snippet: { language: 'bash', code: 'grep num_virtual_tokens ADAPTER_FOLDER/adapter_config.json' },
      },
    ],
    doesNotHelp: [STRICT_FALSE],
    afterwards: mayGoOn(failure),
  });
}
