import { template } from '../model/template.js';
import { type Dialect, message, readKeys } from './dialect.js';

/** YOLOX and its heirs (yolox/utils/checkpoint.py). Shapes are told in detectron2's words and read by that dialect. */
export const yolox: Dialect = {
  name: 'yolox',
  library: 'YOLOX',
  severity: 'warning',
  patterns: [
    message(
      'not-in-checkpoint',
      'in the ckpt',
      template('{keys:name} is not in the ckpt. Please double check', { opens: false }),
      readKeys('missing-keys'),
      [
        {
          text: '2022-05-04 11:02:51 | WARNING  | yolox.utils.checkpoint:18 - head.reid_preds.0.weight is not in the ckpt. Please double check and see if this is desired.',
          states: [{ kind: 'missing-keys', keys: ['head.reid_preds.0.weight'] }],
        },
      ],
    ),
  ],
};
