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
  /** A part of `bytes`, a line or its end, that was met before, as far as is remembered. */
  readonly recall: (from: number, to: number) => Remembered | undefined;
  /** This line needs no reading any more: where it stands again among others that need none, it comes as an echo. */
  readonly settle: (line: Remembered, from: number, to: number) => void;
}

/** A line that was met at least twice; the same object every time. */
export interface Remembered {
  readonly number: number;
  readonly text: string;
  /** What the receiver found out about it. */
  meaning?: object | undefined;
}

/** Settled lines that follow each other; valid during the call only. */
export interface Echoes {
  readonly count: number;
  /** Number of the first line, from 1. */
  readonly firstLine: number;
  readonly lineOf: (index: number) => Remembered;
  /** From a prefix such as `[rank3]: `; -1 without one. */
  readonly rankOf: (index: number) => number;
}

/** Takes a region; may say how many further lines it wants, whatever they hold. */
export type Emit = (region: Region) => number | undefined;
export type EmitEchoes = (echoes: Echoes) => number | undefined;
