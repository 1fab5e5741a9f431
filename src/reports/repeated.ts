/** Rival causes rest on the same lines and warn of the same advice: a reader needs each sentence once. */
import type { Evidence } from '../model/diagnosis.js';
import type { ReportedDiagnosis, ReportedFailure } from '../model/report.js';

/** The diagnoses in their order, without what an earlier one has said in the same words. */
export function withoutRepeats(diagnoses: readonly ReportedDiagnosis[]): readonly ReportedDiagnosis[] {
  const told = new Set<string>();
  const isNew = (sentence: string): boolean => !told.has(sentence) && told.add(sentence).has(sentence);
  return diagnoses.map((diagnosis) => ({
    ...diagnosis,
    evidence: diagnosis.evidence.filter(
      ({ statement }) => !isBeginningOfAnother(statement, diagnosis.evidence) && isNew(`evidence: ${statement}`),
    ),
    doesNotHelp: diagnosis.doesNotHelp.filter(({ advice }) => isNew(`advice: ${advice}`)),
    afterwards: diagnosis.afterwards.filter((sentence) => isNew(`afterwards: ${sentence}`)),
  }));
}

/** `a is [2] here and [3] there.` says nothing beside `a is [2] here and [3] there: so it was cut.` */
function isBeginningOfAnother(statement: string, evidence: readonly Evidence[]): boolean {
  const beginning = statement.replace(/\.$/, '');
  return evidence.some((other) => other.statement.startsWith(beginning) && /^[:;,]/.test(other.statement.slice(beginning.length)));
}

/** What the message stated beside shapes and keys, as far as no evidence cites its line already. */
export function remainingNotices({ notices, diagnoses }: ReportedFailure): ReportedFailure['notices'] {
  const cited = new Set(
    diagnoses.flatMap(({ evidence }) => evidence.flatMap(({ at }) => (at === undefined ? [] : [`${at.line} ${at.source}`]))),
  );
  return notices.filter(({ at }) => !cited.has(`${at.line} ${at.source}`));
}
