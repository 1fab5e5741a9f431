import { setMaxListeners } from 'node:events';
import { fstatSync, type Stats, statSync, writeSync } from 'node:fs';
import type { ByteStream } from '../sources/byte-stream.js';
import { readDescriptor } from '../sources/descriptor.js';
import { tuneEngine } from './engine.js';
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
    stdin: {
      get isTerminal() {
        return isTerminal(0, () => process.stdin);
      },
      chunks: (buffer) => stdinChunks(interruption.signal, buffer),
    },
    // Nobody reads what would be found from now on: a log that is followed needs not be followed any longer.
    stdout: output(1, () => process.stdout, stop),
    // What cannot be said is no reason to find nothing.
    stderr: { ...stderr, write: (text) => stderr.write(text).catch(() => {}) },
    env: process.env,
    cwd: process.cwd(),
    signal: interruption.signal,
    // `performance` would load all that Node can measure.
    now: () => Number(process.hrtime.bigint()) / 1e6,
    tune: tuneEngine,
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

function stdinChunks(signal: AbortSignal, buffer?: () => Uint8Array): ByteStream {
  if (isOnDisk(0)) return readDescriptor(0, buffer);
  return statusOf(0)?.isFIFO() === true ? pipeChunks(signal, buffer) : streamChunks(signal);
}

function pipeChunks(signal: AbortSignal, buffer?: () => Uint8Array): ByteStream {
  const pipe = import('../sources/pipe.js').then(({ openPipe }) => openPipe(0, signal, buffer));
  return {
    async *[Symbol.asyncIterator]() {
      yield* await pipe;
    },
    drain: async (take) => (await pipe).drain?.(take),
  };
}

async function* streamChunks(signal: AbortSignal): AsyncGenerator<Uint8Array> {
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
  const status = statusOf(fd);
  return status?.isFile() === true || status?.isDirectory() === true;
}

function output(fd: number, open: () => NodeJS.WriteStream, onGone: () => void = () => {}): Output {
  let stream: NodeJS.WriteStream | undefined;

  function openStream(): NodeJS.WriteStream {
    if (stream !== undefined) return stream;
    stream = open();
    // Whoever writes is told; an event that nobody listens to would end the program.
    stream.on('error', () => {});
    return stream;
  }

  function writeToStream(bytes: Uint8Array | string): Promise<void> {
    const target = openStream();
    return new Promise((resolve, reject) => {
      target.write(bytes, (error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
  }

  return {
    get isTerminal() {
      return isTerminal(fd, openStream);
    },
    get columns() {
      return isTerminal(fd, openStream) ? openStream().columns : undefined;
    },
    async write(text) {
      try {
        const rest = stream === undefined && takesAtOnce(fd) ? writeAtOnce(fd, text) : text;
        if (rest.length > 0) await writeToStream(rest);
      } catch (error) {
        if (!isReaderGone(error as NodeJS.ErrnoException)) throw error;
        onGone();
      }
    },
  };
}

/** A file or a pipe is written to as Node's streams do it, without loading what streams are made of; `EAGAIN` leaves the rest to a stream. */
function writeAtOnce(fd: number, text: string): Uint8Array {
  let rest: Uint8Array = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return rest;
}

function takesAtOnce(fd: number): boolean {
  const status = statusOf(fd);
  return status !== undefined && (status.isFile() || status.isFIFO() || isNullDevice(status));
}

/** A device alone can be a terminal, and the null device is none: for anything else Node's streams need not be loaded. */
function isTerminal(fd: number, open: () => { readonly isTTY?: boolean }): boolean {
  const status = statusOf(fd);
  return status?.isCharacterDevice() === true && !isNullDevice(status) && open().isTTY === true;
}

function statusOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

function isNullDevice({ rdev }: Stats): boolean {
  try {
    return rdev !== 0 && statSync('/dev/null').rdev === rdev;
  } catch {
    return false;
  }
}

/** `| head` wants no more; that is no fault. What is written later meets a stream that is closed. */
function isReaderGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}
