import { describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../src/cli/exit-status.js';
import type { ReportedFailure } from '../../src/model/report.js';
import { analyze, cases, factsOf, logsOf } from './read-case.js';

describe.each(cases)('%s', (name) => {
  const facts = factsOf(name);
  const report = analyze(logsOf(name));

  it('says what a person expects', () => {
    expect(exitStatusOf(report, false)).toBe(facts.exitStatus);
    const found = report.failures.map((failure, position) => {
      const expected = facts.failures[position];
      return {
        ...(expected?.modelClass === undefined ? {} : { modelClass: failure.modelClass }),
        mismatches: failure.mismatches.length,
        missingKeys: failure.missingKeys.length,
        unexpectedKeys: failure.unexpectedKeys.length,
        ...(expected?.firstCause === undefined ? {} : { firstCause: failure.diagnoses[0]?.cause ?? null }),
        complete: failure.complete,
        ...(expected?.ranks === undefined ? {} : { ranks: failure.ranks }),
        ...(expected?.groups === undefined ? {} : { groups: failure.groups.map(({ pattern }) => pattern) }),
        ...(expected?.origin === undefined ? {} : { origin: `${failure.origin?.file}:${failure.origin?.line} in ${failure.origin?.function}` }),
        ...(expected?.shapes === undefined ? {} : { shapes: expected.shapes.map(([parameter]) => pairOf(failure, parameter)) }),
        ...(expected?.alsoSays === undefined
          ? {}
          : { alsoSays: expected.alsoSays.filter((cause) => failure.diagnoses.some((diagnosis) => diagnosis.cause === cause)) }),
      };
    });
    expect(found).toEqual(facts.failures);
  });

  it('does not say what would be wrong', () => {
    const first = report.failures.flatMap(({ diagnoses }) => diagnoses[0]?.cause ?? []);
    expect(first.filter((cause) => facts.mustNotSay?.includes(cause))).toEqual([]);
  });
});

function pairOf({ mismatches }: ReportedFailure, name: string): unknown {
  const found = mismatches.find(({ parameter }) => parameter === name);
  return [found?.parameter, found?.checkpointShape, found?.modelShape];
}
