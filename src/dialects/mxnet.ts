import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { type Dialect, message, readFirstKeys, readFirstMismatch } from './dialect.js';

/** MXNet Gluon, python/mxnet/gluon/parameter.py and block.py. The model stands first. */
export const mxnet: Dialect = {
  name: 'mxnet',
  library: 'MXNet Gluon',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'Failed loading Parameter',
      {
        expression:
          /Failed\s+loading\s+Parameter\s+'(?<parameter>[^'\n]{1,2048})'\s+from\s+saved\s+params:\s+shape\s+incompatible\s+expected\s+(?<modelShape>[[(][-\d,\s]*[\])])\s+vs\s+saved\s+(?<checkpointShape>[[(][\d,\s]*[\])])/,
        opens: 'Failed loading Parameter',
      },
      readShapes,
      [
        {
          text: "AssertionError: Failed loading Parameter 'resnetv20_dense1_weight' from saved params: shape incompatible expected (10, 2048) vs saved (1000, 2048)",
          states: [
            { kind: 'mismatch', parameter: 'resnetv20_dense1_weight', checkpointShape: [1000, 2048], modelShape: [10, 2048] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        // A width that is not known yet is printed as 0 (1.x) or -1 (2.x); it is no width.
        {
          text: "AssertionError: Failed loading Parameter 'dense0_weight' from saved params: shape incompatible expected (10, -1) vs saved (1000, 2048)",
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: {
                parameter: 'dense0_weight',
                checkpoint: '(1000, 2048)',
                model: '(10, -1)',
                reason: 'a width of the model is not known yet',
              },
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'missing',
      'is missing in file',
      { expression: /Parameter '(?<keys>[^'\n]{1,2048})' is missing in file/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: "AssertionError: Parameter 'features.0.weight' is missing in file 'net.params', which contains parameters: 'conv0_weight', 'conv0_bias'.",
          states: [
            { kind: 'missing-keys', keys: ['features.0.weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'not-present',
      'is not present in',
      { expression: /Parameter '(?<keys>[^'\n]{1,2048})' loaded from file '[^'\n]*' is not present in/ },
      readFirstKeys('unexpected-keys'),
      [
        {
          text: "AssertionError: Parameter 'output.bias' loaded from file 'net.params' is not present in ParameterDict, which contains parameters 'features.0.weight'.",
          states: [
            { kind: 'unexpected-keys', keys: ['output.bias'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};

function readShapes(fields: Fields): readonly Statement[] {
  if (!fields.text('modelShape').includes('-') && !fields.shape('modelShape').includes(0)) return readFirstMismatch()(fields);
  const values = { parameter: fields.text('parameter'), checkpoint: fields.text('checkpointShape'), model: fields.text('modelShape') };
  return [
    { kind: 'notice', topic: 'copy-failed', values: { ...values, reason: 'a width of the model is not known yet' } },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}
