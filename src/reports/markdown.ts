/**
 * The report to attach to a ticket on GitHub or GitLab: the verdict first, the long lists folded, within the size that a ticket accepts.
 */
import { formatPlace } from '../model/place.js';
import type { Report } from '../model/report.js';
import { fitSections, type LeftOut, type Section } from './budget.js';
import { readEnvironment } from './environment.js';
import { failureSections } from './markdown-failure.js';
import { cell, code, codeCell, fence, fold, prose, table } from './markdown-text.js';
import { printableLine, shorten } from './printable.js';
import { describeRedactions } from './redact.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { showAllCommand } from './show-all.js';
import { describeCause, describeSource, describeUnclaimed, formatCount, plural, summarize } from './wording.js';

/** GitHub takes 65,536 characters in a comment; a ticket's own text needs room beside the report. */
const DEFAULT_MAX_SIZE = 60_000;
const SUMMARY_ROWS = 20;
const TEXT_MAX = 400;

export function renderMarkdown(report: ReportToPrint, options: RenderOptions): string {
  const sections = [
    headSection(report),
    ...report.failures.flatMap((failure, position) => failureSections(report, failure, position)),
    unreadableSection(report),
    unclaimedSection(report),
    environmentSection(report),
    sourcesSection(report),
    footSection(report),
  ].filter(({ text }) => text !== '');
  return fitSections(sections, options.maxSize ?? DEFAULT_MAX_SIZE, (leftOut) => leftOutNote(report, leftOut));
}

/** Several failures, or none, are summed up first; one speaks for itself. */
function headSection(report: Report): Section {
  const { failures } = report;
  const title = prose(summarize(report));
  if (failures.length === 1) return { name: 'summary', importance: 100, text: '' };
  if (failures.length === 0) return { name: 'summary', importance: 100, text: `## ckpt-doctor\n\n${title}` };
  const rows = failures.map((failure, position) => [
    String(position + 1),
    failure.verdict.kind === 'harmless' ? 'harmless' : failure.severity,
    codeCell(formatPlace(failure.at)),
    cell(describeCause(failure)),
  ]);
  const draw = (shown: typeof rows): string => table(['#', 'Severity', 'Line', 'Cause'], ['right', 'left', 'left', 'left'], shown);
  const few = `${draw(rows.slice(0, SUMMARY_ROWS))}\n\nand ${formatCount(rows.length - SUMMARY_ROWS)} more.`;
  const text = `## ckpt-doctor: ${title}\n\n${draw(rows)}`;
  const smaller = rows.length <= SUMMARY_ROWS ? `## ckpt-doctor: ${title}` : `## ckpt-doctor: ${title}\n\n${few}`;
  return { name: 'summary of all failures', importance: 99, text, smaller };
}

function unreadableSection(report: Report): Section {
  const lines = report.unreadable.map(({ name, reason }) => `- ${code(shorten(name, TEXT_MAX))}: ${prose(shorten(reason, TEXT_MAX))}`);
  const text = lines.length === 0 ? '' : `### Not read, or not to its end\n\n${lines.join('\n')}`;
  return {
    name: 'inputs that could not be read',
    importance: 97,
    text,
    smaller: `**${plural(lines.length, 'input')} could not be read, or not to its end.**`,
  };
}

function unclaimedSection(report: Report): Section {
  const { unclaimed } = report;
  if (unclaimed.length === 0) return { name: 'unclaimed lines', importance: 0, text: '' };
  const sentence = `### Lines that were not understood\n\n${prose(describeUnclaimed(unclaimed.length))}`;
  const lines = unclaimed.map(({ text, at }) => `${formatPlace(at)}  ${shorten(printableLine(text), TEXT_MAX)}`);
  const text = `${sentence}\n\n${fold(`The ${plural(lines.length, 'line')}`, fence('text', lines.join('\n')))}`;
  return { name: 'lines that were not understood', importance: 36, text, smaller: sentence };
}

function environmentSection(report: Report): Section {
  const rows = readEnvironment(report.clues).map(({ subject, values }) => [
    cell(subject),
    values.map(({ value, at }) => `${codeCell(shorten(value, TEXT_MAX))} (${codeCell(formatPlace(at))})`).join('<br>'),
  ]);
  const text = rows.length === 0 ? '' : `### Environment seen in the log\n\n${table(['What', 'Value (line)'], ['left', 'left'], rows)}`;
  return { name: 'environment', importance: 45, text };
}

function sourcesSection(report: Report): Section {
  const lines = report.sources.map((source) => `- ${code(shorten(source.name, TEXT_MAX))}: ${prose(describeSource(source))}`);
  const text = lines.length === 0 ? '' : fold(`Read: ${plural(lines.length, 'input')}`, lines.join('\n'));
  return { name: 'list of inputs', importance: 15, text };
}

function footSection(report: ReportToPrint): Section {
  const masked = describeRedactions(report);
  const text = `Made by ${report.tool.name} ${printableLine(report.tool.version)}.${masked === '' ? '' : ` ${masked}`}`;
  return { name: 'foot', importance: 100, text: `<sub>${prose(text)}</sub>` };
}

function leftOutNote(report: Report, leftOut: readonly LeftOut[]): string {
  const names = leftOut.map(
    ({ name, count, shortened }) => `${name}${count === 1 ? '' : ` (${formatCount(count)} times)`}${shortened ? ', shortened' : ''}`,
  );
  return `> Left out to keep this report within its size: ${prose(names.join('; '))}. All of it: ${code(showAllCommand(report))}`;
}
