import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLiteralLookup } from '../../src/model/literal-lookup.js';

const WORDS = ['mismatch', 'size mismatch', 'state', 'state_dict', 'match', 'é-mail', 'abc', 'aaaa', 'aaaaa'];

describe('the lookup of literals', () => {
  it('finds exactly the words that a text includes', () => {
    const lookUp = createLiteralLookup(WORDS);
    const text = fc.array(fc.constantFrom(...WORDS, 'a', 'é', ' ', 'mis', '_dict'), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (line) => {
        expect(lookUp(line)).toEqual(WORDS.flatMap((word, number) => (line.includes(word) ? [number] : [])));
      }),
      { seed: 3, numRuns: 2000 },
    );
  });
});
