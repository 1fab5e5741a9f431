import type { Statement } from '../model/finding.js';
import { once } from '../model/once.js';
import type { Fields, Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readNotice } from './dialect.js';

/** Keras 3: saving/saving_lib.py, layers/layer.py, backend/common/variables.py. The model stands first; one object is shown as an example. */
export const keras: Dialect = {
  name: 'keras',
  library: 'Keras 3',
  severity: 'error',
  patterns: [
    message(
      'objects',
      'objects could not be loaded',
      { expression: /(?<!Warning: )A total of (?<count>\d+) objects could not be loaded\./ },
      readObjects,
      [
        {
          text: 'ValueError: A total of 2 objects could not be loaded. Example error message for object <Dense name=dense, built=True>:',
          states: [
            { kind: 'header' },
            { kind: 'notice', topic: 'object-count', values: { objects: 'layers', notLoaded: 2 } },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // `skip_mismatch=True`
    message(
      'objects-skipped',
      'objects could not be loaded',
      { expression: /Warning: A total of (?<count>\d+) objects could not be loaded\./ },
      readObjects,
      [
        {
          text: '/usr/lib/python3/keras/src/saving/saving_lib.py:802: UserWarning: A total of 1 objects could not be loaded. Example error message for object <Dense name=head, built=True>:',
          states: [
            { kind: 'header' },
            { kind: 'notice', topic: 'object-count', values: { objects: 'layers', notLoaded: 1 } },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    // The torch backend prints a torch.Size for the value. Before 3.5 `path` stands behind the shape, or is absent.
    message('assign', 'target variable', assign(), readFirstMismatch(), [
      {
        text: 'The shape of the target variable and the shape of the target value in `variable.assign(value)` must match. variable.shape=(8, 4), Received: value.shape=(8, 5). Target variable: <Variable path=sequential/dense/kernel, shape=(8, 4), dtype=float32, value=[[ 0.1  0.2]',
        states: [
          { kind: 'mismatch', parameter: 'sequential/dense/kernel', checkpointShape: [8, 5], modelShape: [8, 4] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
      {
        text: 'ValueError: The shape of the target variable and the shape of the target value in `variable.assign(value)` must match. variable.shape=(10,), Received: value.shape=torch.Size([1000]). Target variable: <KerasVariable shape=(10,), dtype=float32, path=model/head/bias>',
        states: [
          { kind: 'mismatch', parameter: 'model/head/bias', checkpointShape: [1000], modelShape: [10] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    message(
      'variable-count',
      'variables during loading',
      template("Layer '{layer}' expected {model:int} variables, but received {checkpoint:int} variables during loading", { opens: false }),
      readNotice('object-count', (fields) => ({
        objects: 'variables',
        layer: fields.text('layer'),
        checkpoint: fields.int('checkpoint'),
        model: fields.int('model'),
      })),
      [
        {
          text: "Layer 'dense_3' expected 2 variables, but received 0 variables during loading. Expected: ['kernel', 'bias']",
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'variables', layer: 'dense_3', checkpoint: 0, model: 2 } }],
        },
      ],
    ),
    // `set_weights`, since 2.7; the only name printed is the layer's.
    message(
      'set-weights',
      'compatible',
      template('Layer {parameter} weight shape {modelShape} is not compatible with provided weight shape {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Layer predictions weight shape (2048, 10) is not compatible with provided weight shape (2048, 1000).',
          states: [
            { kind: 'mismatch', parameter: 'predictions', checkpointShape: [2048, 1000], modelShape: [2048, 10] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'optimizer-variable',
      'Optimizer variable',
      template('Optimizer variable {parameter} has shape {modelShape} not compatible with provided weight shape {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Optimizer variable adam/dense_kernel_momentum has shape (8, 4) not compatible with provided weight shape (8, 5).',
          states: [
            { kind: 'mismatch', parameter: 'adam/dense_kernel_momentum', checkpointShape: [8, 5], modelShape: [8, 4] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};

/** The name stands behind the shapes; a wrapped message is not over before it. */
function assign(): Form {
  const shapes = template(
    'The shape of the target variable and the shape of the target value in `variable.assign(value)` must match. variable.shape={modelShape}, Received: value.shape={checkpointShape}.',
  );
  const expression = once(
    () => new RegExp(`${shapes.expression.source}(?:\\s+Target\\s+variable:\\s+<[^>\\n]{0,512}?path=(?<parameter>[^,>\\s]+))?`),
  );
  const squeezed = once(() => new RegExp(`${shapes.squeezed?.source}(?:Targetvariable:<[^>]{0,512}?path=(?<parameter>[^,>\\s]+))?`));
  return {
    get expression() {
      return expression();
    },
    get squeezed() {
      return squeezed();
    },
    opens: 'The shape of the target',
    maxLines: 6,
    goesOn: (line) => !/path=[^,>\s]+|^\s*\[|^List of/.test(line),
  };
}

function readObjects(fields: Fields): readonly Statement[] {
  return [
    { kind: 'header' },
    { kind: 'notice', topic: 'object-count', values: { objects: 'layers', notLoaded: fields.int('count') } },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}
