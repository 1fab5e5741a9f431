import type { Finder } from './finder.js';
import type { Remembered } from './region.js';
import { scannerModule } from './scanner-module.js';
import { layOutTables, sizeOfTables, WANTED } from './search-tables.js';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly find: (from: number, to: number, floor: number) => number;
  readonly pass: (from: number, to: number, floor: number) => number;
  readonly passed: { readonly value: number };
  readonly count: (byte: number, from: number, to: number) => number;
  readonly next: (byte: number, from: number, to: number) => number;
  readonly previous: (byte: number, from: number, floor: number) => number;
  readonly seen: { value: number };
  readonly seenSize: { readonly value: number };
  readonly recall: (from: number, to: number) => number;
  readonly settle: (number: number, after: number) => void;
  readonly echo: (from: number, to: number) => number;
  readonly echoes: () => number;
  readonly echoEnd: { readonly value: number };
  readonly echoAfter: { readonly value: number };
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
  const { memory, find, pass, count, next, previous } = exports;
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
    pass,
    passed: () => exports.passed.value,
    before: () => wanted[0] ?? 0,
    after: () => wanted[1] ?? 0,
    countLines: (from, to) => count(LINE_FEED, from, to),
    next,
    previous,
    ...createMemory(exports, bytes),
  };
}

/** Keeps the decoded texts by the numbers that the module gives to lines which it saw twice. */
function createMemory(exports: Exports, bytes: Uint8Array): Pick<Finder, 'recall' | 'settle' | 'echo'> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const lines: Remembered[] = [];
  const told = new Int32Array(bytes.buffer, exports.echoes());
  const run = {
    count: 0,
    end: 0,
    after: 0,
    rankOf: (index: number) => told[2 * index] ?? -1,
    lineOf: (index: number) => lines[told[2 * index + 1] ?? 0] ?? NOTHING,
  };
  return {
    recall(from, to) {
      const number = exports.recall(from, to);
      // Negative the second time that it is met, which is when it is kept.
      if (number < 0) lines[-number] = { number: -number, text: decoder.decode(bytes.subarray(from, to)) };
      return number === 0 ? undefined : lines[Math.abs(number)];
    },
    settle(line, after) {
      if (lines[line.number] === line) exports.settle(line.number, after);
    },
    echo(from, to) {
      run.count = exports.echo(from, to);
      run.end = exports.echoEnd.value;
      run.after = exports.echoAfter.value;
      return run;
    },
  };
}

const NOTHING: Remembered = { number: 0, text: '' };

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
