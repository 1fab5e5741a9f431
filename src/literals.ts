import type { CluePattern } from './clues/clue-pattern.js';
import { clueSources } from './clues/index.js';
import { scanWordsOf } from './clues/scan-words.js';
import { TRACEBACK_LITERALS } from './clues/traceback.js';
import { dialects } from './dialects/index.js';
import { SUSPICIOUS_WORDS } from './dialects/suspicion.js';
import { once } from './model/once.js';
import type { Literal } from './scan/region.js';

/** The same for all: context in front reaches back only to lines that were emitted already. */
const BEFORE = 3;
/** `differ`, `differs`, `different`, `differing`; asked for of short words only. */
const BEHIND_WORD = ' esi.,;:!?)]}"\'`-/\\\n\r\t\u001b';

/**
 * What the scanner looks for: the words of every message with room for what belongs to it, those of clues and frames, and those of lines
 * that nobody may understand.
 */
export const literals = once((): readonly Literal[] => [
  ...dialects.flatMap((dialect) => dialect.patterns.map(({ literal, reach = 14 }) => ({ text: literal, before: BEFORE, after: reach }))),
  ...clueSources.flatMap((source) => source.patterns.flatMap(literalsOf)),
  ...SUSPICIOUS_WORDS.map(withCapital).map((text) => ({ text, before: BEFORE, after: 0, next: BEHIND_WORD })),
  ...TRACEBACK_LITERALS.map(([text, after]) => ({ text, before: BEFORE, after })),
]);

/** With a small letter the word is one of the messages', and two hits on each line of a dense log are one too many. */
function withCapital(word: string): string {
  return word === 'ismatch' ? 'Mismatch' : word;
}

function literalsOf({ literal, reach = 1 }: CluePattern): readonly Literal[] {
  return scanWordsOf(literal).map((word) => ({ ...word, before: BEFORE, after: reach }));
}
