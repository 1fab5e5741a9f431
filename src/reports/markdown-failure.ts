/** One failure for a ticket, as sections that can give way one by one. */
import type { Question, Remedy } from '../model/diagnosis.js';
import type { LayerFamily } from '../model/failure.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { formatShape } from '../model/shape.js';
import type { Section } from './budget.js';
import { listGroups, listMembers } from './full-list.js';
import { code, codeCell, fence, fold, place, prose, table } from './markdown-text.js';
import { shorten } from './printable.js';
import {
  countDifferences,
  countExplained,
  countParameters,
  describeAttempt,
  describeCut,
  describeName,
  describeNotice,
  earlierTwin,
  formatCount,
  plural,
  shapesOfFamily,
} from './wording.js';

const SENTENCE_MAX = 1200;
const FAMILY_ROWS = 12;
const KEY_MAX = 300;

/** What stands first in the log is looked at first: each further failure gives way a little earlier. */
function importanceOf(base: number, position: number): number {
  return base - Math.min(position * 4, base / 2) - position / 10_000;
}

export function failureSections(report: Report, failure: ReportedFailure, position: number): readonly Section[] {
  const { failures } = report;
  const twin = earlierTwin(failures, position);
  const verdict = verdictText(failure, failures.length === 1 ? '' : `${position + 1}. `);
  const importance = (base: number): number => importanceOf(base, position);
  const head: Section = { name: 'verdicts', importance: position === 0 ? 100 : 96 - position / 10_000, text: verdict };
  if (twin !== undefined) return [{ ...head, text: `${verdict}\n\nThe same as number ${twin + 1}: same cause, names and shapes.` }];
  const [first, ...others] = failure.diagnoses;
  const parts: readonly (readonly [name: string, base: number, text: string, smaller?: string])[] = [
    ['evidence', 85, first === undefined ? '' : evidenceText(first)],
    ['table of layers', 80, familiesText(failure, failure.families.length), familiesText(failure, FAMILY_ROWS)],
    ['missing and unexpected keys', 60, keysText(failure, Number.POSITIVE_INFINITY), keysText(failure, 10)],
    ['first remedy', 90, first === undefined ? '' : remediesText(first.remedies.slice(0, 1), 1)],
    ['further remedies', 72, first === undefined ? '' : remediesText(first.remedies.slice(1), 2)],
    ['what does not help', 75, first === undefined ? '' : doesNotHelpText(first)],
    ['what to look at afterwards', 50, first === undefined ? '' : listText('Afterwards', first.afterwards)],
    ...others.map((other): [string, number, string] => ['further causes', 70, otherText(other)]),
    ['facts that would decide', 74, questionsText(failure.verdict.wouldDecide)],
    ['further statements of the message', 40, listText('Also stated by the message', failure.notices.map(describeNotice))],
    ['list of all parameters', 30, fullListText(failure, listMembers(failure)), fullListText(failure, listGroups(failure))],
    ['causes that do not fit', 20, declinedText(failure)],
    ['search terms', 65, searchText(failure)],
  ];
  const rest = parts.filter(([, , text]) => text !== '');
  return [
    head,
    ...rest.map(([name, base, text, smaller]) => ({
      name,
      importance: importance(base),
      text,
      ...(smaller === undefined || smaller === text ? {} : { smaller }),
    })),
  ];
}

function verdictText(failure: ReportedFailure, number: string): string {
  const [first] = failure.diagnoses;
  const title = first === undefined ? 'cause unknown' : `${code(first.cause)} (${first.confidence})`;
  const what = [countDifferences(failure), ...(first === undefined ? [] : [countExplained(first)])]
    .filter((text) => text !== '')
    .join('; the cause ');
  const cut = describeCut(failure);
  return [
    `## ${number}Checkpoint load ${failure.severity === 'error' ? 'failure' : 'warning'}: ${title}`,
    '',
    `**${prose(shorten(failure.verdict.sentence, SENTENCE_MAX))}**`,
    '',
    `- What differs: ${prose(what)}.`,
    `- Where: ${[place(failure.at), ...describeAttempt(failure, true).map(({ words, name }) => `${prose(words)}${name === undefined ? '' : ` ${code(shorten(name, KEY_MAX))}`}`)].join(', ')}`,
    ...(cut === '' ? [] : [`- ${prose(shorten(cut, SENTENCE_MAX))}`]),
    ...(failure.verdict.restart === '' ? [] : [`- ${prose(shorten(failure.verdict.restart, SENTENCE_MAX))}`]),
  ].join('\n');
}

function evidenceText(diagnosis: ReportedDiagnosis, title = '### Evidence'): string {
  const lines = diagnosis.evidence.map(({ statement, at }) => `- ${prose(statement)}${at === undefined ? '' : ` (${place(at)})`}`);
  return lines.length === 0 ? '' : `${title}\n\n${lines.join('\n')}`;
}

function familiesText(failure: ReportedFailure, max: number): string {
  const { families } = failure;
  if (families.length === 0) return '';
  const rows = families
    .slice(0, max)
    .map((family) => [
      codeCell(describeName(family.pattern)),
      formatCount(family.count),
      shapeCell(failure, family, 'checkpointShape'),
      shapeCell(failure, family, 'modelShape'),
    ]);
  const rest = families.length - rows.length;
  const more = rest <= 0 ? '' : `\n\nand ${plural(rest, 'more family', 'more families')}.`;
  return `### Layers\n\n${table(['Parameters', 'Count', 'Checkpoint', 'Model'], ['left', 'right', 'left', 'left'], rows)}${more}`;
}

function shapeCell(failure: ReportedFailure, family: LayerFamily, side: 'checkpointShape' | 'modelShape'): string {
  const { shapes, whole } = shapesOfFamily(failure, family, side, 3);
  return [...shapes.map(codeCell), ...(whole ? [] : ['…'])].join(', ');
}

function keysText(failure: ReportedFailure, max: number): string {
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
      return fold(summary, fence('text', [...shown, ...(more === 0 ? [] : [`and ${formatCount(more)} more`])].join('\n')));
    })
    .join('\n\n');
}

function remediesText(remedies: readonly Remedy[], start: number, title = '### What to do'): string {
  if (remedies.length === 0) return '';
  const items = remedies.map((remedy, index) => remedyText(remedy, start + index));
  return `${start === 1 ? `${title}\n\n` : ''}${items.join('\n\n')}`;
}

function remedyText(remedy: Remedy, number: number): string {
  const margin = ' '.repeat(`${number}. `.length);
  return [
    `${number}. **${prose(remedy.title)}**`,
    `${margin}${prose(remedy.text)}`,
    ...(remedy.snippet === undefined ? [] : [fence(remedy.snippet.language, remedy.snippet.code, margin)]),
    ...(remedy.cost === undefined ? [] : [`${margin}Cost: ${prose(remedy.cost)}`]),
  ].join('\n\n');
}

function doesNotHelpText(diagnosis: ReportedDiagnosis, title = '### What does not help'): string {
  const lines = diagnosis.doesNotHelp.map(({ advice, reason }) => `- **${prose(advice)}**: ${prose(reason)}`);
  return lines.length === 0 ? '' : `${title}\n\n${lines.join('\n')}`;
}

function listText(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `### ${title}\n\n${items.map((item) => `- ${prose(item)}`).join('\n')}`;
}

/** A further cause is told whole, under a heading of its own. */
function otherText(diagnosis: ReportedDiagnosis): string {
  const explained = countExplained(diagnosis);
  return [
    `### Also: ${code(diagnosis.cause)} (${diagnosis.confidence})`,
    `**${prose(diagnosis.title)}**${explained === '' ? '' : ` This ${prose(explained)}.`}`,
    evidenceText(diagnosis, '#### Evidence'),
    remediesText(diagnosis.remedies, 1, '#### What to do'),
    doesNotHelpText(diagnosis, '#### What does not help'),
    diagnosis.afterwards.length === 0 ? '' : `#### Afterwards\n\n${diagnosis.afterwards.map((item) => `- ${prose(item)}`).join('\n')}`,
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function questionsText(questions: readonly Question[]): string {
  if (questions.length === 0) return '';
  const items = questions.map(
    ({ question, command }) => `- ${prose(question)}${command === undefined ? '' : `\n\n${fence('', command, '  ')}`}`,
  );
  return `### Facts still missing\n\n${items.join('\n')}`;
}

function fullListText(failure: ReportedFailure, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const summary = `All ${plural(countParameters(failure), 'parameter')} in ${plural(failure.groups.length, 'group')}`;
  return fold(summary, fence('text', lines.join('\n')));
}

function declinedText(failure: ReportedFailure): string {
  const lines = failure.declined.map(({ cause, reason }) => `- ${code(cause)}: ${prose(reason)}`);
  return lines.length === 0 ? '' : fold(`${plural(lines.length, 'cause')} that were looked at and do not fit`, lines.join('\n'));
}

/** What finds the duplicate: words that stand in the log of everyone who has the same fault. */
function searchText(failure: ReportedFailure): string {
  const [group] = failure.groups;
  const [first] = failure.diagnoses;
  const name = failure.mismatches[0]?.parameter ?? failure.missingKeys[0] ?? failure.unexpectedKeys[0];
  const shapes =
    group === undefined ? [] : [`torch.Size(${formatShape(group.checkpointShape)})`, `torch.Size(${formatShape(group.modelShape)})`];
  const terms = [first?.cause, failure.modelClass, name, ...shapes].filter((term) => term !== undefined);
  return `### To find the same fault elsewhere\n\n- Fingerprint: ${code(failure.id)}\n- Search terms: ${[...new Set(terms)].map((term) => code(shorten(term, KEY_MAX))).join(' ')}`;
}
