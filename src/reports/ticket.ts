/** The report to attach to a ticket: the verdict first, the long lists folded or shortened, within the size that the ticket accepts. */
import { formatPlace } from '../model/place.js';
import type { Report, ReportedFailure } from '../model/report.js';
import { fitSections, type LeftOut, type Section } from './budget.js';
import { readEnvironment } from './environment.js';
import type { Markup } from './markup.js';
import { printableLine, shorten } from './printable.js';
import { describeRedactions } from './redact.js';
import type { ReportToPrint } from './render.js';
import { showAllCommand } from './show-all.js';
import { failureSections } from './ticket-failure.js';
import {
  countInShort,
  describeCause,
  describeSource,
  describeUnclaimed,
  earlierTwin,
  formatCount,
  plural,
  summarize,
  tallyOfCauses,
} from './wording.js';

const SUMMARY_ROWS = 50;
const SUMMARY_ROWS_FEW = 20;
const UNREADABLE_ROWS = 20;
const TEXT_MAX = 400;
const VALUES_MAX = 12;
const LINES_FOLDED = 200;
const LINES_UNFOLDED = 10;

export function renderTicket(markup: Markup, report: ReportToPrint, maxSize: number): string {
  const sections = [
    headSection(markup, report),
    ...report.failures.flatMap((failure, position) => failureSections(markup, report, failure, position)),
    unreadableSection(markup, report),
    unclaimedSection(markup, report),
    environmentSection(markup, report),
    sourcesSection(markup, report),
    footSection(markup, report),
  ].filter(({ text }) => text !== '');
  return fitSections(sections, maxSize, (leftOut) => leftOutNote(markup, report, leftOut));
}

/** Several failures, or none, are summed up first; one speaks for itself. */
function headSection(markup: Markup, report: Report): Section {
  const { failures } = report;
  const title = markup.prose(summarize(report));
  if (failures.length === 1) return { name: 'summary', importance: 100, text: '' };
  if (failures.length === 0) return { name: 'summary', importance: 100, text: `${markup.heading(2, 'ckpt-doctor')}\n\n${title}` };
  const rows = failures.map((failure, position) => summaryRow(markup, failures, failure, position));
  const draw = (shown: typeof rows): string => markup.table(['#', 'Severity', 'Line', 'Cause'], ['right', 'left', 'left', 'left'], shown);
  const heading = markup.heading(2, `ckpt-doctor: ${title}`);
  const shown = (max: number): string => {
    const rest = rows.length - max;
    if (rest <= 0) return draw(rows);
    return `${draw(rows.slice(0, max))}\n\nand ${formatCount(rest)} more: ${markup.prose(tallyOfCauses(failures.slice(max)))}.`;
  };
  const text = `${heading}\n\n${shown(SUMMARY_ROWS)}`;
  const smaller = rows.length <= SUMMARY_ROWS_FEW ? heading : `${heading}\n\n${shown(SUMMARY_ROWS_FEW)}`;
  return { name: 'summary of all failures', importance: 99, text, smaller };
}

function summaryRow(markup: Markup, all: readonly ReportedFailure[], failure: ReportedFailure, position: number): readonly string[] {
  const twin = earlierTwin(all, position);
  return [
    String(position + 1),
    failure.verdict.kind === 'harmless' ? 'harmless' : failure.severity,
    markup.codeCell(formatPlace(failure.at)),
    markup.cell(twin === undefined ? `${describeCause(failure)}, ${countInShort(failure)}` : `the same as ${twin + 1}`),
  ];
}

function unreadableSection(markup: Markup, report: Report): Section {
  const { unreadable } = report;
  const shown = unreadable
    .slice(0, UNREADABLE_ROWS)
    .map(({ name, reason }) => `${markup.code(shorten(name, TEXT_MAX))}: ${markup.prose(shorten(reason, TEXT_MAX))}`);
  const rest = unreadable.length - shown.length;
  const lines = rest === 0 ? shown : [...shown, `and ${formatCount(rest)} more`];
  const text = lines.length === 0 ? '' : `${markup.heading(3, 'Not read, or not to its end')}\n\n${markup.bullets(lines)}`;
  return {
    name: 'inputs that could not be read',
    importance: 97,
    text,
    smaller: markup.strong(`${plural(unreadable.length, 'input')} could not be read, or not to its end.`),
  };
}

function unclaimedSection(markup: Markup, report: Report): Section {
  const { unclaimed } = report;
  if (unclaimed.length === 0) return { name: 'unclaimed lines', importance: 0, text: '' };
  const sentence = `${markup.heading(3, 'Lines that were not understood')}\n\n${markup.prose(describeUnclaimed(unclaimed.length))}`;
  const shown = unclaimed.slice(0, markup.folds ? LINES_FOLDED : LINES_UNFOLDED);
  const rest = unclaimed.length - shown.length;
  const lines = [
    ...shown.map(({ text, at }) => `${formatPlace(at)}  ${shorten(printableLine(text), TEXT_MAX)}`),
    ...(rest === 0 ? [] : [`and ${formatCount(rest)} more`]),
  ];
  const text = `${sentence}\n\n${markup.fold(`The ${plural(unclaimed.length, 'line')}`, markup.block('text', lines.join('\n')))}`;
  return { name: 'lines that were not understood', importance: 36, text, smaller: sentence };
}

function environmentSection(markup: Markup, report: Report): Section {
  const { cell, codeCell } = markup;
  const rows = readEnvironment(report.clues).map(({ subject, values }) => {
    const shown = values
      .slice(0, VALUES_MAX)
      .map(({ value, at }) => `${codeCell(shorten(value, TEXT_MAX))} (${codeCell(formatPlace(at))})`);
    const rest = values.length - shown.length;
    return [cell(subject), [...shown, ...(rest === 0 ? [] : [`and ${formatCount(rest)} more`])].join(markup.lineBreak)];
  });
  const text =
    rows.length === 0
      ? ''
      : `${markup.heading(3, 'Environment seen in the log')}\n\n${markup.table(['What', 'Value (line)'], ['left', 'left'], rows)}`;
  return { name: 'environment', importance: 45, text };
}

function sourcesSection(markup: Markup, report: Report): Section {
  const lines = report.sources.map((source) => `${markup.code(shorten(source.name, TEXT_MAX))}: ${markup.prose(describeSource(source))}`);
  const text = lines.length === 0 ? '' : markup.fold(`Read: ${plural(lines.length, 'input')}`, markup.bullets(lines));
  return { name: 'list of inputs', importance: 15, text };
}

function footSection(markup: Markup, report: ReportToPrint): Section {
  const masked = describeRedactions(report);
  const text = `Made by ${report.tool.name} ${printableLine(report.tool.version)}.${masked === '' ? '' : ` ${masked}`}`;
  return { name: 'foot', importance: 100, text: markup.small(markup.prose(text)) };
}

function leftOutNote(markup: Markup, report: Report, leftOut: readonly LeftOut[]): string {
  const names = leftOut.map(
    ({ name, count, shortened }) => `${name}${count === 1 ? '' : ` (${formatCount(count)} times)`}${shortened ? ', shortened' : ''}`,
  );
  return markup.quote(
    `Left out to keep this report within its size: ${markup.prose(names.join('; '))}. All of it: ${markup.code(showAllCommand(report))}`,
  );
}
