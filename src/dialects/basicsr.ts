import type { Statement } from '../model/finding.js';
import type { Fields, Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readMismatch } from './dialect.js';

/**
 * BasicSR, basicsr/models/base_model.py, and what copied it (Real-ESRGAN, KAIR, NAFNet, neosr). Every name of a list is a record of its own,
 * two blanks behind the logger's prefix. Shapes are compared only where the load is not strict.
 */
export const basicsr: Dialect = {
  name: 'basicsr',
  library: 'BasicSR and its forks',
  severity: 'warning',
  patterns: [
    message(
      'size',
      'Size different',
      template('Size different, ignore [{parameter}]: crt_net: {modelShape}; load_net: {checkpointShape}', { opens: false }),
      readMismatch(),
      [
        {
          text: '2023-05-02 08:11:00,123 WARNING: Size different, ignore [conv_first.weight]: crt_net: torch.Size([64, 12, 3, 3]); load_net: torch.Size([64, 3, 3, 3])',
          states: [{ kind: 'mismatch', parameter: 'conv_first.weight', checkpointShape: [64, 3, 3, 3], modelShape: [64, 12, 3, 3] }],
        },
      ],
    ),
    // NAFNet's spelling
    message(
      'size-spelled-out',
      'Size different',
      template('Size different, ignore [{parameter}], Current net: {modelShape}, loaded net: {checkpointShape}', { opens: false }),
      readMismatch(),
      [
        {
          text: 'WARNING: Size different, ignore [intro.weight], Current net: torch.Size([32, 4, 3, 3]), loaded net: torch.Size([32, 3, 3, 3])',
          states: [{ kind: 'mismatch', parameter: 'intro.weight', checkpointShape: [32, 3, 3, 3], modelShape: [32, 4, 3, 3] }],
        },
      ],
    ),
    message(
      'missing',
      'loaded net',
      list('Current net - loaded net:'),
      readNames('missing-keys'),
      [
        {
          text: 'WARNING: Current net - loaded net:\nWARNING:   body.0.weight\nWARNING:   conv_up1.bias',
          states: [{ kind: 'missing-keys', keys: ['body.0.weight', 'conv_up1.bias'] }],
        },
      ],
      { reach: 4000 },
    ),
    message(
      'unexpected',
      'Loaded net',
      list('Loaded net - current net:'),
      readNames('unexpected-keys'),
      [
        {
          text: 'Loaded net - current net:\n  params_ema.body.0.weight',
          states: [{ kind: 'unexpected-keys', keys: ['params_ema.body.0.weight'] }],
        },
      ],
      { reach: 4000 },
    ),
  ],
};

const ROW = /(?:^|[:\w])\s{2,80}([A-Za-z_][\w.-]*)\s*$/;

function list(heading: string): Form {
  return {
    expression: new RegExp(`${heading}(?<rows>[^\\n]*(?:\\n[^\\n]*)*)`),
    maxLines: 100_000,
    continues: (line) => ROW.test(line.slice(-2048)),
  };
}

function readNames(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const keys = fields
      .text('rows')
      .split('\n')
      .slice(1)
      .flatMap((row) => ROW.exec(row.slice(-2048))?.[1] ?? []);
    return keys.length === 0 ? [] : [{ kind, keys }];
  };
}
