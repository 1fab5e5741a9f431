import { describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { byteLength } from '../../src/reports/budget.js';
import { render } from './rendered.js';
import {
  emptyReport,
  floodedReport,
  fullReport,
  HOSTILE,
  hostileReport,
  largeFailure,
  reportOf,
  zero3Clues,
  zero3Failure,
} from './report-builder.js';

/** A flood takes its time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

/** Outside of `{noformat}` and `{code}`, where alone markup acts. */
function outside(text: string): string {
  const rest = text.replace(/^\{(noformat|code)(?::[a-z]+)?\}\n[\s\S]*?\n\{\1\}$/gm, '');
  expect(rest).not.toMatch(/\{(?:noformat|code|color|quote|panel)/);
  return rest;
}

async function check(report: Report, options: { readonly maxSize?: number } = {}): Promise<string> {
  const text = await render('jira', report, options);
  const markup = outside(text);
  expect(markup).not.toMatch(/&#\d+&#/);
  expect(markup.replace(/\{\{[^{}]*\}\}/g, '')).not.toMatch(/[{}[\]\\!<>]/);
  for (const row of markup.split('\n').filter((line) => line.startsWith('|'))) expect(row.endsWith('|')).toBe(true);
  for (const table of markup.match(/(?:^\|.*\n)+/gm) ?? []) {
    const columns = table
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll('||', '|').split('|').length);
    expect(new Set(columns).size).toBe(1);
  }
  return text;
}

test.each([
  ['empty', emptyReport],
  ['full', fullReport],
  ['hostile', hostileReport()],
  ['flooded', floodedReport()],
])('%s: blocks closed, tables whole, no markup but its own', async (_, report) => {
  await check(report, { maxSize: 10_000_000 });
});

test.each([...HOSTILE.split(' '), '{noformat}', '{code:title=x}', '{NOFORMAT}', '||', '*x*', '----', 'h1. x', 'bq. x', '# x', '|x|'])(
  'text %s does not act',
  async (text) => {
    await check(hostileReport(text), { maxSize: 10_000_000 });
  },
);

test('a name is one that Jira shows as it was, with its entities read', async () => {
  const text = await check(reportOf([zero3Failure()]));
  const shown = text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  expect(shown).toContain('{{model.encoder.layers.{0-3}.blocks.{0-5}.attention.self.{query,key,value}.weight}}');
});

test('nobody is mentioned, nothing is linked', async () => {
  const markup = outside(await render('jira', hostileReport(), { maxSize: 10_000_000 }));
  expect(markup).not.toMatch(/@|https?:\/\/|\[~|ABC-1/);
});

describe('the budget', () => {
  test('560 mismatches of eight ranks fit into what Jira takes, with verdict, table and remedies', async () => {
    const text = await check(reportOf([largeFailure()], { clues: zero3Clues }));
    expect(byteLength(text)).toBeLessThanOrEqual(30_000);
    expect(text).toContain('h3. Layers');
    expect(text).toContain('*1. Run this stage with ZeRO-2*');
  });

  test('a flood fits too, and what is missing is said', async () => {
    const text = await check(floodedReport());
    expect(byteLength(text)).toBeLessThanOrEqual(30_000);
    expect(text).toContain('bq. Left out to keep this report within its size');
  });
});
