/** What the first bytes tell of the text's encoding. */
export type Encoding = 'utf-8' | 'utf-8 with byte-order mark' | 'utf-16le' | 'utf-16be';

/** Turns chunks of any encoding into chunks of UTF-8, which everything after expects; the byte-order mark goes. */
export interface Transcoder {
  readonly push: (chunk: Uint8Array) => void;
  readonly end: () => void;
  /** Known from the first three bytes on. */
  readonly encoding: () => Encoding;
}

const MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8 with byte-order mark', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
const LONGEST_MARK = 3;

export function createTranscoder(deliver: (chunk: Uint8Array) => void): Transcoder {
  let encoding: Encoding = 'utf-8';
  /** Held until it is long enough to tell. */
  let head: Uint8Array | undefined = new Uint8Array(0);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  const encoder = new TextEncoder();

  function begin(bytes: Uint8Array): void {
    head = undefined;
    const found = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
    if (found === undefined) {
      send(bytes);
      return;
    }
    const [name, mark] = found;
    encoding = name;
    if (name === 'utf-16le' || name === 'utf-16be') decoder = new TextDecoder(name);
    send(bytes.subarray(mark.length));
  }

  function send(chunk: Uint8Array): void {
    const bytes = decoder === undefined ? chunk : encoder.encode(decoder.decode(chunk, { stream: true }));
    if (bytes.length > 0) deliver(bytes);
  }

  return {
    push(chunk) {
      if (head === undefined) {
        send(chunk);
        return;
      }
      const bytes = head.length === 0 ? chunk : concat(head, chunk);
      if (bytes.length >= LONGEST_MARK) begin(bytes);
      else head = bytes.slice();
    },
    end() {
      if (head !== undefined) begin(head);
      if (decoder !== undefined) deliver(encoder.encode(decoder.decode()));
    },
    encoding: () => encoding,
  };
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
