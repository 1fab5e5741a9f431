import { describe, expect, it } from 'vitest';
import { isEscapedText, shown, unescapeText } from '../../src/lines/escapes.js';

describe('a line as its reader saw it', () => {
  it.each([
    ['colour', '\x1b[1;31mred\x1b[0m', 'red'],
    ['an intermediate byte', '\x1b[1 qa', 'a'],
    ['a private mode', '\x1b[?25la', 'a'],
    ['a title that a bell ends', '\x1b]0;title\x07a', 'a'],
    ['a title that a string terminator ends', '\x1b]8;;http://x\x1b\\a', 'a'],
    ['a choice of characters', '\x1b(Ba', 'a'],
    ['a bare escape byte and others', 'a\x1b\x00\x08\x0bb\x7f\x9f', 'ab'],
    ['an octal escape of syslog', '#033[31ma#011b', 'a\tb'],
    ['the side of a box', '│ a      │', 'a'],
    ['the sides of two boxes', '│ │ a │', 'a │'.slice(0, 1)],
    ['a box without a right side', '│ a', 'a'],
  ])('has no %s', (_, raw, expected) => {
    expect(shown(raw)).toBe(expected);
  });

  it.each(['a\tb', 'plain', 'a │ b', 'a │', '#0', '#099 of 100', '#1011', 'ä €  é', '  a  '])('keeps %j as it is', (raw) => {
    expect(shown(raw)).toBe(raw);
  });
});

describe('text that was escaped', () => {
  it.each([
    ['\\nsize mismatch for a', true],
    ['\\n\\tsize mismatch for a', true],
    ['\\n \\t \\r\\u001b[31msize mismatch for a', true],
    ['\\nMissing key(s)', true],
    ['\\nUnexpected key(s)', true],
    ['\\nTraceback (most', true],
    ['\\nFile "a.py"', true],
    ['\\n- a', true],
    ['\\ntorch.Size', true],
    ['\\nother words', false],
    ['size mismatch', false],
    ['\\tsize mismatch', false],
    ['\\n-a', false],
  ])('is told by the words behind a line feed: %j', (text, expected) => {
    expect(isEscapedText(text)).toBe(expected);
  });

  it.each([
    ['a\\nb\\tc\\rd', 'a\nb\tc\rd'],
    ['say \\"a\\" and \\\'b\\\'', 'say "a" and \'b\''],
    ['\\\\n', '\\n'],
    ['\\u0041\\u00e9\\u001b', 'Aé\x1b'],
    ['\\u004', '\\u004'],
    ['\\x41 \\d', '\\x41 \\d'],
  ])('reads as it was: %j', (text, expected) => {
    expect(unescapeText(text)).toBe(expected);
  });
});
