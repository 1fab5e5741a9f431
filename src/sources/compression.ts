import { spawn } from 'node:child_process';
import type { Readable, Transform } from 'node:stream';
import zlib from 'node:zlib';

export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** By the first bytes, never by the name: logs are renamed. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const starts = (...bytes: readonly number[]) => bytes.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  if (starts(0x42, 0x5a, 0x68) && isBetween(head[3], 0x31, 0x39)) return 'bzip2';
  return undefined;
}

function isBetween(byte: number | undefined, low: number, high: number): boolean {
  return byte !== undefined && byte >= low && byte <= high;
}

/** Node's own decompressor; `undefined` where this Node has none. */
function nodeDecompressor(compression: Compression): Transform | undefined {
  if (compression === 'gzip') return zlib.createGunzip();
  if (compression === 'zstd' && 'createZstdDecompress' in zlib) return (zlib.createZstdDecompress as () => Transform)();
  return undefined;
}

const PROGRAMS: Readonly<Record<Compression, string>> = { gzip: 'gzip', zstd: 'zstd', xz: 'xz', bzip2: 'bzip2' };

/** The decompressed bytes of a stream. What Node cannot unpack is handed to the system's program, without a shell and without a file name. */
export async function* decompress(input: Readable, compression: Compression): AsyncGenerator<Uint8Array> {
  const transform = nodeDecompressor(compression);
  if (transform === undefined) return yield* throughProgram(input, PROGRAMS[compression]);
  input.on('error', (error) => transform.destroy(error));
  yield* input.pipe(transform);
}

async function* throughProgram(input: Readable, program: string): AsyncGenerator<Uint8Array> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', () => resolve(`this Node cannot unpack it, and the program ${program} is not installed`));
    child.on('close', (code) => resolve(code === 0 ? undefined : complaint.trim() || `${program} ended with status ${code}`));
  });
  child.stderr.on('data', (text) => {
    if (complaint.length < 400) complaint += String(text);
  });
  // A program that stops reading early says why on its own; the broken pipe is no news.
  child.stdin.on('error', () => {});
  input.on('error', () => child.stdin.end());
  input.pipe(child.stdin);
  for await (const chunk of child.stdout) yield chunk;
  const reason = await ended;
  if (reason !== undefined) throw new Error(reason);
}
