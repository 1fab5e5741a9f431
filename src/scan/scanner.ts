/** Placeholder until the real scanner lands: every line passes. Whoever builds the scanner replaces this file. */
export interface Literal {
  readonly text: string;
  readonly before: number;
  readonly after: number;
}
export interface Region {
  readonly bytes: Uint8Array;
  readonly firstLine: number;
  readonly offset: number;
}
export interface ScanTotals {
  readonly bytes: number;
  readonly lines: number;
}
export interface Scanner {
  readonly push: (chunk: Uint8Array) => void;
  readonly end: () => ScanTotals;
}
export function createScanner(_literals: readonly Literal[], emit: (region: Region) => void): Scanner {
  return createPassThrough(emit);
}
export function createPassThrough(emit: (region: Region) => void): Scanner {
  const chunks: Uint8Array[] = [];
  return {
    push: (chunk) => void chunks.push(chunk.slice()),
    end() {
      const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      const bytes = new Uint8Array(size);
      let offset = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, offset);
        offset += chunk.length;
      }
      emit({ bytes, firstLine: 1, offset: 0 });
      return { bytes: size, lines: bytes.filter((byte) => byte === 10).length };
    },
  };
}
