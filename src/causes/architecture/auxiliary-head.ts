import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { isCalledAuxiliary } from '../layout-and-keys/model-parts.js';
import { answer, explains, someNames } from './answer.js';

/** A head that is called auxiliary need not serve the training alone: AlphaFold's `aux_heads.tm` gives scores, and a preset switches it on. */
export function auxiliaryHead({ missingKeys, unexpectedKeys, mismatches, severity, at }: LoadFailure): Diagnosis | undefined {
  const keys = [...missingKeys, ...unexpectedKeys];
  const isOneSide = missingKeys.length === 0 || unexpectedKeys.length === 0;
  if (severity !== 'error' || mismatches.length > 0 || !isOneSide || keys.length === 0 || !keys.every(isCalledAuxiliary)) return undefined;
  const inFile = unexpectedKeys.length > 0;
  return answer({
    cause: 'config-changed',
    title: `Only the ${inFile ? 'checkpoint' : 'model'} has ${someNames(keys, 2)}: a head that an option of the model switches on, and the ${inFile ? 'model was built' : 'checkpoint was trained'} without it.`,
    confidence: 'possible',
    specificity: 52,
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [{ statement: 'All other names and shapes agree, so the body is the same.', at }],
    remedies: [
      {
        title: 'Compare the configuration with that of the training',
        text: 'Look for the option or preset that builds this head. A head called auxiliary may still give results in use: the TM head of AlphaFold and OpenFold (`aux_heads.tm`) gives the pTM score and belongs to the presets whose names end in `_ptm`.',
      },
      {
        title: 'If the head served the training alone: load without strictness',
        text: 'What is printed has to name this head and nothing else.',
        snippet: { language: 'python', code: 'print(model.load_state_dict(state_dict, strict=False))' },
        cost: inFile ? 'Whatever the head computes is not available.' : 'The head is random until it is trained.',
      },
    ],
    wouldDecide: [{ question: 'Does the run use what this head computes, or did only the training?' }],
  });
}
