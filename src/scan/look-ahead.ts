import type { Finder } from './finder.js';
import { LONGEST_LITERAL } from './pieces.js';

/** Bytes that are profiled together. */
export const BLOCK = 256 << 10;
/** So much is looked at on both sides of a block too: a literal may lie across its border. */
export const MARGIN = LONGEST_LITERAL;

/** What another thread found out about a block of the source. */
export interface BlockProfile {
  /** True where a literal stands in it or across one of its borders. */
  readonly hasLiteral: boolean;
  readonly lines: number;
  /** Place of its first line feed within the block, -1 where it has none. */
  readonly firstFeed: number;
}

const LINE_FEED = 10;

/** Profiles the block that lies from `start` to `end` in the finder's buffer, with margins from `first` and up to `last`. */
export function profileBlock(
  finder: Finder,
  { first, start, end, last }: Readonly<Record<'first' | 'start' | 'end' | 'last', number>>,
): BlockProfile {
  const feed = finder.next(LINE_FEED, start, end);
  const hasLiteral = finder.pass(first, last, first) >= 0;
  const lines = hasLiteral
    ? finder.countLines(start, end)
    : finder.passed() - finder.countLines(first, start) - finder.countLines(end, last);
  return {
    hasLiteral,
    lines,
    firstFeed: feed < 0 ? -1 : feed - start,
  };
}

export interface Skip {
  readonly bytes: number;
  readonly lines: number;
}

/** Enough for all context in front of a literal. */
const CONTEXT_LINES = 8;

/**
 * How much may be passed over from the beginning of `block`: up to the first whole line of the last block in front of a literal, of an
 * unknown block or of the source's end, so that the context of what follows is read. `undefined` where it is not worth it.
 */
export function planSkip(
  block: number,
  blocks: number,
  blockSize: number,
  profileOf: (block: number) => BlockProfile | undefined,
): Skip | undefined {
  const passed: BlockProfile[] = [];
  for (let at = block; at < blocks - 1; at++) {
    const profile = profileOf(at);
    if (profile === undefined || profile.hasLiteral) break;
    passed.push(profile);
  }
  const resume = passed.findLastIndex((profile) => profile.lines >= CONTEXT_LINES);
  const profile = passed[resume];
  if (resume < 1 || profile === undefined) return undefined;
  const lines = passed.slice(0, resume).reduce((sum, each) => sum + each.lines, 0);
  return { bytes: resume * blockSize + profile.firstFeed + 1, lines: lines + 1 };
}
