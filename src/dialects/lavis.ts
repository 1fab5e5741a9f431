import type { Statement } from '../model/finding.js';
import type { Fields, Form } from '../model/pattern.js';
import { type Dialect, message } from './dialect.js';

/**
 * LAVIS, lavis/models/timesformer/helpers.py: a heading, then one record `In total n, [names]`. A parameter of another shape is told by its name
 * alone: it is missing, as the model did not get it.
 */
export const lavis: Dialect = {
  name: 'lavis',
  library: 'LAVIS (TimeSformer)',
  severity: 'warning',
  patterns: [
    message('shape', 'mismatch', total('Keys in model and loaded, but shape mismatched:'), readTotal('missing-keys'), [
      {
        text: "INFO:root:Keys in model and loaded, but shape mismatched:\nINFO:root:In total 2, ['time_embed', 'pos_embed']",
        states: [{ kind: 'missing-keys', keys: ['time_embed', 'pos_embed'] }],
      },
    ]),
    message('unexpected', 'Keys in loaded', total('Keys in loaded but not in model:'), readTotal('unexpected-keys'), [
      {
        text: "Keys in loaded but not in model:\nIn total 1, ['head.weight']",
        states: [{ kind: 'unexpected-keys', keys: ['head.weight'] }],
      },
    ]),
    message('missing', 'Keys in model but', total('Keys in model but not in loaded:'), readTotal('missing-keys'), [
      {
        text: "Keys in model but not in loaded:\nIn total 1, ['blocks.0.temporal_fc.weight']",
        states: [{ kind: 'missing-keys', keys: ['blocks.0.temporal_fc.weight'] }],
      },
    ]),
  ],
};

function total(heading: string): Form {
  return { expression: new RegExp(`${heading}\\s[^\\n]{0,256}?In total \\d+, (?<keys>\\[[^\\][]*\\])`), opens: heading, maxLines: 200 };
}

function readTotal(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const keys = fields.keys('keys');
    return keys.length === 0 ? [] : [{ kind, keys }];
  };
}
