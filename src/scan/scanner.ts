import { acquireFinder } from './finders.js';
import { createPieces, LONGEST } from './pieces.js';
import type { Emit, EmitEchoes, Literal } from './region.js';
import { createWindow, MAX_CONTEXT, type WindowOptions } from './window.js';

export interface ScanTotals {
  readonly bytes: number;
  readonly lines: number;
}

export interface Scanner {
  readonly push: (chunk: Uint8Array) => void;
  /** Free room of the buffer, another after every push: what was read into its beginning is pushed without being copied. */
  readonly input: () => Uint8Array;
  /** True where no line behind the last one is wanted so far. */
  readonly canSkip: () => boolean;
  /**
   * Passes over bytes that hold no literal, known from elsewhere, up to the beginning of a line; they hold so many line feeds. The line
   * that is not whole yet goes with them. At least three lines in front of the next literal must be pushed again.
   */
  readonly skip: (bytes: number, lines: number) => void;
  /** Nothing came for a while: what is whole may not wait for more. */
  readonly settle: () => void;
  readonly end: () => ScanTotals;
}

/**
 * Emits the lines that hold a literal, with their context, in order and each once; besides, the first
 * `head` lines whatever they hold. With `emitEchoes` settled lines that follow each other are told as such. Memory does not grow with the input.
 */
export function createScanner(literals: readonly Literal[], emit: Emit, head = 0, emitEchoes?: EmitEchoes): Scanner {
  return createStream(literals, { emit, emitEchoes, before: Math.max(0, ...literals.map(({ before }) => before)), head });
}

/** Emits every line. */
export function createPassThrough(emit: Emit): Scanner {
  return createStream(NO_LITERALS, { emit, emitEchoes: undefined, before: undefined, head: 0 });
}

/** How much is scanned at a time: it should still be in the processor's cache when the second reader of the bytes comes. */
export const CHUNK = 256 << 10;
const BUFFER = LONGEST + MAX_CONTEXT + 2 * CHUNK;

const NO_LITERALS: readonly Literal[] = [];

function createStream(literals: readonly Literal[], options: Omit<WindowOptions, 'finder' | 'pieces'>): Scanner {
  const { finder, release } = acquireFinder(literals, BUFFER);
  const pieces = createPieces(finder);
  const window = createWindow({ finder, pieces, ...options });
  const first = finder.first;
  let end = first;
  let scanned = first;
  /** The piece that begins at `scanned` does not end in front of it. */
  let searched = first;
  let moved = 0;

  function scan(isLast: boolean): void {
    const limit = pieces.wholeUpTo(scanned, end, isLast, searched);
    // What the last byte is may follow from the next one.
    searched = Math.max(limit, end - 1);
    if (limit === scanned) return;
    window.read(scanned, limit, end);
    scanned = limit;
  }

  /** What may still be asked for goes to the front of the buffer. */
  function makeRoom(): void {
    const distance = window.needed(scanned) - first;
    if (distance === 0) return;
    finder.bytes.copyWithin(first, first + distance, end);
    end -= distance;
    scanned -= distance;
    searched -= distance;
    moved += distance;
    window.moved(distance);
  }

  function isInPlace(chunk: Uint8Array): boolean {
    return chunk.buffer === finder.bytes.buffer && chunk.byteOffset === finder.bytes.byteOffset + end;
  }

  return {
    push(chunk) {
      for (let at = 0; at < chunk.length; at += CHUNK) {
        const part = chunk.subarray(at, at + CHUNK);
        if (!isInPlace(part)) finder.bytes.set(part, end);
        end += part.length;
        scan(false);
        makeRoom();
      }
    },
    canSkip: window.isClosed,
    skip(bytes, lines) {
      moved += end - first + bytes;
      end = first;
      scanned = first;
      searched = first;
      window.skip(moved, lines);
    },
    input: () => finder.bytes.subarray(end, end + CHUNK),
    settle: () => {},
    end() {
      const lastIsOpen = end > scanned;
      scan(true);
      const lines = window.end() + (lastIsOpen ? 1 : 0);
      release();
      return { bytes: moved + end - first, lines };
    },
  };
}
