/** Read by an XML parser and held against what the schema of Jenkins' xUnit plugin (junit-10.xsd) allows. */
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { render } from './rendered.js';
import { emptyReport, floodedReport, fullReport, harmlessFailure, hostileReport, reportOf, zero3Failure } from './report-builder.js';

interface Rule {
  readonly children: readonly string[];
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const RULES: Readonly<Record<string, Rule>> = {
  testsuites: { children: ['testsuite'], required: [], optional: ['name', 'time', 'tests', 'failures', 'errors', 'disabled'] },
  testsuite: {
    children: ['properties', 'testcase', 'system-out', 'system-err'],
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file'],
  },
  testcase: {
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
    required: ['name', 'classname'],
    optional: ['time', 'assertions', 'status', 'file', 'line'],
  },
  failure: { children: [], required: ['message', 'type'], optional: [] },
  error: { children: [], required: ['message', 'type'], optional: [] },
  'system-out': { children: [], required: [], optional: [] },
};

interface Seen {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** All elements in order, each checked where it stands. */
function read(xml: string): readonly Seen[] {
  const seen: Seen[] = [];
  const open: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const rule = RULES[name];
    const parent = open.at(-1);
    expect(rule, name).toBeDefined();
    if (parent !== undefined) expect(RULES[parent]?.children).toContain(name);
    const known = [...(rule?.required ?? []), ...(rule?.optional ?? [])];
    expect(Object.keys(attributes).filter((attribute) => !known.includes(attribute))).toEqual([]);
    expect((rule?.required ?? []).filter((attribute) => !(attribute in attributes))).toEqual([]);
    open.push(name);
    seen.push({ name, attributes });
  });
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  return seen;
}

const count = (elements: readonly Seen[], name: string): number => elements.filter((element) => element.name === name).length;

test.each<readonly [string, Report]>([
  ['empty', emptyReport],
  ['full', fullReport],
  ['hostile', hostileReport()],
  ['flooded', floodedReport()],
])('well-formed, of known elements only, and its counts are true: %s', async (_, report) => {
  const elements = read(await render('junit', report));
  const suite = elements.find(({ name }) => name === 'testsuite')?.attributes;
  expect(suite).toMatchObject({
    tests: String(count(elements, 'testcase')),
    failures: String(count(elements, 'failure')),
    errors: String(count(elements, 'error')),
  });
});

test('a failure fails its test, with the verdict as message and the cause as type', async () => {
  const elements = read(await render('junit', reportOf([zero3Failure()])));
  expect(elements.find(({ name }) => name === 'failure')?.attributes).toMatchObject({ type: 'zero3-partitioned-model' });
  expect(elements.find(({ name }) => name === 'failure')?.attributes.message).toMatch(/^DeepSpeed ZeRO-3 had already/);
});

test('an input without a failure passes, and so does what needs no action', async () => {
  expect(count(read(await render('junit', emptyReport)), 'testcase')).toBe(1);
  const harmless = read(await render('junit', reportOf([harmlessFailure()], { sources: [] })));
  expect([count(harmless, 'testcase'), count(harmless, 'failure')]).toEqual([1, 0]);
});

test('an input that could not be read is an error', async () => {
  expect(count(read(await render('junit', fullReport)), 'error')).toBe(1);
});
