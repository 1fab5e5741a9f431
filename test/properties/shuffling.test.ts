import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupByLayer } from '../../src/failures/name-patterns.js';
import type { Mismatch } from '../../src/model/failure.js';
import { mismatch } from './logs.js';
import { holdsFor } from './runs.js';

const place = { source: 'run.log', line: 1 };

/** Modules of a few layers with the same shapes, as real models have, and others between them. */
const list: fc.Arbitrary<readonly Mismatch[]> = fc
  .tuple(
    fc.array(mismatch, { maxLength: 6 }),
    fc.array(
      fc.tuple(mismatch, fc.uniqueArray(fc.nat({ max: 14 }), { maxLength: 8 }), fc.subarray(['q', 'k', 'v', 'out'], { minLength: 1 })),
      { maxLength: 4 },
    ),
  )
  .map(([single, stacks]) => {
    const layered = stacks.flatMap(([{ parameter, ...shapes }, layers, parts]) =>
      layers.flatMap((layer) => parts.map((part) => ({ parameter: parameter.replace('.', `.${layer}.${part}.`), ...shapes }))),
    );
    const byName = new Map([...single, ...layered].map((each) => [each.parameter, each]));
    return [...byName.values()].map((each) => ({ ...each, dialect: 'torch', at: place }));
  });

function groupsOf(mismatches: readonly Mismatch[]): readonly string[] {
  return groupByLayer(mismatches)
    .map(({ pattern, layers, checkpointShape, modelShape, count, members }) =>
      JSON.stringify([pattern, layers, checkpointShape, modelShape, count, members.map((member) => mismatches[member]?.parameter).sort()]),
    )
    .sort();
}

describe('the order in which mismatches were printed', () => {
  it('changes no group', () => {
    const shuffled = list.chain((mismatches) =>
      fc.tuple(fc.constant(mismatches), fc.shuffledSubarray([...mismatches], { minLength: mismatches.length })),
    );
    holdsFor(0.02, shuffled, ([mismatches, other]) => expect(groupsOf(other)).toEqual(groupsOf(mismatches)));
  });
});
