import type { LogLine } from '../model/log-line.js';
import { isInstalled, readFrame } from './traceback.js';

export interface ForeignCode {
  /** Lines are given in the order of the log. */
  readonly isForeign: (line: LogLine) => boolean;
  /** True where no line is foreign but for its own text. */
  readonly isIdle: () => boolean;
}

/** `rich` prints the lines around the one that runs, each with its number; only `❱` marks the one that runs. */
const RICH_NEIGHBOUR = /^ {1,6}\d{1,6}(?: {1,3}│| (?=\s*(?:def|class|if|else|return|#|@)\b))/;

/**
 * Source code that a traceback echoes although no user wrote it: the line under a frame of an installed package, and lines beside the one
 * that runs. What a library writes there (`strict=False`, `num_labels=…`) tells nothing about the run.
 */
export function createForeignCode(): ForeignCode {
  const inLibrary = new Set<string>();
  return {
    isIdle: () => inLibrary.size === 0,
    isForeign(line) {
      const { id } = line.speaker;
      const frame = line.text.includes('.py') ? readFrame(line) : undefined;
      if (frame !== undefined) {
        if (isInstalled(frame.file)) inLibrary.add(id);
        else inLibrary.delete(id);
        return false;
      }
      // In a box of rich blank lines and neighbours stand between a frame and its code.
      if (line.text.trim() === '' || RICH_NEIGHBOUR.test(line.text)) return true;
      return inLibrary.delete(id);
    },
  };
}
