import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { isSameShape } from '../model/shape.js';
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
          /Failed\s+loading\s+Parameter\s+'(?<parameter>[^'\n]{1,2048})'\s+from\s+saved\s+params:\s+shape\s+incompatible\s+exp[ae]cted\s+(?<modelShape>[[(][-\dL,\s]*[\])])\s+vs\s+saved\s+(?<checkpointShape>[[(][\dL,\s]*[\])])/,
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
        // Python 2 prints long integers.
        {
          text: "AssertionError: Failed loading Parameter 'ssd1_convpredictor0_conv0_weight' from saved params: shape incompatible expected (36L, 0L, 3L, 3L) vs saved (84L, 512L, 3L, 3L)",
          states: [
            {
              kind: 'mismatch',
              parameter: 'ssd1_convpredictor0_conv0_weight',
              checkpointShape: [84, 512, 3, 3],
              modelShape: [36, 512, 3, 3],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "AssertionError: Failed loading Parameter 'dense0_weight' from saved params: shape incompatible expected (10, -1) vs saved (1000, 2048)",
          states: [
            { kind: 'mismatch', parameter: 'dense0_weight', checkpointShape: [1000, 2048], modelShape: [10, 2048] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "AssertionError: Failed loading Parameter 'dense1_weight' from saved params: shape incompatible expected (10, -1) vs saved (1000,)",
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: {
                parameter: 'dense1_weight',
                checkpoint: '(1000,)',
                model: '(10, -1)',
                reason: 'a width of the model is not known yet',
              },
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // A list of class names was handed over as their number.
    message(
      'names-as-width',
      'Failed loading Parameter',
      {
        expression:
          /Failed loading Parameter '(?<parameter>[^'\n]{1,2048})' from saved params: shape incompatible exp[ae]cted (?<model>\([^)\n]{0,512}'[^)\n]{0,4096}\)) vs saved (?<checkpoint>\([\dL, ]*\))/,
      },
      (fields) => [
        {
          kind: 'notice',
          topic: 'copy-failed',
          values: {
            parameter: fields.text('parameter'),
            checkpoint: fields.text('checkpoint'),
            model: fields.text('model'),
            reason: 'the model was given names where a number belongs',
          },
        },
        { kind: 'incomplete', reason: 'first-only' },
      ],
      [
        {
          text: "AssertionError: Failed loading Parameter 'resnetv10_dense0_bias' from saved params: shape incompatible expected (['cat', 'dog'],) vs saved (1000,)",
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: {
                parameter: 'resnetv10_dense0_bias',
                checkpoint: '(1000,)',
                model: "(['cat', 'dog'],)",
                reason: 'the model was given names where a number belongs',
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

/**
 * A width that the model does not know yet is printed as 0 (1.x) or -1 (2.x). It fits every saved one and takes it over (`_load_init`), so
 * that the saved one stands for it; where the numbers of axes differ nothing tells which.
 */
function readShapes(fields: Fields): readonly Statement[] {
  const checkpointShape = fields.shape('checkpointShape');
  const told = (fields.text('modelShape').match(/-?\d+/g) ?? []).map(Number);
  const known = told.every((width) => width > 0);
  if (known) return readFirstMismatch()(fields);
  const modelShape = told.map((width, axis) => (width > 0 ? width : (checkpointShape[axis] ?? 0)));
  const isFilled = told.length === checkpointShape.length && !isSameShape(modelShape, checkpointShape);
  return [
    isFilled
      ? { kind: 'mismatch', parameter: fields.text('parameter'), checkpointShape, modelShape }
      : { kind: 'notice', topic: 'copy-failed', values: unknownWidth(fields) },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}

function unknownWidth(fields: Fields): Readonly<Record<string, string>> {
  const values = { parameter: fields.text('parameter'), checkpoint: fields.text('checkpointShape'), model: fields.text('modelShape') };
  return { ...values, reason: 'a width of the model is not known yet' };
}
