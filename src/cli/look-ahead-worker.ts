import { openSync, readSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { Finder } from '../scan/finder.js';
import { createPreparedFinder } from '../scan/finders.js';
import { BLOCK, MARGIN, profileBlock } from '../scan/look-ahead.js';
import { type Ahead, isWanted, nextBlock, writeProfile } from './shared-profiles.js';

const { path, shared } = workerData as Ahead;
const finder = createPreparedFinder(BLOCK + 2 * MARGIN);
if (finder !== undefined) profile(finder);

/** Profiles blocks of one file, from its end towards its beginning, until it meets the thread that reads from the beginning. */
function profile(finder: Finder): void {
  const descriptor = openSync(path, 'r');
  for (let block = nextBlock(shared); isWanted(shared, block); block = nextBlock(shared)) {
    const place = block * BLOCK;
    const before = Math.min(place, MARGIN);
    const length = readSync(descriptor, finder.bytes, finder.first, before + BLOCK + MARGIN, place - before);
    const first = finder.first;
    const start = first + before;
    const last = first + length;
    writeProfile(shared, block, profileBlock(finder, { first, start, end: Math.min(start + BLOCK, last), last }));
  }
}
