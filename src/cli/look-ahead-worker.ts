import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Finder } from '../scan/finder.js';
import { createPreparedFinder } from '../scan/finders.js';
import { BLOCK, type BlockProfile, MARGIN, profileBlock } from '../scan/look-ahead.js';
import { type Ahead, type AheadFile, isWanted, nextBlock, tellBegun, writeProfile } from './shared-profiles.js';

// The thread may be started before it is known what is to be read.
const finder = createPreparedFinder(BLOCK + 2 * MARGIN);
if (finder !== undefined) parentPort?.once('message', (ahead: Ahead) => profile(ahead, finder));

/** Profiles blocks, from the end of the last file towards the beginning of the first, until it meets the thread that reads from there. */
function profile({ files, shared }: Ahead, finder: Finder): void {
  tellBegun(shared);
  const left = [...files];
  let open: { readonly file: AheadFile; readonly descriptor: number | undefined } | undefined;
  for (let block = nextBlock(shared); isWanted(shared, block); block = nextBlock(shared)) {
    while (open === undefined || block < open.file.firstBlock) {
      const file = left.pop();
      if (file === undefined) return;
      if (open?.descriptor !== undefined) closeSync(open.descriptor);
      open = { file, descriptor: tryOpen(file.path) };
    }
    const { file, descriptor } = open;
    const isLast = block === file.firstBlock + file.blocks - 1;
    // The last block of a file is read in any case.
    if (descriptor !== undefined && !isLast) writeProfile(shared, block, profileIn(finder, descriptor, block - file.firstBlock));
  }
}

function profileIn(finder: Finder, descriptor: number, index: number): BlockProfile {
  const place = index * BLOCK;
  const before = Math.min(place, MARGIN);
  const length = readSync(descriptor, finder.bytes, finder.first, before + BLOCK + MARGIN, place - before);
  const first = finder.first;
  const start = first + before;
  const last = first + length;
  return profileBlock(finder, { first, start, end: Math.min(start + BLOCK, last), last });
}

/** What cannot be opened says so when it is read. */
function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
