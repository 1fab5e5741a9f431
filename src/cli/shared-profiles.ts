import type { BlockProfile } from '../scan/look-ahead.js';

/** What a thread that looks ahead is given. */
export interface Ahead {
  /** In the order in which they are read. */
  readonly files: readonly AheadFile[];
  readonly shared: Int32Array;
}

/** A file, and its blocks among those of all. */
export interface AheadFile {
  readonly path: string;
  readonly firstBlock: number;
  readonly blocks: number;
}

/** In front the next block to profile, counted down, the one at which the reader is, and how many threads have begun. Then two for each block. */
const NEXT = 0;
const READER = 1;
const BEGUN = 2;
const HEADER = 3;

/** Line feeds and one more, so that 0 means unknown; this bit for a literal. */
const LITERAL = 1 << 30;

export function createShared(blocks: number): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer((HEADER + 2 * blocks) * Int32Array.BYTES_PER_ELEMENT));
  shared[NEXT] = blocks - 1;
  return shared;
}

export function tellBegun(shared: Int32Array): void {
  Atomics.add(shared, BEGUN, 1);
}

export function begunThreads(shared: Int32Array): number {
  return Atomics.load(shared, BEGUN);
}

export function nextBlock(shared: Int32Array): number {
  return Atomics.sub(shared, NEXT, 1);
}

/** False where the reader has been there, or will be before the profile is made. */
export function isWanted(shared: Int32Array, block: number): boolean {
  return block > Atomics.load(shared, READER) + 1;
}

export function tellReader(shared: Int32Array, block: number): void {
  Atomics.store(shared, READER, block);
}

export function writeProfile(shared: Int32Array, block: number, { hasLiteral, lines, firstFeed }: BlockProfile): void {
  shared[HEADER + 2 * block + 1] = firstFeed;
  Atomics.store(shared, HEADER + 2 * block, (lines + 1) | (hasLiteral ? LITERAL : 0));
}

export function readProfile(shared: Int32Array, block: number): BlockProfile | undefined {
  const told = Atomics.load(shared, HEADER + 2 * block);
  if (told === 0) return undefined;
  return { hasLiteral: (told & LITERAL) !== 0, lines: (told & ~LITERAL) - 1, firstFeed: shared[HEADER + 2 * block + 1] ?? -1 };
}
