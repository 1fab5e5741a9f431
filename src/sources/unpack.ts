import { spawn } from 'node:child_process';
import { Readable, type Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import type { Compression } from './compression.js';

export interface UnpackOptions {
  /** Takes each chunk as it comes. */
  readonly push: (chunk: Uint8Array) => void;
  /** Bytes that may come out; more is an archive made to fill memories and disks, not a log. */
  readonly limit: number;
}

const CHUNK = 256 << 10;

/**
 * Unpacks a stream of packed chunks. Everything that could be unpacked is delivered before it fails.
 * @throws one sentence that says why the archive ended early.
 */
export async function unpack(chunks: AsyncIterable<Uint8Array>, compression: Compression, { push, limit }: UnpackOptions): Promise<void> {
  let size = 0;
  const input = Readable.from(copies(chunks));
  const receive = (output: Readable) => (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= limit) push(chunk);
    else output.destroy(new Error(`it unpacks to more than ${limit} bytes, which no log does`));
  };
  const transform = nodeDecompressor(compression);
  if (transform === undefined) return throughProgram(input, compression, receive);
  // A receiver in flow is handed each chunk at once, so that an error behind it loses nothing.
  transform.on('data', receive(transform));
  try {
    await Promise.all([pipeline(input, transform), finished(transform)]);
  } catch (error) {
    throw new Error(sentence(error));
  }
}

/** A chunk is valid only until the next is asked for, and a decompressor works on it later. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice();
}

/** Node's own decompressor; `undefined` where this Node has none. */
function nodeDecompressor(compression: Compression): Transform | undefined {
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize: CHUNK });
  if (compression === 'zstd' && 'createZstdDecompress' in zlib) return (zlib.createZstdDecompress as () => Transform)();
  return undefined;
}

/** What zlib reports, in words of the reader's. */
function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/unexpected end/i.test(message)) return 'the archive is cut off; what it held was read';
  if (/incorrect|invalid|unknown compression/i.test(message))
    return `the archive is damaged (${message}); what stood before the damage was read`;
  return message;
}

type Receive = (output: Readable) => (chunk: Uint8Array) => void;

/** The system's program of the same name, without a shell and without a file name. */
async function throughProgram(input: Readable, program: Compression, receive: Receive): Promise<void> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', () => resolve(`this Node cannot unpack it, and the program ${program} is not installed`));
    child.on('close', (code) =>
      resolve(
        code === 0
          ? undefined
          : `the archive is cut off or damaged (${complaint.trim() || `${program} ended with status ${code}`}); what it held was read`,
      ),
    );
  });
  child.stderr.on('data', (text) => {
    if (complaint.length < 400) complaint += String(text);
  });
  child.stdout.on('data', receive(child.stdout));
  const stopped = new Promise<string>((resolve) => {
    child.stdout.on('error', (error) => {
      child.kill();
      resolve(error.message);
    });
  });
  // A program that stops reading early says why on its own; the broken pipe is no news.
  child.stdin.on('error', () => {});
  input.on('error', () => child.stdin.end());
  input.pipe(child.stdin);
  const reason = await Promise.race([ended, stopped]);
  if (reason !== undefined) throw new Error(reason);
}
