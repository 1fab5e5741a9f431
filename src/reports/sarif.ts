/**
 * SARIF 2.1.0: one result for each cause of each failure, for code scanning and for viewers of static analysis. The rules are the causes that
 * occur. (OASIS, Static Analysis Results Interchange Format 2.1.0; the numbers in comments are its sections.)
 */
import type { Place } from '../model/place.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { listGroups } from './full-list.js';
import { printableLine, shorten } from './printable.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { countDifferences, countExplained, describeSource, formatCount, formatRanks } from './wording.js';

/** GitHub's code scanning reads so many results of a run. */
const RESULTS_MAX = 5000;
const TEXT_MAX = 2000;
const GROUPS_MAX = 500;
const PLACES_MAX = 20;
const UNKNOWN = 'unknown';

export function renderSarif(report: ReportToPrint, _options: RenderOptions): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: report.tool.name, version: report.tool.version, rules: rulesOf(report) } },
        invocations: [invocationOf(report)],
        artifacts: report.sources.map((source) => ({
          location: { uri: uriOf(source.name) },
          length: source.bytes,
          description: message(`${printableLine(source.name)}: ${describeSource(source)}`),
        })),
        results: report.failures.flatMap(resultsOf).slice(0, RESULTS_MAX),
        columnKind: 'utf16CodeUnits',
        ...(report.redactions === undefined ? {} : { properties: { redactions: report.redactions } }),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function rulesOf({ failures }: Report): readonly object[] {
  const causes = failures.flatMap(({ diagnoses }) => (diagnoses.length === 0 ? [UNKNOWN] : diagnoses.map(({ cause }) => cause)));
  return [...new Set(causes)].sort().map((id) => ({
    id,
    shortDescription: {
      text: id === UNKNOWN ? 'A checkpoint could not be loaded; no known cause fits.' : `Checkpoint load failure: ${id}`,
    },
    help: { text: id === UNKNOWN ? 'See the facts that would decide in the message.' : `ckpt-doctor explain ${id}` },
  }));
}

function invocationOf({ unreadable, unclaimed }: Report): object {
  const failed = unreadable.map(({ name, reason }) => ({ level: 'error', message: message(`${name}: ${reason}`) }));
  const strange = unclaimed.slice(0, PLACES_MAX).map(({ text, at }) => ({
    level: 'note',
    message: message(`A line that looks like a load failure and was not understood: ${text}`),
    locations: [locationOf(at)],
  }));
  return { executionSuccessful: unreadable.length === 0, toolExecutionNotifications: [...failed, ...strange] };
}

function resultsOf(failure: ReportedFailure): readonly object[] {
  const { diagnoses } = failure;
  if (diagnoses.length === 0)
    return [{ ...resultOf(failure, UNKNOWN, levelOf(failure), unknownText(failure)), properties: propertiesOf(failure) }];
  return diagnoses.map((diagnosis, index) => ({
    ...resultOf(failure, diagnosis.cause, index === 0 ? levelOf(failure) : 'note', textOf(failure, diagnosis, index)),
    relatedLocations: diagnosis.evidence
      .flatMap(({ statement, at }) => (at === undefined ? [] : [{ ...locationOf(at), message: message(statement) }]))
      .slice(0, PLACES_MAX),
    properties: { confidence: diagnosis.confidence, explains: diagnosis.explains, ...(index === 0 ? propertiesOf(failure) : {}) },
  }));
}

function levelOf({ verdict, severity }: ReportedFailure): 'error' | 'warning' | 'note' {
  return verdict.kind === 'harmless' ? 'note' : severity;
}

function resultOf(failure: ReportedFailure, rule: string, level: string, text: string): object {
  return {
    ruleId: rule,
    level,
    message: message(text),
    locations: [locationOf(failure.at)],
    partialFingerprints: { 'ckptDoctor/v1': `${failure.id}:${rule}` },
  };
}

function textOf(failure: ReportedFailure, diagnosis: ReportedDiagnosis, index: number): string {
  const sentence = index === 0 ? failure.verdict.sentence : diagnosis.title;
  const explained = countExplained(diagnosis);
  const [remedy] = diagnosis.remedies;
  return [
    shorten(sentence, TEXT_MAX),
    `${countDifferences(failure)}${explained === '' ? '' : `; the cause ${explained}`}.`,
    ...(remedy === undefined ? [] : [shorten(`What to do: ${remedy.title}. ${remedy.text}`, TEXT_MAX)]),
  ].join(' ');
}

function unknownText(failure: ReportedFailure): string {
  const questions = failure.verdict.wouldDecide.map(({ question }) => question);
  return [shorten(failure.verdict.sentence, TEXT_MAX), `${countDifferences(failure)}.`, ...questions].join(' ');
}

function propertiesOf(failure: ReportedFailure): object {
  const groups = listGroups(failure).map((line) => printableLine(line));
  const rest = groups.length - GROUPS_MAX;
  return {
    ...(failure.modelClass === undefined ? {} : { modelClass: printableLine(failure.modelClass) }),
    ...(failure.ranks.length === 0 ? {} : { ranks: formatRanks(failure.ranks) }),
    complete: failure.complete,
    mismatches: failure.mismatches.length,
    missingKeys: failure.missingKeys.length,
    unexpectedKeys: failure.unexpectedKeys.length,
    groups: rest <= 0 ? groups : [...groups.slice(0, GROUPS_MAX), `and ${formatCount(rest)} more`],
  };
}

function locationOf(at: Place): object {
  return { physicalLocation: { artifactLocation: { uri: uriOf(at.source) }, region: { startLine: Math.max(1, at.line) } } };
}

/** A relative reference for a relative path (3.4.3); standard input has a name of its own. */
function uriOf(name: string): string {
  const path = printableLine(name).replaceAll('\\', '/');
  if (path === '-' || path === '') return 'stdin';
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]%3A\//.test(encoded)) return `file:///${encoded.replace('%3A', ':')}`;
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}

/** Plain text in which neither a placeholder (3.11.5) nor an embedded link (3.11.6) may be read. */
function message(text: string): { readonly text: string } {
  const plain = printableLine(text)
    .replace(/\{(?=\d+\})/g, '{ ')
    .replace(/\](?=\()/g, '] ');
  return { text: plain === '' ? '-' : plain };
}
