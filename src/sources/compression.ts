/** Packed logs are known by their first bytes, never by the name: logs are renamed. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** `-1` stands for any byte. */
const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68, -1, 0x31, 0x41]],
];

export function compressionOf(head: Uint8Array): Compression | undefined {
  return MAGIC.find(([, bytes]) => bytes.every((byte, index) => byte < 0 || head[index] === byte))?.[0];
}
