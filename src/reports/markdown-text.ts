/**
 * Text inside Markdown as GitHub and GitLab read it. Log text may hold `</details>`, pipes, runs of backticks, `@everyone`, `#123` or a quick
 * action of GitLab: none of it may act. What is a name, a path or a shape stands in a code span; prose is escaped.
 *
 * Mentions and references are looked up in the rendered text, so an entity for the sign itself does not stop them; a zero-width space behind it
 * does (Renovate writes it so into the pull requests of both platforms: `lib/util/markdown.ts`, `sanitizeMarkdown`).
 */
import { formatPlace, type Place } from '../model/place.js';
import { printableBlock, printableLine } from './printable.js';

const NO_REFERENCE = '&#8203;';

/** Prose of the report. Inline code, shapes and addresses of pages become code spans; everything else is plain text. */
export function prose(text: string): string {
  const pieces = printableLine(text).split(/(`[^`]+`|torch\.Size\(\[[\d, ]*\]\)|\[\d+(?:, ?\d+)*\]|\bhttps?:\/\/[^\s`<>"']+)/);
  return escapeStart(pieces.map((piece, index) => (index % 2 === 0 ? escapeProse(piece) : code(piece.replace(/^`|`$/g, '')))).join(''));
}

/** Prose inside a table, where a pipe ends the cell even behind a backslash that is itself escaped. */
export function cell(text: string): string {
  return prose(text).replaceAll('|', '&#124;');
}

export function code(text: string): string {
  const content = printableLine(text);
  if (content === '') return '` `';
  const fence = '`'.repeat(longestRun(content) + 1);
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A code span cannot hold a pipe in a table that every reader of Markdown understands: then HTML and entities. */
export function codeCell(text: string): string {
  if (!text.includes('|')) return code(text);
  return `<code>${escapeProse(printableLine(text)).replace(/\\?\|/g, '&#124;')}</code>`;
}

export function place(at: Place): string {
  return code(formatPlace(at));
}

/** A fenced block; `margin` puts it inside a list item. */
export function fence(language: string, text: string, margin = ''): string {
  const content = printableBlock(text).replace(/^\n+|\n+$/g, '');
  const marks = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return [`${marks}${language}`, ...content.split('\n'), marks].map((line) => (line === '' ? '' : margin + line)).join('\n');
}

export function fold(summary: string, content: string): string {
  return `<details>\n<summary>${escapeHtml(printableLine(summary))}</summary>\n\n${content}\n\n</details>`;
}

export function table(head: readonly string[], alignments: readonly ('left' | 'right')[], rows: readonly (readonly string[])[]): string {
  const rule = alignments.map((alignment) => (alignment === 'right' ? '--:' : '---'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function escapeProse(text: string): string {
  return escapeHtml(text)
    .replace(/[\\`*[\]|~]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/\$/g, '&#36;')
    .replace(/@(?=\w)|(?:[#!%^]|&amp;|&#36;|\\~|\bGH-)(?=\d)|:(?=[A-Za-z0-9_+-]+:|\/\/)|\bwww(?=\.)/g, `$&${NO_REFERENCE}`);
}

/** What would begin a heading, a list, a rule or a quick action at the start of a line. */
function escapeStart(text: string): string {
  return text
    .replace(/^([-+=#])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^\//, '&#47;');
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
