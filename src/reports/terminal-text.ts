/** Lines for a terminal: width of characters, wrapping, inline code. Everything is wrapped as plain text first and coloured after, so no escape sequence is ever cut. */
import pc from 'picocolors';
import { isPlain, printableLine } from './printable.js';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Page {
  readonly colors: Colors;
  readonly width: number;
}

/** Too narrow or too wide a line reads badly; a pipe has no width at all. */
export function openPage(color: boolean, width: number): Page {
  return { colors: pc.createColors(color), width: Math.min(Math.max(Math.floor(width) || 80, 40), 160) };
}

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;

/** Columns that printable text takes; combining marks take none. */
export function displayWidth(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Greedy; a word that is longer than a line stays whole on its own line, because it is a path or a name that someone will copy. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printableLine(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return lines;
}

/** A paragraph whose first line begins with `lead` and whose further lines stand under the first one's text. */
export function paragraph(page: Page, lead: string, text: string): readonly string[] {
  const margin = ' '.repeat(displayWidth(lead));
  return wrap(text, page.width - displayWidth(lead)).map((line, index) => (index === 0 ? lead : margin) + markCode(page, line));
}

/** Inline code keeps its backticks: a report that is copied out of a terminal then reads the same. */
export function markCode(page: Page, line: string): string {
  return line.replace(/`[^`]+`/g, (code) => page.colors.cyan(code));
}
