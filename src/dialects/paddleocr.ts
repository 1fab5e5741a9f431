import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch } from './dialect.js';

const readShapes = readMismatch();

/** Where the two names differ, the pair was made by place. */
function readPair(fields: Fields): readonly Statement[] {
  const [parameter, stored] = [fields.optional('parameter'), fields.optional('stored')];
  const statements = readShapes(fields);
  // A console that wraps the line may break one of two equal names.
  const bare = (name: string) => name.replaceAll(/\s/g, '');
  if (parameter === undefined || stored === undefined || bare(stored) === bare(parameter)) return statements;
  return statements.map((statement) => (statement.kind === 'mismatch' ? { ...statement, stored } : statement));
}

/** PaddleOCR, ppocr/utils/save_load.py: the k-th parameter of the model is held against the k-th of the file, so that the two names may differ. */
export const paddleocr: Dialect = {
  name: 'paddleocr',
  library: 'PaddleOCR',
  severity: 'warning',
  patterns: [
    message(
      'shape',
      'not match',
      template('The shape of model params {parameter:text} {modelShape} not matched with loaded params {stored} {checkpointShape}', {
        opens: 'The shape of model params',
      }),
      readPair,
      [
        {
          text: '[2022/01/03 18:02:11] root WARNING: The shape of model params backbone.stem.bn._mean [24] not matched with loaded params conv3.se.conv1.weight [12, 48, 1, 1] !',
          states: [
            {
              kind: 'mismatch',
              parameter: 'backbone.stem.bn._mean',
              checkpointShape: [12, 48, 1, 1],
              modelShape: [24],
              stored: 'conv3.se.conv1.weight',
            },
          ],
        },
        {
          text: '[2022/07/01 09:12:44] ppocr WARNING: The shape of model params head.fc.weight [288, 97] not matched with loaded params head.fc.weight [288, 6625] !',
          states: [{ kind: 'mismatch', parameter: 'head.fc.weight', checkpointShape: [288, 6625], modelShape: [288, 97] }],
        },
      ],
    ),
    message(
      'not-in-loaded',
      'not in loaded params',
      { expression: /(?<!\S)(?<keys>\S{1,2048}) not in loaded params/ },
      readKeys('missing-keys'),
      [
        {
          text: "[2022/07/01 09:12:44] ppocr WARNING: head.ctc_head.fc.bias not in loaded params dict_keys(['backbone.conv1.weight']) !",
          states: [{ kind: 'missing-keys', keys: ['head.ctc_head.fc.bias'] }],
        },
      ],
    ),
    message(
      'not-in-model',
      'The pretrained params',
      template('The pretrained params {keys:tail} not in model', { opens: false }),
      readKeys('unexpected-keys'),
      [
        {
          text: '[2022/07/01 09:12:44] ppocr WARNING: The pretrained params head.sar_head.fc.weight not in model',
          states: [{ kind: 'unexpected-keys', keys: ['head.sar_head.fc.weight'] }],
        },
      ],
    ),
  ],
};
