import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch } from './dialect.js';

/** RVC WebUI (train/utils.py, infer/lib/train/utils.py) and VITS, from which it comes. The model stands first. */
export const rvc: Dialect = {
  name: 'rvc',
  library: 'RVC, VITS',
  severity: 'warning',
  patterns: [
    message(
      'shape',
      'mismatch',
      template('shape-{parameter}-mismatch. need: {modelShape}, get: {checkpointShape}', { opens: false }),
      readMismatch(),
      [
        {
          text: 'WARNING:infer.lib.train.utils:shape-emb_g.weight-mismatch. need: torch.Size([109, 256]), get: torch.Size([1, 256])',
          states: [{ kind: 'mismatch', parameter: 'emb_g.weight', checkpointShape: [1, 256], modelShape: [109, 256] }],
        },
      ],
    ),
    message(
      'shape-2023',
      'mismatch',
      template('shape-{parameter}-mismatch|need-{modelShape}|get-{checkpointShape}', { opens: false }),
      readMismatch(),
      [
        {
          text: 'shape-dec.conv_pre.weight-mismatch|need-torch.Size([512, 192, 7])|get-torch.Size([512, 256, 7])',
          states: [{ kind: 'mismatch', parameter: 'dec.conv_pre.weight', checkpointShape: [512, 256, 7], modelShape: [512, 192, 7] }],
        },
      ],
    ),
    message(
      'missing',
      'is not in the checkpoint',
      { expression: /(?<![\w.-])(?<keys>[\w-]{1,256}(?:\.[\w-]{1,256})+) is not in the checkpoint/ },
      readKeys('missing-keys'),
      [{ text: 'INFO:root:emb_g.weight is not in the checkpoint', states: [{ kind: 'missing-keys', keys: ['emb_g.weight'] }] }],
    ),
  ],
};
