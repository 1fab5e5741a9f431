import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.js';
import type { Case, Cause } from '../../src/model/diagnosis.js';
import { analyze, cases, logsOf } from '../cases/read-case.js';
import { changes, subjectsOf } from './changes.js';

/**
 * Each case of a cause with one thing changed, and what the cause says then: where it stays sure, where it becomes unsure, where it declines. To be read as a list
 * of near misses; `npm run goldens` writes them anew.
 */
describe.each(causes.map((cause) => [cause.id, cause] as const))('%s', (id, cause) => {
  it('changes its answer only where what it rests on has changed', async () => {
    const own = cases.filter((name) => name.startsWith(`${id}--`) || name.startsWith(`not-${id}--`));
    const lines = own.flatMap((name) => [
      `== ${name}`,
      ...subjectsOf(analyze(logsOf(name))).flatMap((subject) => answersOf(cause, subject)),
    ]);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`changed/${id}.txt`);
  });
});

/** Changes with the same answer stand together. */
function answersOf(cause: Cause, subject: Case): readonly string[] {
  const answers = new Map<string, string[]>();
  for (const [name, change] of [['as it is', (same: Case) => same] as const, ...changes]) {
    const answer = answerOf(cause, change(subject));
    answers.set(answer, [...(answers.get(answer) ?? []), name]);
  }
  return [...answers].map(([answer, names]) => `${names.join('; ')}:\n    ${answer}`);
}

function answerOf(cause: Cause, subject: Case): string {
  const answer = cause.diagnose(subject);
  if (answer.verdict === 'decline') return `declines: ${answer.reason}`;
  const { mismatches, missingKeys, unexpectedKeys } = answer.explained;
  return `${answer.confidence}${answer.harmless ? ', harmless' : ''}, explains ${mismatches.length}, ${missingKeys.length}, ${unexpectedKeys.length}: ${answer.title}`;
}
