import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** SGLang, python/sglang/srt/layers/parameter.py. Its other loaders are vLLM's. */
export const sglang: Dialect = {
  name: 'sglang',
  library: 'SGLang',
  severity: 'error',
  patterns: [
    message(
      'parameter',
      'param_data',
      template('param_data.shape={modelShape}, loaded_weight.shape={checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'AssertionError: param_data.shape=torch.Size([1024, 8192]), loaded_weight.shape=torch.Size([128, 8192])',
          states: [
            { kind: 'mismatch', checkpointShape: [128, 8192], modelShape: [1024, 8192] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
