import { FAILURE_LINES, ORDINARY_WORDS, STEP_LINES } from './ordinary-log-text.js';

/** Bytes of a gram, and the distance of the places at which the text is compared with grams. */
const GRAM = 4;
const STRIDE = 4;
/** Of a literal as long every fourth place of the text holds a gram wherever it begins; shorter ones borrow a byte beside them, or two. */
const WHOLE = GRAM + STRIDE - 1;
const SHORTEST = WHOLE - 2;

/**
 * The slot of a gram is the upper bits of the sum of its halves, each times a factor: one instruction of a processor for four grams. Of twenty
 * thousand pairs of factors these let the fewest grams of ordinary logs meet a wanted one, and ordinary grams lie near each other under them,
 * in less than what a processor's first cache holds. The module in `wasm/` does the same.
 */
const LOW_FACTOR = -18719;
const HIGH_FACTOR = -32077;
const SLOT_BITS = 19;
export const SLOTS = 1 << SLOT_BITS;

const STEP_WEIGHT = 40;
const FAILURE_WEIGHT = 4;
/** A slot of its own costs a little even where the ordinary text lacks it; one that is looked for anyway, a part of what it would. */
const NEW_GRAM = 0.05;
const SHARED = 0.3;

/** What is looked for: bytes, and which bytes may stand beside them, any unless told. */
export interface Sought {
  readonly bytes: Uint8Array;
  readonly previous?: Uint8Array;
  readonly next?: Uint8Array;
}

export interface Gram {
  /** The four bytes, little-endian; 0 for a byte that is not of the literal. */
  readonly value: number;
  /** The bits that count. */
  readonly mask: number;
  /** Where it stands in its literal; -1 where it begins with the byte in front. */
  readonly offset: number;
  /** The slots of all values that it may have. */
  readonly slots: readonly number[];
}

const ALL_BITS = 0xffffffff;

export function slotOf(gram: number): number {
  return (Math.imul((gram << 16) >> 16, LOW_FACTOR) + Math.imul(gram >> 16, HIGH_FACTOR)) >>> (32 - SLOT_BITS);
}

function readGram(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
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
  addFrequencies(frequencies, FAILURE_LINES, FAILURE_WEIGHT);
  addFrequencies(frequencies, ORDINARY_WORDS, 1);
  return frequencies;
}

/** Where the four neighbouring grams begin that cost the fewest false alarms. */
function chooseWindow(literal: Uint8Array, frequencies: Float32Array, taken: Uint8Array): number {
  const costs = new Float64Array(literal.length - GRAM + 1);
  for (let at = 0; at < costs.length; at++) {
    const slot = slotOf(readGram(literal, at));
    const frequency = frequencies[slot] ?? 0;
    costs[at] = taken[slot] === 1 ? SHARED * frequency : frequency + NEW_GRAM;
  }
  let best = 0;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let at = 0; at + STRIDE <= costs.length; at++) {
    const cost = (costs[at] ?? 0) + (costs[at + 1] ?? 0) + (costs[at + 2] ?? 0) + (costs[at + 3] ?? 0);
    if (cost >= bestCost) continue;
    best = at;
    bestCost = cost;
  }
  return best;
}

/**
 * For each literal the `STRIDE` neighbouring grams by which it is looked for; none where it is too short. Short literals choose first: they
 * have the least choice, and longer ones share theirs.
 */
export function chooseGrams(literals: readonly Sought[]): readonly (readonly Gram[])[] {
  const frequencies = measureFrequencies();
  const taken = new Uint8Array(SLOTS);
  const chosen: (readonly Gram[])[] = literals.map(() => []);
  const shortestFirst = literals
    .map((literal, index) => ({ literal, index }))
    .sort((a, b) => a.literal.bytes.length - b.literal.bytes.length);
  for (const { literal, index } of shortestFirst) {
    const { length } = literal.bytes;
    if (length < SHORTEST) continue;
    const first = length >= WHOLE ? chooseWindow(literal.bytes, frequencies, taken) : length - WHOLE + 1;
    const grams: Gram[] = [];
    for (let k = 0; k < STRIDE; k++) {
      const gram = gramAt(literal, first + k);
      grams.push(gram);
      for (const slot of gram.slots) taken[slot] = 1;
    }
    chosen[index] = grams;
  }
  return chosen;
}

function gramAt({ bytes, previous = ANY, next = ANY }: Sought, offset: number): Gram {
  if (offset < 0) {
    const value = readGram(bytes, -1);
    return { value, mask: 0xffffff00, offset, slots: Array.from(previous, (byte) => slotOf((value | byte) >>> 0)) };
  }
  const value = readGram(bytes, offset);
  if (offset + GRAM <= bytes.length) return { value, mask: ALL_BITS, offset, slots: [slotOf(value)] };
  return { value, mask: 0x00ffffff, offset, slots: Array.from(next, (byte) => slotOf((value | (byte << 24)) >>> 0)) };
}

const ANY = Uint8Array.from({ length: 256 }, (_, byte) => byte);
