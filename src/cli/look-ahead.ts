import { type Stats, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SourceAnalysis } from '../analyze.js';
import { BLOCK, planSkip } from '../scan/look-ahead.js';
import { LARGE } from './large.js';
import { type Ahead, type AheadFile, createShared, readProfile, tellReader } from './shared-profiles.js';

/** Other threads that look through what is still to be read, from its far end on, so that what holds nothing is never read again. */
export interface LookAhead {
  /** Files are begun in their order. Asked before each read of one, with the place in it: how many bytes may be passed over. */
  readonly begin: (path: string, source: SourceAnalysis) => (place: number) => number;
  readonly close: () => void;
}

const MOST_THREADS = 3;
/** What is packed holds no words before it is unpacked. */
const PACKED = /\.(?:gz|zst|xz|bz2)$/;

interface Planned extends AheadFile {
  readonly inode: number;
  readonly size: number;
}

/** `undefined` where there is one processor only, or too little to read. */
export function createLookAhead(paths: readonly string[]): LookAhead | undefined {
  const threads = Math.min(availableParallelism() - 1, MOST_THREADS);
  const files = threads < 1 ? [] : plan(paths);
  if (files.reduce((sum, { size }) => sum + size, 0) < LARGE) return undefined;
  const blocks = files.reduce((sum, file) => sum + file.blocks, 0);
  const shared = createShared(blocks);
  const workers = Array.from({ length: threads }, () => startWorker({ files, shared }));
  return {
    begin(path, source) {
      const file = files.find((each) => each.path === path);
      return file === undefined || !isAsPlanned(file) ? () => 0 : (place) => skipIn(file, place, source, shared);
    },
    close() {
      tellReader(shared, blocks);
      for (const worker of workers) worker.unref();
    },
  };
}

function plan(paths: readonly string[]): readonly Planned[] {
  const files: Planned[] = [];
  let firstBlock = 0;
  for (const path of paths) {
    const status = PACKED.test(path) ? undefined : statusOf(path);
    if (status?.isFile() !== true) continue;
    const blocks = Math.ceil(status.size / BLOCK);
    files.push({ path, inode: status.ino, size: status.size, firstBlock, blocks });
    firstBlock += blocks;
  }
  return files;
}

/** Since it was looked at another file may have taken its place: a log that was rotated. */
function isAsPlanned({ path, inode, size }: Planned): boolean {
  const status = statusOf(path);
  return status !== undefined && status.ino === inode && status.size >= size;
}

/** What cannot be looked at says so when it is read. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function skipIn({ firstBlock, blocks }: AheadFile, place: number, source: SourceAnalysis, shared: Int32Array): number {
  if (place % BLOCK !== 0) return 0;
  const block = place / BLOCK;
  tellReader(shared, firstBlock + block);
  if (!source.canSkip()) return 0;
  const skip = planSkip(block, blocks, BLOCK, (each) => readProfile(shared, firstBlock + each));
  if (skip === undefined) return 0;
  source.skip(skip.bytes, skip.lines);
  return skip.bytes;
}

/** A thread that fails profiles nothing; the reader then reads everything itself. */
function startWorker(ahead: Ahead): Worker {
  const worker = new Worker(new URL('./look-ahead-worker.js', import.meta.url), { workerData: ahead });
  worker.on('error', () => {});
  worker.unref();
  return worker;
}
