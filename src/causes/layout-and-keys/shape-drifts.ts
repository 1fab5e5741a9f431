import { positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { counted, pick, shows } from '../architecture/answer.js';
import type { Drift } from './drift.js';
import { type ShapeDrift, shapeDrifts } from './shape-drifts-table.js';

/** Shapes that a release is known to have changed; the change has to account for (nearly) everything that is listed. */
export function otherShapes(failure: LoadFailure): Drift | undefined {
  return shapeDrifts.flatMap((drift) => read(failure, drift) ?? [])[0];
}

function read(failure: LoadFailure, drift: ShapeDrift): Drift | undefined {
  const { mismatches, missingKeys, unexpectedKeys, modelClass = '' } = failure;
  if (drift.modelClass !== undefined && !drift.modelClass.test(modelClass)) return undefined;
  const telling = mismatches.filter((mismatch) => drift.shows(mismatch));
  const positions = positionsWhere(mismatches, (mismatch) => drift.shows(mismatch) || drift.along?.test(mismatch.parameter ?? '') === true);
  const [first] = telling;
  if (first === undefined || positions.length < mismatches.length) return undefined;
  const own = (keys: readonly string[]) => keys.filter((key) => drift.keys?.test(key) === true);
  return {
    title: drift.title(first),
    confidence: drift.confidence,
    specificity: 86,
    explained: { mismatches: positions, missingKeys: own(missingKeys), unexpectedKeys: own(unexpectedKeys) },
    evidence: [
      { statement: `${counted(positions.length, 'parameter')} and no other: ${drift.sign}` },
      ...pick(failure, positions)
        .slice(0, 2)
        .map((mismatch) => shows(mismatch)),
      { statement: `the change is known: ${drift.source}` },
    ],
    remedies: drift.remedies,
  };
}
