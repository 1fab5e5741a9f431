import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, vi } from 'vitest';

/** `npm run fuzz` sets these; `npm test` makes few inputs, the same ones every time. */
const { FUZZ_COUNT, FUZZ_SEED, FUZZ_LEDGER } = process.env;
const SHORT = 1500;
const SEED = 20_240_509;

vi.setConfig({ testTimeout: FUZZ_COUNT === undefined ? 60_000 : 24 * 3600_000 });

/** Checks a claim on its share (0 to 1) of all inputs that are made. */
export function holdsFor<T>(share: number, inputs: fc.Arbitrary<T>, claim: (input: T) => void): void {
  const numRuns = Math.max(1, Math.round(Number(FUZZ_COUNT ?? SHORT) * share));
  const start = performance.now();
  let made = 0;
  try {
    fc.assert(
      fc.property(inputs, (input) => {
        made++;
        claim(input);
      }),
      { seed: Number(FUZZ_SEED ?? SEED), numRuns },
    );
  } finally {
    const name = expect.getState().currentTestName ?? '';
    if (FUZZ_LEDGER !== undefined)
      appendFileSync(FUZZ_LEDGER, `${JSON.stringify({ name, made, milliseconds: Math.round(performance.now() - start) })}\n`);
  }
}
