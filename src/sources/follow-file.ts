import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** What happens to a log that is still being written. A chunk is valid only until the next event is asked for. */
export type FollowEvent =
  | { readonly kind: 'bytes'; readonly chunk: Uint8Array }
  /** Nothing came for a while: what was printed last is whole. */
  | { readonly kind: 'quiet' }
  /** The file was cut, or another one took its place: what follows begins a new log. */
  | { readonly kind: 'restart' };

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the file. */
  readonly poll?: number;
  /** Milliseconds without bytes after which a message counts as whole. */
  readonly quietAfter?: number;
}

const CHUNK = 256 << 10;

/** Reads a growing file until the signal ends it; survives rotation by name, truncation in place and a while without any file. */
export async function* followFile(path: string, { signal, poll = 200, quietAfter = 1000 }: FollowOptions): AsyncGenerator<FollowEvent> {
  const buffer = new Uint8Array(CHUNK);
  let file = await open(path, 'r');
  let position = 0;
  let idle = 0;
  let told = true;
  try {
    while (!signal.aborted) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
      if (bytesRead > 0) {
        position += bytesRead;
        idle = 0;
        told = false;
        yield { kind: 'bytes', chunk: buffer.subarray(0, bytesRead) };
        continue;
      }
      const next = await successor(file, path, position);
      if (next !== undefined) {
        if (next.file !== file) await file.close();
        file = next.file;
        position = 0;
        yield { kind: 'restart' };
        continue;
      }
      if (!told && idle >= quietAfter) {
        told = true;
        yield { kind: 'quiet' };
      }
      idle += poll;
      await pause(poll, signal);
    }
  } finally {
    await file.close();
  }
}

/** The file to read from its beginning: the same one after it was cut, or another one that took its name. */
async function successor(file: FileHandle, path: string, position: number): Promise<{ readonly file: FileHandle } | undefined> {
  const [mine, named] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  if (named !== undefined && (named.ino !== mine.ino || named.dev !== mine.dev)) {
    const renewed = await open(path, 'r').catch(() => undefined);
    return renewed === undefined ? undefined : { file: renewed };
  }
  return mine.size < position ? { file } : undefined;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
}
