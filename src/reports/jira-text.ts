/**
 * Text inside Jira's wiki markup. Its parser looks for markup in any text, `{{…}}` included, and a backslash does not help everywhere; it does
 * leave numeric entities alone and shows the sign they stand for (the way that Atlassian's support gives for a pipe inside a table). So
 * whatever could act is written as an entity. Inside `{noformat}` and `{code}` nothing acts but their own end.
 */
import type { Markup } from './markup.js';
import { printableBlock, printableLine } from './printable.js';

export const jiraMarkup: Markup = {
  folds: false,
  prose,
  cell: prose,
  code,
  codeCell: code,
  lineBreak: ' ',
  strong: (markup) => `*${markup}*`,
  heading: (level, markup) => `h${level}. ${markup}`,
  bullets: (items) => items.map((item) => `* ${item}`).join('\n'),
  point: (markup, content) => `* ${markup}${content === undefined ? '' : `\n${content}`}`,
  step: (number, title, paragraphs) => [`*${number}. ${title}*`, ...paragraphs].join('\n\n'),
  block,
  fold: (summary, content) => `*${prose(summary)}*\n\n${content}`,
  table: (head, _alignments, rows) =>
    [`||${head.join('||')}||`, ...rows.map((row) => `|${row.map((cell) => (cell === '' ? ' ' : cell)).join('|')}|`)].join('\n'),
  quote: (markup) => `bq. ${markup}`,
  small: (markup) => `~${markup}~`,
};

/** Inline code and shapes are set in a fixed width, everything else is plain text. */
function prose(text: string): string {
  const pieces = printableLine(text).split(/(`[^`]+`|\[\d+(?:, ?\d+)*\])/);
  return escapeStart(pieces.map((piece, index) => (index % 2 === 0 ? escapePiece(piece) : code(piece.replace(/^`|`$/g, '')))).join(''));
}

function code(text: string): string {
  const content = printableLine(text);
  return content === '' ? ' ' : `{{${escapePiece(content)}}}`;
}

/** The names of languages that Jira colours; any other one would be an error in the page. */
const LANGUAGES: ReadonlySet<string> = new Set(['python', 'bash', 'json', 'yaml']);

function block(language: string, text: string): string {
  const content = printableBlock(text)
    .replace(/^\n+|(?<!\n)\n+$/g, '')
    .replace(/\{(?=(?:noformat|code)\b)/gi, '{ ');
  return LANGUAGES.has(language) ? `{code:${language}}\n${content}\n{code}` : `{noformat}\n${content}\n{noformat}`;
}

/**
 * In one pass, so that no entity is escaped again. Always: macros, links, tables, images, mentions, escapes, entities. At the border of a
 * word: emphasis and dashes. Then citations, smileys, keys of issues, addresses.
 */
const ACTIVE = new RegExp(
  [
    String.raw`[&<>{}[\]|\\!@]`,
    String.raw`(?<![A-Za-z0-9])[*_+^~-](?=\S)`,
    String.raw`(?<=\S)[*_+^~-](?![A-Za-z0-9])`,
    String.raw`\?(?=\?)`,
    String.raw`\((?=(?:[ynix/!+?*-]|on|off|\*[rgby]|flag|flagoff)\))`,
    '[:;](?=[()DPp])',
    String.raw`:(?=\/\/)`,
    '(?<=[Mm]ailto):',
    String.raw`(?<=www)\.`,
    String.raw`(?<=\b[A-Z][A-Z0-9]{1,20})-(?=\d)`,
  ].join('|'),
  'g',
);

function escapePiece(text: string): string {
  return text.replace(ACTIVE, entity);
}

/** What would begin a heading, a quotation, a list or a rule at the start of a line. */
function escapeStart(text: string): string {
  return text.replace(/^(h[1-6]|bq)\./, '$1&#46;').replace(/^[#-]/, entity);
}

function entity(sign: string): string {
  return `&#${sign.codePointAt(0)};`;
}
