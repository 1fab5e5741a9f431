import type { LogLine } from '../model/log-line.js';

/** What the reader of messages says about a text, as far as joining needs it. */
export interface Openness {
  /** Further lines that the message which began here may take; 0 where nothing is open. */
  readonly maxLines: number;
  /** Where given, a list: lines belong to it while this holds for the last of them. */
  readonly goesOn?: (line: string) => boolean;
  /** Where given, a list under a heading: lines belong to it while this holds for them, whatever they might begin. */
  readonly continues?: (line: string) => boolean;
  /** True where a message begins on this text, whole or not. */
  readonly begins: boolean;
  /** True where something could be read in it. */
  readonly reads: boolean;
}

export interface Joiner {
  readonly push: (line: LogLine) => void;
  /** How many lines behind the given one may still belong to what is held, as far as can be said now. */
  readonly wanted: (line: number) => number;
  /** True where nothing is held. */
  readonly isIdle: () => boolean;
  /** Lets go of what is still held. */
  readonly end: () => void;
}

interface Held {
  readonly first: LogLine;
  readonly parts: LogLine[];
  readonly maxLines: number;
  readonly goesOn?: (line: string) => boolean;
  readonly continues?: (line: string) => boolean;
  length: number;
}

/** Longer messages than this are not held: memory must not grow with the log, and in a text twice as long expressions would run out of stack. */
const MAX_LENGTH = 4 << 20;
/** A list that goes on is asked about again; a process that fell silent keeps nobody waiting for longer. */
const STRETCH = 64;

/**
 * Joins what a console wrapped, a scheduler cut or a library printed over several lines, speaker by speaker, with a line feed between the
 * parts. Where a message never becomes whole its lines are passed on one by one, so that nothing is lost by waiting.
 */
export function createJoiner(openness: (text: string) => Openness, emit: (line: LogLine) => void): Joiner {
  const held = new Map<string, Held>();

  function start(line: LogLine): void {
    const { maxLines, goesOn, continues } = openness(line.text);
    if (maxLines === 0) emit(line);
    else
      held.set(line.speaker.id, {
        first: line,
        parts: [line],
        maxLines,
        length: line.text.length,
        ...(goesOn === undefined ? {} : { goesOn }),
        ...(continues === undefined ? {} : { continues }),
      });
  }

  function release(entry: Held, asOne: boolean): void {
    held.delete(entry.first.speaker.id);
    const whole = asOne && (entry.parts.length === 1 || openness(textOf(entry)).reads);
    const isCut = entry.parts.at(-1)?.isCut === true || isUnended(entry);
    if (whole) emit({ ...entry.first, text: textOf(entry), ...(isCut ? { isCut } : {}) });
    else for (const part of entry.parts) emit(part);
  }

  function add(entry: Held, line: LogLine): void {
    entry.parts.push(line);
    entry.length += line.text.length;
    const full = entry.parts.length > entry.maxLines;
    if (entry.continues !== undefined) {
      if (full) release(entry, true);
    } else if (entry.goesOn !== undefined) {
      if (full || !entry.goesOn(line.text)) release(entry, true);
    } else if (openness(textOf(entry)).maxLines === 0) release(entry, true);
    else if (full) release(entry, false);
  }

  return {
    push(line) {
      const entry = held.get(line.speaker.id);
      if (entry === undefined) return start(line);
      const fits = entry.length + line.text.length <= MAX_LENGTH;
      if (fits && entry.continues?.(line.text) === true) return add(entry, line);
      const isBlank = line.text.trim() === '';
      if (!fits || entry.continues !== undefined || isBlank || (line.text !== entry.first.text && openness(line.text).begins)) {
        release(entry, isList(entry));
        return start(line);
      }
      add(entry, line);
    },
    wanted(line) {
      let most = 0;
      for (const { parts, first, maxLines } of held.values()) {
        const last = (parts.at(-1) ?? first).at.line;
        most = Math.max(most, last - line + Math.min(maxLines - parts.length + 1, STRETCH));
      }
      return most;
    },
    isIdle: () => held.size === 0,
    end() {
      for (const entry of [...held.values()]) release(entry, isList(entry));
    },
  };
}

/** A list stands for itself however short it is; another message that never became whole is no message. */
function isList({ goesOn, continues }: Held): boolean {
  return goesOn !== undefined || continues !== undefined;
}

/** A list that was let go while its last line still went on: a line feed stands behind it, as in a report that somebody shortened, and no end. */
function isUnended({ parts, first, goesOn }: Held): boolean {
  return goesOn?.((parts.at(-1) ?? first).text) === true;
}

function textOf({ parts }: Held): string {
  return parts.map((part) => part.text).join('\n');
}
