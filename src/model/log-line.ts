import type { Place } from './place.js';

/**
 * Who printed a line, as far as the prefixes of launchers and consoles tell. Lines of one speaker follow each other as one process
 * printed them; lines of two speakers may be interleaved.
 */
export interface Speaker {
  /** Stable within one analysis: source and everything that identifies the process in the peeled prefixes. */
  readonly id: string;
  readonly rank?: number;
}

/** One logical line: decoded, escape sequences and carriage returns off, launcher prefixes peeled. */
export interface LogLine {
  readonly text: string;
  readonly at: Place;
  readonly speaker: Speaker;
  /** Set where the log ends inside the line, or the line inside its list: what follows never came. */
  readonly isCut?: true;
}
