/** A dropped file, piece by piece: a gigabyte never stands in memory as a whole. */
export interface BlobContent {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly compression?: string;
}

/** By the first bytes, never by the name: logs are renamed. Browsers unpack gzip only. */
const PACKED: readonly (readonly [name: string, head: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/** @throws Error with a reason for people, where a browser cannot unpack it. */
export async function openBlob(blob: Blob): Promise<BlobContent> {
  const head = new Uint8Array(await blob.slice(0, 8).arrayBuffer());
  const packed = PACKED.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0];
  if (packed === undefined) return { chunks: read(blob.stream()) };
  if (packed !== 'gzip') throw new Error(`it is packed with ${packed}, which a browser cannot unpack; unpack it first`);
  return { chunks: read(blob.stream().pipeThrough(new DecompressionStream('gzip'))), compression: packed };
}

async function* read(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}
