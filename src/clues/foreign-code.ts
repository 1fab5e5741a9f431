import type { LogLine } from '../model/log-line.js';
import { createFrameReader, isInstalled } from './traceback.js';

export interface ForeignCode {
  /** Lines are given in the order of the log. */
  readonly isForeign: (line: LogLine) => boolean;
  /** True where no line is foreign but for its own text. */
  readonly isIdle: () => boolean;
}

/** `rich` prints the lines around the one that runs, each with its number; only `❱` marks the one that runs. */
const RICH_NEIGHBOUR = /^ {1,6}\d{1,6}(?: {1,3}│| (?=\s*(?:def|class|if|else|return|#|@)\b))/;

/** IPython numbers all lines that it shows below a frame. */
const NUMBERED = /^(?: {1,12}\d{1,9}(?: |$)|-{1,12}> \d{1,9}(?: |$)|\s*\(\.\.\.\))/;

/**
 * Source code that a traceback echoes although no user wrote it: the line under a frame of an installed package, all of them in a notebook,
 * and lines beside the one that runs. What a library writes there (`strict=False`, `num_labels=…`) tells nothing about the run.
 */
export function createForeignCode(): ForeignCode {
  const frames = createFrameReader();
  /** Processes whose last frame is of a library, and whether more than one line of its code follows. */
  const inLibrary = new Map<string, boolean>();
  return {
    isIdle: () => inLibrary.size === 0 && frames.isIdle(),
    isForeign(line) {
      const { id } = line.speaker;
      const found = frames.read(line);
      if (found !== undefined) {
        if (isInstalled(found.frame.file)) inLibrary.set(id, found.isNotebook);
        else inLibrary.delete(id);
        return false;
      }
      if (inLibrary.get(id) === true) {
        const isCode = NUMBERED.test(line.text);
        if (!isCode) inLibrary.delete(id);
        return isCode;
      }
      // In a box of rich blank lines and neighbours stand between a frame and its code.
      if (line.text.trim() === '' || RICH_NEIGHBOUR.test(line.text)) return true;
      return inLibrary.delete(id);
    },
  };
}
