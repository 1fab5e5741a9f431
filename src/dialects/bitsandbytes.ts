import { template } from '../model/template.js';
import { type Dialect, message, readNotice } from './dialect.js';

/**
 * What quantized layers add to PyTorch's words (bitsandbytes/nn/modules.py; transformers quantizers/quantizer_bnb_4bit.py). The packed storage
 * itself shows as `torch.Size([N, 1])` in messages of other dialects.
 */
export const bitsandbytes: Dialect = {
  name: 'bitsandbytes',
  library: 'bitsandbytes',
  severity: 'error',
  patterns: [
    message(
      'not-quantized-yet',
      'quantized checkpoint',
      template('Loading a quantized checkpoint into non-quantized Linear8bitLt is not supported'),
      readNotice('copy-failed', () => ({ reason: 'an 8-bit checkpoint was loaded into layers that are not quantized yet' })),
      [
        {
          text: 'RuntimeError: Loading a quantized checkpoint into non-quantized Linear8bitLt is not supported. Please call module.cuda() before module.load_state_dict()',
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: { reason: 'an 8-bit checkpoint was loaded into layers that are not quantized yet' },
            },
          ],
        },
      ],
    ),
    // The weight is there, its scales are not: the checkpoint is no 4-bit one, although the model is loaded as such.
    message(
      'no-statistics',
      'upplied state dict',
      template('upplied state dict for {parameter} does not contain `bitsandbytes__'),
      readNotice('copy-failed', (fields) => ({
        parameter: fields.text('parameter'),
        reason: 'no quantization statistics in the checkpoint',
      })),
      [
        {
          text: 'ValueError: Supplied state dict for model.layers.0.mlp.down_proj.weight does not contain `bitsandbytes__*` and possibly other `quantized_stats` components.',
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: { parameter: 'model.layers.0.mlp.down_proj.weight', reason: 'no quantization statistics in the checkpoint' },
            },
          ],
        },
      ],
    ),
  ],
};
