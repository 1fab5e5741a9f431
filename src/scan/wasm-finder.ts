import type { Finder } from './finder.js';
import { scannerModule } from './scanner-module.js';
import { layOutTables, sizeOfTables, WANTED } from './search-tables.js';

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

const PAGE = 1 << 16;
/** The search looks at whole grams and vectors, beyond the input's end. */
const SLACK = 64;

const LINE_FEED = 10;

let compiled: object | undefined;

/** The search in WebAssembly; `undefined` where there is none, or none with vectors. `tables`: as `encodeTables` makes them. */
export function createWasmFinder(tables: Uint8Array, capacity: number): Finder | undefined {
  const exports = instantiate();
  if (exports === undefined) return undefined;
  const { memory, find, count, next, previous } = exports;
  const first = sizeOfTables(tables);
  exports.seen.value = (first + capacity + 2 * SLACK) & -SLACK;
  const missing = exports.seen.value + exports.seenSize.value - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const bytes = new Uint8Array(memory.buffer);
  layOutTables(tables, bytes);
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
