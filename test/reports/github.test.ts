import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { byteLength } from '../../src/reports/budget.js';
import { renderGithubSummary } from '../../src/reports/github.js';
import { plain, render } from './rendered.js';
import {
  emptyReport,
  floodedReport,
  fullReport,
  HOSTILE,
  harmlessFailure,
  hostileReport,
  reportOf,
  zero3Failure,
} from './report-builder.js';

interface Command {
  readonly level: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

const decode = (text: string): string =>
  text.replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');

/** As the runner reads a line: the command up to the first `::` behind its properties. */
function readCommand(line: string): Command | undefined {
  const [, level, properties = '', message = ''] = /^\s*::([a-z-]+)(?: (.*?))?::(.*)$/.exec(line) ?? [];
  if (level === undefined) return undefined;
  const pairs = properties.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), decode(pair.slice(pair.indexOf('=') + 1))]);
  return { level, properties: Object.fromEntries(pairs), message: decode(message) };
}

async function commands(report: Report): Promise<readonly Command[]> {
  return (await render('github', report)).split('\n').flatMap((line) => readCommand(line) ?? []);
}

test('one annotation for each cause, on the line where the failure begins', async () => {
  const found = await commands(fullReport);
  expect(found.map(({ level, properties }) => `${level} ${properties.file}:${properties.line} ${properties.title}`)).toEqual([
    'error logs/finetune_lora.log:23 ckpt-doctor: zero3-partitioned-model (certain)',
    'error logs/finetune_lora.log:39 ckpt-doctor: fsdp-sharded (likely)',
    'error logs/other.log:7 ckpt-doctor: unknown',
    'warning logs/gone.log:undefined ckpt-doctor: not read, or not to its end',
    'notice logs/finetune_lora.log:39 ckpt-doctor: zero3-partitioned-model (possible)',
    'notice logs/eval.log:12 ckpt-doctor: untrained-buffers (certain)',
  ]);
  expect(found[0]?.message).toMatch(/^DeepSpeed ZeRO-3 had already .*\nWhat differs: .*\n.*\nWhat to do: Run this stage with ZeRO-2\./);
});

test('no failure: no annotation, and the log of the job says what was read', async () => {
  expect(await render('github', emptyReport)).toBe('No failure to load a checkpoint in 1 input (412 lines).\n');
});

test('what was told once is not annotated again', async () => {
  expect(await commands(reportOf([zero3Failure(), zero3Failure([2, 2, 6, 2], { at: { source: 'b.log', line: 9 } })]))).toHaveLength(1);
});

describe('limits of GitHub', () => {
  test('ten of a level, the last of which says how many more there are; a message within 4 KiB', async () => {
    const found = await commands(floodedReport());
    for (const level of ['error', 'warning', 'notice']) expect(found.filter((command) => command.level === level)).toHaveLength(10);
    expect(found.filter(({ level }) => level === 'error').at(-1)?.message).toContain('395 more are in the report');
    for (const { message } of found) expect(byteLength(message)).toBeLessThanOrEqual(4096);
  });
});

describe('log text is no command', () => {
  test.each([HOSTILE, '::error::x', '%0A::error::x', 'x,line=1', 'a::b', '##[error]x'])('%j', async (text) => {
    const report = hostileReport(text);
    const lines = (await render('github', report)).trimEnd().split('\n');
    const found = lines.flatMap((line) => readCommand(line) ?? []);
    expect(found).toHaveLength(lines.length - 1);
    expect(
      found.every(
        ({ level, properties }) =>
          /^(?:error|warning|notice)$/.test(level) && Object.keys(properties).every((name) => ['file', 'line', 'title'].includes(name)),
      ),
    ).toBe(true);
    expect(lines.filter((line) => /##\[/.test(line.slice(0, 4)))).toEqual([]);
  });
});

describe('the summary of the job', () => {
  test('is the report in Markdown, masked, within what anyone reads', () => {
    const text = renderGithubSummary(fullReport, { ...plain, redact: true });
    expect(text).toContain('## ckpt-doctor: 4 failures');
    expect(text).toContain('/home/<user:1>/');
    expect(byteLength(renderGithubSummary(floodedReport(), plain))).toBeLessThanOrEqual(200_000);
  });

  test('a harmless warning is told as such', () => {
    expect(renderGithubSummary(reportOf([harmlessFailure()]), plain)).toMatch(/^## Checkpoint load warning/);
  });
});
