import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstKeys, readFirstMismatch } from './dialect.js';

/** The TensorFlow and Flax classes of transformers 3 and 4, the converters between frameworks, and diffusers' Flax models. */
export const transformersFlaxTf: Dialect = {
  name: 'transformers-flax-tf',
  library: 'Transformers for TensorFlow and Flax',
  severity: 'error',
  patterns: [
    // modeling_flax_utils.py: the name is a tuple of its parts.
    message(
      'flax-shape',
      'Trying to load',
      template(
        'Trying to load the pretrained weight for {parameter:text} failed: checkpoint has shape {checkpointShape} which is incompatible with the model shape {modelShape}',
      ),
      readTupled,
      [
        {
          text: "ValueError: Trying to load the pretrained weight for ('encoder', 'layer', '0', 'kernel') failed: checkpoint has shape (768, 3072) which is incompatible with the model shape (768, 2048). Using `ignore_mismatched_sizes=True` if you really want to load this checkpoint inside this model.",
          states: [
            { kind: 'mismatch', parameter: 'encoder.layer.0.kernel', checkpointShape: [768, 3072], modelShape: [768, 2048] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // modeling_flax_pytorch_utils.py says "PyTorch checkpoint" in one direction and "Flax checkpoint" in the other.
    message(
      'converted-shape',
      'checkpoint seems',
      template(
        'checkpoint seems to be incorrect. Weight {parameter:text} was expected to be of shape {modelShape}, but is {checkpointShape}',
      ),
      readTupled,
      [
        {
          text: 'ValueError: PyTorch checkpoint seems to be incorrect. Weight model.embed_tokens.weight was expected to be of shape (50257, 768), but is (50304, 768).',
          states: [
            { kind: 'mismatch', parameter: 'model.embed_tokens.weight', checkpointShape: [50304, 768], modelShape: [50257, 768] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "ValueError: Flax checkpoint seems to be incorrect. Weight ('classifier', 'bias') was expected to be of shape torch.Size([3]), but is (2,).",
          states: [
            { kind: 'mismatch', parameter: 'classifier.bias', checkpointShape: [2], modelShape: [3] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // modeling_tf_utils.py
    message(
      'layers-unused',
      'Some layers',
      template(
        'Some layers from the model checkpoint at {checkpoint:text} were not used when initializing {modelClass}: {keys:list}',
        LISTING,
      ),
      readReport('unexpected-keys'),
      [
        {
          text: "Some layers from the model checkpoint at bert-base-uncased were not used when initializing TFBertForSequenceClassification: ['mlm___cls', 'nsp___cls']",
          states: [
            { kind: 'header', modelClass: 'TFBertForSequenceClassification', checkpoint: 'bert-base-uncased' },
            { kind: 'unexpected-keys', keys: ['mlm___cls', 'nsp___cls'] },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'layers-new',
      'Some layers',
      template(
        'Some layers of {modelClass} were not initialized from the model checkpoint at {checkpoint:text} and are newly initialized: {keys:list}',
        LISTING,
      ),
      readReport('missing-keys'),
      [
        {
          text: "Some layers of TFBertForSequenceClassification were not initialized from the model checkpoint at bert-base-uncased and are newly initialized: ['classifier', 'dropout_37']",
          states: [
            { kind: 'header', modelClass: 'TFBertForSequenceClassification', checkpoint: 'bert-base-uncased' },
            { kind: 'missing-keys', keys: ['classifier', 'dropout_37'] },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    // modeling_tf_pytorch_utils.py
    message(
      'from-pytorch-unused',
      'Some weights',
      template('Some weights of the PyTorch model were not used when initializing the TF 2.0 model {modelClass}: {keys:list}', LISTING),
      readReport('unexpected-keys'),
      [
        {
          text: "Some weights of the PyTorch model were not used when initializing the TF 2.0 model TFRobertaModel: ['lm_head.bias', 'lm_head.dense.weight']",
          states: [
            { kind: 'header', modelClass: 'TFRobertaModel' },
            { kind: 'unexpected-keys', keys: ['lm_head.bias', 'lm_head.dense.weight'] },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    message(
      'from-pytorch-new',
      'Some weights',
      template(
        'Some weights or buffers of the TF 2.0 model {modelClass} were not initialized from the PyTorch model and are newly initialized: {keys:list}',
        LISTING,
      ),
      readReport('missing-keys'),
      [
        {
          text: "Some weights or buffers of the TF 2.0 model TFRobertaForSequenceClassification were not initialized from the PyTorch model and are newly initialized: ['classifier.dense.weight']",
          states: [
            { kind: 'header', modelClass: 'TFRobertaForSequenceClassification' },
            { kind: 'missing-keys', keys: ['classifier.dense.weight'] },
          ],
        },
      ],
      { severity: 'warning' },
    ),
    message('absent-in-pytorch', 'not found in', template('{keys:name} not found in PyTorch model'), readFirstKeys('missing-keys'), [
      {
        text: 'AttributeError: bert.pooler.dense.weight not found in PyTorch model',
        states: [
          { kind: 'missing-keys', keys: ['bert.pooler.dense.weight'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
    message('absent-in-tensorflow', 'not found in', template('{keys:name} not found in TF 2.0 model'), readFirstKeys('missing-keys'), [
      {
        text: 'AttributeError: cls.predictions.bias not found in TF 2.0 model',
        states: [
          { kind: 'missing-keys', keys: ['cls.predictions.bias'] },
          { kind: 'incomplete', reason: 'first-only' },
        ],
      },
    ]),
  ],
};

/** `('encoder', 'layer', '0', 'kernel')` is the path of a parameter that PyTorch would write with full stops. */
function readTupled(fields: Fields): readonly Statement[] {
  const text = fields.text('parameter');
  const parameter = text.startsWith('(') ? fields.keys('parameter').join('.') : text;
  return readFirstMismatch()({ ...fields, optional: () => parameter });
}

function readReport(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const [keys, checkpoint] = [fields.keys('keys'), fields.optional('checkpoint')];
    if (keys.length === 0) return [];
    return [
      { kind: 'header', modelClass: fields.text('modelClass'), ...(checkpoint === undefined ? {} : { checkpoint }) },
      { kind, keys },
    ];
  };
}
