import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message } from './dialect.js';

/** Stable-Baselines3, common/base_class.py (`check_for_correct_spaces`): the saved space stands first, the environment's second. */
export const stableBaselines3: Dialect = {
  name: 'stable-baselines3',
  library: 'Stable-Baselines3',
  severity: 'error',
  patterns: [
    message(
      'observation',
      'not match',
      template('Observation spaces do not match: {checkpoint} != {model:names}', { opens: false }),
      readSpaces('observation'),
      [
        {
          text: 'ValueError: Observation spaces do not match: Box(-inf, inf, (24,), float32) != Box(-inf, inf, (28,), float32)',
          states: [
            {
              kind: 'notice',
              topic: 'spaces-differ',
              values: { space: 'observation', checkpoint: 'Box(-inf, inf, (24,), float32)', model: 'Box(-inf, inf, (28,), float32)' },
            },
          ],
        },
      ],
    ),
    message(
      'action',
      'not match',
      template('Action spaces do not match: {checkpoint} != {model:names}', { opens: false }),
      readSpaces('action'),
      [
        {
          text: 'ValueError: Action spaces do not match: Discrete(4) != Discrete(6)',
          states: [
            { kind: 'notice', topic: 'spaces-differ', values: { space: 'action', checkpoint: 'Discrete(4)', model: 'Discrete(6)' } },
          ],
        },
      ],
    ),
  ],
};

function readSpaces(space: string): (fields: Fields) => readonly Statement[] {
  return (fields) => [
    {
      kind: 'notice',
      topic: 'spaces-differ',
      values: { space, checkpoint: fields.text('checkpoint').trim(), model: fields.text('model').trim() },
    },
  ];
}
