import { template } from '../model/template.js';
import { type Dialect, message, readFirstKeys } from './dialect.js';

/** Quantization observers keep their ranges beside the module's parameters (torch/ao/quantization/observer.py). */
export const torchObserver: Dialect = {
  name: 'torch-observer',
  library: 'PyTorch quantization observers',
  severity: 'error',
  patterns: [
    message(
      'missing',
      'keys for observer',
      template('Missing keys for observer {keys:name} in state_dict'),
      readFirstKeys('missing-keys'),
      [
        {
          text: 'Exception: Missing keys for observer conv1.activation_post_process in state_dict',
          states: [
            { kind: 'missing-keys', keys: ['conv1.activation_post_process'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'unexpected',
      'keys for observer',
      template('Unexpected keys for observer {keys:name} in state_dict'),
      readFirstKeys('unexpected-keys'),
      [
        {
          text: 'Exception: Unexpected keys for observer fc.weight_fake_quant in state_dict',
          states: [
            { kind: 'unexpected-keys', keys: ['fc.weight_fake_quant'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
