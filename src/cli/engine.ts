import { setFlagsFromString } from 'node:v8';

/**
 * What V8 is told for a run of a fraction of a second; its own values suit programs that run for hours. Known for the V8 11.3 of Node 20,
 * measured with `npm run bench`.
 */
const FLAGS = [
  // An expression is compiled once: V8 would first make, and optimise, a form of its own for the first text that it is tried on.
  '--no-regexp-tier-up',
  // Functions are optimised later, when four times as much of them was run: most never pay for it.
  '--interrupt-budget=540000',
];
const KNOWN = '11.3.';

/**
 * For when no other thread is starting: one that runs an expression while this changes fails, and Node keeps its own modules compiled for
 * the flags that it started with, so that what it loads after this takes twice as long.
 */
export function tuneEngine(): void {
  if (!process.versions.v8.startsWith(KNOWN)) return;
  for (const flag of FLAGS) setFlagsFromString(flag);
}
