import { describe, expect, test } from 'vitest';
import { createPace } from '../../src/sources/pace.js';

/** A writer that needs `fill` nanoseconds to fill the pipe again, and a sleep that costs `wake`; reading takes 7,000, the work 5,000. */
function readThrough({ fill, wake, isFull = true }: { readonly fill: number; readonly wake: number; readonly isFull?: boolean }) {
  let clock = 1;
  const pace = createPace(() => {
    clock += 50;
    return clock;
  });
  let filled = 0;
  const takes: number[] = [];
  for (let chunk = 0; chunk < 20_000; chunk++) {
    const begun = clock;
    clock = filled > clock ? filled + wake : clock;
    clock += 7000;
    filled = clock + fill;
    pace.came();
    clock += 5000;
    pace.rest(isFull);
    takes.push(clock - begun);
  }
  const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
  return { mean: mean(takes), later: mean(takes.slice(-5000)) };
}

describe('the pace of reading a pipe', () => {
  test('one who stays awake while the pipe is filled needs not be woken', () => {
    const { mean, later } = readThrough({ fill: 15_000, wake: 40_000 });
    // 7 and 15 with pauses; 7, 15 and 40 where it sleeps every time.
    expect(later).toBeLessThan(38_000);
    expect(mean).toBeLessThan(40_000);
  });

  test('a writer that takes longer than the longest pause is waited for asleep', () => {
    const { mean, later } = readThrough({ fill: 200_000, wake: 40_000 });
    expect(later).toBeLessThan(247_000 + 1000);
    expect(mean).toBeLessThan(247_000 + 2000);
  });

  test('a pipe that is filled in time is read without a pause', () => {
    expect(readThrough({ fill: 4000, wake: 40_000 }).mean).toBeLessThan(12_500);
  });

  test('after less than a pipe holds nothing is to be gained', () => {
    const { mean } = readThrough({ fill: 15_000, wake: 40_000, isFull: false });
    expect(mean).toBeGreaterThan(61_000);
    expect(mean).toBeLessThan(63_000);
  });
});
