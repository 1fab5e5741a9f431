import { describe, expect, it } from 'vitest';
import { CAUSE_IDS, type CauseId } from '../../src/model/diagnosis.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../../src/model/report.js';
import { analyze, cases, logsOf, pageLogs } from '../cases/read-case.js';

/**
 * All that each cause says in the cases that are about it and on the log of its page, and why it declines in its near misses. One file per cause, to be read as a
 * whole: whether each sentence is true of the log and helps. `npm run goldens` writes them anew; read the difference.
 */
describe.each(CAUSE_IDS)('%s', (cause) => {
  it('answers its cases, its near misses and its page as a person has read and found right', async () => {
    const own = cases.filter((name) => name.startsWith(`${cause}--`) || name.startsWith(`not-${cause}--`));
    const pages = pageLogs(cause).map((log) => answerOf(cause, 'its page', analyze([log])));
    const answers = [...own.map((name) => answerOf(cause, name, analyze(logsOf(name)))), ...pages];
    await expect(answers.join('\n')).toMatchFileSnapshot(`answers/${cause}.txt`);
  });
});

function answerOf(cause: CauseId, name: string, { failures }: Report): string {
  return [`== ${name}`, ...failures.flatMap((failure) => answerIn(cause, failure)), ''].join('\n');
}

function answerIn(cause: CauseId, failure: ReportedFailure): readonly string[] {
  const position = failure.diagnoses.findIndex((diagnosis) => diagnosis.cause === cause);
  const found = failure.diagnoses[position];
  if (found === undefined) return failure.declined.filter((decline) => decline.cause === cause).map(({ reason }) => `declines: ${reason}`);
  const { verdict, unexplained } = failure;
  const leading = [
    `verdict: ${verdict.kind}: ${verdict.sentence}`,
    `restart: ${verdict.restart}`,
    ...verdict.wouldDecide.map(questionLine),
  ];
  return [...linesOf(found, position), ...(position > 0 ? [] : [...leading, `unexplained: ${unexplained.length}`])];
}

function questionLine({ question, command }: ReportedFailure['verdict']['wouldDecide'][number]): string {
  return `would decide: ${question}${command === undefined ? '' : ` $ ${command}`}`;
}

function linesOf({ explains, ...diagnosis }: ReportedDiagnosis, position: number): readonly string[] {
  const counts = `${explains.mismatches}/${explains.of} mismatches, ${explains.missingKeys}/${explains.ofMissingKeys} missing, ${explains.unexpectedKeys}/${explains.ofUnexpectedKeys} unexpected`;
  return [
    `${position + 1}. ${diagnosis.confidence}${diagnosis.harmless ? ', harmless' : ''}, explains ${counts}`,
    diagnosis.title,
    ...diagnosis.evidence.map(({ statement, at }) => `  * ${statement}${at === undefined ? '' : ` (line ${at.line})`}`),
    ...diagnosis.remedies.flatMap(({ title, text, cost, snippet }) => [
      `  > ${title}`,
      `    ${text}`,
      ...(cost === undefined ? [] : [`    cost: ${cost}`]),
      ...(snippet === undefined ? [] : snippet.code.split('\n').map((line) => `    | ${line}`)),
    ]),
    ...diagnosis.doesNotHelp.map(({ advice, reason }) => `  not ${advice}: ${reason}`),
    ...diagnosis.afterwards.map((text) => `  then: ${text}`),
  ];
}
