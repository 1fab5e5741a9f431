import { describe, expect, it } from 'vitest';
import type { Mismatch } from '../../src/model/failure.js';
import type { Report, ReportedFailure } from '../../src/model/report.js';
import { formats } from '../../src/reports/index.js';
import { analyze, cases, logsOf } from './read-case.js';

const options = { color: false, width: 100, verbose: true, redact: false };

/** What must hold for every log, whatever is in it. */
describe.each(cases)('%s', (name) => {
  const logs = logsOf(name);
  const report = analyze(logs);

  it('finds the same with and without the scanner', () => {
    expect({ ...analyze(logs, false), clues: [] }).toEqual({ ...report, clues: [] });
  });

  it('finds the same whatever the chunks', () => {
    expect(analyze(logs, true, 7)).toEqual(report);
    expect(analyze(logs, true, 4093)).toEqual(report);
  });

  it('points at the line that names the parameter', () => {
    const pointless = report.failures.flatMap(({ mismatches }) => mismatches).filter((mismatch) => !stands(logs, mismatch));
    expect(pointless).toEqual([]);
  });

  it.each(report.failures.map((failure, position) => [position, failure] as const))('accounts for all of failure %i', (_, failure) => {
    const members = failure.groups.flatMap((group) => group.members).sort((a, b) => a - b);
    expect(members).toEqual(failure.mismatches.map((_mismatch, position) => position));
    expect(failure.groups.every((group) => group.count === group.members.length)).toBe(true);
    expect(failure.families.reduce((sum, family) => sum + family.count, 0)).toBe(failure.mismatches.length);
    expect(explainedBeyond(failure)).toEqual([]);
  });

  it('survives JSON', async () => {
    const json = await formats.find((format) => format.name === 'json')?.load();
    const again = JSON.parse(json?.(report, options) ?? '') as Report;
    expect(again.failures.map(({ mismatches }) => mismatches)).toEqual(report.failures.map(({ mismatches }) => mismatches));
    expect(again.failures.map(({ diagnoses }) => diagnoses.map(({ cause }) => cause))).toEqual(
      report.failures.map(({ diagnoses }) => diagnoses.map(({ cause }) => cause)),
    );
  });

  it('is the same twice', () => {
    expect(JSON.stringify(analyze(logs))).toBe(JSON.stringify(report));
  });
});

/**
 * The name stands at its line or, where a console wrapped the message, within the lines that follow. Consoles break words anywhere, and
 * some dialects print a name in two parts, so that only its last component is looked for, without white space.
 */
function stands(logs: ReturnType<typeof logsOf>, { parameter = '', at }: Mismatch): boolean {
  const lines = new TextDecoder().decode(logs.find(({ file }) => file === at.source)?.bytes).split(/\n/);
  const message = lines.slice(at.line - 1, at.line + 8).join('').replace(/\\n|[\s"'│]/g, '');
  return at.line >= 1 && at.line <= lines.length && message.includes(parameter.split(/[./]/).at(-1)?.replace(/\s/g, '') ?? '');
}

/** A diagnosis cannot explain more than there is, and what nobody explains is listed. */
function explainedBeyond({ diagnoses, mismatches, unexplained }: ReportedFailure): readonly string[] {
  const tooMuch = diagnoses.filter(({ explains }) => explains.mismatches > explains.of).map(({ cause }) => cause);
  const all = Math.max(0, ...diagnoses.map(({ explains }) => explains.mismatches));
  const names = new Set(mismatches.map(({ parameter }) => parameter ?? '(unnamed)'));
  const open = unexplained.filter((parameter) => names.has(parameter)).length;
  return all + open > mismatches.length && diagnoses.length <= 1 ? [...tooMuch, 'explained and unexplained overlap'] : tooMuch;
}
