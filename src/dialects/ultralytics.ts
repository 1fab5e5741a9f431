import { template } from '../model/template.js';
import { type Dialect, message } from './dialect.js';
import { readTransfer } from './openpcdet.js';

/** YOLOv5 (train.py) and Ultralytics (nn/tasks.py) drop what does not fit without a word; the count is the only sign. */
export const ultralytics: Dialect = {
  name: 'ultralytics',
  library: 'Ultralytics, YOLOv5',
  severity: 'warning',
  patterns: [
    message(
      'transferred',
      'Transferred',
      template('Transferred {loaded:int}/{total:int} items from', { opens: false }),
      (fields) => {
        const transfer = readTransfer(fields);
        return transfer.length === 0 ? [] : [...transfer, { kind: 'incomplete', reason: 'cut' }];
      },
      [
        {
          text: 'Transferred 349/355 items from pretrained weights',
          states: [
            { kind: 'notice', topic: 'partial-transfer', values: { loaded: 349, total: 355 } },
            { kind: 'incomplete', reason: 'cut' },
          ],
        },
      ],
    ),
  ],
};
