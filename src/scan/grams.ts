import { ORDINARY_WORDS, STEP_LINES } from './ordinary-log-text.js';

/** Bytes of a gram, and the distance of the places at which the text is compared with grams. */
const GRAM = 4;
const STRIDE = 4;
/** The shortest literal of which every fourth place of the text is sure to hold a whole gram. */
const SHORTEST = GRAM + STRIDE - 1;

/** Knuth's multiplicative hash; the slot of a gram is the upper bits of the product. The module in `wasm/` does the same. */
export const MULTIPLIER = 0x9e3779b1;
const SLOT_BITS = 15;
export const SLOTS = 1 << SLOT_BITS;

/** A gram with fewer letters than this is too common to look for (`e: 0` is every second word of a log). */
const FEWEST_LETTERS = 2;
const STEP_WEIGHT = 40;
/** Among grams that the ordinary text lacks, one already looked for is best, then one with more letters. */
const NEW_GRAM = 0.05;
const ABSENT_LETTER = 0.1;

export interface Gram {
  /** The four bytes, folded, little-endian. */
  readonly value: number;
  /** Where it stands in its literal. */
  readonly offset: number;
}

/**
 * Letters, `@`, brackets, braces and `_` stay; digits, spaces, punctuation, control bytes and the bytes of non-ASCII characters become 0.
 * Figures and progress bars, most of a log and different in every line, so become one gram that is never looked for.
 */
function foldByte(byte: number): number {
  return byte > 0x3f && byte < 0x80 ? byte : 0;
}

function readGram(bytes: Uint8Array, at: number): number {
  const low = foldByte(bytes[at] ?? 0) | (foldByte(bytes[at + 1] ?? 0) << 8);
  return (low | (foldByte(bytes[at + 2] ?? 0) << 16) | (foldByte(bytes[at + 3] ?? 0) << 24)) >>> 0;
}

export function slotOf(gram: number): number {
  return Math.imul(gram, MULTIPLIER) >>> (32 - SLOT_BITS);
}

function addFrequencies(frequencies: Float32Array, text: string, weight: number): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at + GRAM <= bytes.length; at++) {
    const slot = slotOf(readGram(bytes, at));
    frequencies[slot] = (frequencies[slot] ?? 0) + weight;
  }
}

/** How often ordinary logs hit each slot: by slot and not by gram, so that a gram that shares its slot with a common one is avoided too. */
function measureFrequencies(): Float32Array {
  const frequencies = new Float32Array(SLOTS);
  addFrequencies(frequencies, STEP_LINES, STEP_WEIGHT);
  addFrequencies(frequencies, ORDINARY_WORDS, 1);
  return frequencies;
}

function countLetters(gram: number): number {
  return (gram & 0xff ? 1 : 0) + (gram & 0xff00 ? 1 : 0) + (gram & 0xff0000 ? 1 : 0) + (gram >>> 24 ? 1 : 0);
}

function costOf(gram: number, frequencies: Float32Array, taken: ReadonlySet<number>): number {
  const letters = countLetters(gram);
  if (letters < FEWEST_LETTERS) return Number.POSITIVE_INFINITY;
  if (taken.has(gram)) return 0;
  return (frequencies[slotOf(gram)] ?? 0) + NEW_GRAM + ABSENT_LETTER * (GRAM - letters);
}

function chooseWindow(literal: Uint8Array, frequencies: Float32Array, taken: ReadonlySet<number>): number | undefined {
  const costs: number[] = [];
  for (let at = 0; at + GRAM <= literal.length; at++) costs.push(costOf(readGram(literal, at), frequencies, taken));
  let best: number | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let at = 0; at + SHORTEST <= literal.length; at++) {
    let cost = 0;
    for (let k = 0; k < STRIDE; k++) cost += costs[at + k] ?? Number.POSITIVE_INFINITY;
    if (cost >= bestCost) continue;
    best = at;
    bestCost = cost;
  }
  return best;
}

/**
 * For each literal the `STRIDE` neighbouring grams by which it is looked for, those that cost the least false alarms; none where the
 * literal is too short or has too few letters. Short literals choose first: they have the least choice, and longer ones share theirs.
 */
export function chooseGrams(literals: readonly Uint8Array[]): readonly (readonly Gram[])[] {
  const frequencies = measureFrequencies();
  const taken = new Set<number>();
  const chosen: (readonly Gram[])[] = literals.map(() => []);
  const shortestFirst = literals.map((literal, index) => ({ literal, index })).sort((a, b) => a.literal.length - b.literal.length);
  for (const { literal, index } of shortestFirst) {
    const at = chooseWindow(literal, frequencies, taken);
    if (at === undefined) continue;
    const grams = Array.from({ length: STRIDE }, (_, k) => ({ value: readGram(literal, at + k), offset: at + k }));
    for (const gram of grams) taken.add(gram.value);
    chosen[index] = grams;
  }
  return chosen;
}
