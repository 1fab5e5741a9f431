import type { Case, Diagnosis } from '../model/diagnosis.js';
import type { LoadFailure } from '../model/failure.js';
import { fingerprint } from '../model/fingerprint.js';
import type { ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { diagnose } from './diagnose.js';
import { advisorFor } from './framework-advice.js';
import { sentence } from './sentence.js';
import { withShortNames } from './short-names.js';
import { verdictOf } from './verdict.js';

/** One failure as the report tells it: its facts, why it happened, and what nobody explains. */
export function reportFailure(subject: Case): ReportedFailure {
  const { failure } = subject;
  const short = withShortNames(subject);
  const advisor = advisorFor(failure);
  const { declined, diagnoses } = diagnose(short);
  const judgement = { declined, diagnoses: diagnoses.map(advisor.diagnosis) };
  const verdict = verdictOf(short, judgement);
  const { traceback: _traceback, origin, dialects: _dialects, ...facts } = failure;
  return {
    id: idOf(failure, judgement.diagnoses[0]?.cause),
    ...facts,
    verdict: { ...verdict, wouldDecide: verdict.wouldDecide.map(advisor.question) },
    ...(origin === undefined ? {} : { origin: { file: origin.file, line: origin.line, function: origin.function } }),
    diagnoses: judgement.diagnoses.map((diagnosis) => reportDiagnosis(diagnosis, failure)),
    declined: judgement.declined.map(({ cause, reason }) => ({ cause, reason })),
    unexplained: unexplained(short.failure, judgement.diagnoses),
  };
}

function reportDiagnosis({ explained, harmless = false, ...diagnosis }: Diagnosis, failure: LoadFailure): ReportedDiagnosis {
  return {
    cause: diagnosis.cause,
    title: diagnosis.title,
    confidence: diagnosis.confidence,
    harmless,
    explains: {
      mismatches: explained.mismatches.length,
      of: failure.mismatches.length,
      missingKeys: explained.missingKeys.length,
      ofMissingKeys: failure.missingKeys.length,
      unexpectedKeys: explained.unexpectedKeys.length,
      ofUnexpectedKeys: failure.unexpectedKeys.length,
    },
    evidence: diagnosis.evidence.map((evidence) => ({ ...evidence, statement: sentence(evidence.statement) })),
    remedies: diagnosis.remedies,
    doesNotHelp: diagnosis.doesNotHelp,
    afterwards: diagnosis.afterwards,
  };
}

/** Cause, class, and the pattern of names and shapes: two runs that fail alike have the same id. */
function idOf({ modelClass = '', groups, missingKeys, unexpectedKeys, notices }: LoadFailure, cause: string | undefined): string {
  const shapes = groups.map((group) => [group.pattern, group.checkpointShape, group.modelShape]);
  const keys = [missingKeys, unexpectedKeys].map((list) => [...new Set(list.map((key) => key.replace(/\d+/g, '*')))].sort());
  const topics = [...new Set(notices.map((notice) => notice.topic))].sort();
  return fingerprint(JSON.stringify([cause ?? '', modelClass, shapes.map((shape) => JSON.stringify(shape)).sort(), keys, topics]));
}

function unexplained({ mismatches, missingKeys, unexpectedKeys }: LoadFailure, diagnoses: readonly Diagnosis[]): readonly string[] {
  const positions = new Set(diagnoses.flatMap((diagnosis) => diagnosis.explained.mismatches));
  const keys = new Set(diagnoses.flatMap(({ explained }) => [...explained.missingKeys, ...explained.unexpectedKeys]));
  const names = mismatches.flatMap((mismatch, position) => (positions.has(position) ? [] : [mismatch.parameter ?? '(unnamed)']));
  return [...new Set([...names, ...[...missingKeys, ...unexpectedKeys].filter((key) => !keys.has(key))])];
}
