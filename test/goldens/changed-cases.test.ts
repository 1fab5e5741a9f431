import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.js';
import type { Case, Cause } from '../../src/model/diagnosis.js';
import { analyze, cases, logsOf, pageLogs } from '../cases/read-case.js';
import { changes, subjectsOf } from './changes.js';

/**
 * Each case of a cause, and the log of its page, with one thing changed, and what the cause says then: where it becomes unsure, where it declines. What is not
 * listed changes nothing. To be read as a list of near misses; `npm run goldens` writes them anew.
 */
describe.each(causes.map((cause) => [cause.id, cause] as const))('%s', (id, cause) => {
  it('changes its answer only where what it rests on has changed', async () => {
    const own = cases.filter((name) => name.startsWith(`${id}--`) || name.startsWith(`not-${id}--`));
    const logs = [...own.map((name) => [name, logsOf(name)] as const), ...pageLogs(id).map((log) => ['its page', [log]] as const)];
    const lines = logs.flatMap(([name, log]) => [
      `== ${name}`,
      ...subjectsOf(analyze(log)).flatMap((subject) => answersOf(cause, subject)),
    ]);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`changed/${id}.txt`);
  });
});

/** Changes with the same answer stand together. */
function answersOf(cause: Cause, subject: Case): readonly string[] {
  const answers = new Map<string, string[]>();
  const unchanged = answerOf(cause, subject);
  answers.set(unchanged, ['as it is']);
  for (const [name, change] of changes) {
    const answer = answerOf(cause, change(subject));
    if (answer !== unchanged) answers.set(answer, [...(answers.get(answer) ?? []), name]);
  }
  return [...answers].map(([answer, names]) => `${names.join('; ')}:\n    ${answer}`);
}

function answerOf(cause: Cause, subject: Case): string {
  const answer = cause.diagnose(subject);
  if (answer.verdict === 'decline') return `declines: ${answer.reason}`;
  const { mismatches, missingKeys, unexpectedKeys } = answer.explained;
  return `${answer.confidence}${answer.harmless ? ', harmless' : ''}, explains ${mismatches.length}, ${missingKeys.length}, ${unexpectedKeys.length}: ${answer.title}`;
}
