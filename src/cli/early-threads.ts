import type { Worker } from 'node:worker_threads';

/** Threads that were started before the program was read, to look ahead; the build puts the launcher's in the place of this module. */
export function earlyThreads(): readonly Worker[] {
  return [];
}
