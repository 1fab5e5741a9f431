import type { Finder } from './finder.js';
import { SLOTS } from './grams.js';
import type { Entry, LiteralIndex } from './literal-index.js';
import { scannerModule } from './scanner-module.js';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly find: (from: number, to: number, floor: number) => number;
  readonly count: (byte: number, from: number, to: number) => number;
  readonly next: (byte: number, from: number, to: number) => number;
  readonly previous: (byte: number, from: number, floor: number) => number;
  readonly seen: { value: number };
  readonly seenSize: { readonly value: number };
  readonly recall: (from: number, to: number) => number;
}

/** As much of the interface as is used; TypeScript knows it only as a part of a browser. */
interface WebAssemblyHost {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

/** The memory as `wasm/finder.ts` expects it. */
const NUMBERS = SLOTS;
const WANTED = NUMBERS + 2 * SLOTS;
const BUCKETS = WANTED + 8;
const ENTRY_SIZE = 20;
const PAGE = 1 << 16;
/** The search looks at whole grams and vectors, beyond the input's end. */
const SLACK = 64;

const LINE_FEED = 10;

let compiled: object | undefined;

/** The search in WebAssembly; `undefined` where there is none, or none with vectors. */
export function createWasmFinder(index: LiteralIndex, capacity: number): Finder | undefined {
  const exports = instantiate();
  if (exports === undefined) return undefined;
  const { memory, find, count, next, previous } = exports;
  const first = sizeOf(index);
  exports.seen.value = (first + capacity + 2 * SLACK) & -SLACK;
  const missing = exports.seen.value + exports.seenSize.value - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  layOut(index, memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const wanted = new Uint32Array(memory.buffer, WANTED, 2);
  return {
    bytes,
    first,
    find,
    before: () => wanted[0] ?? 0,
    after: () => wanted[1] ?? 0,
    countLines: (from, to) => count(LINE_FEED, from, to),
    next,
    previous,
    recall: createRecall(exports, bytes),
  };
}

/** Keeps the decoded texts by the numbers that the module gives to lines which it saw twice. */
function createRecall({ recall }: Exports, bytes: Uint8Array): (from: number, to: number) => string | undefined {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const texts: string[] = [];
  return (from, to) => {
    const number = recall(from, to);
    if (number > 0) return texts[number];
    if (number < 0) texts[-number] = decoder.decode(bytes.subarray(from, to));
    return undefined;
  };
}

function instantiate(): Exports | undefined {
  const { WebAssembly: host }: { readonly WebAssembly?: WebAssemblyHost } = globalThis as object;
  if (host === undefined) return undefined;
  try {
    compiled ??= new host.Module(Uint8Array.from(atob(scannerModule), (char) => char.charCodeAt(0)));
    return new host.Instance(compiled).exports;
  } catch {
    return undefined;
  }
}

function sizeOf({ buckets }: LiteralIndex): number {
  let size = entriesAt(buckets);
  for (const entries of buckets) for (const { bytes } of entries) size += ENTRY_SIZE + bytes.length;
  return (size + SLACK) & -SLACK;
}

function entriesAt(buckets: LiteralIndex['buckets']): number {
  return BUCKETS + (buckets.length + 1) * 4;
}

/** Whether a slot has a bucket, the bucket's number, where each bucket begins, the entries bucket by bucket, the literals. */
function layOut({ slots, buckets }: LiteralIndex, buffer: ArrayBuffer): void {
  const view = new DataView(buffer);
  const bytes = new Uint8Array(buffer);
  for (let slot = 0; slot < SLOTS; slot++) if (slots[slot] !== 0) bytes[slot] = 1;
  new Uint16Array(buffer, NUMBERS, SLOTS).set(slots);
  let at = entriesAt(buckets);
  let literal = buckets.reduce((end, entries) => end + entries.length * ENTRY_SIZE, at);
  buckets.forEach((entries, bucket) => {
    view.setUint32(BUCKETS + bucket * 4, at, true);
    for (const entry of entries) {
      bytes.set(entry.bytes, literal);
      writeEntry(view, at, entry, literal);
      literal += entry.bytes.length;
      at += ENTRY_SIZE;
    }
  });
  view.setUint32(BUCKETS + buckets.length * 4, at, true);
}

function writeEntry(view: DataView, at: number, { gram, mask, offset, bytes, before, after }: Entry, literal: number): void {
  view.setUint32(at, gram, true);
  view.setUint32(at + 4, mask, true);
  view.setUint32(at + 8, literal, true);
  view.setUint32(at + 12, after, true);
  view.setInt8(at + 16, offset);
  view.setUint8(at + 17, bytes.length);
  view.setUint8(at + 18, before);
}
