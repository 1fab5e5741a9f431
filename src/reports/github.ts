/**
 * Annotations of GitHub's workflows: one for each cause, on the line of the log where its failure begins, and the same report as the summary
 * of the job. A command is a line `::error file=…,line=…,title=…::message`; whatever could end a property or the line is percent-encoded, as
 * the runner decodes it (actions/toolkit, `packages/core/src/command.ts`: escapeData, escapeProperty).
 */
import type { Report, ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { renderMarkdown } from './markdown.js';
import { printableLine, shorten } from './printable.js';
import { redactReport } from './redact.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import {
  countDifferences,
  countExplained,
  describeAttempt,
  describeCause,
  earlierTwin,
  formatCount,
  plural,
  summarize,
} from './wording.js';

type Level = 'error' | 'warning' | 'notice';

interface Annotation {
  readonly level: Level;
  readonly file?: string;
  readonly line?: number;
  readonly title: string;
  readonly message: readonly string[];
}

/** GitHub shows ten of each level for a step and drops the rest without a word. */
const SHOWN_OF_LEVEL = 10;
/** A message is cut at 4 KiB in the page; that must not fall into the remedy. */
const TEXT_MAX = 900;
const TITLE_MAX = 200;
/** The job's summary may have 1 MiB for a step; nobody reads that. */
const SUMMARY_MAX_SIZE = 200_000;

export function renderGithub(report: ReportToPrint, _options: RenderOptions): string {
  const annotations = [
    ...unreadable(report),
    ...report.failures.flatMap((failure, position) => annotate(report.failures, failure, position)),
  ];
  const shown = LEVELS.flatMap((level) => fitLevel(annotations.filter((annotation) => annotation.level === level)));
  return `${[summaryLine(report), ...shown.map(command)].join('\n')}\n`;
}

const LEVELS: readonly Level[] = ['error', 'warning', 'notice'];

/** What the command line appends to the file that `GITHUB_STEP_SUMMARY` names. */
export function renderGithubSummary(report: ReportToPrint, options: RenderOptions): string {
  const masked = options.redact ? redactReport(report) : report;
  return renderMarkdown(masked, { ...options, maxSize: options.maxSize ?? SUMMARY_MAX_SIZE });
}

/** An ordinary line of the job's log. It must not look like a command. */
function summaryLine(report: Report): string {
  return printableLine(summarize(report)).replace(/^::|^##\[/, ' $&');
}

/** The last place says how many are not shown. */
function fitLevel(annotations: readonly Annotation[]): readonly Annotation[] {
  const [first] = annotations;
  if (first === undefined || annotations.length <= SHOWN_OF_LEVEL) return annotations;
  const rest = annotations.length - SHOWN_OF_LEVEL + 1;
  const more: Annotation = {
    level: first.level,
    title: `ckpt-doctor: ${formatCount(rest)} more`,
    message: [`GitHub shows ten annotations of a level; ${formatCount(rest)} more are in the report.`],
  };
  return [...annotations.slice(0, SHOWN_OF_LEVEL - 1), more];
}

function unreadable(report: Report): readonly Annotation[] {
  return report.unreadable.map(({ name, reason }) => ({
    level: 'warning',
    file: name,
    title: 'ckpt-doctor: not read, or not to its end',
    message: [`${name}: ${reason}`],
  }));
}

/** A failure that was told before is not told again. */
function annotate(all: readonly ReportedFailure[], failure: ReportedFailure, position: number): readonly Annotation[] {
  if (earlierTwin(all, position) !== undefined) return [];
  const [first, ...others] = failure.diagnoses;
  const level = failure.verdict.kind === 'harmless' ? 'notice' : failure.severity;
  return [
    annotation(failure, level, describeCause(failure), verdictLines(failure, first)),
    ...others.map((other) => annotation(failure, 'notice', `${other.cause} (${other.confidence})`, otherLines(other))),
  ];
}

function annotation(failure: ReportedFailure, level: Level, title: string, message: readonly string[]): Annotation {
  return { level, file: failure.at.source, line: failure.at.line, title: `ckpt-doctor: ${title}`, message };
}

function verdictLines(failure: ReportedFailure, diagnosis: ReportedDiagnosis | undefined): readonly string[] {
  const explained = diagnosis === undefined ? '' : `; the cause ${countExplained(diagnosis)}`;
  const attempt = describeAttempt(failure).map(({ words, name }) => (name === undefined ? words : `${words} ${name}`));
  return [
    failure.verdict.sentence,
    `What differs: ${countDifferences(failure)}${explained.endsWith(' ') ? '' : explained}.`,
    ...(attempt.length === 0 ? [] : [`Where: ${attempt.join(', ')}.`]),
    ...remedyLines(diagnosis),
  ];
}

function otherLines(diagnosis: ReportedDiagnosis): readonly string[] {
  return [`Also: ${diagnosis.title}`, ...remedyLines(diagnosis)];
}

function remedyLines(diagnosis: ReportedDiagnosis | undefined): readonly string[] {
  const [remedy, ...others] = diagnosis?.remedies ?? [];
  if (remedy === undefined) return [];
  const more = others.length === 0 ? '' : ` (${plural(others.length, 'other way')} in the report)`;
  return [`What to do: ${remedy.title}. ${remedy.text}${more}`];
}

function command({ level, file, line, title, message }: Annotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${escapeProperty(file)}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    `title=${escapeProperty(shorten(title, TITLE_MAX))}`,
  ];
  return `::${level} ${properties.join(',')}::${message.map((text) => escapeData(shorten(text, TEXT_MAX))).join('%0A')}`;
}

function escapeData(text: string): string {
  return printableLine(text).replaceAll('%', '%25');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
