import fc from 'fast-check';
import { expect, test } from 'vitest';
import { render } from './rendered.js';
import { emptyReport, fullReport, HOSTILE, hostileReport, reportOf, zero3Failure } from './report-builder.js';

test.each([
  ['empty', emptyReport],
  ['full', fullReport],
  ['hostile', hostileReport()],
])('read again it equals the report: %s', async (_, report) => {
  expect(JSON.parse(await render('json', report))).toEqual(JSON.parse(JSON.stringify(report)));
});

test('any text whatever survives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
      const report = { ...emptyReport, unclaimed: [{ text, at: { source: `${text}\n{`, line: 3 } }] };
      expect(JSON.parse(await render('json', report))).toEqual(JSON.parse(JSON.stringify(report)));
    }),
    { numRuns: 200 },
  );
});

test('the order of keys does not depend on how the report was put together', async () => {
  const reversed = JSON.parse(JSON.stringify(fullReport), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value,
  );
  expect(await render('json', reversed)).toBe(await render('json', fullReport));
});

test('fields, names and types are those of the contract', async () => {
  const report = JSON.parse(await render('json', reportOf([zero3Failure()])));
  expect(report.schemaVersion).toBe(1);
  expect(report.tool).toEqual({ name: 'ckpt-doctor', version: '0.1.0' });
  expect(Object.keys(report.sources[0])).toEqual(['name', 'bytes', 'lines']);
  const [failure] = report.failures;
  expect(Object.keys(failure).slice(0, 3)).toEqual(['id', 'severity', 'modelClass']);
  expect(failure.at).toEqual({ source: 'logs/finetune_lora.log', line: 23 });
  expect(failure.mismatches[0]).toEqual({
    parameter: 'model.embeddings.patch_embeddings.projection.weight',
    checkpointShape: [96, 3, 4, 4],
    modelShape: [0],
    dialect: 'torch',
    at: { source: 'logs/finetune_lora.log', line: 24 },
  });
  expect(failure.origin).toEqual({
    file: '/home/alice/LLaVA/llava/model/multimodal_encoder/clip_encoder.py',
    line: 27,
    function: 'load_model',
  });
  expect(failure.diagnoses[0].explains).toMatchObject({ mismatches: 163, of: 163 });
  expect(failure.diagnoses[0].remedies[2]).toEqual({
    title: 'Let from_pretrained load the weights',
    text: 'It gathers by itself under ZeRO-3.',
  });
});

test('absent fields are absent, not null', async () => {
  const text = await render('json', fullReport);
  expect(text).not.toMatch(/\bnull\b/);
  expect(text).not.toContain('undefined');
});

test('shapes and places stand on one line each', async () => {
  const text = await render('json', reportOf([zero3Failure()]));
  expect(text).toContain('"checkpointShape": [96, 3, 4, 4],\n');
  expect(text).toContain('"at": { "source": "logs/finetune_lora.log", "line": 24 }\n');
});

test('a text that looks like a list of numbers or a place is not reformatted', async () => {
  const text = '[\n 1,\n 2\n] {\n "source": "x",\n "line": 3\n}';
  const report = { ...emptyReport, unclaimed: [{ text, at: { source: text, line: 1 } }] };
  expect(JSON.parse(await render('json', report)).unclaimed[0].text).toBe(text);
});

test('what is invisible is written as its escape', async () => {
  const text = await render('json', { ...emptyReport, unclaimed: [{ text: HOSTILE, at: { source: 'a', line: 1 } }] });
  expect(text).toContain('\\u202eevil\\u2066\\u200b');
  expect(text).toContain('\\u001b[31mred');
});
