import type { Echoes, Remembered } from './region.js';

/** A buffer, and what finds places in it. Places are indices of `bytes`. */
export interface Finder {
  readonly bytes: Uint8Array;
  /** The input may stand from here on; what is in front belongs to the finder. */
  readonly first: number;
  /** A place inside the next literal that begins at `floor` or behind it and ends at `to` or before it, searched from `from`; -1 where there is none. */
  readonly find: (from: number, to: number, floor: number) => number;
  /** The same; where it finds nothing, `passed` tells the line feeds between `from` and `to`, which it counted on its way. */
  readonly pass: (from: number, to: number, floor: number) => number;
  readonly passed: () => number;
  /** Lines wanted in front of and behind the literal that `find` found last. */
  readonly before: () => number;
  readonly after: () => number;
  /** Line feeds in a range. */
  readonly countLines: (from: number, to: number) => number;
  /** The next place of a byte from `from` on and before `to`; -1 where there is none. */
  readonly next: (byte: number, from: number, to: number) => number;
  /** The last place of a byte from `floor` on and before `from`; -1 where there is none. */
  readonly previous: (byte: number, from: number, floor: number) => number;
  /** A line that was seen before; `undefined` where it was not, or where that is not remembered. */
  readonly recall: (from: number, to: number) => Remembered | undefined;
  /** From now on the line is part of echoes; so many lines are wanted behind it, 1 at least. */
  readonly settle: (line: Remembered, after: number) => void;
  /** The settled lines that begin at `from` and end before `to`. */
  readonly echo: (from: number, to: number) => Run;
}

/** Settled lines in the buffer, for the time until the next one is asked for. */
export interface Run extends Omit<Echoes, 'firstLine'> {
  /** Where the line behind them begins. */
  readonly end: number;
  /** Lines wanted behind them. */
  readonly after: number;
}
