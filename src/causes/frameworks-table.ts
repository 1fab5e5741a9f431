import type { Remedy } from '../model/diagnosis.js';

/** How people of another framework than PyTorch look into a file and into a model, and how they load what fits. */
export interface Framework {
  readonly dialects: RegExp;
  /** Prints names and shapes of the file; absent where it has no one form. */
  readonly look?: string;
  /** Prints names and shapes of the model, inside of the program. */
  readonly model?: string;
  /** In place of a load without strictness. */
  readonly loadWhatFits: Pick<Remedy, 'text' | 'snippet'>;
}

const KEEP_INITIAL = 'What differs keeps its initial values and has to be trained.';

/** Calls as the frameworks' own documentation names them. */
export const FRAMEWORKS: readonly Framework[] = [
  {
    dialects: /^tensorflow$/,
    look: `python -c "import tensorflow as tf; [print(name, shape) for name, shape in tf.train.list_variables('CKPT')]"`,
    model: '[print(v.op.name, v.shape) for v in tf.compat.v1.global_variables()]',
    loadWhatFits: {
      text: `Give the saver only the variables whose shapes agree. ${KEEP_INITIAL}`,
      snippet: {
        language: 'python',
        code: 'saved = dict(tf.train.list_variables(path))\nfitting = [v for v in tf.compat.v1.global_variables() if saved.get(v.op.name) == v.shape.as_list()]\ntf.compat.v1.train.Saver(fitting).restore(session, path)',
      },
    },
  },
  {
    dialects: /^keras$/,
    look: `python -c "import h5py; h5py.File('model.weights.h5', 'r').visititems(lambda name, item: print(name, getattr(item, 'shape', '')))"`,
    model: '[print(weight.path, weight.shape) for weight in model.weights]',
    loadWhatFits: {
      text: KEEP_INITIAL,
      snippet: { language: 'python', code: 'model.load_weights(path, skip_mismatch=True)' },
    },
  },
  {
    dialects: /^keras-h5$/,
    look: `python -c "import h5py; h5py.File('CKPT', 'r').visititems(lambda name, item: print(name, getattr(item, 'shape', '')))"`,
    model: '[print(weight.name, weight.shape) for weight in model.weights]',
    loadWhatFits: {
      text: `Layers are then matched by their names. ${KEEP_INITIAL}`,
      snippet: { language: 'python', code: 'model.load_weights(path, by_name=True, skip_mismatch=True)' },
    },
  },
  {
    dialects: /^flax$/,
    look: `python -c "import flax, jax; print(jax.tree_util.tree_map(lambda leaf: getattr(leaf, 'shape', leaf), flax.serialization.msgpack_restore(open('CKPT', 'rb').read())))"`,
    model: 'print(jax.eval_shape(model.init, jax.random.PRNGKey(0), batch))',
    loadWhatFits: {
      text: `Take over the leaves whose shapes agree. ${KEEP_INITIAL}`,
      snippet: {
        language: 'python',
        code: 'own, saved = flax.traverse_util.flatten_dict(params), flax.traverse_util.flatten_dict(restored)\nown.update({key: value for key, value in saved.items() if key in own and value.shape == own[key].shape})\nparams = flax.traverse_util.unflatten_dict(own)',
      },
    },
  },
  { dialects: /^(?:orbax|t5x|paxml|haiku|maxtext)$/, loadWhatFits: { text: `Take over the leaves whose shapes agree. ${KEEP_INITIAL}` } },
  {
    dialects: /^mxnet$/,
    look: `python -c "import mxnet as mx; [print(name, array.shape) for name, array in mx.nd.load('CKPT').items()]"`,
    model: '[print(name, parameter.shape) for name, parameter in net.collect_params().items()]',
    loadWhatFits: {
      text: "Load into the network as it was trained, then take over its features; GluonCV's detectors have `reset_class` for a new list of classes.",
      snippet: { language: 'python', code: 'trained.load_parameters(path)\nnet.features = trained.features' },
    },
  },
  {
    dialects: /^paddle/,
    look: `python -c "import paddle; [print(name, value.shape) for name, value in paddle.load('CKPT').items()]"`,
    model: '[print(name, value.shape) for name, value in model.named_parameters()]',
    loadWhatFits: { text: `Leave what differs out of the dictionary that \`paddle.load\` gives. ${KEEP_INITIAL}` },
  },
  {
    dialects: /^mindspore$/,
    look: `python -c "import mindspore; [print(name, value.shape) for name, value in mindspore.load_checkpoint('CKPT').items()]"`,
    model: '[print(parameter.name, parameter.shape) for parameter in network.get_parameters()]',
    loadWhatFits: { text: `Leave what differs out of the dictionary that \`load_checkpoint\` gives. ${KEEP_INITIAL}` },
  },
  {
    dialects: /^marian$/,
    look: `python -c "import numpy; [print(name, value.shape) for name, value in numpy.load('model.npz').items()]"`,
    loadWhatFits: { text: 'Marian loads all or nothing: leave what differs out of the file, which is a NumPy archive.' },
  },
];
