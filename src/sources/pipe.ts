import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { availableParallelism } from 'node:os';
import type { ByteStream } from './byte-stream.js';
import { createPace } from './pace.js';

/** What a pipe holds at most, by default. */
const CHUNK = 64 << 10;

/**
 * The bytes of a pipe. Node's stream of standard input takes twice the time, most of it for buffers: these are read into one buffer, and
 * what is drained straight to where its receiver wants it. Ends early when the signal says so.
 */
export function openPipe(descriptor: number, signal: AbortSignal, buffer?: () => Uint8Array): ByteStream {
  const own = new Uint8Array(CHUNK);
  const early: Uint8Array[] = [];
  let ended = false;
  let failure: unknown;
  let take: ((chunk: Uint8Array) => void) | undefined;
  /** Whoever waits for a chunk or for the end. */
  let wake: (() => void) | undefined;
  const pace = availableParallelism() > 1 ? createPace(() => Number(process.hrtime.bigint())) : undefined;

  function receive(chunk: Uint8Array): boolean {
    if (take === undefined) {
      early.push(chunk.slice());
      wake?.();
      return false;
    }
    pace?.came();
    try {
      take(chunk);
      pace?.rest(chunk.length === CHUNK);
    } catch (error) {
      fail(error);
    }
    return true;
  }

  function fail(error: unknown): void {
    failure ??= error;
    socket.destroy();
  }

  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer: () => (take === undefined ? own : (buffer?.() ?? own)),
      callback: (length, bytes) => receive(bytes.subarray(0, length)),
    },
  };
  const socket = new Socket(options);
  socket.on('error', fail);
  socket.on('close', () => {
    ended = true;
    wake?.();
  });
  signal.addEventListener('abort', () => socket.destroy(), { once: true });

  function change(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      socket.resume();
    });
  }

  function complain(): void {
    if (failure !== undefined && !signal.aborted) throw failure;
  }

  return {
    async *[Symbol.asyncIterator]() {
      try {
        while (early.length > 0 || !ended) {
          const chunk = early.shift();
          if (chunk === undefined) await change();
          else yield chunk;
        }
        complain();
      } finally {
        socket.destroy();
      }
    },
    async drain(receiver) {
      for (const chunk of early.splice(0)) receiver(chunk);
      take = receiver;
      while (!ended) await change();
      complain();
    },
  };
}
