import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { analyze, factsOf } from './logs.js';
import { holdsFor } from './runs.js';
import { type ValidLog, validLogs } from './valid-logs.js';

const known = new Map<ValidLog, Report>();

function whole(log: ValidLog): Report {
  const report = known.get(log) ?? analyze(log.bytes);
  known.set(log, report);
  return report;
}

function keysOf({ failures }: Report): readonly string[] {
  return failures.flatMap(({ missingKeys, unexpectedKeys }) => [
    ...missingKeys.map((key) => `missing ${key}`),
    ...unexpectedKeys.map((key) => `unexpected ${key}`),
  ]);
}

describe('a log that was cut', () => {
  it('tells nothing that the whole does not tell', () => {
    holdsFor(0.1, fc.tuple(fc.constantFrom(...validLogs), fc.double({ min: 0, max: 1, noNaN: true })), ([log, share]) => {
      const cut = analyze(log.bytes.subarray(0, Math.floor(log.bytes.length * share)));
      const facts = new Set([...factsOf(whole(log)), ...keysOf(whole(log))]);
      expect(
        [...factsOf(cut), ...keysOf(cut)].filter((fact) => !facts.has(fact)),
        log.name,
      ).toEqual([]);
    });
  });
});
