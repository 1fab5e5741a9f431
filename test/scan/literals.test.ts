import { describe, expect, it } from 'vitest';
import { clueSources } from '../../src/clues/index.js';
import { isForHead, scanWordsOf } from '../../src/clues/scan-words.js';
import { dialects } from '../../src/dialects/index.js';
import { literals } from '../../src/literals.js';
import { STEP_LINES } from '../../src/scan/ordinary-log-text.js';

describe('what the scanner looks for', () => {
  it('stands in no line that trainers print at every step', () => {
    expect(
      literals()
        .filter(({ text }) => STEP_LINES.includes(text))
        .map(({ text }) => text),
    ).toEqual([]);
  });

  it('is long enough for the search, or says what may stand beside it', () => {
    const hard = literals().filter(({ text, previous, next }) => {
      const { length } = Buffer.from(text);
      return length < 5 || length > 255 || (length < 7 && next === undefined) || (length < 6 && previous === undefined);
    });
    expect(hard.map(({ text }) => text)).toEqual([]);
  });

  it('stands in every sample of a dialect', () => {
    const missed = dialects.flatMap(({ patterns }) =>
      patterns.flatMap(({ literal, within, samples }) =>
        samples.filter(({ text, states }) => within === undefined && states.length > 0 && !text.includes(literal)).map(({ text }) => text),
      ),
    );
    expect(missed).toEqual([]);
  });

  it('stands in every sample of a clue, with the neighbours that are told', () => {
    const missed = clueSources.flatMap(({ patterns }) =>
      patterns
        .filter(({ literal }) => !isForHead(literal))
        .flatMap(({ literal, samples }) =>
          samples
            .filter(({ text, states }) => states.length > 0 && !scanWordsOf(literal).some((word) => stands(word, text)))
            .map(({ text }) => `${literal}: ${text}`),
        ),
    );
    expect(missed).toEqual([]);
  });
});

function stands({ text, previous, next }: ReturnType<typeof scanWordsOf>[number], line: string): boolean {
  for (let at = line.indexOf(text); at >= 0; at = line.indexOf(text, at + 1)) {
    const [before, behind] = [at === 0 ? '\n' : (line[at - 1] ?? ''), line[at + text.length] ?? '\n'];
    if ((previous === undefined || previous.includes(before)) && (next === undefined || next.includes(behind))) return true;
  }
  return false;
}
