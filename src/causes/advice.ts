import type { Warning } from '../model/diagnosis.js';
import type { LoadFailure } from '../model/failure.js';

/** Advice that every web page gives. Plain PyTorch compares shapes whatever `strict` says (torch/nn/modules/module.py, `_load_from_state_dict`). */
export const STRICT_FALSE: Warning = {
  advice: 'strict=False',
  reason: 'it waives missing and unexpected keys only; a difference of shape is refused all the same.',
};

/** The same advice where names may be all that differs: then it is not refused, which is worse. */
export function strictFalse({ mismatches, missingKeys }: Pick<LoadFailure, 'mismatches' | 'missingKeys'>): Warning {
  if (mismatches.length > 0) return STRICT_FALSE;
  const left = missingKeys.length === 1 ? '1 missing parameter' : `${missingKeys.length} missing parameters`;
  const reason =
    missingKeys.length === 0 ? 'it would drop weights of the file without a word.' : `the run would go on with ${left} as initialised.`;
  return { advice: 'strict=False', reason };
}
