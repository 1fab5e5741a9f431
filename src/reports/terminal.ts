/**
 * The report that most people see: what happened and why, the evidence, what to do, on the first screen of a terminal.
 * `verbose` unfolds everything that the short form leaves out; the short form says what that is.
 */
import { formatPlace } from '../model/place.js';
import type { Report, ReportedFailure } from '../model/report.js';
import { readEnvironment } from './environment.js';
import { printableLine, shorten } from './printable.js';
import { describeRedactions } from './redact.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { mark, renderFailure } from './terminal-failure.js';
import { openPage, type Page, paragraph } from './terminal-text.js';
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

export function renderTerminal(report: ReportToPrint, options: RenderOptions): string {
  const page = openPage(options.color, options.width);
  const sections = [
    ...renderHead(page, report, options.verbose),
    ...renderFailures(page, report, options.verbose),
    renderUnclaimed(page, report, options.verbose),
    renderUnreadable(page, report, options.verbose),
    ...(options.verbose ? [renderEnvironment(page, report), renderSources(page, report)] : []),
    renderMasked(page, report),
    options.verbose ? [] : renderMore(page, report),
  ];
  const lines = sections.filter((section) => section.length > 0).flatMap((section, index) => (index === 0 ? section : ['', ...section]));
  return `${lines.join('\n')}\n`;
}

const SUMMARY_SHOWN = 30;
const FAILURES_SHOWN = 10;

/** A single failure needs no summary: its verdict comes first. */
function renderHead(page: Page, report: Report, verbose: boolean): readonly (readonly string[])[] {
  const { failures, sources } = report;
  if (failures.length === 1) return [];
  const headline = paragraph(page, '', summarize(report)).map((line) =>
    failures.length === 0 && sources.length > 0 ? line : page.colors.bold(line),
  );
  if (failures.length === 0) return [headline];
  const shown = verbose ? failures : failures.slice(0, SUMMARY_SHOWN);
  const rest = failures.length - shown.length;
  const rows = shown.flatMap((failure, position) => renderSummary(page, failures, failure, position));
  const more = rest === 0 ? [] : paragraph(page, '  ', `and ${formatCount(rest)} more: ${tallyOfCauses(failures.slice(SUMMARY_SHOWN))}`);
  return [[...headline, ...rows, ...more.map((line) => page.colors.dim(line))]];
}

function renderSummary(page: Page, failures: readonly ReportedFailure[], failure: ReportedFailure, position: number): readonly string[] {
  const twin = earlierTwin(failures, position);
  const what = twin === undefined ? `${describeCause(failure)}, ${countInShort(failure)}` : `the same as ${twin + 1}`;
  const number = String(position + 1).padStart(String(failures.length).length + 2);
  const [first = '', ...rest] = paragraph(page, `${number}  ? `, `${formatPlace(failure.at)}  ${what}`);
  return [first.replace('?', mark(page, failure)), ...rest];
}

/** Of very many failures the first ones are told; the summary above has a line for each of more. */
function renderFailures(page: Page, report: Report, verbose: boolean): readonly (readonly string[])[] {
  const { failures } = report;
  const distinct = failures.filter((_, position) => earlierTwin(failures, position) === undefined);
  const last = verbose ? undefined : distinct[FAILURES_SHOWN - 1];
  const end = last === undefined ? failures.length : failures.indexOf(last) + 1;
  const rest = distinct.length - FAILURES_SHOWN;
  const more =
    end === failures.length || rest <= 0
      ? []
      : [paragraph(page, '', `and ${plural(rest, 'more failure')} (--verbose)`).map((line) => page.colors.dim(line))];
  return [...failures.slice(0, end).flatMap((failure, position) => renderOne(page, failures, failure, position, verbose)), ...more];
}

function renderOne(
  page: Page,
  failures: readonly ReportedFailure[],
  failure: ReportedFailure,
  position: number,
  verbose: boolean,
): readonly (readonly string[])[] {
  if (!verbose && earlierTwin(failures, position) !== undefined) return [];
  const rule = failures.length === 1 ? [] : [renderRule(page, `${position + 1} of ${failures.length}`, failure)];
  const [head = [], ...rest] = renderFailure(page, failure, verbose);
  return [[...rule, ...head], ...rest];
}

function renderRule(page: Page, number: string, failure: ReportedFailure): string {
  const text = `── ${number} ── ${printableLine(formatPlace(failure.at))} `;
  return page.colors.dim(text.padEnd(page.width, '─'));
}

const UNCLAIMED_SHOWN = 3;

function renderUnclaimed(page: Page, report: Report, verbose: boolean): readonly string[] {
  const { unclaimed } = report;
  if (unclaimed.length === 0) return [];
  const shown = verbose ? unclaimed : unclaimed.slice(0, UNCLAIMED_SHOWN);
  const lines = shown.flatMap(({ text, at }) =>
    paragraph(page, '  • ', `${formatPlace(at)}  ${verbose ? text : shorten(text, page.width * 2)}`),
  );
  const rest = unclaimed.length - shown.length;
  return [
    ...paragraph(page, '', describeUnclaimed(unclaimed.length)),
    ...lines,
    ...(rest === 0 ? [] : [page.colors.dim(`  and ${formatCount(rest)} more`)]),
  ];
}

const UNREADABLE_SHOWN = 10;

function renderUnreadable(page: Page, report: Report, verbose: boolean): readonly string[] {
  if (report.unreadable.length === 0) return [];
  const shown = verbose ? report.unreadable : report.unreadable.slice(0, UNREADABLE_SHOWN);
  const rest = report.unreadable.length - shown.length;
  const lines = shown.flatMap(({ name, reason }) => paragraph(page, '  • ', `${name}: ${reason}`));
  return [
    page.colors.yellow(`Not read, or not to its end (${plural(report.unreadable.length, 'input')}):`),
    ...lines,
    ...(rest === 0 ? [] : [page.colors.dim(`  and ${formatCount(rest)} more`)]),
  ];
}

function renderEnvironment(page: Page, report: Report): readonly string[] {
  const rows = readEnvironment(report.clues);
  if (rows.length === 0) return [];
  const lines = rows.flatMap(({ subject, values }) =>
    paragraph(page, '  • ', `${subject}: ${values.map(({ value, at }) => `${value} (${formatPlace(at)})`).join('; ')}`),
  );
  return [page.colors.bold('What else the log tells about the run'), ...lines];
}

function renderSources(page: Page, report: Report): readonly string[] {
  if (report.sources.length === 0) return [];
  const lines = report.sources.flatMap((source) => paragraph(page, '  • ', `${source.name}: ${describeSource(source)}`));
  return [page.colors.bold('What was read'), ...lines];
}

function renderMasked(page: Page, report: ReportToPrint): readonly string[] {
  const sentence = describeRedactions(report);
  return sentence === '' ? [] : paragraph(page, '', sentence).map((line) => page.colors.dim(line));
}

/** The one line on how to see the rest. */
function renderMore(page: Page, report: Report): readonly string[] {
  const causes = [...new Set(report.failures.flatMap((failure) => failure.diagnoses.slice(0, 1).map(({ cause }) => cause)))];
  if (report.failures.length === 0) return [];
  const explain = causes.length === 0 ? '' : ` · ckpt-doctor explain ${causes.length === 1 ? causes[0] : '<cause>'} tells about the cause`;
  return paragraph(page, '', `--verbose shows everything · -f markdown -o report.md writes it for a ticket${explain}`).map((line) =>
    page.colors.dim(line),
  );
}
