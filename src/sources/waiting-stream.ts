import { constants, createReadStream, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

const CHUNK = 256 << 10;

/** The bytes of a named pipe or a device, to their end or until the signal, which is no error here. */
export async function* readWaiting(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = (await stat(path)).isFIFO() ? openPipe(path) : createReadStream(path, { highWaterMark: CHUNK });
  const stop = () => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (!signal.aborted) yield* stream;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
}

/**
 * A file's stream would wait for the pipe's writer, and then for its bytes, in a thread that nothing can stop: a program that is told to end
 * would wait with it. A socket waits in the event loop.
 */
function openPipe(path: string): Readable {
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
}
