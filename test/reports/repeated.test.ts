import { expect, test } from 'vitest';
import { remainingNotices, withoutRepeats } from '../../src/reports/repeated.js';
import { at, unknownFailure, zero3Diagnosis } from './report-builder.js';

test('what the first cause has said, the second does not say again', () => {
  const [first, second] = withoutRepeats([
    zero3Diagnosis(3),
    { ...zero3Diagnosis(3), evidence: [...zero3Diagnosis(3).evidence, { statement: 'new' }] },
  ]);
  expect(first).toEqual(zero3Diagnosis(3));
  expect(second?.evidence).toEqual([{ statement: 'new' }]);
  expect(second?.doesNotHelp).toEqual([]);
  expect(second?.remedies).toEqual(zero3Diagnosis(3).remedies);
});

test('a statement that a longer one begins with is not told beside it', () => {
  const evidence = [{ statement: 'a is [2] here.' }, { statement: 'a is [2] here: so it was cut.' }, { statement: 'b is [2] here.' }];
  const [only] = withoutRepeats([{ ...zero3Diagnosis(1), evidence }]);
  expect(only?.evidence.map(({ statement }) => statement)).toEqual(['a is [2] here: so it was cut.', 'b is [2] here.']);
});

test('a statement of the message stands for itself only while no evidence cites its line', () => {
  const failure = unknownFailure();
  expect(remainingNotices(failure)).toHaveLength(1);
  const evidence = [{ statement: 'only a part was loaded', at: at(9, 'logs/other.log') }];
  expect(remainingNotices({ ...failure, diagnoses: [{ ...zero3Diagnosis(1), evidence }] })).toEqual([]);
});
