/** One failure for a ticket, as sections that can give way one by one; the markup is the target's. */
import type { Remedy } from '../model/diagnosis.js';
import type { LayerFamily } from '../model/failure.js';
import { formatPlace } from '../model/place.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { formatShape, type Shape } from '../model/shape.js';
import type { Section } from './budget.js';
import { listGroups, listMembers } from './full-list.js';
import type { Markup } from './markup.js';
import { shorten } from './printable.js';
import { remainingNotices, withoutRepeats } from './repeated.js';
import {
  countDifferences,
  countExplained,
  countParameters,
  countsParameters,
  describeAttempt,
  describeCut,
  describeName,
  describeNotice,
  earlierTwin,
  formatCount,
  plural,
  shapesOfFamily,
  titleOfQuestions,
} from './wording.js';

const SENTENCE_MAX = 1200;
const FAMILY_ROWS = 12;
const KEY_MAX = 300;
const VERDICTS_FIRST = 8;
const OTHERS_WHOLE = 4;
const KEYS_UNFOLDED = 40;
const NOTICES_MAX = 20;

/** What stands first in the log is looked at first: each further failure gives way a little earlier. */
function importanceOf(base: number, position: number): number {
  return base - Math.min(position * 4, base / 2) - position / 10_000;
}

/** The summary has a line for each failure; past the first ones a verdict is worth less than how to mend those. */
function importanceOfVerdict(position: number): number {
  if (position === 0) return 100;
  return (position < VERDICTS_FIRST ? 96 : 44) - position / 10_000;
}

export function failureSections(markup: Markup, report: Report, failure: ReportedFailure, position: number): readonly Section[] {
  const { failures } = report;
  const twin = earlierTwin(failures, position);
  const verdict = verdictText(markup, failure, failures.length === 1 ? '' : `${position + 1}. `);
  const importance = (base: number): number => Math.min(importanceOf(base, position), importanceOfVerdict(position) - 0.000_05);
  const head: Section = { name: 'verdicts', importance: importanceOfVerdict(position), text: verdict };
  if (twin !== undefined) return [{ ...head, text: `${verdict}\n\nThe same as number ${twin + 1}: same cause, names and shapes.` }];
  return [
    head,
    ...partsOf(markup, failure)
      .filter(([, , text]) => text !== '')
      .map(([name, base, text, smaller]) => ({
        name,
        importance: importance(base),
        text,
        under: head,
        ...(smaller === undefined || smaller === text ? {} : { smaller }),
      })),
  ];
}

type Part = readonly [name: string, base: number, text: string, smaller?: string];

/** Where nothing can be folded away, long lists would bury the rest: they are short from the start. */
function partsOf(markup: Markup, failure: ReportedFailure): readonly Part[] {
  const [first, ...others] = withoutRepeats(failure.diagnoses);
  const { folds } = markup;
  const groups = fullListText(markup, failure, listGroups(failure));
  return [
    ['evidence', 85, first === undefined ? '' : evidenceText(markup, first)],
    ['table of layers', 80, familiesText(markup, failure, failure.families.length), familiesText(markup, failure, FAMILY_ROWS)],
    [
      'missing and unexpected keys',
      60,
      keysText(markup, failure, folds ? Number.POSITIVE_INFINITY : KEYS_UNFOLDED),
      keysText(markup, failure, 10),
    ],
    ['first remedy', 90, first === undefined ? '' : remediesText(markup, first.remedies.slice(0, 1), 1)],
    ['further remedies', 72, first === undefined ? '' : remediesText(markup, first.remedies.slice(1), 2)],
    ['what does not help', 75, first === undefined ? '' : doesNotHelpText(markup, first)],
    ['what to look at afterwards', 50, first === undefined ? '' : listText(markup, 'Afterwards', first.afterwards)],
    ...others
      .slice(0, OTHERS_WHOLE)
      .map((other, index): Part => ['further causes', 70 - index / 10, otherText(markup, other), otherInShort(markup, other)]),
    ['further causes', 60, othersText(markup, others.slice(OTHERS_WHOLE))],
    ['facts that would decide', 74, questionsText(markup, failure)],
    ['further statements of the message', 40, listText(markup, 'Also stated by the message', noticeLines(failure))],
    ['list of all parameters', 30, folds ? fullListText(markup, failure, listMembers(failure)) : groups, groups],
    ['causes that do not fit', 20, declinedText(markup, failure)],
    ['search terms', 65, searchText(markup, failure)],
  ];
}

function verdictText(markup: Markup, failure: ReportedFailure, number: string): string {
  const { prose, code } = markup;
  const [first] = failure.diagnoses;
  const title = first === undefined ? 'cause unknown' : `${code(first.cause)} (${first.confidence})`;
  const what = [countDifferences(failure), ...(first === undefined ? [] : [countExplained(first)])]
    .filter((text) => text !== '')
    .join('; the cause ');
  const cut = describeCut(failure);
  const where = [
    code(formatPlace(failure.at)),
    ...describeAttempt(failure, true).map(
      ({ words, name }) => `${prose(words)}${name === undefined ? '' : ` ${code(shorten(name, KEY_MAX))}`}`,
    ),
  ];
  const facts = [
    `What differs: ${prose(what)}.`,
    `Where: ${where.join(', ')}`,
    ...(cut === '' ? [] : [prose(shorten(cut, SENTENCE_MAX))]),
    ...(failure.verdict.restart === '' ? [] : [prose(shorten(failure.verdict.restart, SENTENCE_MAX))]),
  ];
  const heading = markup.heading(2, `${number}Checkpoint load ${failure.severity === 'error' ? 'failure' : 'warning'}: ${title}`);
  return [heading, markup.strong(prose(shorten(failure.verdict.sentence, SENTENCE_MAX))), markup.bullets(facts)].join('\n\n');
}

function evidenceText(markup: Markup, diagnosis: ReportedDiagnosis, level: 3 | 4 = 3): string {
  const { prose, code } = markup;
  const lines = diagnosis.evidence.map(
    ({ statement, at }) => `${prose(statement)}${at === undefined ? '' : ` (${code(formatPlace(at))})`}`,
  );
  return lines.length === 0 ? '' : `${markup.heading(level, 'Evidence')}\n\n${markup.bullets(lines)}`;
}

function familiesText(markup: Markup, failure: ReportedFailure, max: number): string {
  const { families } = failure;
  if (families.length === 0) return '';
  const rows = families
    .slice(0, max)
    .map((family) => [
      markup.codeCell(describeName(family.pattern)),
      formatCount(family.count),
      shapeCell(markup, failure, family, 'checkpointShape'),
      shapeCell(markup, failure, family, 'modelShape'),
    ]);
  const rest = families.length - rows.length;
  const more = rest <= 0 ? '' : `\n\nand ${plural(rest, 'more family', 'more families')}.`;
  const table = markup.table(
    ['Parameters', countsParameters(failure) ? 'Count' : 'Mismatches', 'Checkpoint', 'Model'],
    ['left', 'right', 'left', 'left'],
    rows,
  );
  return `${markup.heading(3, 'Layers')}\n\n${table}${more}`;
}

function shapeCell(markup: Markup, failure: ReportedFailure, family: LayerFamily, side: 'checkpointShape' | 'modelShape'): string {
  const { shapes, whole } = shapesOfFamily(failure, family, side, 3);
  return [...shapes.map(markup.codeCell), ...(whole ? [] : ['…'])].join(', ');
}

function keysText(markup: Markup, failure: ReportedFailure, max: number): string {
  const lists = [
    ['Missing from the checkpoint', failure.missingKeys],
    ['Only in the checkpoint', failure.unexpectedKeys],
  ] as const;
  return lists
    .filter(([, keys]) => keys.length > 0)
    .map(([title, keys]) => {
      const shown = keys.slice(0, max).map((key) => shorten(key, KEY_MAX));
      const more = keys.length - shown.length;
      const summary = `${title}: ${plural(keys.length, 'key')}`;
      return markup.fold(summary, markup.block('text', [...shown, ...(more === 0 ? [] : [`and ${formatCount(more)} more`])].join('\n')));
    })
    .join('\n\n');
}

function remediesText(markup: Markup, remedies: readonly Remedy[], start: number, level: 3 | 4 = 3): string {
  if (remedies.length === 0) return '';
  const { prose } = markup;
  const items = remedies.map(({ title, text, snippet, cost }, index) =>
    markup.step(start + index, prose(title), [
      prose(text),
      ...(snippet === undefined ? [] : [markup.block(snippet.language, snippet.code)]),
      ...(cost === undefined ? [] : [`Cost: ${prose(cost)}`]),
    ]),
  );
  return [...(start === 1 ? [markup.heading(level, 'What to do')] : []), ...items].join('\n\n');
}

function doesNotHelpText(markup: Markup, diagnosis: ReportedDiagnosis, level: 3 | 4 = 3): string {
  const lines = diagnosis.doesNotHelp.map(({ advice, reason }) => `${markup.strong(markup.prose(advice))}: ${markup.prose(reason)}`);
  return lines.length === 0 ? '' : `${markup.heading(level, 'What does not help')}\n\n${markup.bullets(lines)}`;
}

function listText(markup: Markup, title: string, items: readonly string[], level: 3 | 4 = 3): string {
  return items.length === 0 ? '' : `${markup.heading(level, title)}\n\n${markup.bullets(items.map(markup.prose))}`;
}

/** A further cause is told whole, under a heading of its own. */
function otherText(markup: Markup, diagnosis: ReportedDiagnosis): string {
  return [
    otherInShort(markup, diagnosis),
    evidenceText(markup, diagnosis, 4),
    remediesText(markup, diagnosis.remedies, 1, 4),
    doesNotHelpText(markup, diagnosis, 4),
    listText(markup, 'Afterwards', diagnosis.afterwards, 4),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function otherInShort(markup: Markup, diagnosis: ReportedDiagnosis): string {
  const explained = countExplained(diagnosis);
  return [
    markup.heading(3, `Also: ${markup.code(diagnosis.cause)} (${diagnosis.confidence})`),
    `${markup.strong(markup.prose(diagnosis.title))}${explained === '' ? '' : ` This ${markup.prose(explained)}.`}`,
  ].join('\n\n');
}

/** Where very many causes fit, the last of them are no news. */
function othersText(markup: Markup, others: readonly ReportedDiagnosis[]): string {
  if (others.length === 0) return '';
  const lines = others.map(({ cause, confidence, title }) => `${markup.code(cause)} (${confidence}): ${markup.prose(title)}`);
  return `${markup.heading(3, 'Also')}\n\n${markup.bullets(lines)}`;
}

function questionsText(markup: Markup, { verdict }: ReportedFailure): string {
  if (verdict.wouldDecide.length === 0) return '';
  const items = verdict.wouldDecide.map(({ question, command }) =>
    markup.point(markup.prose(question), command === undefined ? undefined : markup.block('', command)),
  );
  return `${markup.heading(3, titleOfQuestions(verdict))}\n\n${items.join('\n')}`;
}

function noticeLines(failure: ReportedFailure): readonly string[] {
  const notices = remainingNotices(failure);
  const shown = notices.slice(0, NOTICES_MAX).map(describeNotice);
  const rest = notices.length - shown.length;
  return rest === 0 ? shown : [...shown, `and ${formatCount(rest)} more`];
}

function fullListText(markup: Markup, failure: ReportedFailure, lines: readonly string[]): string {
  if (failure.mismatches.length < 2 || (!markup.folds && isTheTable(failure))) return '';
  const summary = `All ${plural(countParameters(failure), 'parameter')} in ${plural(failure.groups.length, 'group')}`;
  return markup.fold(summary, markup.block('text', lines.join('\n')));
}

/** Where each family is one group, the table of layers has told all of it but the lines. */
function isTheTable({ families, groups }: ReportedFailure): boolean {
  return families.length === groups.length && families.length <= FAMILY_ROWS;
}

function declinedText(markup: Markup, { declined }: ReportedFailure): string {
  if (declined.length === 0) return '';
  const summary = `${plural(declined.length, 'cause')} that were looked at and do not fit`;
  if (!markup.folds) return markup.prose(`${summary}: ${declined.map(({ cause }) => cause).join(', ')}.`);
  return markup.fold(summary, markup.bullets(declined.map(({ cause, reason }) => `${markup.code(cause)}: ${markup.prose(reason)}`)));
}

/** As the log of everyone else has it: PyTorch prints the class, others the numbers. */
function printedShape({ mismatches }: ReportedFailure, shape: Shape): string {
  return mismatches[0]?.dialect.startsWith('torch') ? `torch.Size(${formatShape(shape)})` : formatShape(shape);
}

/** What finds the duplicate: words that stand in the log of everyone who has the same fault. */
function searchText(markup: Markup, failure: ReportedFailure): string {
  const [group] = failure.groups;
  const [first] = failure.diagnoses;
  const name = failure.mismatches[0]?.parameter ?? failure.missingKeys[0] ?? failure.unexpectedKeys[0];
  const shapes = group === undefined ? [] : [group.checkpointShape, group.modelShape].map((shape) => printedShape(failure, shape));
  const terms = [first?.cause, failure.modelClass, name, ...shapes].filter((term) => term !== undefined);
  return [
    markup.heading(3, 'To find the same fault elsewhere'),
    markup.bullets([
      `Fingerprint: ${markup.code(failure.id)}`,
      `Search terms: ${[...new Set(terms)].map((term) => markup.code(shorten(term, KEY_MAX))).join(' ')}`,
    ]),
  ].join('\n\n');
}
