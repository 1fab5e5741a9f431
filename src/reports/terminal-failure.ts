/** One failure for the terminal, as sections. Short: everything that decides, within a screen. Verbose: everything. */

import type { Evidence, Remedy, Warning } from '../model/diagnosis.js';
import { formatPlace } from '../model/place.js';
import type { ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { printableBlock, printableLine } from './printable.js';
import { remainingNotices, withoutRepeats } from './repeated.js';
import { renderAllGroups, renderFamilies, renderKeys } from './terminal-layers.js';
import { displayWidth, type Page, paragraph } from './terminal-text.js';
import { countDifferences, countExplained, describeAttempt, describeCut, describeNotice, plural, titleOfQuestions } from './wording.js';

type Section = readonly string[];

/** A screen of 24 lines, less the prompt's. */
const SCREEN_LINES = 23;
const EVIDENCE_SHOWN = 4;
const FEWEST_FACTS = 2;
/** Two facts of two lines, their heading, and the empty lines around them. */
const FEWEST_FACT_LINES = 7;
const WARNINGS_SHOWN = 4;
const AFTERWARDS_SHOWN = 3;
const FAMILIES_SHOWN = 5;
const OTHERS_SHOWN = 4;
const NOTICES_SHOWN = 3;
const FEWEST_FAMILIES = 2;

export function mark(page: Page, failure: ReportedFailure): string {
  if (failure.verdict.kind === 'harmless') return page.colors.green('✓');
  return failure.severity === 'error' ? page.colors.red('✗') : page.colors.yellow('!');
}

export function renderFailure(page: Page, failure: ReportedFailure, verbose: boolean): readonly Section[] {
  const sections = verbose ? renderWhole(page, failure) : renderShort(page, failure);
  return sections.filter((section) => section.length > 0);
}

function renderShort(page: Page, failure: ReportedFailure): readonly Section[] {
  const [first, ...others] = withoutRepeats(failure.diagnoses);
  const verdict = renderVerdict(page, failure);
  const remedy = first === undefined ? [] : fitRemedy(page, first, SCREEN_LINES - linesOf([verdict]) - FEWEST_FACT_LINES);
  const evidence = first === undefined ? [] : fitEvidence(page, failure, first.evidence, SCREEN_LINES - linesOf([verdict, remedy]) - 1);
  const room = SCREEN_LINES - linesOf([verdict, evidence, remedy]) - 1;
  const layersOf = (families: number): Section => [...renderFamilies(page, failure, families), ...renderKeys(page, failure, false)];
  const few = layersOf(FEWEST_FAMILIES);
  const layersFirst = few.length <= room;
  const layers = layersOf(layersFirst ? Math.min(FAMILIES_SHOWN, FEWEST_FAMILIES + room - few.length) : FAMILIES_SHOWN);
  return [
    verdict,
    evidence,
    ...(layersFirst ? [layers, remedy] : [remedy, layers]),
    ...(first === undefined
      ? []
      : [renderDoesNotHelp(page, first.doesNotHelp, WARNINGS_SHOWN), renderList(page, 'Afterwards', first.afterwards, AFTERWARDS_SHOWN)]),
    renderOthers(page, others, OTHERS_SHOWN),
    renderNotices(page, failure, NOTICES_SHOWN),
    renderQuestions(page, failure.verdict),
    renderRestart(page, failure),
  ];
}

function renderWhole(page: Page, failure: ReportedFailure): readonly Section[] {
  return [
    renderVerdict(page, failure),
    ...withoutRepeats(failure.diagnoses).flatMap((diagnosis, position) =>
      renderDiagnosis(page, diagnosis, position, failure.diagnoses.length),
    ),
    renderQuestions(page, failure.verdict),
    renderRestart(page, failure),
    [...renderAllGroups(page, failure), ...renderKeys(page, failure, true)],
    renderNotices(page, failure),
    renderList(page, 'Not explained by any of these', failure.unexplained),
    renderDeclined(page, failure),
    paragraph(page, '', `Fingerprint: ${failure.id}`),
  ];
}

/** As much evidence as the screen has room for beside the verdict and the first remedy, but never less than two facts. */
function fitEvidence(page: Page, failure: ReportedFailure, evidence: readonly Evidence[], room: number): Section {
  for (let shown = EVIDENCE_SHOWN; shown > FEWEST_FACTS; shown -= 1) {
    const section = renderEvidence(page, near(failure, evidence), shown);
    if (section.length <= room) return section;
  }
  return renderEvidence(page, near(failure, evidence), FEWEST_FACTS);
}

/** The verdict has just told the whole path: the evidence in the same file needs its name only. */
function near(failure: ReportedFailure, evidence: readonly Evidence[]): readonly Evidence[] {
  const { source } = failure.at;
  const name = source.split(/[\\/]/).at(-1) || source;
  return evidence.map((fact) => (fact.at?.source === source ? { ...fact, at: { source: name, line: fact.at.line } } : fact));
}

/** With the titles of the other remedies and the whole cost where the screen has room for them. */
function fitRemedy(page: Page, diagnosis: ReportedDiagnosis, room: number): Section {
  const [first, ...others] = diagnosis.remedies;
  if (first === undefined) return [];
  const titles =
    others.length === 0 ? [] : paragraph(page, '  ', `Other ways: ${others.map(({ title }) => title.replace(/^Or /, '')).join('; ')}`);
  const lines = renderRemedy(page, first, '  ');
  if (1 + lines.length + titles.length <= room)
    return [heading(page, 'What to do'), ...lines, ...titles.map((line) => page.colors.dim(line))];
  const aside = others.length === 0 ? '' : `${plural(others.length, 'other way')} with --verbose`;
  return [heading(page, 'What to do', aside), ...(1 + lines.length <= room ? lines : renderRemedy(page, inShort(first), '  '))];
}

/** The first sentence of the cost tells its size; how it is reckoned can wait. */
function inShort(remedy: Remedy): Remedy {
  if (remedy.cost === undefined) return remedy;
  const [first = remedy.cost] = remedy.cost.split(/(?<=[a-z)]\.) (?=[A-Z])/);
  return { ...remedy, cost: first };
}

/** Lines that sections take, with an empty line between them. */
function linesOf(sections: readonly Section[]): number {
  return sections.filter((section) => section.length > 0).reduce((sum, section) => sum + section.length + 1, -1);
}

/** The sentence first; below it how sure that is, what it rests on, who said it and where. */
function renderVerdict(page: Page, failure: ReportedFailure): Section {
  const [first] = failure.diagnoses;
  const sentence = paragraph(page, '  ', failure.verdict.sentence).map((line) => page.colors.bold(line.slice(2)));
  const facts =
    first === undefined
      ? [countDifferences(failure)]
      : [`${first.confidence}: ${first.cause}`, countExplained(first) || countDifferences(failure)];
  const attempt = [
    formatPlace(failure.at),
    ...describeAttempt(failure).map(({ words, name }) => (name === undefined ? words : `${words} ${name}`)),
  ];
  return [
    ...sentence.map((line, index) => (index === 0 ? `${mark(page, failure)} ${line}` : `  ${line}`)),
    ...[...paragraph(page, '  ', facts.join(' · ')), ...paragraph(page, '  ', attempt.join(' · '))].map((line) => page.colors.dim(line)),
    ...(failure.complete ? [] : paragraph(page, '  ', describeCut(failure)).map((line) => page.colors.yellow(line))),
  ];
}

/** What a short list leaves out is said in its heading, where it takes no line of its own. */
function heading(page: Page, text: string, aside = ''): string {
  return `${page.colors.bold(printableLine(text))}${aside === '' ? '' : page.colors.dim(` (${aside})`)}`;
}

function countShown(shown: number, of: number): string {
  return shown === of ? '' : `${shown} of ${of}, --verbose shows all`;
}

function renderEvidence(page: Page, evidence: readonly Evidence[], max = Number.POSITIVE_INFINITY): Section {
  if (evidence.length === 0) return [];
  const shown = evidence.slice(0, max);
  return [heading(page, 'Evidence', countShown(shown.length, evidence.length)), ...shown.flatMap((item) => renderFact(page, item))];
}

/** The place stands behind its statement; where both do not fit on the last line the wrapping carries the place over whole. */
function renderFact(page: Page, { statement, at }: Evidence): Section {
  if (at === undefined) return paragraph(page, '  • ', statement);
  const place = `(${printableLine(formatPlace(at))})`;
  return paragraph(page, '  • ', `${statement} ${place}`).map((line) => line.replace(place, page.colors.dim(place)));
}

function renderRemedy(page: Page, remedy: Remedy, lead: string): Section {
  const margin = ' '.repeat(displayWidth(lead));
  const code =
    remedy.snippet === undefined
      ? []
      : printableBlock(remedy.snippet.code)
          .replace(/^\n+|(?<!\n)\n+$/g, '')
          .split('\n');
  return [
    ...paragraph(page, lead, remedy.title).map((line) => page.colors.green(line)),
    ...paragraph(page, margin, remedy.text),
    ...code.map((line) => (line === '' ? '' : `${margin}  ${page.colors.cyan(line)}`)),
    ...(remedy.cost === undefined ? [] : paragraph(page, margin, `Cost: ${remedy.cost}`)),
  ];
}

function renderDoesNotHelp(page: Page, warnings: readonly Warning[], max = Number.POSITIVE_INFINITY): Section {
  return renderList(
    page,
    'What does not help',
    warnings.map(({ advice, reason }) => `${advice}: ${reason}`),
    max,
  );
}

function renderList(page: Page, title: string, items: readonly string[], max = Number.POSITIVE_INFINITY): Section {
  if (items.length === 0) return [];
  const shown = items.length <= max + 1 ? items : items.slice(0, max);
  return [heading(page, title, countShown(shown.length, items.length)), ...shown.flatMap((item) => paragraph(page, '  • ', item))];
}

/** Causes after the first, in a line or two each; `--verbose` tells them whole. */
function renderOthers(page: Page, others: readonly ReportedDiagnosis[], max: number): Section {
  if (others.length === 0) return [];
  const lines = others.map((other) => `${other.title} (${other.confidence}: ${other.cause}${suffix(countExplained(other))})`);
  return renderList(page, 'Also', lines, max);
}

function suffix(text: string): string {
  return text === '' ? '' : `, ${text}`;
}

function renderQuestions(page: Page, verdict: ReportedFailure['verdict']): Section {
  const { wouldDecide } = verdict;
  if (wouldDecide.length === 0) return [];
  const lines = wouldDecide.flatMap(({ question, command }) => [
    ...paragraph(page, '  • ', question),
    ...(command === undefined
      ? []
      : printableBlock(command)
          .split('\n')
          .map((line) => `      ${page.colors.cyan(line)}`)),
  ]);
  return [heading(page, titleOfQuestions(verdict)), ...lines];
}

function renderRestart(page: Page, failure: ReportedFailure): Section {
  return failure.verdict.restart === '' ? [] : paragraph(page, '', failure.verdict.restart);
}

function renderDiagnosis(page: Page, diagnosis: ReportedDiagnosis, position: number, of: number): readonly Section[] {
  const label = `${diagnosis.confidence}: ${diagnosis.cause}${suffix(countExplained(diagnosis))}`;
  const number = `Cause ${position + 1} of ${of} · `;
  return [
    of === 1 ? [] : [heading(page, `${number}${label}`), ...paragraph(page, '  ', diagnosis.title)],
    renderEvidence(page, diagnosis.evidence),
    diagnosis.remedies.length === 0
      ? []
      : [heading(page, 'What to do'), ...diagnosis.remedies.flatMap((remedy, index) => renderRemedy(page, remedy, `  ${index + 1}. `))],
    renderDoesNotHelp(page, diagnosis.doesNotHelp),
    renderList(page, 'Afterwards', diagnosis.afterwards),
  ];
}

function renderNotices(page: Page, failure: ReportedFailure, max = Number.POSITIVE_INFINITY): Section {
  return renderList(page, 'Also stated by the message', remainingNotices(failure).map(describeNotice), max);
}

function renderDeclined(page: Page, failure: ReportedFailure): Section {
  return renderList(
    page,
    'Causes that were looked at and do not fit',
    failure.declined.map(({ cause, reason }) => `${cause}: ${reason}`),
  );
}
