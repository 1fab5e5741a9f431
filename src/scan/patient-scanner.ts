import type { Emit, EmitEchoes, Literal } from './region.js';
import { createPassThrough, createScanner, type Scanner } from './scanner.js';

/** Less than this is read as fast as the search is made ready. */
const SMALL = 64 << 10;

/** A thousand files of ranks, one after the other, wait in the same memory. */
const idle: Uint8Array[] = [];

/** A scanner that waits with the search: of a small source, which most are, every line is emitted. */
export function createPatientScanner(literals: () => readonly Literal[], emit: Emit, head: number, emitEchoes: EmitEchoes): Scanner {
  const waiting = idle.pop() ?? new Uint8Array(SMALL);
  let length = 0;
  let scanner: Scanner | undefined;

  function begin(make: () => Scanner): Scanner {
    if (scanner !== undefined) return scanner;
    scanner = make();
    scanner.push(waiting.subarray(0, length));
    idle.push(waiting);
    return scanner;
  }

  const search = (): Scanner => begin(() => createScanner(literals(), emit, head, emitEchoes));

  return {
    push(chunk) {
      if (scanner === undefined && length + chunk.length < SMALL) {
        if (chunk.buffer !== waiting.buffer) waiting.set(chunk, length);
        length += chunk.length;
        return;
      }
      // What was read into this buffer must not be overwritten before it is scanned.
      search().push(chunk);
    },
    input: () => scanner?.input() ?? waiting.subarray(length),
    canSkip: () => scanner?.canSkip() ?? false,
    skip: (bytes, lines) => scanner?.skip(bytes, lines),
    settle: () => void search(),
    end: () => begin(() => createPassThrough(emit)).end(),
  };
}
