/**
 * JUnit's XML as Jenkins, GitLab and others read it: one test for each load failure, which fails unless the failure is harmless, and one
 * passed test for each input without any. There is no clock in a report, so times are zero.
 */
import { formatPlace } from '../model/place.js';
import type { Report, ReportedFailure } from '../model/report.js';
import { listGroups } from './full-list.js';
import { printableBlock, printableLine, shorten } from './printable.js';
import { describeRedactions } from './redact.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { withoutRepeats } from './repeated.js';
import {
  countDifferences,
  describeAttempt,
  describeCause,
  describeSource,
  describeUnclaimed,
  earlierTwin,
  formatCount,
  summarize,
} from './wording.js';

const MESSAGE_MAX = 1000;
const GROUPS_MAX = 500;
const CAUSES_MAX = 20;

export function renderJunit(report: ReportToPrint, _options: RenderOptions): string {
  const cases = [
    ...report.failures.map((failure, position) => failureCase(report.failures, failure, position)),
    ...clean(report).map((name) => testCase(name, 'no load failure', '')),
    ...report.unreadable.map(({ name, reason }) =>
      testCase(name, 'is readable', `<error message="${attribute(reason)}" type="unreadable">${text(`${name}: ${reason}`)}</error>`),
    ),
  ];
  const failed = report.failures.filter(({ verdict }) => verdict.kind !== 'harmless').length;
  const counts = `tests="${cases.length}" failures="${failed}" errors="${report.unreadable.length}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ckpt-doctor" ${counts} time="0">
<testsuite name="ckpt-doctor" ${counts} skipped="0" time="0">
${cases.join('\n')}${cases.length === 0 ? '' : '\n'}<system-out>${text(aside(report))}</system-out>
</testsuite>
</testsuites>
`;
}

function clean({ sources, failures }: Report): readonly string[] {
  const failing = new Set(failures.map(({ at }) => at.source));
  return sources.map(({ name }) => name).filter((name) => !failing.has(name));
}

function failureCase(all: readonly ReportedFailure[], failure: ReportedFailure, position: number): string {
  const name = `${position + 1}. ${failure.modelClass ?? 'checkpoint'} loads at ${formatPlace(failure.at)}`;
  if (failure.verdict.kind === 'harmless')
    return testCase(failure.at.source, name, `<system-out>${text(body(all, failure, position))}</system-out>`);
  const message = attribute(shorten(failure.verdict.sentence, MESSAGE_MAX));
  return testCase(
    failure.at.source,
    name,
    `<failure message="${message}" type="${attribute(failure.diagnoses[0]?.cause ?? 'unknown')}">${text(body(all, failure, position))}</failure>`,
  );
}

function testCase(className: string, name: string, content: string): string {
  const head = `<testcase classname="${attribute(className)}" name="${attribute(name)}" time="0"`;
  return content === '' ? `${head}/>` : `${head}>${content}</testcase>`;
}

/** What a person reads who opens the failed test. */
function body(all: readonly ReportedFailure[], failure: ReportedFailure, position: number): string {
  const twin = earlierTwin(all, position);
  const [first, ...others] = twin === undefined ? withoutRepeats(failure.diagnoses) : [];
  const [remedy] = first?.remedies ?? [];
  const attempt = describeAttempt(failure).map(({ words, name }) => (name === undefined ? words : `${words} ${name}`));
  const groups = twin === undefined ? listGroups(failure) : [];
  const lines = [
    failure.verdict.sentence,
    `${describeCause(failure)}; ${countDifferences(failure)}`,
    [formatPlace(failure.at), ...attempt].join(', '),
    ...(twin === undefined ? [] : [`The same as number ${twin + 1}: same cause, names and shapes.`]),
    ...(first?.evidence ?? []).map(({ statement, at }) => `- ${statement}${at === undefined ? '' : ` (${formatPlace(at)})`}`),
    ...(remedy === undefined ? [] : [`What to do: ${remedy.title}. ${remedy.text}`]),
    ...others.slice(0, CAUSES_MAX).map(({ cause, confidence, title }) => `Also: ${cause} (${confidence}): ${title}`),
    ...failure.verdict.wouldDecide.map(({ question, command }) => `Would decide: ${question}${command === undefined ? '' : ` ${command}`}`),
    ...groups.slice(0, GROUPS_MAX),
    ...(groups.length > GROUPS_MAX ? [`and ${formatCount(groups.length - GROUPS_MAX)} more groups`] : []),
  ];
  return lines.map((line) => printableLine(line)).join('\n');
}

function aside(report: ReportToPrint): string {
  return [
    summarize(report),
    ...report.sources.map((source) => `${printableLine(source.name)}: ${describeSource(source)}`),
    ...(report.unclaimed.length === 0 ? [] : [describeUnclaimed(report.unclaimed.length)]),
    ...[describeRedactions(report)].filter((sentence) => sentence !== ''),
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function attribute(value: string): string {
  return printableLine(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

function text(value: string): string {
  return printableBlock(value).replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? '');
}
