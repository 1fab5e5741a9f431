import type { ReportedFailure } from '../../src/model/report.js';
import { factOf } from './logs.js';

type Told = Partial<Pick<ReportedFailure, 'modelClass' | 'mismatches' | 'missingKeys' | 'unexpectedKeys'>>;

/** Everything that failures state, each fact once. A mismatch also tells its shapes without its name. */
export function told(failures: readonly Told[]): ReadonlySet<string> {
  return new Set(
    failures.flatMap(({ modelClass, mismatches = [], missingKeys = [], unexpectedKeys = [] }) => [
      ...(modelClass === undefined ? [] : [`class ${modelClass}`]),
      ...mismatches.flatMap((mismatch) => [`mismatch ${factOf(mismatch)}`, `mismatch ${factOf({ ...mismatch, parameter: '' })}`]),
      ...missingKeys.map((key) => `missing ${key}`),
      ...unexpectedKeys.map((key) => `unexpected ${key}`),
    ]),
  );
}

/** What one tells and the other does not. */
export function without(some: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return [...some].filter((fact) => !others.has(fact));
}
