/** Nanoseconds. */
const LONGER = 400;
const SHORTER = 100;
/** So that reads that need not wait are met at all. */
const FIRST = 20_000;
const LONGEST = 40_000;
/** A read that takes longer than twice the quickest one, and this, waited. */
const WAITED = 4000;

export interface Pace {
  /** A chunk came. */
  readonly came: () => void;
  /** The chunk is done with; `isFull`: more of it may have been there. Returns when it is time for the next one. */
  readonly rest: (isFull: boolean) => void;
}

/**
 * Who reads a pipe faster than it is written meets it empty, sleeps and has to be woken, for each 64 KiB again, and that takes longer than
 * all the work. Staying awake for some microseconds lets the writer fill it meanwhile. How many is found out: longer after a read that
 * waited, a quarter of that shorter after one that did not. Where the longest does not help, nothing is gained and it is left at that.
 *
 * On one processor the writer could not run meanwhile. `now`: nanoseconds.
 */
export function createPace(now: () => number): Pace {
  let pause = FIRST;
  let quickest = Number.POSITIVE_INFINITY;
  let came = 0;
  let left = 0;

  function adapt(took: number): void {
    quickest = Math.min(quickest, took);
    pause = Math.max(0, pause + (took > 2 * quickest + WAITED ? LONGER : -SHORTER));
  }

  return {
    came() {
      came = now();
      if (left > 0 && pause < LONGEST) adapt(came - left);
    },
    rest(isFull) {
      const until = isFull && pause < LONGEST ? came + pause : 0;
      do left = now();
      while (left < until);
      if (!isFull) left = 0;
    },
  };
}
