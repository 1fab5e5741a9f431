import type { Warning } from '../model/diagnosis.js';

/** Advice that every web page gives. Plain PyTorch compares shapes whatever `strict` says (torch/nn/modules/module.py, `_load_from_state_dict`). */
export const STRICT_FALSE: Warning = {
  advice: 'strict=False',
  reason: 'it waives missing and unexpected keys only; a difference of shape is refused all the same.',
};
