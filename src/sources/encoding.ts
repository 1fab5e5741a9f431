/** What the first bytes tell of the text's encoding. */
export type Encoding = 'utf-8' | 'utf-8 with byte-order mark' | 'utf-16le' | 'utf-16be';

export function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8 with byte-order mark';
  return 'utf-8';
}

/** Turns chunks of one encoding into chunks of UTF-8, which everything after expects; the byte-order mark goes. */
export interface Transcoder {
  readonly push: (chunk: Uint8Array) => Uint8Array;
  readonly end: () => Uint8Array;
}

export function createTranscoder(encoding: Encoding): Transcoder | undefined {
  if (encoding === 'utf-8' || encoding === 'utf-8 with byte-order mark') return undefined;
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  return {
    push: (chunk) => encoder.encode(decoder.decode(chunk, { stream: true })),
    end: () => encoder.encode(decoder.decode()),
  };
}
