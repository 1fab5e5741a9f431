import { statSync } from 'node:fs';

/** Bytes below which another thread takes longer to start than to help. */
export const LARGE = 192 << 20;

/** Bytes of all files together; what cannot be looked at says so when it is read. */
export function sizeOf(paths: readonly string[]): number {
  let sum = 0;
  for (const path of paths) {
    try {
      sum += statSync(path).size;
    } catch {}
  }
  return sum;
}
