import { type Stats, statSync } from 'node:fs';
import { BLOCK } from '../scan/look-ahead.js';
import type { AheadFile } from './shared-profiles.js';

/** A file as it was when it was planned to look ahead in it. */
export interface PlannedFile extends AheadFile {
  readonly inode: number;
  readonly size: number;
}

/** Bytes of all files together below which another thread takes longer to start than to help. */
const LARGE = 192 << 20;
/** What is packed holds no words before it is unpacked. */
const PACKED = /\.(?:gz|zst|xz|bz2)$/;

/** The files to look ahead in, in their order; none where there is too little to read. */
export function planFiles(paths: readonly string[]): readonly PlannedFile[] {
  const files: PlannedFile[] = [];
  let firstBlock = 0;
  let bytes = 0;
  for (const path of paths) {
    const status = PACKED.test(path) ? undefined : statusOf(path);
    if (status?.isFile() !== true) continue;
    const { ino: inode, size } = status;
    const blocks = Math.ceil(size / BLOCK);
    files.push({ path, inode, size, firstBlock, blocks });
    firstBlock += blocks;
    bytes += size;
  }
  return bytes < LARGE ? [] : files;
}

/** Since it was planned another file may have taken its place: a log that was rotated. */
export function isAsPlanned({ path, inode, size }: PlannedFile): boolean {
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
