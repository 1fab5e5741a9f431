import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clueSources } from '../../src/clues/index.js';
import { dialects } from '../../src/dialects/index.js';
import { looksLikeLoadFailure } from '../../src/dialects/suspicion.js';
import { CAUSE_IDS } from '../../src/model/diagnosis.js';
import type { Report, ReportedFailure } from '../../src/model/report.js';
import { formats } from '../../src/reports/index.js';
import { launchers } from './launchers.js';
import { analyze, bytesOf, chunkLengths, mismatch } from './logs.js';
import { printedForms } from './printed-forms.js';
import { holdsFor } from './runs.js';

const samples = [...dialects, ...clueSources].flatMap(({ patterns }) =>
  patterns.flatMap((pattern) => pattern.samples.map(({ text }) => text)),
);
const renderers = await Promise.all(formats.map(async (format) => ({ name: format.name, render: await format.load() })));
const OPTIONS = { color: false, width: 80, verbose: true, redact: true };

/** What breaks readers: halves of characters, escapes, brackets without end, numbers without end, words of messages out of place. */
const scrap: fc.Arbitrary<Uint8Array | string> = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '\u0000',
    '\x1b[31m',
    '\x1b[',
    '\x1b]0;',
    '\\n',
    '\\\\n',
    '\\u001b',
    '│',
    '╭─',
    '\u2028',
    '\u202e',
  ),
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    ',',
    ':',
    '…',
    '...',
    '{"log":"',
    '"}',
    "['",
    '[0]',
    '[]',
    '()',
    'torch.Size([',
    '])',
  ),
  fc.constantFrom('999999999999999999999999', '-1', '0', '1e308', 'NaN', '__proto__', 'constructor', 'toString', 'hasOwnProperty.weight'),
  fc.constantFrom(
    'size mismatch for ',
    'Missing key(s) in state_dict: ',
    'Traceback (most recent call last):',
    'Error(s) in loading state_dict for ',
    '  File "/a.py", line 3, in f',
  ),
  fc.constantFrom(...samples),
  fc
    .tuple(fc.constantFrom(...samples), fc.nat({ max: 400 }), fc.nat({ max: 400 }))
    .map(([text, from, to]) => text.slice(from % text.length, to)),
  fc.tuple(fc.constantFrom(...launchers), fc.nat({ max: 9 })).map(([launcher, process]) => launcher.prefixOf(process)),
  fc.tuple(fc.constantFrom(...printedForms), mismatch).map(([form, printed]) => `${form.print(printed)}\n`),
);

const log: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.oneof(
      scrap,
      scrap.map((piece) => (typeof piece === 'string' ? `${piece}\n` : piece)),
    ),
    { maxLength: 14 },
  )
  .map((pieces) => Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? bytesOf(piece) : piece))));

/** What every report promises, whatever was read. */
function expectValid(report: Report, bytes: Uint8Array): void {
  const feeds = bytes.filter((byte) => byte === 10).length;
  const lines = feeds + (bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0);
  expect(report.sources).toEqual([{ name: 'run.log', bytes: bytes.length, lines }]);
  for (const failure of report.failures) expectAccounted(failure, lines);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
}

function expectAccounted({ mismatches, groups, diagnoses, at, ranks, complete, incompleteReasons }: ReportedFailure, lines: number): void {
  for (const place of [at, ...mismatches.map((found) => found.at)]) expect(place.line >= 1 && place.line <= lines).toBe(true);
  for (const { checkpointShape, modelShape } of mismatches)
    for (const size of [...checkpointShape, ...modelShape]) expect(size >= 0).toBe(true);
  expect(groups.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual(mismatches.map((_, position) => position));
  for (const { cause, explains } of diagnoses) {
    expect(CAUSE_IDS).toContain(cause);
    expect(explains.mismatches).toBeLessThanOrEqual(mismatches.length);
  }
  expect([...ranks].sort((a, b) => a - b)).toEqual(ranks);
  expect(complete).toBe(incompleteReasons.length === 0);
}

describe('any bytes', () => {
  it('are read without an exception, and the report is a valid one', () => {
    holdsFor(0.3, fc.tuple(log, chunkLengths), ([bytes, chunks]) => expectValid(analyze(bytes, chunks), bytes));
  });

  it('give the same report whatever the chunks', () => {
    holdsFor(0.08, fc.tuple(log, chunkLengths), ([bytes, chunks]) => expect(analyze(bytes, chunks)).toEqual(analyze(bytes)));
  });

  it('give reports that every format can tell, in text without control characters', () => {
    holdsFor(0.01, log, (bytes) => {
      const report = analyze(bytes);
      for (const { name, render } of renderers) {
        const text = render(report, OPTIONS);
        expect(text.endsWith('\n') || text === '', name).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(text, name).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }
    });
  });

  it('that look like a load failure are told as one, or as a line that nobody claims', () => {
    const damaged = fc
      .tuple(fc.constantFrom(...printedForms.filter(({ heading }) => heading === '')), mismatch, fc.nat(), fc.nat({ max: 6 }))
      .map(([form, printed, place, length]) => {
        const line = form.print(printed);
        const at = place % line.length;
        return line.slice(0, at) + line.slice(at + length);
      });
    holdsFor(0.06, fc.array(damaged, { minLength: 1, maxLength: 4 }), (lines) => {
      const report = analyze(bytesOf(lines.map((line) => `${line}\n\nstep 1 loss 2.31\n\n`).join('')));
      const told = [
        ...report.failures.flatMap(({ at, mismatches }) => [at, ...mismatches.map((found) => found.at)]),
        ...report.unclaimed.map(({ at }) => at),
      ];
      const toldLines = new Set(told.map(({ line }) => line));
      // Each starts four lines behind the one before; what was said before is a fact of the failure already.
      const untold = lines.filter(
        (line, index) => looksLikeLoadFailure(line) && lines.indexOf(line) === index && !toldLines.has(4 * index + 1),
      );
      expect(untold.filter((line) => !isToldBefore(line, report))).toEqual([]);
    });
  });
});

/** A second line about the same parameter adds nothing. */
function isToldBefore(line: string, report: Report): boolean {
  return report.failures.some(
    (failure) =>
      failure.printed > 1 ||
      failure.mismatches.some(({ parameter }) => parameter === undefined || line.includes(parameter)) ||
      failure.notices.length > 0 ||
      failure.missingKeys.length + failure.unexpectedKeys.length > 0,
  );
}
