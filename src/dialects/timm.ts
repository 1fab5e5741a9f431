import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readKeys } from './dialect.js';

/** timm (timm/models/_helpers.py, _builder.py). Its own shape failures are told in PyTorch's words. */
export const timm: Dialect = {
  name: 'timm',
  library: 'timm',
  severity: 'warning',
  patterns: [
    // Two names, the model's first; "size" or "shape", two assertions in one function.
    message(
      'remap',
      'mismatch',
      template('Tensor {what:word} mismatch {parameter}: {modelShape} vs {checkpointParameter:name}: {checkpointShape}. Remap failed'),
      readFirstMismatch(),
      [
        {
          text: 'AssertionError: Tensor size mismatch head.weight: torch.Size([10, 768]) vs fc.weight: torch.Size([1000, 768]). Remap failed.',
          states: [
            { kind: 'mismatch', parameter: 'head.weight', checkpointShape: [1000, 768], modelShape: [10, 768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
    message(
      'missing',
      'Missing keys',
      template('Missing keys ({keys:names}) discovered while loading pretrained weights'),
      readKeys('missing-keys'),
      [
        {
          text: 'Missing keys (head.fc.weight, head.fc.bias) discovered while loading pretrained weights. This is expected if model is being adapted.',
          states: [{ kind: 'missing-keys', keys: ['head.fc.weight', 'head.fc.bias'] }],
        },
      ],
    ),
    message(
      'unexpected',
      'Unexpected keys',
      template('Unexpected keys ({keys:names}) found while loading pretrained weights'),
      readKeys('unexpected-keys'),
      [
        {
          text: 'Unexpected keys (fc_norm.weight, fc_norm.bias) found while loading pretrained weights. This may be expected if model is being adapted.',
          states: [{ kind: 'unexpected-keys', keys: ['fc_norm.weight', 'fc_norm.bias'] }],
        },
      ],
    ),
  ],
};
