/**
 * Text inside Markdown as GitHub and GitLab read it. Log text may hold `</details>`, pipes, runs of backticks, `@everyone`, `#123` or a quick
 * action of GitLab: none of it may act. What is a name, a path or a shape stands in a code span; prose is escaped.
 *
 * Mentions and references are looked up in the rendered text, so an entity for the sign itself does not stop them; a zero-width space behind it
 * does (Renovate writes it so into the pull requests of both platforms: `lib/util/markdown.ts`, `sanitizeMarkdown`).
 */
import type { Markup } from './markup.js';
import { printableBlock, printableLine } from './printable.js';

export const markdownMarkup: Markup = {
  folds: true,
  prose,
  cell,
  code,
  codeCell,
  lineBreak: '<br>',
  strong: (markup) => `**${markup}**`,
  heading: (level, markup) => `${'#'.repeat(level)} ${markup}`,
  bullets: (items) => items.map((item) => `- ${item}`).join('\n'),
  point: (text, block) => `- ${text}${block === undefined ? '' : `\n\n${indent(block, 2)}`}`,
  step,
  block: fence,
  fold,
  table,
  quote: (markup) => `> ${markup}`,
  small: (markup) => `<sub>${markup}</sub>`,
};

const NO_REFERENCE = '&#8203;';

/** Prose of the report. Inline code, shapes and addresses of pages become code spans; everything else is plain text. */
function prose(text: string): string {
  const pieces = printableLine(text).split(/(`[^`]+`|torch\.Size\(\[[\d, ]*\]\)|\[\d+(?:, ?\d+)*\]|\bhttps?:\/\/[^\s`<>"']+)/);
  return escapeStart(pieces.map((piece, index) => (index % 2 === 0 ? escapeProse(piece) : code(piece.replace(/^`|`$/g, '')))).join(''));
}

/** Prose inside a table, where a pipe ends the cell even behind a backslash that is itself escaped. */
function cell(text: string): string {
  return prose(text).replaceAll('|', '&#124;');
}

function code(text: string): string {
  const content = printableLine(text);
  if (content === '') return '` `';
  const fence = '`'.repeat(longestRun(content) + 1);
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${content}${pad}${fence}`;
}

/** A code span cannot hold a pipe in a table that every reader of Markdown understands: then HTML and entities. */
function codeCell(text: string): string {
  if (!text.includes('|')) return code(text);
  return `<code>${escapeProse(printableLine(text)).replace(/\\?\|/g, '&#124;')}</code>`;
}

function fence(language: string, text: string): string {
  const content = printableBlock(text).replace(/^\n+|(?<!\n)\n+$/g, '');
  const marks = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return [`${marks}${language}`, content, marks].join('\n');
}

function fold(summary: string, content: string): string {
  return `<details>\n<summary>${escapeHtml(printableLine(summary))}</summary>\n\n${content}\n\n</details>`;
}

function step(number: number, title: string, paragraphs: readonly string[]): string {
  const lead = `${number}. `;
  return [`${lead}**${title}**`, ...paragraphs.map((paragraph) => indent(paragraph, lead.length))].join('\n\n');
}

/** Blocks are part of a list item as far as they stand under its text. */
function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n');
}

function table(head: readonly string[], alignments: readonly ('left' | 'right')[], rows: readonly (readonly string[])[]): string {
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
