/** Words that a line must hold to be of interest, with the lines in front of it (those not emitted already) and behind it that are wanted too. */
export interface Literal {
  readonly text: string;
  readonly before: number;
  readonly after: number;
  /**
   * For words of five or six bytes: the characters that may stand in front of them and behind them. The search takes them in, and is slow
   * where they may be any. Others than these may or may not be found.
   */
  readonly previous?: string;
  readonly next?: string;
}

/** Whole lines; one longer than a buffer comes in pieces. */
export interface Region {
  /** Valid during the call only: the buffer is used again. */
  readonly bytes: Uint8Array;
  /** Number of the region's first line, from 1. */
  readonly firstLine: number;
  /** Place of the region's first byte in the source. */
  readonly offset: number;
  /** Where the line that holds a place of `bytes` ends: at its line feed, or at the end of the region. */
  readonly lineEnd: (place: number) => number;
  /** The text of a part of `bytes` that was met before, the same string every time; `undefined` where it was not, as far as is remembered. */
  readonly recall: (from: number, to: number) => string | undefined;
}

/** Takes a region; may say how many further lines it wants, whatever they hold. */
export type Emit = (region: Region) => number | undefined;
