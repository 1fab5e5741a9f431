import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SourceAnalysis } from '../analyze.js';
import { BLOCK, planSkip } from '../scan/look-ahead.js';
import { earlyThreads } from './early-threads.js';
import { isAsPlanned, type PlannedFile } from './planned-files.js';
import { type Ahead, type AheadFile, begunThreads, createShared, readProfile, tellReader } from './shared-profiles.js';

/** Other threads that look through what is still to be read, from its far end on, so that what holds nothing is never read again. */
export interface LookAhead {
  /** Files are begun in their order. Asked before each read of one, with the place in it: how many bytes may be passed over. */
  readonly begin: (path: string, source: SourceAnalysis) => (place: number) => number;
  readonly close: () => void;
}

const MOST_THREADS = 3;

/** `undefined` where there is one processor only. `onRunning`: called when all threads have started; never where one cannot. */
export function createLookAhead(files: readonly PlannedFile[], onRunning: () => void): LookAhead | undefined {
  const threads = Math.min(availableParallelism() - 1, MOST_THREADS);
  if (threads < 1) return undefined;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const blocks = files.reduce((sum, file) => sum + file.blocks, 0);
  const shared = createShared(blocks);
  const ahead: Ahead = { files, shared };
  const early = earlyThreads();
  for (let thread = 0; thread < threads; thread++) (early[thread] ?? startThread()).postMessage(ahead);
  let allRun = false;

  function noticeThreads(): void {
    if (allRun || begunThreads(shared) < threads) return;
    allRun = true;
    onRunning();
  }

  return {
    begin(path, source) {
      const file = byPath.get(path);
      if (file === undefined || !isAsPlanned(file)) return () => 0;
      return (place) => {
        noticeThreads();
        return skipIn(file, place, source, shared);
      };
    },
    close: () => tellReader(shared, blocks),
  };
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
function startThread(): Worker {
  const worker = new Worker(new URL('./look-ahead-worker.js', import.meta.url));
  worker.on('error', () => {});
  worker.unref();
  return worker;
}
