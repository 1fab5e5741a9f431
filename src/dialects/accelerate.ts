import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/**
 * `set_module_tensor_to_device` (accelerate src/accelerate/utils/modeling.py), which transformers 4 uses for `low_cpu_mem_usage` and `device_map`:
 * only the last component of the name, and only the first parameter. 0.22 to 0.32 write "this look incorrect".
 */
export const accelerate: Dialect = {
  name: 'accelerate',
  library: 'Accelerate',
  severity: 'error',
  patterns: [
    message(
      'set-tensor',
      'Trying to set',
      template(
        'Trying to set a tensor of shape {checkpointShape} in "{parameter:text}" (which has shape {modelShape}), this look{s:text} incorrect',
      ),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Trying to set a tensor of shape torch.Size([32001, 4096]) in "weight" (which has shape torch.Size([32000, 4096])), this looks incorrect.',
          states: [
            { kind: 'mismatch', parameter: 'weight', checkpointShape: [32001, 4096], modelShape: [32000, 4096] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: 'ValueError: Trying to set a tensor of shape torch.Size([1024]) in "bias" (which has shape torch.Size([768])), this look incorrect.',
          states: [
            { kind: 'mismatch', parameter: 'bias', checkpointShape: [1024], modelShape: [768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // The same function: the file has no value for a parameter that stands on the meta device.
    message(
      'meta-without-value',
      'the meta device',
      { expression: /(?<![^\s:'"])(?<parameter>[\w.]{1,2048}) is on the meta device, we need a `value` to put in on/ },
      (fields) => [
        {
          kind: 'notice',
          topic: 'meta-tensor',
          values: { parameter: fields.text('parameter'), reason: 'the model side is on the meta device and the file has no value for it' },
        },
        { kind: 'incomplete', reason: 'first-only' },
      ],
      [
        {
          text: 'ValueError: weight is on the meta device, we need a `value` to put in on 0.',
          states: [
            {
              kind: 'notice',
              topic: 'meta-tensor',
              values: { parameter: 'weight', reason: 'the model side is on the meta device and the file has no value for it' },
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
