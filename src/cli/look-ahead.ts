import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SourceAnalysis } from '../analyze.js';
import { BLOCK, planSkip } from '../scan/look-ahead.js';
import { type Ahead, createShared, readProfile, tellReader } from './shared-profiles.js';

/** Other threads that look through the far end of a file while its beginning is read, so that what holds nothing is never read again. */
export interface LookAhead {
  /** Asked before each read: how many bytes may be passed over. */
  readonly skip: (place: number) => number;
  readonly close: () => void;
}

const MOST_THREADS = 3;

/** `undefined` where there is one processor only. */
export function createLookAhead(path: string, size: number, source: SourceAnalysis): LookAhead | undefined {
  const threads = Math.min(availableParallelism() - 1, MOST_THREADS);
  if (threads < 1) return undefined;
  const blocks = Math.ceil(size / BLOCK);
  const shared = createShared(blocks);
  const workers = Array.from({ length: threads }, () => startWorker({ path, shared }));
  return {
    skip(place) {
      if (place % BLOCK !== 0) return 0;
      const block = place / BLOCK;
      tellReader(shared, block);
      if (!source.canSkip()) return 0;
      const skip = planSkip(block, blocks, BLOCK, (each) => readProfile(shared, each));
      if (skip === undefined) return 0;
      source.skip(skip.bytes, skip.lines);
      return skip.bytes;
    },
    close() {
      tellReader(shared, blocks);
      for (const worker of workers) worker.unref();
    },
  };
}

/** A thread that fails profiles nothing; the reader then reads everything itself. */
function startWorker(ahead: Ahead): Worker {
  const worker = new Worker(new URL('./look-ahead-worker.js', import.meta.url), { workerData: ahead });
  worker.on('error', () => {});
  worker.unref();
  return worker;
}
