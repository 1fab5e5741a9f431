import type { CluePattern } from './clues/clue-pattern.js';
import { clueSources } from './clues/index.js';
import { scanWordsOf } from './clues/scan-words.js';
import { TRACEBACK_LITERALS } from './clues/traceback.js';
import { dialects } from './dialects/index.js';
import { SUSPICIOUS_WORDS } from './dialects/suspicion.js';
import type { Literal } from './scan/scanner.js';

/**
 * What the scanner looks for: the words of every message with room for what belongs to it, those of clues and frames, and those of lines
 * that nobody may understand.
 */
export const LITERALS: readonly Literal[] = [
  ...dialects.flatMap((dialect) => dialect.patterns.map(({ literal, reach = 14 }) => ({ text: literal, before: 3, after: reach }))),
  ...clueSources.flatMap((source) => source.patterns.flatMap(literalsOf)),
  ...SUSPICIOUS_WORDS.map((text) => ({ text, before: 0, after: 0 })),
  ...TRACEBACK_LITERALS.map((text) => ({ text, before: 3, after: 1 })),
];

function literalsOf({ literal, reach = 1 }: CluePattern): readonly Literal[] {
  return scanWordsOf(literal).map((word) => ({ ...word, before: 3, after: reach }));
}
