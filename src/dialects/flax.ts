import { template } from '../model/template.js';
import { type Dialect, message, readFirstKeys, readFirstMismatch, readNotice } from './dialect.js';

/**
 * Flax: flax/errors.py (ScopeParamShapeError) and flax/serialization.py. The name is the parameter's within its scope; the scope stands beside
 * it in the message. `from_state_dict` compares keys, never shapes.
 */
export const flax: Dialect = {
  name: 'flax',
  library: 'Flax',
  severity: 'error',
  patterns: [
    // 0.11.2 and later
    message(
      'parameter',
      'For parameter',
      template(
        'For parameter "{parameter:text}" in "{scope}", the given initializer is expected to generate shape {modelShape}, but the existing parameter it received has shape {checkpointShape}',
      ),
      readFirstMismatch(),
      [
        {
          text: 'ScopeParamShapeError: For parameter "kernel" in "/Dense_0", the given initializer is expected to generate shape (4, 3), but the existing parameter it received has shape (5, 3). (https://flax.readthedocs.io/en/latest/api_reference/flax.errors.html#flax.errors.ScopeParamShapeError)',
          states: [
            { kind: 'mismatch', parameter: 'kernel', checkpointShape: [5, 3], modelShape: [4, 3] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // 0.6.8 to 0.11.1: `scope.py` hands over the initializer's shape first and `errors.py` takes the value's first, so that the sides of the sentence
    // are swapped: what the "initializer" generates is the stored value. 0.11.2 set it right together with new words.
    message(
      'parameter-instead',
      'Initializer expected',
      template(
        'Initializer expected to generate shape {checkpointShape} but got shape {modelShape} instead for parameter "{parameter:text}" in',
      ),
      readFirstMismatch(),
      [
        {
          text: 'ScopeParamShapeError: Initializer expected to generate shape (768, 1000) but got shape (768, 10) instead for parameter "kernel" in "/head".',
          states: [
            { kind: 'mismatch', parameter: 'kernel', checkpointShape: [768, 1000], modelShape: [768, 10] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // 0.3.0 to 0.6.7: here the value, that is the checkpoint, stands first.
    message(
      'parameter-inconsistent',
      'Inconsistent shapes',
      template(
        'Inconsistent shapes between value and initializer for parameter "{parameter:text}" in "{scope}": {checkpointShape}, {modelShape}',
        { opens: 'Inconsistent shapes between' },
      ),
      readFirstMismatch(),
      [
        {
          text: 'ScopeParamShapeError: Inconsistent shapes between value and initializer for parameter "embedding" in "/shared": (32128, 512), (32000, 512). (https://flax.readthedocs.io/en/latest/flax.errors.html#flax.errors.ScopeParamShapeError)',
          states: [
            { kind: 'mismatch', parameter: 'embedding', checkpointShape: [32128, 512], modelShape: [32000, 512] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'keys',
      'The target dict',
      template(
        'The target dict keys and state dict keys do not match, target dict contains keys {keys:list} which are not present in state dict',
        { opens: 'The target dict' },
      ),
      readFirstKeys('missing-keys'),
      [
        {
          text: "ValueError: The target dict keys and state dict keys do not match, target dict contains keys {'Dense_2', 'LayerNorm_0'} which are not present in state dict at path ./params",
          states: [
            { kind: 'missing-keys', keys: ['Dense_2', 'LayerNorm_0'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'list-length',
      'The size of the list',
      template('The size of the list and the state dict do not match, got {model:int} and {checkpoint:int}', {
        opens: 'The size of the list',
      }),
      readNotice('object-count', (fields) => ({ objects: 'list items', checkpoint: fields.int('checkpoint'), model: fields.int('model') })),
      [
        {
          text: 'ValueError: The size of the list and the state dict do not match, got 3 and 2 at path ./opt_state',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'list items', checkpoint: 2, model: 3 } }],
        },
      ],
    ),
  ],
};
