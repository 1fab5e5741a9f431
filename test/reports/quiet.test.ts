import { expect, test } from 'vitest';
import { renderQuiet } from '../../src/reports/quiet.js';
import { plain } from './rendered.js';
import { emptyReport, fullReport, hostileReport } from './report-builder.js';

test('one line a failure, with place, cause, confidence and count', () => {
  expect(renderQuiet(fullReport, plain)).toBe(
    [
      'logs/finetune_lora.log:23: zero3-partitioned-model (certain) 163 parameters',
      'logs/finetune_lora.log:39: fsdp-sharded (likely) 2 parameters',
      'logs/other.log:7: unknown 1 parameter',
      'logs/eval.log:12: untrained-buffers (certain) 1 key',
      '',
    ].join('\n'),
  );
});

test('nothing where nothing failed', () => {
  expect(renderQuiet(emptyReport, plain)).toBe('');
});

test('a line stays a line whatever the log holds', () => {
  const report = hostileReport();
  expect(renderQuiet(report, plain).trimEnd().split('\n')).toHaveLength(report.failures.length);
});

test('names in paths are masked where that is asked for', () => {
  const [failure] = fullReport.failures;
  if (failure === undefined) throw new Error('the builder gives four');
  const report = { ...emptyReport, failures: [{ ...failure, at: { source: '/home/alice/run.log', line: 1 } }] };
  expect(renderQuiet(report, { ...plain, redact: true })).toMatch(/^\/home\/<user:1>\/run\.log:1: /);
});
