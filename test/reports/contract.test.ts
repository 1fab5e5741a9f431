/** What every format owes its reader, whatever the report holds. A new format is picked up by being in the registry. */
import { describe, expect, test, vi } from 'vitest';
import { CAUSE_IDS } from '../../src/model/diagnosis.js';
import type { Report } from '../../src/model/report.js';
import { formats } from '../../src/reports/index.js';
import { plain, render } from './rendered.js';
import { emptyReport, floodedReport, fsdpFailure, fullReport, hostileReport, largeFailure, reportOf } from './report-builder.js';

/** A flood takes its time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const reports: readonly (readonly [string, Report])[] = [
  ['an empty report', emptyReport],
  ['a full report', fullReport],
  ['a hostile report', hostileReport()],
  ['a report of which nothing could be read', reportOf([], { sources: [], unreadable: [{ name: 'gone.log', reason: 'no such file' }] })],
  ['a large report', reportOf([largeFailure(), fsdpFailure()])],
  ['a flood', floodedReport()],
];

/** JSON is for programs and has everything; a page and a machine's list may be longer than a person reads at once. */
const LINES_OF_A_FLOOD: Readonly<Record<string, number>> = { json: 1e9, html: 60_000, sarif: 60_000, junit: 12_000, markdown: 2500 };

/** Entities of XML and of Jira are read back, as the target does. */
function readBack(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(\w+);/g, (whole, entity: string) => names[entity] ?? whole);
}

/** Tab is none of them: no format needs one. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) freeze(item);
  }
  return value;
}

describe.each(formats.map(({ name }) => name))('%s', (name) => {
  for (const [what, report] of reports) {
    for (const verbose of [false, true]) {
      test(`${what}${verbose ? ', verbose' : ''}: ends in one line feed and holds no control character`, async () => {
        const text = await render(name, freeze(report), { verbose });
        expect(text.length).toBeGreaterThan(1);
        expect(text.endsWith('\n')).toBe(true);
        expect(text.endsWith('\n\n')).toBe(false);
        expect(CONTROL.exec(text.replaceAll('\n', ''))).toBeNull();
      });
    }

    test(`${what}: is the same twice, and masking it does not touch the report`, async () => {
      const before = JSON.stringify(report);
      const masked = await render(name, freeze(report), { redact: true });
      expect(await render(name, report, { redact: true })).toBe(masked);
      expect(JSON.stringify(report)).toBe(before);
    });
  }

  test('escape sequences appear only with colour, and only those that set a colour', async () => {
    const text = await render(name, hostileReport(), { color: true, verbose: true });
    const rest = text.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+(?:;\\d+)*m`, 'g'), '');
    expect(CONTROL.exec(rest.replaceAll('\n', ''))).toBeNull();
    expect(rest).toBe(await render(name, hostileReport(), { color: false, verbose: true }));
  });

  test('is registered under one name with extensions that begin with a dot', () => {
    const format = formats.find((candidate) => candidate.name === name);
    expect(formats.filter((candidate) => candidate.name === name)).toHaveLength(1);
    for (const extension of format?.extensions ?? []) expect(extension).toMatch(/^\.[a-z]+$/);
  });

  test('names every cause that was diagnosed', async () => {
    const text = await render(name, fullReport, { verbose: true, maxSize: 10_000_000 });
    const causes = fullReport.failures.flatMap((failure) => failure.diagnoses.map(({ cause }) => cause));
    expect(causes.filter((cause) => !text.includes(cause))).toEqual([]);
    expect(causes.every((cause) => CAUSE_IDS.includes(cause))).toBe(true);
  });

  test('names every group of a failure, where it has more than a word for each', async () => {
    if (name === 'github') return;
    const text = readBack(await render(name, fullReport, { verbose: true, maxSize: 10_000_000 }));
    const patterns = fullReport.failures.flatMap(({ groups }) => groups.map(({ pattern }) => pattern));
    expect(patterns.filter((pattern) => !text.includes(pattern))).toEqual([]);
  });

  test('a flood is folded', async () => {
    const text = await render(name, floodedReport());
    expect(text.split('\n').length).toBeLessThan(LINES_OF_A_FLOOD[name] ?? 1000);
  });

  test('says which inputs could not be read', async () => {
    expect(await render(name, fullReport)).toContain('logs/gone.log');
  });
});

test('formats share no extension, so that --output decides', () => {
  const all = formats.flatMap(({ extensions }) => extensions);
  expect(new Set(all).size).toBe(all.length);
});

test('everything but the terminal masks by default', () => {
  expect(formats.filter(({ redactsByDefault }) => !redactsByDefault).map(({ name }) => name)).toEqual(['terminal']);
});

test('options are read, never written', async () => {
  const options = freeze({ ...plain });
  for (const format of formats) await render(format.name, fullReport, options);
});
