import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readKeys } from './dialect.js';

/**
 * OpenPCDet (pcdet/models/detectors/detector3d_template.py): the name and the model's shape of what was not loaded, for whatever reason, and
 * how much of the whole was.
 */
export const openpcdet: Dialect = {
  name: 'openpcdet',
  library: 'OpenPCDet',
  severity: 'warning',
  patterns: [
    message('not-updated', 'Not updated', template('Not updated weight {keys:name}: {modelShape}'), readKeys('missing-keys'), [
      {
        text: '2022-05-25 16:49:51,570   INFO  Not updated weight backbone_3d.conv_input.0.weight: torch.Size([16, 3, 3, 3, 4])',
        states: [{ kind: 'missing-keys', keys: ['backbone_3d.conv_input.0.weight'] }],
      },
    ]),
    message(
      'done',
      '==> Done',
      template('==> Done (loaded {loaded:int}/{total:int})', { opens: false }),
      (fields) => readTransfer(fields),
      [
        {
          text: '2022-05-25 16:49:51,578   INFO  ==> Done (loaded 619/621)',
          states: [{ kind: 'notice', topic: 'partial-transfer', values: { loaded: 619, total: 621 } }],
        },
      ],
    ),
  ],
};

/** All of all is no failure. */
export function readTransfer(fields: Fields): readonly Statement[] {
  const [loaded, total] = [fields.int('loaded'), fields.int('total')];
  return loaded < total ? [{ kind: 'notice', topic: 'partial-transfer', values: { loaded, total } }] : [];
}
