import { causes } from '../../src/causes/index.js';
import type { Case, CauseId, Decline, Diagnosis } from '../../src/model/diagnosis.js';
import { type ClueFacts, type FailureFacts, subject } from './failure-builder.js';

/** What one cause answers, whatever the others say. */
export function judge(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): Diagnosis | Decline {
  const found = causes.find(({ id }) => id === cause);
  if (found === undefined) throw new Error(`no cause is called ${cause}`);
  return found.diagnose('failure' in facts ? facts : subject(facts, clues));
}

export function diagnosed(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): Diagnosis {
  const answer = judge(cause, facts, clues);
  if (answer.verdict === 'decline') throw new Error(`${cause} declined: ${answer.reason}`);
  return answer;
}

/** The reason; where the cause fires, its title in capitals, so that a comparison fails readably. */
export function declined(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): string {
  const answer = judge(cause, facts, clues);
  return answer.verdict === 'decline' ? answer.reason : `DIAGNOSED: ${answer.title}`;
}

export function declines(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): boolean {
  return judge(cause, facts, clues).verdict === 'decline';
}
