import { SLOTS } from './grams.js';
import type { Entry, LiteralIndex } from './literal-index.js';

/** The memory of `wasm/finder.ts` in front of its input. */
const NUMBERS = SLOTS;
export const WANTED = NUMBERS + 2 * SLOTS;
const BUCKETS = WANTED + 8;
const ENTRY_SIZE = 20;
const SLACK = 64;
/** Of a slot: its place, then the number of its bucket. */
const SLOT_SIZE = 8;

/**
 * The tables of the search: how many slots are in use, those slots, then byte by byte what stands from `BUCKETS` on: where each bucket
 * begins, the entries bucket by bucket, the literals. The rest of the memory is zero and takes no room here.
 */
export function encodeTables({ slots, buckets }: LiteralIndex): Uint8Array {
  const used = Array.from(slots.keys()).filter((slot) => slots[slot] !== 0);
  const start = 4 + used.length * SLOT_SIZE;
  const entries = entriesAt(buckets);
  const literals = buckets.reduce((end, bucket) => end + bucket.length * ENTRY_SIZE, entries);
  const end = buckets.flat().reduce((sum, { bytes }) => sum + bytes.length, literals);
  const tables = new Uint8Array(start + end - BUCKETS);
  const view = new DataView(tables.buffer);
  view.setUint32(0, used.length, true);
  used.forEach((slot, i) => {
    view.setUint32(4 + i * SLOT_SIZE, slot, true);
    view.setUint32(8 + i * SLOT_SIZE, slots[slot] ?? 0, true);
  });
  writeBuckets(new DataView(tables.buffer, start), buckets, entries, literals);
  return tables;
}

function entriesAt(buckets: LiteralIndex['buckets']): number {
  return BUCKETS + (buckets.length + 1) * 4;
}

/** Addresses are those of the memory. */
function writeBuckets(view: DataView, buckets: LiteralIndex['buckets'], entries: number, literals: number): void {
  let at = entries;
  let literal = literals;
  buckets.forEach((bucket, number) => {
    view.setUint32(number * 4, at, true);
    for (const entry of bucket) {
      entry.bytes.forEach((byte, i) => {
        view.setUint8(literal - BUCKETS + i, byte);
      });
      writeEntry(view, at - BUCKETS, entry, literal);
      literal += entry.bytes.length;
      at += ENTRY_SIZE;
    }
  });
  view.setUint32(buckets.length * 4, at, true);
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

/** So many bytes in front of the input belong to the tables. */
export function sizeOfTables(tables: Uint8Array): number {
  return (BUCKETS + tables.length - startOfBuckets(tables) + SLACK) & -SLACK;
}

/** Puts the tables into a memory that is all zero. */
export function layOutTables(tables: Uint8Array, memory: Uint8Array): void {
  const view = new DataView(tables.buffer, tables.byteOffset);
  const start = startOfBuckets(tables);
  for (let at = 4; at < start; at += SLOT_SIZE) {
    const slot = view.getUint32(at, true);
    const bucket = view.getUint32(at + 4, true);
    memory[slot] = 1;
    memory[NUMBERS + 2 * slot] = bucket & 255;
    memory[NUMBERS + 2 * slot + 1] = bucket >>> 8;
  }
  memory.set(tables.subarray(start), BUCKETS);
}

function startOfBuckets(tables: Uint8Array): number {
  return 4 + new DataView(tables.buffer, tables.byteOffset).getUint32(0, true) * SLOT_SIZE;
}
