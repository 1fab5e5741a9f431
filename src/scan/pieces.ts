import type { Finder } from './finder.js';

/**
 * Lines, and pieces of lines too long to wait for. A line of more than `LONG` bytes is cut at its first carriage return behind them: a
 * progress bar of megabytes is one line that was written over a thousand times. A line without is cut at `LONGEST`. Where to cut follows
 * from the bytes and never from the chunks in which they came.
 */
export interface Pieces {
  /** Place behind the last whole piece of those from `start` on; the first one is known not to end in front of `searched`. */
  readonly wholeUpTo: (start: number, end: number, isLast: boolean, searched: number) => number;
  /** Where the piece that begins at `start` ends; known to be whole. */
  readonly endOf: (start: number, end: number) => number;
  /** Where the piece that holds `place` begins; `floor` is the start of a piece. */
  readonly startOf: (place: number, floor: number, end: number) => number;
}

const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const COMMA = 44;
const BACKSLASH = 92;
const LETTER_N = 110;

export const LONG = 64 << 10;
export const LONGEST = 4 << 20;
const NEAR = 1 << 10;
/** A cut is looked for in the last part of a piece only. */
const CUT_WITHIN = 1 << 20;
/** No literal is longer; so much is known behind a cut before it is made. */
export const LONGEST_LITERAL = 256;

export function createPieces(finder: Finder): Pieces {
  const { bytes } = finder;

  /** -1 where more bytes are needed to know. */
  function endOfPiece(start: number, end: number, isLast: boolean, searched = start): number {
    const feed = finder.next(LINE_FEED, searched, Math.min(end, start + LONG));
    if (feed >= 0) return feed + 1;
    if (end - start <= LONG) return isLast ? end : -1;
    return endOfLongPiece(start, end, isLast, searched);
  }

  function endOfLongPiece(start: number, end: number, isLast: boolean, searched: number): number {
    const stop = Math.min(end, start + LONGEST);
    const mark = firstBreak(Math.max(start + LONG, searched), stop);
    if (mark >= 0 && bytes[mark] === LINE_FEED) return mark + 1;
    if (mark >= 0 && mark + 1 < end) return bytes[mark + 1] === LINE_FEED ? mark + 2 : mark + 1;
    if (isLast && end - start <= LONGEST) return end;
    return end - start > LONGEST + LONGEST_LITERAL || (isLast && mark < 0) ? cut(start + LONGEST, end) : -1;
  }

  /** Of both kinds of breaks; most stand near, and neither is looked for far behind the other. */
  function firstBreak(from: number, to: number): number {
    for (let at = from, size = NEAR; at < to; at += size, size *= 2) {
      const stop = Math.min(to, at + size);
      const feed = finder.next(LINE_FEED, at, stop);
      const back = finder.next(RETURN, at, feed < 0 ? stop : feed);
      if (back >= 0 || feed >= 0) return back >= 0 ? back : feed;
    }
    return -1;
  }

  /** In front of an escaped line feed, or behind a comma: no message goes over it, no literal holds it. */
  function cut(at: number, end: number): number {
    const floor = at - CUT_WITHIN;
    for (let slash = finder.previous(BACKSLASH, at, floor); slash >= 0; slash = finder.previous(BACKSLASH, slash, floor))
      if (bytes[slash + 1] === LETTER_N) return slash;
    const comma = finder.previous(COMMA, at, floor);
    return comma >= 0 ? comma + 1 : cutOutsideLiterals(at, end);
  }

  function cutOutsideLiterals(at: number, end: number): number {
    const space = finder.previous(SPACE, at, at - CUT_WITHIN);
    let place = space < 0 ? at : space;
    // A literal that begins in front of the cut and is found only when the bytes behind it are seen lies across it.
    for (let i = 0; i < LONGEST_LITERAL && isAcross(place, end); i++) place--;
    return place;
  }

  function isAcross(place: number, end: number): boolean {
    const floor = place - LONGEST_LITERAL;
    return (
      countHits(floor, Math.min(end, place + LONGEST_LITERAL)) >
      countHits(floor, place) + countHits(place, Math.min(end, place + LONGEST_LITERAL))
    );
  }

  function countHits(from: number, to: number): number {
    let hits = 0;
    for (let at = finder.find(from, to, from); at >= 0; at = finder.find(at + 1, to, from)) hits++;
    return hits;
  }

  function walk(start: number, place: number, end: number): number {
    let piece = start;
    for (let next = endOfPiece(piece, end, true); next <= place; next = endOfPiece(piece, end, true)) piece = next;
    return piece;
  }

  return {
    wholeUpTo(start, end, isLast, searched) {
      const feed = finder.previous(LINE_FEED, end, searched);
      let whole = feed < 0 ? start : feed + 1;
      while (whole < end) {
        const next = endOfPiece(whole, end, isLast, Math.max(whole, searched));
        if (next < 0) break;
        whole = next;
      }
      return whole;
    },
    endOf: (start, end) => endOfPiece(start, end, true),
    startOf(place, floor, end) {
      const feed = finder.previous(LINE_FEED, place, floor);
      const start = feed < 0 ? floor : feed + 1;
      return place - start < LONG ? start : walk(start, place, end);
    },
  };
}
