import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstKeys, readFirstMismatch } from './dialect.js';

/** TensorFlow 1 and 2: kernels (assign_op.h, save_restore_tensor.cc, resource_variable_ops.cc), saver.py, checkpoint.py. The model stands first. */
export const tensorflow: Dialect = {
  name: 'tensorflow',
  library: 'TensorFlow 1 and 2',
  severity: 'error',
  patterns: [
    // saver.py since 1.7 puts this before the message itself, with an empty line between.
    message(
      'restore',
      'Restoring from checkpoint failed',
      { expression: /Restoring from checkpoint failed\./ },
      () => [{ kind: 'header' }],
      [
        {
          text: 'tensorflow.python.framework.errors_impl.InvalidArgumentError: Restoring from checkpoint failed. This is most likely due to a mismatch between the current graph and the graph from the checkpoint. Please ensure that you have not altered the graph expected based on the checkpoint. Original error:',
          states: [{ kind: 'header' }],
        },
      ],
    ),
    // The name stands on the next line, and only up to 1.13; later it has the node's number alone.
    message(
      'assign',
      'requires shapes',
      {
        expression:
          /Assign requires shapes of both tensors to match\.\s+lhs\s+shape=\s*(?<modelShape>\[[\d,\s]*\])\s+rhs\s+shape=\s*(?<checkpointShape>\[[\d,\s]*\])(?:[^\S\n]*\n[^\S\n]*\[\[[^\n]{0,1024}?_class=\[\\?["']loc:@(?<parameter>[^"'\\\n]+))?/,
        opens: 'Assign requires shapes',
        maxLines: 4,
        goesOn: isAssignCut,
      },
      readFirstMismatch(),
      [
        {
          text: 'InvalidArgumentError (see above for traceback): Assign requires shapes of both tensors to match. lhs shape= [3,3,256,24] rhs shape= [3,3,256,84]\n\t [[Node: save/Assign_13 = Assign[T=DT_FLOAT, _class=["loc:@ssd_300_vgg/block7_box/conv_cls/weights"], use_locking=true, validate_shape=true, _device="/job:localhost/replica:0/task:0/device:CPU:0"](ssd_300_vgg/block7_box/conv_cls/weights, save/RestoreV2:13)]]',
          states: [
            {
              kind: 'mismatch',
              parameter: 'ssd_300_vgg/block7_box/conv_cls/weights',
              checkpointShape: [3, 3, 256, 84],
              modelShape: [3, 3, 256, 24],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: 'Assign requires shapes of both tensors to match. lhs shape= [21] rhs shape= [1001]\n\t [[node save/Assign_382 (defined at train.py:88) ]]',
          states: [
            { kind: 'mismatch', checkpointShape: [1001], modelShape: [21] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'key-not-found',
      'not found in checkpoint',
      { expression: /(?<!\w)Key (?<keys>\S{1,2048}) not found in checkpoint/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: 'NotFoundError (see above for traceback): Key MobilenetV1/Conv2d_0/BatchNorm/gamma not found in checkpoint',
          states: [
            { kind: 'missing-keys', keys: ['MobilenetV1/Conv2d_0/BatchNorm/gamma'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'slice',
      'tensor_name',
      template(
        'tensor_name = {parameter}; shape in shape_and_slice spec {modelShape} does not match the shape stored in checkpoint: {checkpointShape}',
      ),
      readFirstMismatch(),
      [
        {
          text: 'InvalidArgumentError: tensor_name = FirstStageFeatureExtractor/conv1/weights; shape in shape_and_slice spec [7,7,3,64] does not match the shape stored in checkpoint: [7,7,4,64]',
          states: [
            {
              kind: 'mismatch',
              parameter: 'FirstStageFeatureExtractor/conv1/weights',
              checkpointShape: [7, 7, 4, 64],
              modelShape: [7, 7, 3, 64],
            },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // Checkpoints of version 1.
    message(
      'slice-v1',
      'shape_and_slice',
      template(
        'Shape in shape_and_slice spec does not match the shape in the save file: {modelShape}, save file shape: {checkpointShape}',
        { opens: 'Shape in shape_and_slice' },
      ),
      readFirstMismatch(),
      [
        {
          text: 'InvalidArgumentError: Shape in shape_and_slice spec does not match the shape in the save file: [512,10], save file shape: [512,1000]',
          states: [
            { kind: 'mismatch', checkpointShape: [512, 1000], modelShape: [512, 10] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'assign-variable',
      'wrong shape',
      template('Trying to assign to variable with tensor with wrong shape. Expected {modelShape} got {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'InvalidArgumentError: Trying to assign to variable with tensor with wrong shape. Expected [512,10] got [512,1000]',
          states: [
            { kind: 'mismatch', checkpointShape: [512, 1000], modelShape: [512, 10] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // A blank after the first quote, none after "mismatch.".
    message(
      'assign-value',
      'mismatch',
      template(
        "Cannot assign value to variable ' {parameter}': Shape mismatch.The variable shape {modelShape}, and the assigned value shape {checkpointShape} are incompatible",
      ),
      readFirstMismatch(),
      [
        {
          text: "ValueError: Cannot assign value to variable ' dense_1/kernel:0': Shape mismatch.The variable shape (512, 10), and the assigned value shape (512, 1000) are incompatible.",
          states: [
            { kind: 'mismatch', parameter: 'dense_1/kernel:0', checkpointShape: [512, 1000], modelShape: [512, 10] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'saveable',
      'compatible',
      template(
        'Received incompatible tensor with shape {checkpointShape} when attempting to restore variable with shape {modelShape} and name {parameter:tail}.',
      ),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Received incompatible tensor with shape (30522, 768) when attempting to restore variable with shape (28996, 768) and name bert/embeddings/word.0/kernel.',
          states: [
            { kind: 'mismatch', parameter: 'bert/embeddings/word.0/kernel', checkpointShape: [30522, 768], modelShape: [28996, 768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // Keras' h5 loader on TensorFlow 1; only the operation's name tells it from a layer that was built wrongly. Older builds lack "Shapes are".
    message(
      'assign-dimension',
      'in both shapes must be equal',
      {
        expression:
          /Dimension \d+ in both shapes must be equal, but are \d+ and \d+\.?\s+(?:Shapes are [^\n.]{1,256}\.\s+)?for '(?:[^'\n]{0,512}\/)?Assign(?:_\d+)?' \(op: 'Assign'\) with input shapes: (?<modelShape>\[[\d, ]*\]), (?<checkpointShape>\[[\d, ]*\])/,
      },
      readFirstMismatch(),
      [
        {
          text: "ValueError: Dimension 0 in both shapes must be equal, but are 7 and 64. Shapes are [7,7,1,64] and [64,3,7,7]. for 'Assign' (op: 'Assign') with input shapes: [7,7,1,64], [64,3,7,7].",
          states: [
            { kind: 'mismatch', checkpointShape: [64, 3, 7, 7], modelShape: [7, 7, 1, 64] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "ValueError: Dimension 1 in both shapes must be equal, but are 3 and 1000 for 'Assign_26' (op: 'Assign') with input shapes: [2048,3], [2048,1000].",
          states: [
            { kind: 'mismatch', checkpointShape: [2048, 1000], modelShape: [2048, 3] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // checkpoint.py: nodes of the object graph that nothing in the program asked for; the list is one line per node.
    message(
      'unrestored',
      'the restored object',
      { expression: /Value in checkpoint could not be found in the restored object: (?<node>[^\n]{1,2048})/ },
      readNode,
      [
        {
          text: 'WARNING:tensorflow:Value in checkpoint could not be found in the restored object: (root).optimizer.iter',
          states: [{ kind: 'unexpected-keys', keys: ['(root).optimizer.iter'] }],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'unresolved-warned',
      'Unresolved object',
      { expression: /Unresolved object in checkpoint: (?<node>[^\n]{1,2048})/ },
      readNode,
      [
        {
          text: 'WARNING:tensorflow:Unresolved object in checkpoint: (root).layer_with_weights-1.kernel',
          states: [{ kind: 'unexpected-keys', keys: ['(root).layer_with_weights-1.kernel'] }],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'unresolved',
      'Unresolved object',
      {
        expression:
          /AssertionError: Unresolved object in checkpoint (?<node>[^\s:]{1,2048}(?:: ?(?!attributes|children|slot_variables|\s)[^\s:]+)?)/,
      },
      (fields) => [...readNode(fields), { kind: 'incomplete', reason: 'first-only' }],
      [
        {
          text: 'AssertionError: Unresolved object in checkpoint (root).encoder.kernel: attributes {',
          states: [
            { kind: 'unexpected-keys', keys: ['(root).encoder.kernel'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};

/** The message goes on in the next line: cut shapes, or the node that carries the name. */
function isAssignCut(line: string): boolean {
  return !line.includes(']]') && /Assign requires shapes|[lr]hs|shape=|_class|\[\[|^\s*\[?[\d,]+\]?\s*$/.test(line);
}

function readNode(fields: Fields): readonly Statement[] {
  return [{ kind: 'unexpected-keys', keys: [fields.text('node').trim()] }];
}
