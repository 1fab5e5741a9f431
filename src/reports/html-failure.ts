/** One failure as a page shows it: verdict, evidence with its lines, what to do, then everything that can be looked up. */
import type { Clue } from '../model/clue.js';
import type { Evidence, Question, Remedy } from '../model/diagnosis.js';
import type { Place } from '../model/place.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { listGroups } from './full-list.js';
import { LAYER_LIMITS, layerList, layerPicture } from './html-layers.js';
import { atMost, code, element, escapeText, fold, type Html, list, place, prose, section, snippet } from './html-text.js';
import { shorten } from './printable.js';
import { remainingNotices, withoutRepeats } from './repeated.js';
import {
  countDifferences,
  countExplained,
  describeAttempt,
  describeCut,
  describeName,
  describeNotice,
  formatCount,
  formatPair,
  plural,
  titleOfQuestions,
} from './wording.js';

const LINE_MAX = 400;
const LIST_MAX = 200;
const NOTICES_MAX = 20;
const GROUPS_MAX = 1000;
/** Further causes are told whole up to here; of the rest the title must do. */
const CAUSES_WHOLE = 6;

export function anchorOf(position: number): string {
  return `failure-${position + 1}`;
}

export function markOf(failure: ReportedFailure): { readonly sign: string; readonly word: string; readonly className: string } {
  if (failure.verdict.kind === 'harmless') return { sign: '✓', word: 'harmless', className: 'harmless' };
  return failure.severity === 'error'
    ? { sign: '✗', word: 'failure', className: 'error' }
    : { sign: '!', word: 'warning', className: 'warning' };
}

export function renderFailure(report: Report, failure: ReportedFailure, position: number): Html {
  const [first, ...others] = withoutRepeats(failure.diagnoses);
  const { className } = markOf(failure);
  const picture = layerPicture(failure, LAYER_LIMITS);
  const parts = [
    verdict(failure, report.failures.length === 1 ? '' : `${position + 1}. `),
    first === undefined ? picture : diagnosisSections(report, failure, first, picture),
    questions(failure),
    further(report, failure, others),
    layerList(failure, LAYER_LIMITS),
    groupList(failure),
    lookUp(failure),
  ];
  return `<article class="${className}" id="${anchorOf(position)}">\n${parts.join('')}</article>\n`;
}

function verdict(failure: ReportedFailure, number: string): Html {
  const [first] = failure.diagnoses;
  const { sign, word } = markOf(failure);
  const chips =
    first === undefined
      ? [`<span class="chip unknown">cause unknown</span>`]
      : [`<span class="chip ${first.confidence}">${first.confidence}</span>`, `<span class="chip cause">${escapeText(first.cause)}</span>`];
  const counted = first === undefined ? '' : countExplained(first);
  const cut = describeCut(failure);
  const where = [
    place(failure.at),
    ...describeAttempt(failure, true).map(
      ({ words, name }) => `${escapeText(words)}${name === undefined ? '' : ` ${code(shorten(name, LINE_MAX))}`}`,
    ),
  ];
  return `<header class="verdict">
<h2><span class="mark" role="img" aria-label="${word}">${sign}</span> <span>${number}${prose(failure.verdict.sentence)}</span></h2>
<p class="chips">${chips.join(' ')}${counted === '' ? '' : ` <span>${escapeText(counted)}</span>`}</p>
<p class="facts">${escapeText(countDifferences(failure))} · ${where.join(' · ')}</p>
${cut === '' ? '' : `<p class="cut">${prose(cut)}</p>\n`}${failure.verdict.restart === '' ? '' : `<p class="aside">${prose(failure.verdict.restart)}</p>\n`}</header>
`;
}

/** What to do stands before the picture: it is what most readers came for. */
function diagnosisSections(report: Report, failure: ReportedFailure, diagnosis: ReportedDiagnosis, picture: Html = ''): Html {
  return [
    section('Evidence', evidenceList(report, failure, diagnosis.evidence), 'evidence'),
    section('What to do', remedyList(diagnosis.remedies), 'remedies'),
    picture,
    section(
      'What does not help',
      list(diagnosis.doesNotHelp.map(({ advice, reason }) => `<strong>${prose(advice)}</strong>: ${prose(reason)}`)),
    ),
    section('Afterwards', list(diagnosis.afterwards.map(prose))),
  ].join('');
}

function evidenceList(report: Report, failure: ReportedFailure, evidence: readonly Evidence[]): Html {
  const items = evidence.map(({ statement, at }) => {
    if (at === undefined) return `<p>${prose(statement)}</p>`;
    const line = lineAt(report, failure, at, statement);
    return `<p>${prose(statement)}</p><p class="line">${place(at)}${line === '' ? '' : ` <q>${escapeText(shorten(line, LINE_MAX))}</q>`}</p>`;
  });
  return list(items);
}

/**
 * What stands on a line, as far as the report knows: a clue keeps its text, a mismatch can be told again in the program's own form, unless
 * the statement has just told it.
 */
function lineAt(report: Report, failure: ReportedFailure, at: Place, statement: string): string {
  const isHere = (other: Place): boolean => other.line === at.line && other.source === at.source;
  const clue = report.clues.find((candidate: Clue) => isHere(candidate.at));
  if (clue !== undefined) return clue.text;
  const here = failure.mismatches.filter((mismatch) => isHere(mismatch.at));
  const [first] = here;
  if (first === undefined || (first.parameter !== undefined && statement.includes(first.parameter))) return '';
  return `${describeName(first.parameter)}: ${formatPair(first)}${here.length === 1 ? '' : ` and ${formatCount(here.length - 1)} more on this line`}`;
}

/** The first way is told whole; the others open by their titles. */
function remedyList(remedies: readonly Remedy[]): Html {
  const items = remedies.map((remedy, index) => {
    const title = `<span class="title">${prose(remedy.title)}</span>`;
    return index === 0 ? `<li><p>${title}</p>${remedyText(remedy)}</li>\n` : `<li>${fold(title, remedyText(remedy))}</li>\n`;
  });
  return element('ol', '', items.join(''));
}

function remedyText({ text, snippet: example, cost }: Remedy): Html {
  return [
    `<p>${prose(text)}</p>`,
    example === undefined ? '' : snippet(example.code),
    cost === undefined ? '' : `<p class="cost"><span>Cost</span> ${prose(cost)}</p>`,
  ].join('');
}

function questions({ verdict }: ReportedFailure): Html {
  const items = verdict.wouldDecide.map(
    ({ question, command }: Question) => `<p>${prose(question)}</p>${command === undefined ? '' : snippet(command)}`,
  );
  return section(titleOfQuestions(verdict), list(items));
}

/** The short form for a message to someone: one line a group. */
function groupList(failure: ReportedFailure): Html {
  const lines = listGroups(failure);
  if (lines.length < 2) return '';
  const rest = lines.length - GROUPS_MAX;
  const text = rest <= 0 ? lines : [...lines.slice(0, GROUPS_MAX), `and ${formatCount(rest)} more`];
  return fold(escapeText(`${plural(lines.length, 'group')} as text`), snippet(text.join('\n')));
}

function further(report: Report, failure: ReportedFailure, others: readonly ReportedDiagnosis[]): Html {
  if (others.length === 0) return '';
  const whole = others.slice(0, CAUSES_WHOLE).map((other) => {
    const counted = countExplained(other);
    const label = `<span class="chip ${other.confidence}">${other.confidence}</span> <span class="chip cause">${escapeText(other.cause)}</span> ${prose(other.title)}`;
    return fold(
      label,
      `${counted === '' ? '' : `<p class="aside">It ${escapeText(counted)}.</p>`}${diagnosisSections(report, failure, other)}`,
      'other',
    );
  });
  const rest = others.slice(CAUSES_WHOLE).map(({ cause, confidence, title }) => `${code(cause)} (${confidence}): ${prose(title)}`);
  return section('Also possible or also present', whole.join('') + atMost(rest, LIST_MAX), 'others');
}

function lookUp(failure: ReportedFailure): Html {
  const { declined, unexplained, diagnoses } = failure;
  const notices = remainingNotices(failure);
  const leftOver = diagnoses.length === 0 ? [] : unexplained;
  return [
    section(
      'Also stated by the message',
      atMost(
        notices.map((notice) => prose(describeNotice(notice))),
        NOTICES_MAX,
      ),
    ),
    leftOver.length === 0
      ? ''
      : fold(escapeText(`${plural(leftOver.length, 'name')} that no cause explains`), atMost(leftOver.map(code), LIST_MAX, 'names')),
    declined.length === 0
      ? ''
      : fold(
          escapeText(`${plural(declined.length, 'cause')} that were looked at and do not fit`),
          list(declined.map(({ cause, reason }) => `${code(cause)} ${prose(reason)}`)),
        ),
    `<p class="fingerprint">Fingerprint ${code(failure.id)}</p>\n`,
  ].join('');
}
