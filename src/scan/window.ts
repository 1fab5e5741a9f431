import type { Finder } from './finder.js';
import { LONG, type Pieces } from './pieces.js';
import type { Emit, EmitEchoes, Region } from './region.js';

/** Chooses the lines to emit: those with a literal and their neighbours. */
export interface Window {
  /** Reads whole pieces; `end` is the end of all bytes there are. */
  readonly read: (from: number, to: number, end: number) => void;
  /** From where on bytes may still be asked for when all up to `read` was read. */
  readonly needed: (read: number) => number;
  /** The bytes were moved towards the front. */
  readonly moved: (distance: number) => void;
  /** True where no line is wanted so far. */
  readonly isClosed: () => boolean;
  /** All bytes and so many lines more were passed over: what comes next is at `place` of the source and begins a line. */
  readonly skip: (place: number, lines: number) => void;
  /** Lets go of what is open; gives the number of line feeds. */
  readonly end: () => number;
}

export interface WindowOptions {
  readonly finder: Finder;
  readonly pieces: Pieces;
  readonly emit: Emit;
  readonly emitEchoes: EmitEchoes | undefined;
  /** Lines kept in front of those that were read, in case the next one holds a literal; `undefined` where all lines are emitted. */
  readonly before: number | undefined;
  /** So many lines at the beginning are emitted whatever they hold. */
  readonly head: number;
}

/** A megabyte in front of a message says nothing about it. */
export const MAX_CONTEXT = 1 << 20;
const CLOSED = -1;
const LINE_FEED = 10;

export function createWindow({ finder, pieces, emit, emitEchoes, before, head }: WindowOptions): Window {
  let shift = -finder.first;
  let end = finder.first;
  /** All lines in front of this place were emitted or passed over. */
  let decided = finder.first;
  /** What waits to be emitted goes from `start` to `decided`; `CLOSED` where the line at `decided` is not wanted so far. */
  let start = head > 0 ? finder.first : CLOSED;
  let startLine = 1;
  /** Lines wanted from `decided` on. */
  let remaining = 0;
  /** Lines of the beginning that are still to come; a line that takes megabytes ends it. */
  let headLeft = head;
  /** What the receiver of the lines wanted when it last got some. */
  let wanted = 0;
  /** The piece with the last literal, and the place up to which lines in front of it can be had. */
  let hitPiece = CLOSED;
  let hitFloor = finder.first;
  let counted = finder.first;
  let feeds = 0;

  function lineAt(place: number): number {
    if (place >= counted) {
      feeds += finder.countLines(counted, place);
      counted = place;
      return feeds + 1;
    }
    return feeds + 1 - finder.countLines(place, counted);
  }

  function flush(): void {
    if (start === CLOSED || start === decided) return;
    wanted = emit(regionOf(finder, start, decided, startLine, start + shift)) ?? 0;
    start = decided;
    startLine = lineAt(decided);
  }

  function open(place: number): void {
    start = place;
    startLine = lineAt(place);
  }

  /** Takes a line, behind which so many more are wanted at least. */
  function take(next: number, after: number): void {
    headLeft = next - decided > LONG ? 0 : Math.max(0, headLeft - 1);
    remaining = Math.max(0, remaining - 1, after);
    decided = next;
  }

  /** Takes the lines that are still wanted, up to `place`, which begins a piece. Whether more are wanted is asked where none are. */
  function advance(place: number): void {
    while (start !== CLOSED && decided < place) {
      const next = pieces.endOf(decided, end);
      if (remaining > 0 || (headLeft > 0 && next - decided <= LONG)) {
        take(next, 0);
        continue;
      }
      headLeft = 0;
      flush();
      remaining = wanted;
      wanted = 0;
      if (remaining === 0) start = CLOSED;
    }
  }

  /** The start of the line `lines` in front of the one that begins at `place`. */
  function back(place: number, lines: number, floor: number): number {
    let from = place;
    for (let i = 0; i < lines && from > floor; i++) {
      const previous = pieces.startOf(from - 1, floor, end);
      if (place - previous > MAX_CONTEXT) break;
      from = previous;
    }
    return from;
  }

  /** In a dense log the line behind the last one holds a literal too. */
  function isNext(place: number, after: number): boolean {
    if (start === CLOSED || place < decided) return false;
    const next = pieces.endOf(decided, end);
    if (place >= next) return false;
    hitPiece = decided;
    hitFloor = decided;
    take(next, after);
    return true;
  }

  function hit(place: number, floor: number): void {
    // Asked for now: whoever takes lines that are let go of may search as well.
    const [before, after] = [finder.before(), finder.after()];
    if (isNext(place, after)) return;
    if (place >= decided) {
      const piece = pieces.startOf(place, Math.max(floor, decided), end);
      advance(piece);
      hitPiece = piece;
      hitFloor = start === CLOSED ? decided : piece;
      if (start === CLOSED) open(back(piece, before, decided));
      decided = piece;
      take(pieces.endOf(piece, end), after);
      return;
    }
    remaining = Math.max(remaining, after);
    if (hitFloor < hitPiece) open(Math.min(start, back(hitPiece, before, hitFloor)));
  }

  /** The settled lines behind those that are taken, each of which holds a literal; false where there are none. */
  function passEchoes(to: number): boolean {
    if (emitEchoes === undefined || start === CLOSED || decided >= to) return false;
    const run = finder.echo(decided, to);
    if (run.count === 0) return false;
    flush();
    wanted = emitEchoes({ count: run.count, firstLine: startLine, lineOf: run.lineOf, rankOf: run.rankOf }) ?? 0;
    headLeft = Math.max(0, headLeft - run.count);
    remaining = Math.max(remaining - run.count, run.after);
    feeds += run.count;
    startLine += run.count;
    decided = run.end;
    start = decided;
    counted = decided;
    hitPiece = decided;
    hitFloor = decided;
    return true;
  }

  /** Most of a log is passed over while nothing is open. */
  function firstIn(from: number, to: number): number {
    if (start !== CLOSED || counted !== from) return finder.find(passEchoes(to) ? decided : from, to, from);
    const at = finder.pass(from, to, from);
    if (at < 0) {
      feeds += finder.passed();
      counted = to;
    }
    return at;
  }

  return {
    read(from, to, endOfBytes) {
      end = endOfBytes;
      if (before === undefined) {
        if (start === CLOSED) start = from;
        decided = to;
      } else {
        for (let at = firstIn(from, to); at >= 0; ) {
          hit(at, from);
          const next = finder.find(at + 1, to, from);
          const isOnLine = next >= 0 && next < decided;
          at = isOnLine || !passEchoes(to) ? next : finder.find(decided, to, from);
        }
        advance(to);
        hitFloor = hitPiece;
      }
      flush();
      lineAt(to);
    },
    needed(read) {
      return back(read, before ?? 0, decided);
    },
    moved(distance) {
      shift += distance;
      end -= distance;
      decided = Math.max(finder.first, decided - distance);
      counted -= distance;
      if (start !== CLOSED) start -= distance;
      hitPiece -= distance;
      hitFloor -= distance;
    },
    isClosed: () => start === CLOSED,
    skip(place, lines) {
      shift = place - finder.first;
      end = finder.first;
      decided = finder.first;
      counted = finder.first;
      feeds += lines;
    },
    end: () => feeds,
  };
}

function regionOf(finder: Finder, start: number, end: number, firstLine: number, offset: number): Region {
  return {
    bytes: finder.bytes.subarray(start, end),
    firstLine,
    offset,
    lineEnd(place) {
      const feed = finder.next(LINE_FEED, start + place, end);
      return (feed < 0 ? end : feed) - start;
    },
    recall: (from, to) => finder.recall(start + from, start + to),
    settle(line, from, to) {
      const after = afterOf(finder, start + from, start + to);
      if (after > 0) finder.settle(line, after);
    },
  };
}

/** The lines that the literals of a line want behind it, 0 without a literal. */
function afterOf(finder: Finder, from: number, to: number): number {
  let after = 0;
  for (let at = finder.find(from, to, from); at >= 0; at = finder.find(at + 1, to, from)) after = Math.max(after, finder.after());
  return after;
}
