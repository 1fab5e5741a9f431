/** Rival causes rest on the same lines and warn of the same advice: a reader needs each sentence once. */
import type { ReportedDiagnosis, ReportedFailure } from '../model/report.js';

/** The diagnoses in their order, without what an earlier one has said in the same words. */
export function withoutRepeats(diagnoses: readonly ReportedDiagnosis[]): readonly ReportedDiagnosis[] {
  const told = new Set<string>();
  const isNew = (sentence: string): boolean => !told.has(sentence) && told.add(sentence).has(sentence);
  return diagnoses.map((diagnosis) => ({
    ...diagnosis,
    evidence: diagnosis.evidence.filter(({ statement }) => isNew(`evidence: ${statement}`)),
    doesNotHelp: diagnosis.doesNotHelp.filter(({ advice }) => isNew(`advice: ${advice}`)),
    afterwards: diagnosis.afterwards.filter((sentence) => isNew(`afterwards: ${sentence}`)),
  }));
}

/** What the message stated beside shapes and keys, as far as no evidence cites its line already. */
export function remainingNotices({ notices, diagnoses }: ReportedFailure): ReportedFailure['notices'] {
  const cited = new Set(
    diagnoses.flatMap(({ evidence }) => evidence.flatMap(({ at }) => (at === undefined ? [] : [`${at.line} ${at.source}`]))),
  );
  return notices.filter(({ at }) => !cited.has(`${at.line} ${at.source}`));
}
