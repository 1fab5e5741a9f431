import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch, readNotice } from './dialect.js';

/**
 * The load report of transformers 5 (src/transformers/utils/loading_report.py, 5.0.0 to 5.18): a table of warnings, which a RuntimeError may
 * follow that has neither names nor shapes. Names with the same pattern are folded into one row even where their shapes differ, so that a
 * row stands for at least one parameter and says no more.
 */
export const transformersReport: Dialect = {
  name: 'transformers-report',
  library: 'Transformers 5 (load report)',
  severity: 'warning',
  patterns: [
    message(
      'report',
      'LOAD REPORT',
      { expression: /(?<![\w.])(?<modelClass>[\w.]{1,256}) LOAD REPORT(?: from: (?<checkpoint>[^\n]{0,2048}\S))?/ },
      readReport,
      [
        {
          text: '[transformers] BertForSequenceClassification LOAD REPORT from: sst2',
          states: [{ kind: 'header', modelClass: 'BertForSequenceClassification', checkpoint: 'sst2' }],
        },
      ],
      { reach: 40 },
    ),
    // 5.0 wrote "mismatch ckpt: … vs model: …", later releases "mismatch - ckpt: … vs model:…".
    message(
      'mismatch-row',
      'MISMATCH',
      {
        expression: row(
          String.raw`MISMATCH\s{0,80}\|\s{0,80}Reinit due to size mismatch[\s:-]{0,8}ckpt:?\s?(?<checkpointShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?) vs model:?\s?(?<modelShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)`,
        ),
        squeezed:
          /(?<parameter>(?:[^|{\\]|\{[^}|]{0,100}\}){1,300})\|MISMATCH\|Reinitduetosizemismatch[:-]?ckpt:?(?<checkpointShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)vsmodel:?(?<modelShape>(?:torch\.Size\()?[[(][\d,]*[\])]\)?)/,
        opens: '|MISMATCH|Reinitdue',
      },
      readMismatch(),
      [
        {
          text: 'classifier.weight | MISMATCH | Reinit due to size mismatch - ckpt: torch.Size([2, 128]) vs model:torch.Size([5, 128])',
          states: [{ kind: 'mismatch', parameter: 'classifier.weight', checkpointShape: [2, 128], modelShape: [5, 128] }],
        },
        {
          text: 'bert.encoder.layer.{0...11}.output.dense.weight       | MISMATCH | Reinit due to size mismatch ckpt: torch.Size([16, 32]) vs model: torch.Size([16, 40])',
          states: [
            {
              kind: 'mismatch',
              parameter: 'bert.encoder.layer.{0...11}.output.dense.weight',
              checkpointShape: [16, 32],
              modelShape: [16, 40],
              folded: true,
            },
          ],
        },
        {
          text: 'layers.{0, 1}.w | MISMATCH | Reinit due to size mismatch - ckpt: torch.Size([3]) vs model:torch.Size([4])',
          states: [{ kind: 'mismatch', parameter: 'layers.{0, 1}.w', checkpointShape: [3], modelShape: [4], folded: true }],
        },
      ],
    ),
    message(
      'missing-row',
      'MISSING',
      { expression: row(String.raw`MISSING\b`) },
      readRow('missing-keys'),
      [
        {
          text: 'classifier.bias                            | MISSING    | ',
          states: [{ kind: 'missing-keys', keys: ['classifier.bias'] }],
        },
        {
          text: 'model.layers.{0...31}.mlp.gate_proj.weight | MISSING    | ',
          states: [{ kind: 'missing-keys', keys: ['model.layers.{0...31}.mlp.gate_proj.weight'], folded: true }],
        },
      ],
      { within: 'report' },
    ),
    message(
      'unexpected-row',
      'UNEXPECTED',
      { expression: row(String.raw`UNEXPECTED\b`) },
      readRow('unexpected-keys'),
      [
        {
          text: 'cls.predictions.transform.dense.weight     | UNEXPECTED |  | ',
          states: [{ kind: 'unexpected-keys', keys: ['cls.predictions.transform.dense.weight'] }],
        },
      ],
      { within: 'report' },
    ),
    message(
      'conversion-row',
      'CONVERSION',
      { expression: row(String.raw`CONVERSION\b`) },
      readNotice('copy-failed', (fields) => ({ parameter: fields.text('parameter'), reason: 'the weights could not be converted' })),
      [
        {
          text: 'model.layers.0.mlp.experts.gate_up_proj | CONVERSION | ',
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: { parameter: 'model.layers.0.mlp.experts.gate_up_proj', reason: 'the weights could not be converted' },
            },
          ],
        },
      ],
      { within: 'report' },
    ),
    // 5.18 lists at INFO level what belongs to another pipeline rank: nothing is wrong with it.
    message(
      'other-row',
      'LOAD REPORT',
      { expression: row(String.raw`(?:OWNED|SKIPPED)\b`) },
      () => [],
      [{ text: 'model.layers.1.mlp.up_proj.weight | SKIPPED | PP rank 0', states: [] }],
      { within: 'report' },
    ),
    message(
      'raised',
      'thus raising',
      template('to `False`, thus raising an error', { opens: false }),
      () => [{ kind: 'end', severity: 'error' }],
      [
        {
          text: 'RuntimeError: You set `ignore_mismatched_sizes` to `False`, thus raising an error. For details look at the above report!',
          states: [{ kind: 'end', severity: 'error' }],
        },
      ],
      { severity: 'error' },
    ),
    message(
      'conversion-raised',
      'automatic conversion',
      template('We encountered some issues during automatic conversion of the weights', { opens: false }),
      () => [{ kind: 'end', severity: 'error' }],
      [
        {
          text: 'RuntimeError: We encountered some issues during automatic conversion of the weights. For details look at the `CONVERSION` entries of the above report!',
          states: [{ kind: 'end', severity: 'error' }],
        },
      ],
      { severity: 'error' },
    ),
    // src/transformers/integrations/deepspeed.py
    message(
      'zero3-conversion',
      'weight conversion',
      template("Failed to apply weight conversion for '{parameter:text}'. This likely means"),
      readNotice('copy-failed', (fields) => ({ parameter: fields.text('parameter'), reason: 'the weights could not be converted' })),
      [
        {
          text: "RuntimeError: Failed to apply weight conversion for 'model.layers.0.mlp.experts.gate_up_proj'. This likely means the checkpoint format is incompatible with the current model version. Error: shapes",
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: { parameter: 'model.layers.0.mlp.experts.gate_up_proj', reason: 'the weights could not be converted' },
            },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};

/** A row of the table: the name, blanks up to the width of the longest one, the status. A folded name holds `{0, 1}` or `{0...11}`. */
function row(status: string): RegExp {
  return new RegExp(String.raw`(?<!\S)(?<parameter>(?:[^\s|{\\]|\{[^}|\n]{0,100}\}){1,300})\s{0,2048}\|\s{0,80}${status}`);
}

function readReport(fields: Fields): readonly Statement[] {
  const checkpoint = fields.optional('checkpoint');
  return [{ kind: 'header', modelClass: fields.text('modelClass'), ...(checkpoint === undefined ? {} : { checkpoint }) }];
}

function readRow(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  const read = readKeys(kind);
  return (fields) => read({ ...fields, keys: () => [fields.text('parameter')] });
}
