// AssemblyScript: the search, compiled by scripts/build-scanner.mjs. `wasm-finder.ts` lays out the memory, `grams.ts` chooses the grams.

/** As in `grams.ts`. */
const LOW_FACTOR: i16 = -18719;
const HIGH_FACTOR: i16 = -32077;
const SLOT_SHIFT: u32 = 13;

/**
 * At 0 lies a byte for each slot: 1 where a literal has a gram with that slot, 0 elsewhere; only these are looked at as a rule. Behind them
 * the numbers of the slots' buckets, and behind those the addresses at which each bucket's entries begin; each ends where the next begins.
 */
const SLOTS: u32 = 1 << (32 - SLOT_SHIFT);
const NUMBERS: u32 = SLOTS;
/** Two numbers: the lines wanted in front of and behind the literals that `find` found last. */
const WANTED: u32 = NUMBERS + 2 * SLOTS;
const BUCKETS: u32 = WANTED + 8;

/** An entry: gram, mask, address of the literal, lines wanted behind it, then in a byte each: place of the gram, length, lines wanted in front. */
const ENTRY_SIZE: u32 = 20;
const MASK: u32 = 4;
const LITERAL: u32 = 8;
const AFTER: u32 = 12;
const PLACE: u32 = 16;
const LENGTH: u32 = 17;
const BEFORE: u32 = 18;

// @ts-ignore: decorator
@inline
function slotOf(at: u32): u32 {
  return <u32>(<i32>load<i16>(at) * LOW_FACTOR + <i32>load<i16>(at, 2) * HIGH_FACTOR) >>> SLOT_SHIFT;
}

// @ts-ignore: decorator
@inline
function isWanted(at: u32): u32 {
  return load<u8>(slotOf(at));
}

/** The slots of four grams. */
// @ts-ignore: decorator
@inline
function slotsOf(grams: v128): v128 {
  const factors = i16x8(LOW_FACTOR, HIGH_FACTOR, LOW_FACTOR, HIGH_FACTOR, LOW_FACTOR, HIGH_FACTOR, LOW_FACTOR, HIGH_FACTOR);
  return i32x4.shr_u(i32x4.dot_i16x8_s(grams, factors), SLOT_SHIFT);
}

/** Whether any of four slots is wanted: not 0. */
// @ts-ignore: decorator
@inline
function isAnyWanted(slots: v128): u32 {
  const low = i64x2.extract_lane(slots, 0);
  const high = i64x2.extract_lane(slots, 1);
  return load<u8>(<u32>low) | load<u8>(<u32>(low >>> 32)) | load<u8>(<u32>high) | load<u8>(<u32>(high >>> 32));
}

function stands(literal: u32, length: u32, at: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(literal + i) != load<u8>(at + i)) return false;
  return true;
}

/** A place in the entries that stand around the gram, or -1; the most that those want is kept. */
function verify(at: u32, to: u32, floor: u32): i32 {
  const gram = load<u32>(at);
  const bucket = BUCKETS + (<u32>load<u16>(NUMBERS + (slotOf(at) << 1)) << 2);
  const last = load<u32>(bucket, 4);
  let found: i32 = -1;
  for (let entry = load<u32>(bucket); entry < last; entry += ENTRY_SIZE) {
    if ((gram & load<u32>(entry + MASK)) != load<u32>(entry)) continue;
    const start = at - load<i8>(entry + PLACE);
    const length: u32 = load<u8>(entry + LENGTH);
    if (<i32>start < <i32>floor || start + length > to || !stands(load<u32>(entry + LITERAL), length, start)) continue;
    store<u32>(WANTED, max(found < 0 ? 0 : load<u32>(WANTED), <u32>load<u8>(entry + BEFORE)));
    store<u32>(WANTED + 4, max(found < 0 ? 0 : load<u32>(WANTED + 4), load<u32>(entry + AFTER)));
    found = max(found, <i32>max(at, start));
  }
  return found;
}

/** The wanted ones of eight grams, a bit each. */
// @ts-ignore: decorator
@inline
function wantedOf(at: u32): u32 {
  const low = isWanted(at) | (isWanted(at + 4) << 1) | (isWanted(at + 8) << 2) | (isWanted(at + 12) << 3);
  return low | (isWanted(at + 16) << 4) | (isWanted(at + 20) << 5) | (isWanted(at + 24) << 6) | (isWanted(at + 28) << 7);
}

// @ts-ignore: decorator
@inline
function matches(at: u32, pattern: v128): v128 {
  return i8x16.eq(v128.load(at), pattern);
}

const FEED: u32 = 10;
const FEEDS = i8x16.splat(10);

function sum(lanes: v128): u32 {
  const wide = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(lanes));
  return i32x4.extract_lane(wide, 0) + i32x4.extract_lane(wide, 1) + i32x4.extract_lane(wide, 2) + i32x4.extract_lane(wide, 3);
}

/** How often a byte stands in [from, to): counted in sixteen lanes, which are added up before they could overflow. */
export function count(byte: u32, from: u32, to: u32): u32 {
  const pattern = i8x16.splat(<i8>byte);
  let total: u32 = 0;
  let at = from;
  while (at + 64 <= to) {
    const stop = min(at + 127 * 64, to - 63);
    let even = i8x16.splat(0);
    let odd = i8x16.splat(0);
    for (; at < stop; at += 64) {
      even = i8x16.sub(i8x16.sub(even, matches(at, pattern)), matches(at + 32, pattern));
      odd = i8x16.sub(i8x16.sub(odd, matches(at + 16, pattern)), matches(at + 48, pattern));
    }
    total += sum(even) + sum(odd);
  }
  for (; at < to; at++) if (load<u8>(at) == byte) total++;
  return total;
}

/** The line feeds that the last `pass` went by, where it found nothing. */
export let passed: u32 = 0;

export function find(from: u32, to: u32, floor: u32): i32 {
  return search(from, to, floor, false);
}

export function pass(from: u32, to: u32, floor: u32): i32 {
  return search(from, to, floor, true);
}

/** Eight grams at a time are looked up and the answers united: in most of a log all eight are 0. Counts the line feeds where it is told to. */
// @ts-ignore: decorator
@inline
function search(from: u32, to: u32, floor: u32, counts: bool): i32 {
  // A gram may begin with the byte in front of its literal.
  const begin: u32 = (from == floor ? from : from + 3) & ~3;
  const end: u32 = begin + 32 > to ? begin : begin + ((to - begin) & ~31);
  let feeds: u32 = 0;
  for (let at: u32 = begin; at < end; ) {
    let lanes = i8x16.splat(0);
    for (const stop: u32 = min(at + 127 * 32, end); at < stop; at += 32) {
      if (counts) lanes = i8x16.sub(i8x16.sub(lanes, matches(at, FEEDS)), matches(at + 16, FEEDS));
      if ((isAnyWanted(slotsOf(v128.load(at))) | isAnyWanted(slotsOf(v128.load(at, 16)))) == 0) continue;
      for (let wanted = wantedOf(at); wanted != 0; wanted &= wanted - 1) {
        const found = verify(at + (ctz(wanted) << 2), to, floor);
        if (found >= 0) return found;
      }
    }
    if (counts) feeds += sum(lanes);
  }
  for (let at: u32 = end; at < to; at += 4) {
    if (isWanted(at) == 0) continue;
    const found = verify(at, to, floor);
    if (found >= 0) return found;
  }
  // The edges: the search begins and ends on whole grams.
  if (counts) passed = feeds + count(FEED, end, to) + count(FEED, from, begin) - count(FEED, begin, from);
  return -1;
}

export function next(byte: u32, from: u32, to: u32): i32 {
  const pattern = i8x16.splat(<i8>byte);
  let at = from;
  for (; at + 16 <= to; at += 16) {
    const bits = i8x16.bitmask(matches(at, pattern));
    if (bits != 0) return at + ctz(bits);
  }
  for (; at < to; at++) if (load<u8>(at) == byte) return at;
  return -1;
}

export function previous(byte: u32, from: u32, floor: u32): i32 {
  const pattern = i8x16.splat(<i8>byte);
  let at = from;
  for (; at >= floor + 16; at -= 16) {
    const bits = i8x16.bitmask(matches(at - 16, pattern));
    if (bits != 0) return at + 15 - clz(bits);
  }
  for (; at > floor; at--) if (load<u8>(at - 1) == byte) return at - 1;
  return -1;
}

/** Lines seen before: a table of fingerprints with the number of the line, 0 where it was seen once only; then the lines that were seen twice. */
const SEEN_SLOTS: u32 = 1 << 15;
const SEEN_SIZE: u32 = SEEN_SLOTS << 3;
/** By number, the place and the length of a line; the lines wanted behind it, 0 for one that is not settled; the number of the line that followed it last. */
const MOST_LINES: u32 = 1 << 14;
const AFTERS: u32 = SEEN_SIZE + (MOST_LINES << 3);
const FOLLOWERS: u32 = AFTERS + (MOST_LINES << 1);
/** The run of lines that `echo` met: in front of each line the rank that it is labelled with, or -1, then its number. */
const ECHOES: u32 = FOLLOWERS + (MOST_LINES << 1);
const MOST_ECHOES: u32 = 1 << 12;
const STORE: u32 = ECHOES + (MOST_ECHOES << 3);
const STORE_SIZE: u32 = 2 << 20;
const SHORTEST: u32 = 16;
const LONGEST: u32 = 4096;

/** Where the table lies; as many bytes as `seenSize` says. */
export let seen: u32 = 0;
export const seenSize: u32 = STORE + STORE_SIZE;

let lines: u32 = 0;
let stored: u32 = 0;
/** The number of the line that was met last; 0 where it has none. */
let last: u32 = 0;

/** The last bytes are taken twice rather than a byte at a time; lines are no shorter than 16 bytes. */
function fingerprint(from: u32, to: u32): u64 {
  let first: u64 = 0x9e3779b97f4a7c15;
  let second: u64 = to - from;
  let at = from;
  for (; at + 16 < to; at += 16) {
    first = rotl((first ^ load<u64>(at)) * 0xc2b2ae3d27d4eb4f, 31);
    second = rotl((second ^ load<u64>(at, 8)) * 0x165667b19e3779f9, 29);
  }
  first = (first ^ load<u64>(to - 16)) * 0xc2b2ae3d27d4eb4f;
  second = (second ^ load<u64>(to - 8)) * 0x165667b19e3779f9;
  const mixed = (rotl(first, 32) ^ second) * 0x9e3779b97f4a7c15;
  return (mixed ^ (mixed >>> 32)) * 0xd6e8feb86659fd93;
}

function isSame(known: u32, from: u32, length: u32): bool {
  let i: u32 = 0;
  for (; i + 16 < length; i += 16) if (v128.any_true(v128.xor(v128.load(known + i), v128.load(from + i)))) return false;
  return !v128.any_true(v128.xor(v128.load(known + length - 16), v128.load(from + length - 16)));
}

function forget(): void {
  memory.fill(seen, 0, SEEN_SIZE);
  memory.fill(seen + AFTERS, 0, MOST_LINES << 2);
  lines = 0;
  stored = 0;
  last = 0;
}

function follow(number: u32): u32 {
  store<u16>(seen + FOLLOWERS + (last << 1), <u16>number);
  last = number;
  return number;
}

/** Stores a line that was seen a second time. */
function keep(from: u32, length: u32): u32 {
  lines++;
  const place = seen + STORE + stored;
  memory.copy(place, from, length);
  const entry = seen + SEEN_SIZE + (lines << 3);
  store<u32>(entry, place);
  store<u32>(entry, length, 4);
  stored += (length + 15) & ~15;
  return lines;
}

/** One of the two slots in which a fingerprint may stand: the one that has it, a free one, or one without a numbered line; or 0. */
function slotFor(print: u64): u32 {
  const tag = <u32>print;
  const slot = seen + (<u32>(print >>> 49) << 3);
  const other = slot ^ 8;
  if (load<u32>(slot) == tag) return slot;
  if (load<u32>(other) == tag) return other;
  if (load<u32>(slot) == 0) return slot;
  if (load<u32>(other) == 0) return other;
  if (load<u32>(slot, 4) == 0) return slot;
  return load<u32>(other, 4) == 0 ? other : 0;
}

/**
 * The number of a line that was seen before; 0 where it was not or is too short or too long to tell. Negative where the number is new (or
 * was given to another line before, when too much had been stored). Different lines never have the same number.
 */
export function recall(from: u32, to: u32): i32 {
  const number = numberOf(from, to);
  follow(<u32>abs(number));
  return number;
}

function numberOf(from: u32, to: u32): i32 {
  const length = to - from;
  if (length < SHORTEST || length > LONGEST) return 0;
  const print = fingerprint(from, to);
  const slot = slotFor(print);
  if (slot == 0) return 0;
  if (load<u32>(slot) != <u32>print) {
    store<u32>(slot, <u32>print);
    store<u32>(slot, 0, 4);
    return 0;
  }
  const number = load<u32>(slot, 4);
  if (number == 0) {
    if (lines + 1 >= MOST_LINES || stored + length > STORE_SIZE) {
      forget();
      store<u32>(slot, <u32>print);
    }
    const kept = keep(from, length);
    store<u32>(slot, kept, 4);
    return -(<i32>kept);
  }
  const entry = seen + SEEN_SIZE + (number << 3);
  return load<u32>(entry, 4) == length && isSame(load<u32>(entry), from, length) ? number : 0;
}

/** A line of this number comes as an echo from now on; so many lines are wanted behind it. */
export function settle(number: u32, after: u32): void {
  store<u16>(seen + AFTERS + (number << 1), <u16>min(after, 0xffff));
}

/** What `echo` tells beside its count: where the run ends, the lines wanted behind it, and where its list lies. */
export let echoEnd: u32 = 0;
export let echoAfter: u32 = 0;
export function echoes(): u32 {
  return seen + ECHOES;
}

const OPENING: u32 = 0x6e61725b;
const LETTER_K: u8 = 107;
const MOST_DIGITS: u32 = 7;
let rank: i32 = -1;

/** Behind `[rank3]: `, as `rank-prefix.ts` reads it. */
function bodyOf(at: u32): u32 {
  rank = -1;
  if (load<u32>(at) != OPENING || load<u8>(at, 4) != LETTER_K) return at;
  let digit = at + 5;
  let number: i32 = 0;
  for (; <u32>load<u8>(digit) - 48 < 10 && digit < at + 5 + MOST_DIGITS; digit++) number = number * 10 + <i32>load<u8>(digit) - 48;
  if (digit == at + 5 || load<u8>(digit) != 93) return at;
  rank = number;
  digit++;
  if (load<u8>(digit) == 58) digit++;
  return load<u8>(digit) == 32 ? digit + 1 : digit;
}

let lineEnd: u32 = 0;

/** The number of the line that begins here, most likely that of the line which followed the last one before; 0 where it was not met. */
function numberAt(body: u32, to: u32): u32 {
  const guess: u32 = load<u16>(seen + FOLLOWERS + (last << 1));
  if (guess != 0) {
    const entry = seen + SEEN_SIZE + (guess << 3);
    const length = load<u32>(entry, 4);
    lineEnd = body + length;
    if (lineEnd < to && load<u8>(lineEnd) == 10 && isSame(load<u32>(entry), body, length)) return guess;
  }
  const end = next(10, body, min(to, body + LONGEST + 1));
  if (end < 0 || <u32>end - body < SHORTEST) return 0;
  lineEnd = <u32>end;
  const print = fingerprint(body, lineEnd);
  const slot = slotFor(print);
  if (slot == 0 || load<u32>(slot) != <u32>print) return 0;
  const number = load<u32>(slot, 4);
  const entry = seen + SEEN_SIZE + (number << 3);
  return number != 0 && load<u32>(entry, 4) == lineEnd - body && isSame(load<u32>(entry), body, lineEnd - body) ? number : 0;
}

/** How many whole lines from here on are settled: all that is to be known of them are their numbers and who printed them. */
export function echo(from: u32, to: u32): u32 {
  let at = from;
  let count: u32 = 0;
  let wanted: u32 = 0;
  for (; count < MOST_ECHOES; count++) {
    const number = numberAt(bodyOf(at), to);
    const after: u32 = number == 0 ? 0 : load<u16>(seen + AFTERS + (number << 1));
    if (after == 0) break;
    const told = seen + ECHOES + (count << 3);
    store<i32>(told, rank);
    store<u32>(told, follow(number), 4);
    wanted = wanted > after ? wanted - 1 : after;
    at = lineEnd + 1;
  }
  echoEnd = at;
  echoAfter = wanted;
  return count;
}
