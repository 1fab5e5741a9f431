import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readKeys } from './dialect.js';

/** AllenNLP, allennlp/models/model.py (2020 to 2022): three lines. */
export const allennlp: Dialect = {
  name: 'allennlp',
  library: 'AllenNLP',
  severity: 'error',
  patterns: [
    message(
      'header',
      'state dict',
      template('Error loading state dict for {modelClass}', { opens: false }),
      (fields) => [{ kind: 'header', modelClass: fields.text('modelClass') }],
      [{ text: 'RuntimeError: Error loading state dict for BasicClassifier', states: [{ kind: 'header', modelClass: 'BasicClassifier' }] }],
    ),
    message(
      'missing-keys',
      'state dict',
      template('Missing keys: {keys:list}', LISTING),
      readKeys('missing-keys'),
      [
        {
          text: "\tMissing keys: ['_classification_layer.weight']",
          states: [{ kind: 'missing-keys', keys: ['_classification_layer.weight'] }],
        },
      ],
      { within: 'header' },
    ),
    message(
      'unexpected-keys',
      'state dict',
      template('Unexpected keys: {keys:list}', LISTING),
      readKeys('unexpected-keys'),
      [
        {
          text: "\tUnexpected keys: ['_head.weight', '_head.bias']",
          states: [{ kind: 'unexpected-keys', keys: ['_head.weight', '_head.bias'] }],
        },
      ],
      { within: 'header' },
    ),
  ],
};
