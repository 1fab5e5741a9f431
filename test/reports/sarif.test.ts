/** Against the schema of OASIS for SARIF 2.1.0 (rtm.5), as Microsoft's SARIF SDK for JavaScript (MIT) ships it. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { render } from './rendered.js';
import { emptyReport, floodedReport, fullReport, harmlessFailure, hostileReport, reportOf, zero3Failure } from './report-builder.js';

/** The schema is of draft 04, whose `id` has another name today; it uses nothing else that changed. */
const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(new URL('sarif-schema-2.1.0.json', import.meta.url), 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
ajv.addFormat('uri', { validate: (text: string) => URL.canParse(text) });
ajv.addFormat('uri-reference', /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/);
const validate = ajv.compile(schema);

const flooded = floodedReport();

async function sarif(report: Report) {
  return JSON.parse(await render('sarif', report));
}

test.each([
  ['empty', emptyReport],
  ['full', fullReport],
  ['hostile', hostileReport()],
  ['flooded', flooded],
])('valid by the schema: %s', async (_, report) => {
  const log = await sarif(report);
  expect(validate(log), ajv.errorsText(validate.errors)).toBe(true);
});

test('the schema refuses what is wrong, so that the test above means something', async () => {
  const log = await sarif(fullReport);
  log.runs[0].results[0].level = 'fatal';
  expect(validate(log)).toBe(false);
});

describe('results', () => {
  test('one for each cause, on the line where the failure begins', async () => {
    const { results, tool } = (await sarif(fullReport)).runs[0];
    expect(results.map((result: { ruleId: string; level: string }) => `${result.level} ${result.ruleId}`)).toEqual([
      'error zero3-partitioned-model',
      'error fsdp-sharded',
      'note zero3-partitioned-model',
      'error unknown',
      'note untrained-buffers',
    ]);
    expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'fsdp-sharded',
      'unknown',
      'untrained-buffers',
      'zero3-partitioned-model',
    ]);
    expect(results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'logs/finetune_lora.log' },
      region: { startLine: 23 },
    });
  });

  test('the fingerprint does not hang on lines or paths', async () => {
    const fingerprints = async (report: Report) =>
      (await sarif(report)).runs[0].results.map((result: { partialFingerprints: unknown }) => result.partialFingerprints);
    const here = await fingerprints(reportOf([zero3Failure()]));
    expect(await fingerprints(reportOf([zero3Failure([2, 2, 6, 2], { at: { source: 'x.log', line: 7 } })]))).toEqual(here);
  });

  test('what needs no action is a note', async () => {
    expect((await sarif(reportOf([harmlessFailure()]))).runs[0].results[0].level).toBe('note');
  });

  test('an input that could not be read makes the run unsuccessful', async () => {
    const [invocation] = (await sarif(fullReport)).runs[0].invocations;
    expect(invocation.executionSuccessful).toBe(false);
    expect(invocation.toolExecutionNotifications[0].message.text).toBe('logs/gone.log: no such file');
  });

  test('log text makes no link and no placeholder in a message', async () => {
    const messages: string[] = [];
    JSON.stringify(await sarif(hostileReport('[click](http://evil.example) {0}')), (key, value) => {
      if (key === 'text' && typeof value === 'string') messages.push(value);
      return value;
    });
    expect(messages.filter((text) => text.includes('click')).length).toBeGreaterThan(3);
    expect(messages.filter((text) => text.includes('](') || text.includes('{0}'))).toEqual([]);
  });
});

test.each([
  ['logs/a b.log', 'logs/a%20b.log'],
  ['/var/log/x.log', 'file:///var/log/x.log'],
  ['C:\\logs\\x.log', 'file:///C:/logs/x.log'],
  ['-', 'stdin'],
  ['50%.log', '50%25.log'],
])('the place of %s', async (source, uri) => {
  const log = await sarif(reportOf([zero3Failure([1], { at: { source, line: 1 } })]));
  expect(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
});
