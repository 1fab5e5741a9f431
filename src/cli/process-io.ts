import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { readDescriptor } from '../sources/descriptor.js';
import type { Io, Output } from './io.js';

/** The real process; each stream is opened only when it is used. */
export function processIo(): Io {
  const signal = interruption();
  return {
    stdin: { isTerminal: isatty(0), chunks: () => stdinChunks(signal) },
    stdout: output(1, () => process.stdout),
    stderr: output(2, () => process.stderr),
    env: process.env,
    cwd: process.cwd(),
    signal,
    now: () => performance.now(),
  };
}

/** The first Ctrl-C ends reading and lets the report be printed; the second one ends the program. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  return controller.signal;
}

async function* stdinChunks(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (isRegularFile(0)) return yield* readDescriptor(0);
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* process.stdin;
  } catch (error) {
    // A stream that is closed from here ends before its end; that is what was asked for.
    if (!signal.aborted) throw error;
  }
}

function isRegularFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

function output(fd: number, open: () => NodeJS.WriteStream): Output {
  let stream: NodeJS.WriteStream | undefined;
  const isTerminal = isatty(fd);
  return {
    isTerminal,
    ...(isTerminal ? { columns: open().columns } : {}),
    write(text) {
      if (stream === undefined) {
        stream = open();
        // A reader that went away (`| head`) wants no more; that is no fault.
        stream.on('error', ignoreClosedPipe);
      }
      const target = stream;
      return new Promise((resolve) => target.write(text, () => resolve()));
    },
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
