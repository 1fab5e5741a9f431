import { describe, expect, it } from 'vitest';
import { sentence } from '../../src/causes/sentence.js';

describe('a statement as a sentence', () => {
  it.each([
    ['the reader of the file says: no', 'The reader of the file says: no.'],
    ['2 tensors differ', '2 tensors differ.'],
    ['`a.weight` is [4] in the checkpoint', '`a.weight` is [4] in the checkpoint.'],
    ['num_labels is 3', 'num_labels is 3.'],
    ['strict=False was given.', 'strict=False was given.'],
    ['PyTorch warned: "no-op."', 'PyTorch warned: "no-op."'],
    ['r is 8', 'r is 8.'],
  ])('%s', (text, expected) => {
    expect(sentence(text)).toBe(expected);
  });
});
