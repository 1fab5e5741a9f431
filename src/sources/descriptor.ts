import { readSync } from 'node:fs';

const CHUNK = 256 << 10;
/** Signals, timers and decompressors get their turn after so many reads: 16 MiB, some milliseconds. */
const READS_AT_A_STRETCH = 64;

/** Reads end where a block does: what is known of blocks is of use at their beginnings only. */
const BLOCK = 256 << 10;

/**
 * The bytes of a regular file, read straight into one buffer: each chunk is valid only until the next is asked for. Ends where the file
 * ends at that moment, so that a log which still grows is read to its end and not forever. `skip` tells before each read how many bytes
 * to pass over; without it the file is read from where it stands, which is not its beginning where a shell has read some of it.
 * @throws what the system reports: EISDIR, EIO.
 */
export async function* readDescriptor(
  fd: number,
  buffer: () => Uint8Array = ownBuffer(),
  skip?: (place: number) => number,
): AsyncGenerator<Uint8Array> {
  let place = 0;
  for (let reads = 1; ; reads++) {
    place += skip?.(place) ?? 0;
    const into = buffer();
    const length = readSync(fd, into, 0, Math.min(into.length, BLOCK - (place % BLOCK)), skip === undefined ? null : place);
    if (length === 0) return;
    place += length;
    yield into.subarray(0, length);
    if (reads % READS_AT_A_STRETCH === 0) await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function ownBuffer(): () => Uint8Array {
  const buffer = new Uint8Array(CHUNK);
  return () => buffer;
}
