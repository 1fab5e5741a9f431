/**
 * Log text is hostile: it may hold anything that a terminal, a browser or a ticket acts upon instead of showing it. Every format's own
 * escaping begins here, so that no control character, escape sequence, bidirectional mark or half a character gets through any of them.
 */

/** Control, format (bidirectional marks, zero-width characters, byte-order marks), half characters, line and paragraph separators. */
const ACTIVE_CHARACTER = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;

/** Nothing but letters, marks and lines that are shown as they are, one column each: nearly all text. The rest needs the large tables of Unicode. */
const PLAIN = /^[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u257f\u2713-\u2718]*$/;

export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** One line for prose: any white space becomes one blank, what is active is shown as its code. */
export function printableLine(text: string, { trim = true }: { readonly trim?: boolean } = {}): string {
  const line = trim ? text.replace(/\s+/g, ' ').trim() : text.replace(/\s+/g, ' ');
  return isPlain(line) ? line : line.replace(ACTIVE_CHARACTER, showCode);
}

/** Text whose line breaks and indentation matter; a tab becomes four blanks. */
export function printableBlock(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\t/g, '    ').split('\n');
  return lines.map((line) => line.replace(ACTIVE_CHARACTER, showCode).trimEnd()).join('\n');
}

/** `\x1b`, `\u202e`, `\u{e0001}`: the notation that Python and JavaScript share. */
function showCode(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

/** At most `max` characters; whole characters only, and an ellipsis where something is missing. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${[...text].slice(0, max - 1).join('')}…`;
}

/** Keeps both ends, which is where parameter names and paths differ. */
export function shortenMiddle(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const tail = Math.ceil((max - 1) * 0.6);
  return `${characters.slice(0, max - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`;
}
