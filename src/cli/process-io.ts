import { setMaxListeners } from 'node:events';
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { readDescriptor } from '../sources/descriptor.js';
import { isPipe, readPipe } from '../sources/pipe.js';
import type { Io, Output } from './io.js';

/** The real process; each stream is opened only when it is used. */
export function processIo(): Io {
  const interruption = new AbortController();
  // Each log that is followed listens.
  setMaxListeners(0, interruption.signal);
  const stop = () => interruption.abort();
  onInterruption(stop);
  const stderr = output(2, () => process.stderr);
  return {
    stdin: { isTerminal: isatty(0), chunks: (buffer) => stdinChunks(interruption.signal, buffer) },
    // Nobody reads what would be found from now on: a log that is followed needs not be followed any longer.
    stdout: output(1, () => process.stdout, stop),
    // What cannot be said is no reason to find nothing.
    stderr: { ...stderr, write: (text) => stderr.write(text).catch(() => {}) },
    env: process.env,
    cwd: process.cwd(),
    signal: interruption.signal,
    // `performance` would load all that Node can measure.
    now: () => Number(process.hrtime.bigint()) / 1e6,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first Ctrl-C ends reading and lets the report be printed; the second one ends the program. */
function onInterruption(stop: () => void): void {
  const first = () => {
    for (const signal of SIGNALS) process.off(signal, first);
    stop();
  };
  for (const signal of SIGNALS) process.on(signal, first);
}

async function* stdinChunks(signal: AbortSignal, buffer?: () => Uint8Array): AsyncGenerator<Uint8Array> {
  if (isOnDisk(0)) return yield* readDescriptor(0, buffer);
  if (isPipe(0)) return yield* readPipe(0, signal);
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* process.stdin;
  } catch (error) {
    // A stream that is closed from here ends before its end; that is what was asked for.
    if (!signal.aborted) throw error;
  }
}

/** A file, or a directory, which Node's stream would show as an empty file. */
function isOnDisk(fd: number): boolean {
  try {
    const status = fstatSync(fd);
    return status.isFile() || status.isDirectory();
  } catch {
    return false;
  }
}

function output(fd: number, open: () => NodeJS.WriteStream, onGone: () => void = () => {}): Output {
  let stream: NodeJS.WriteStream | undefined;
  const isTerminal = isatty(fd);
  return {
    isTerminal,
    ...(isTerminal ? { columns: open().columns } : {}),
    write(text) {
      if (stream === undefined) {
        stream = open();
        // Whoever writes is told; an event that nobody listens to would end the program.
        stream.on('error', () => {});
      }
      const target = stream;
      return new Promise((resolve, reject) => {
        target.write(text, (error) => {
          if (error === undefined || error === null) return resolve();
          if (!isReaderGone(error)) return reject(error);
          onGone();
          resolve();
        });
      });
    },
  };
}

/** `| head` wants no more; that is no fault. What is written later meets a stream that is closed. */
function isReaderGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}
