import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { ByteStream } from './byte-stream.js';
import { type Compression, compressionOf } from './compression.js';
import { readDescriptor } from './descriptor.js';
import { createTranscoder, type Encoding } from './encoding.js';
import { reasonOf } from './find-inputs.js';
import type { Input } from './input.js';

export interface ReadOptions {
  /** `buffer`: where a reader may put the bytes. */
  readonly stdin: (buffer?: () => Uint8Array) => ByteStream;
  /** Takes UTF-8, chunk by chunk; a chunk is valid only during the call. */
  readonly push: (chunk: Uint8Array) => void;
  /** Where the receiver wants regular files to be read into, to spare a copy. */
  readonly buffer?: () => Uint8Array;
  /** Asked before each read of a regular file, with the place in it: how many bytes to pass over. Only plain UTF-8 is passed over. */
  readonly skip?: (place: number) => number;
  readonly signal: AbortSignal;
  /** After each chunk: its bytes as they lie in the file. */
  readonly onBytes?: (bytes: number) => void;
  /** Bytes that one archive may unpack to. */
  readonly maxUnpacked?: number;
}

/** What was read. With a `reason` not everything could be; what came before was delivered. */
export interface Reading {
  readonly about: { readonly bytes: number; readonly compression?: Compression; readonly encoding?: Encoding };
  readonly reason?: string;
}

/** No log is longer. */
const MAX_UNPACKED = 64 * 2 ** 30;
/** Enough for every magic number. */
const HEAD = 6;

interface Opened {
  readonly chunks: ByteStream;
  readonly close: () => void;
  /** Of a regular file, in bytes. */
  readonly size: number;
}

/** Reads one input to its end. Whatever is wrong with the input is told in the result, never thrown. */
export async function readInput(input: Input, options: ReadOptions): Promise<Reading> {
  const text = createTranscoder(options.push);
  const seen: Seen = { bytes: 0 };
  const about = () => {
    const encoding = text.encoding();
    return { ...seen, ...(encoding === 'utf-8' ? {} : { encoding }) };
  };
  try {
    const skip = (place: number) => {
      const bytes = place === 0 || seen.compression !== undefined || text.encoding() !== 'utf-8' ? 0 : (options.skip?.(place) ?? 0);
      seen.bytes += bytes;
      if (bytes > 0) options.onBytes?.(bytes);
      return bytes;
    };
    const { chunks, close, size } = await open(input, options, skip);
    try {
      await deliver(chunks, text.push, seen, options);
      text.end();
    } finally {
      close();
    }
    const reason = shortfall(seen.bytes, size, options.signal);
    return { about: about(), ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    text.end();
    return { about: about(), reason: shortfall(seen.bytes, 0, options.signal) ?? reasonOf(error) };
  }
}

function shortfall(bytes: number, size: number, signal: AbortSignal): string | undefined {
  if (signal.aborted) return `interrupted after ${bytes} bytes`;
  return bytes < size ? `the file shrank from ${size} to ${bytes} bytes while it was read` : undefined;
}

async function open(input: Input, { stdin, buffer, signal }: ReadOptions, skip: (place: number) => number): Promise<Opened> {
  if (input.kind === 'stdin') return { chunks: stdin(buffer), close: () => {}, size: 0 };
  const status = statSync(input.path);
  // A named pipe or a device waits for its writer without stopping everything else.
  if (!status.isFile()) {
    const { readWaiting } = await import('./waiting-stream.js');
    return { chunks: readWaiting(input.path, signal), close: () => {}, size: 0 };
  }
  const fd = openSync(input.path, 'r');
  return { chunks: readDescriptor(fd, buffer, skip), close: () => closeSync(fd), size: fstatSync(fd).size };
}

interface Seen {
  bytes: number;
  compression?: Compression;
}

async function* counted(chunks: ByteStream, seen: Seen, { signal, onBytes }: ReadOptions): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (signal.aborted) return;
    seen.bytes += chunk.length;
    yield chunk;
    onBytes?.(chunk.length);
  }
}

/** Looks at the first bytes and sends all of them through what they ask for. */
async function deliver(stream: ByteStream, push: (chunk: Uint8Array) => void, seen: Seen, options: ReadOptions): Promise<void> {
  const chunks = counted(stream, seen, options);
  const head = await headOf(chunks);
  const compression = compressionOf(head);
  if (compression !== undefined) {
    seen.compression = compression;
    const { unpack } = await import('./unpack.js');
    return unpack(joined(Uint8Array.from(head), chunks), compression, { push, limit: options.maxUnpacked ?? MAX_UNPACKED });
  }
  push(head);
  if (stream.drain === undefined) for await (const chunk of chunks) push(chunk);
  else await stream.drain((chunk) => pushCounted(chunk, push, seen, options));
}

function pushCounted(chunk: Uint8Array, push: (chunk: Uint8Array) => void, seen: Seen, { signal, onBytes }: ReadOptions): void {
  if (signal.aborted) return;
  seen.bytes += chunk.length;
  push(chunk);
  onBytes?.(chunk.length);
}

/** What a stream begins with, long enough to tell what it is; valid, as any chunk, until the next is asked for. */
async function headOf(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < HEAD) {
    const next = await chunks.next();
    if (next.done === true) break;
    const isEnough = head.length === 0 && next.value.length >= HEAD;
    head = isEnough ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* joined(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}
