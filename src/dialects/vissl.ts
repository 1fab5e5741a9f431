import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readMismatch } from './dialect.js';
import { nameFirst } from './name-first.js';

/** VISSL, vissl/utils/checkpoint.py. */
export const vissl: Dialect = {
  name: 'vissl',
  library: 'VISSL',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'have different shapes',
      nameFirst('have different shapes: checkpoint: {checkpointShape}, model: {modelShape}'),
      readFirstMismatch(),
      [
        {
          text: 'AssertionError: heads.0.clf.0.weight have different shapes: checkpoint: torch.Size([1000, 2048]), model: torch.Size([205, 2048])',
          states: [
            { kind: 'mismatch', parameter: 'heads.0.clf.0.weight', checkpointShape: [1000, 2048], modelShape: [205, 2048] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'shape-ignored',
      'Ignore shape check',
      template('Ignore shape check: {parameter} checkpoint: {checkpointShape}, model: {modelShape}'),
      readMismatch(),
      [
        {
          text: 'INFO 2021-06-01 10:11:12,131 checkpoint.py: 885: Ignore shape check: trunk.pos_embed checkpoint: torch.Size([1, 197, 768]), model: torch.Size([1, 577, 768])',
          states: [{ kind: 'mismatch', parameter: 'trunk.pos_embed', checkpointShape: [1, 197, 768], modelShape: [1, 577, 768] }],
        },
      ],
      { severity: 'warning' },
    ),
  ],
};
