import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acquireFinder } from '../../src/scan/finders.js';
import { type BlockProfile, MARGIN, planSkip, profileBlock } from '../../src/scan/look-ahead.js';
import type { Literal } from '../../src/scan/region.js';
import { createScanner } from '../../src/scan/scanner.js';
import { type EmittedLine, linesOf } from './naive-scanner.js';

const LITERALS: readonly Literal[] = [
  { text: 'mismatch', before: 3, after: 5 },
  { text: 'state_dict', before: 3, after: 1 },
];
const SIZE = 400;

function profilesOf(bytes: Uint8Array): readonly BlockProfile[] {
  const { finder, release } = acquireFinder(LITERALS, 1 << 20);
  const profiles = Array.from({ length: Math.ceil(bytes.length / SIZE) }, (_, block) => {
    const place = block * SIZE;
    const before = Math.min(place, MARGIN);
    const part = bytes.subarray(place - before, place + SIZE + MARGIN);
    finder.bytes.set(part, finder.first);
    const start = finder.first + before;
    const last = finder.first + part.length;
    return profileBlock(finder, { first: finder.first, start, end: Math.min(start + SIZE, last), last });
  });
  release();
  return profiles;
}

/** Reads as the program does; `known` says of which blocks a profile is there when they are asked for. */
function read(bytes: Uint8Array, known: (block: number) => boolean) {
  const lines: EmittedLine[] = [];
  const profiles = profilesOf(bytes);
  const scanner = createScanner(LITERALS, (region) => {
    lines.push(...linesOf(new TextDecoder().decode(region.bytes), region.firstLine, region.offset));
    return undefined;
  });
  let skipped = 0;
  for (let place = 0; place < bytes.length; ) {
    const skip =
      place > 0 && place % SIZE === 0 && scanner.canSkip()
        ? planSkip(place / SIZE, profiles.length, SIZE, (block) => (known(block) ? profiles[block] : undefined))
        : undefined;
    if (skip !== undefined) scanner.skip(skip.bytes, skip.lines);
    skipped += skip?.bytes ?? 0;
    place += skip?.bytes ?? 0;
    const end = Math.min(bytes.length, place + SIZE - (place % SIZE));
    scanner.push(bytes.subarray(place, end));
    place = end;
  }
  return { lines, totals: scanner.end(), skipped };
}

const line = fc.constantFrom('step 1 loss 2.5', '', 'size mismatch for a.b', 'Loaded state_dict', 'x'.repeat(70), 'é█ 50%', 'epoch');
const quiet = fc.constantFrom('step 1 loss 2.5', '', 'x'.repeat(70), 'é█ 50%', 'epoch');
const log = fc
  .array(fc.oneof({ arbitrary: fc.array(quiet, { minLength: 40, maxLength: 200 }), weight: 3 }, fc.array(line, { maxLength: 6 })), {
    maxLength: 12,
  })
  .map((parts) => `${parts.flat().join('\n')}`);

describe('looking ahead', () => {
  it('changes nothing in what is emitted, whichever blocks are known', () => {
    let skipped = 0;
    fc.assert(
      fc.property(log, fc.func(fc.boolean()), (text, known) => {
        const bytes = new TextEncoder().encode(text);
        const alone = read(bytes, () => false);
        for (const ahead of [read(bytes, () => true), read(bytes, known)]) {
          expect(ahead.lines).toEqual(alone.lines);
          expect(ahead.totals).toEqual(alone.totals);
          skipped += ahead.skipped;
        }
        expect(alone.skipped).toBe(0);
      }),
      { seed: 5, numRuns: 300 },
    );
    expect(skipped).toBeGreaterThan(100_000);
  });
});
