import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readMismatch, readNotice } from './dialect.js';

/**
 * Weights in HDF5: Keras 1 and 2 (engine/topology.py, engine/saving.py, saving/hdf5_format.py), tf_keras, and the legacy loader of Keras 3
 * (legacy/saving/legacy_h5_format.py). The model stands first, but for the number of layers.
 */
export const kerasH5: Dialect = {
  name: 'keras-h5',
  library: 'Keras 1 and 2, `.h5` files',
  severity: 'error',
  patterns: [
    // Keras 3 prints no blank before "for", tf_keras does; squeezing reads both.
    message(
      'layer-shape',
      'mismatch',
      template(
        'Shape mismatch in layer #{index:int} (named {layer}) for weight {parameter:text}. Weight expects shape {modelShape}. Received saved weight with shape {checkpointShape}',
      ),
      readVariable(readFirstMismatch()),
      [
        {
          text: 'ValueError: Shape mismatch in layer #1 (named dense)for weight dense/kernel. Weight expects shape (8, 4). Received saved weight with shape (8, 5)',
          states: firstOf('dense/kernel', [8, 5], [8, 4]),
        },
        {
          text: 'ValueError: Shape mismatch in layer #20 (named predictions) for weight predictions/kernel:0. Weight expects shape (2048, 10). Received saved weight with shape (2048, 1000)',
          states: firstOf('predictions/kernel:0', [2048, 1000], [2048, 10]),
        },
      ],
    ),
    message(
      'top-level-shape',
      'mismatch',
      template(
        'Shape mismatch in model for top-level weight {parameter:text}. Weight expects shape {modelShape}. Received saved weight with shape {checkpointShape}',
      ),
      readVariable(readFirstMismatch()),
      [
        {
          text: 'ValueError: Shape mismatch in model for top-level weight cls_token:0. Weight expects shape (1, 1, 192). Received saved weight with shape (1, 1, 384)',
          states: firstOf('cls_token:0', [1, 1, 384], [1, 1, 192]),
        },
      ],
    ),
    // keras/layers/core.py, 0.1 to 0.3: the layer's own shape first, no name; the traceback echoes the template.
    message(
      'bare-shapes',
      'compatible',
      template('Layer shape {modelShape} not compatible with weight shape {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'Exception: Layer shape (512, 7) not compatible with weight shape (512, 12).',
          states: [
            { kind: 'mismatch', checkpointShape: [512, 12], modelShape: [512, 7] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // `by_name=True, skip_mismatch=True`
    message(
      'skipped-shape',
      'mismatch',
      template(
        'Skipping loading weights for layer #{index:int} (named {layer}) due to mismatch in shape for weight {parameter:text}. Weight expects shape {modelShape}. Received saved weight with shape {checkpointShape}',
      ),
      readVariable(readMismatch()),
      [
        {
          text: 'UserWarning: Skipping loading weights for layer #2 (named head)due to mismatch in shape for weight head/bias. Weight expects shape (10,). Received saved weight with shape (1000,)',
          states: [{ kind: 'mismatch', parameter: 'head/bias', checkpointShape: [1000], modelShape: [10] }],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'skipped-count',
      'mismatch',
      template(
        'Skipping loading of weights for layer #{index:int} (named {layer}) due to mismatch in number of weights. Layer expects {model:int} weight(s). Received {checkpoint:int} saved weight(s)',
      ),
      countOf('weights'),
      [
        {
          text: 'UserWarning: Skipping loading of weights for layer #4 (named bn) due to mismatch in number of weights. Layer expects 4 weight(s). Received 2 saved weight(s)',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', layer: 'bn', checkpoint: 2, model: 4 } }],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'layer-count',
      'mismatch',
      template(
        'Layer count mismatch when loading weights from file. Model expected {model:int} layers, found {checkpoint:int} saved layers',
      ),
      countOf('layers'),
      [
        {
          text: 'ValueError: Layer count mismatch when loading weights from file. Model expected 2 layers, found 3 saved layers.',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'layers', checkpoint: 3, model: 2 } }],
        },
      ],
    ),
    message(
      'weight-count',
      'mismatch',
      {
        expression:
          /Weight count mismatch for (?:layer #\d+ \(named (?<layer>[^\s,)]{1,512})(?![^\s,)])[^\n]{0,512}?\)|top-level weights[^\n]{0,256}?)\. (?:Layer|Model) expects (?<model>\d+) (?:top-level )?weight\(s\)\. Received (?<checkpoint>\d+) saved/,
      },
      countOf('weights'),
      [
        {
          text: 'ValueError: Weight count mismatch for layer #3 (named conv in the current model, conv_1 in the save file). Layer expects 2 weight(s). Received 1 saved weight(s)',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', layer: 'conv', checkpoint: 1, model: 2 } }],
        },
        {
          text: 'ValueError: Weight count mismatch for layer #3 (named conv). Layer expects 2 weight(s). Received 1 saved weight(s)',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', layer: 'conv', checkpoint: 1, model: 2 } }],
        },
        {
          text: 'ValueError: Weight count mismatch for top-level weights when loading weights from file. Model expects 1 top-level weight(s). Received 0 saved top-level weight(s)',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', checkpoint: 0, model: 1 } }],
        },
      ],
    ),
    // 2.2 to 2.6: the variable's representation stands for its name.
    message(
      'variable-shape',
      'saved weight',
      template(
        'Layer #{index:int} (named "{layer}"), weight {parameter:text} has shape {modelShape}, but the saved weight has shape {checkpointShape}',
        { opens: false },
      ),
      readVariable(readFirstMismatch()),
      [
        {
          text: 'ValueError: Layer #1 (named "conv2d_1"), weight <tf.Variable \'conv2d_1/kernel:0\' shape=(3, 3, 32, 32) dtype=float32_ref> has shape (3, 3, 32, 32), but the saved weight has shape (32, 3, 3, 3).',
          states: firstOf('conv2d_1/kernel:0', [32, 3, 3, 3], [3, 3, 32, 32]),
        },
      ],
    ),
    message(
      'skipped-layer-shape',
      'mismatch',
      template('Skipping loading of weights for layer {parameter:text} due to mismatch in shape ({modelShape} vs {checkpointShape})'),
      readVariable(readMismatch()),
      [
        {
          text: 'UserWarning: Skipping loading of weights for layer mrcnn_class_logits due to mismatch in shape ((1024, 2) vs (1024, 81)).',
          states: [{ kind: 'mismatch', parameter: 'mrcnn_class_logits', checkpointShape: [1024, 81], modelShape: [1024, 2] }],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'skipped-layer-count',
      'mismatch',
      template('Skipping loading of weights for layer {layer} due to mismatch in number of weights ({model:int} vs {checkpoint:int})'),
      countOf('weights'),
      [
        {
          text: 'WARNING:tensorflow:Skipping loading of weights for layer bn_conv1 due to mismatch in number of weights (4 vs 2).',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', layer: 'bn_conv1', checkpoint: 2, model: 4 } }],
        },
      ],
      { severity: 'warning' },
    ),
    // Here the file stands first.
    message(
      'file-layers',
      'a weight file containing',
      template('You are trying to load a weight file containing {checkpoint:int} layers into a model with {model:int} layers', {
        opens: false,
      }),
      countOf('layers'),
      [
        {
          text: 'ValueError: You are trying to load a weight file containing 16 layers into a model with 14 layers.',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'layers', checkpoint: 16, model: 14 } }],
        },
      ],
    ),
    message(
      'layer-weights',
      'saved weight',
      {
        expression:
          /Layer #\d+ \(named "(?<layer>[^"\n]+)"(?:\)| in the current model\) was found to correspond to layer \S{1,256} in the save file\. However the new layer \S{1,256}) expects (?<model>\d+) weight(?:s|\(s\)), but the saved weights have (?<checkpoint>\d+) element/,
      },
      countOf('weights'),
      [
        {
          text: 'ValueError: Layer #5 (named "dense_2" in the current model) was found to correspond to layer dense_1 in the save file. However the new layer dense_2 expects 2 weights, but the saved weights have 1 elements.',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', layer: 'dense_2', checkpoint: 1, model: 2 } }],
        },
        {
          text: 'ValueError: Layer #5 (named "dense_2") expects 2 weight(s), but the saved weights have 1 element(s).',
          states: [{ kind: 'notice', topic: 'object-count', values: { objects: 'weights', layer: 'dense_2', checkpoint: 1, model: 2 } }],
        },
      ],
    ),
    // 1.0 to tf_keras: no name at all.
    message(
      'set-weights',
      'compatible',
      template('Layer weight shape {modelShape} not compatible with provided weight shape {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Layer weight shape (3, 3, 3, 32) not compatible with provided weight shape (32, 3, 3, 3)',
          states: [
            { kind: 'mismatch', checkpointShape: [32, 3, 3, 3], modelShape: [3, 3, 3, 32] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};

function firstOf(parameter: string, checkpointShape: readonly number[], modelShape: readonly number[]): readonly Statement[] {
  return [
    { kind: 'mismatch', parameter, checkpointShape, modelShape },
    { kind: 'incomplete', reason: 'first-only' },
  ];
}

/** `<tf.Variable 'conv/kernel:0' shape=…>`, `<Variable path=conv/kernel, …>`, `#4 (named conv)` and plain names. */
function readVariable(read: (fields: Fields) => readonly Statement[]): (fields: Fields) => readonly Statement[] {
  return (fields) =>
    read({ ...fields, optional: (name) => (name === 'parameter' ? variableName(fields.text(name)) : fields.optional(name)) });
}

function variableName(text: string): string {
  const found = /path=([^,>\s]+)/.exec(text) ?? /^<[^'\n]*'([^'\n]+)'/.exec(text) ?? /\(named ([^)\n]{1,512})\)/.exec(text);
  return found?.[1] ?? text.trim();
}

function countOf(objects: string): (fields: Fields) => readonly Statement[] {
  return readNotice('object-count', (fields) => {
    const layer = fields.optional('layer');
    return { objects, ...(layer === undefined ? {} : { layer }), checkpoint: fields.int('checkpoint'), model: fields.int('model') };
  });
}
