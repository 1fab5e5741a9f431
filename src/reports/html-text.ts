/**
 * Text inside HTML. Log text may hold tags, entities, quotes and bidirectional marks: none of it may act, and none of it becomes an
 * attribute that acts. Everything that stands in a page goes through `escapeText`.
 */
import { formatPlace, type Place } from '../model/place.js';
import { printableBlock, printableLine } from './printable.js';
import { formatCount } from './wording.js';

/** Markup that is safe to put into a page; made by the functions here only. */
export type Html = string & { readonly html?: never };

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** One line of log text. */
export function escapeText(text: string): Html {
  return printableLine(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

/** Lines whose indentation matters. */
export function escapeBlock(text: string): Html {
  return printableBlock(text)
    .replace(/^\n+|(?<!\n)\n+$/g, '')
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

/** Prose of the report: inline code and shapes are set as code, everything else is plain text. */
export function prose(text: string): Html {
  const pieces = printableLine(text).split(/(`[^`]+`|\[\d+(?:, ?\d+)*\])/);
  return pieces.map((piece, index) => (index % 2 === 0 ? inProse(piece) : code(piece.replace(/^`|`$/g, '')))).join('');
}

/** `escapeText` would take the blanks at the ends of a piece. */
function inProse(piece: string): Html {
  return piece.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

export function code(text: string): Html {
  return `<code>${escapeText(text)}</code>`;
}

/** A long name breaks behind its dots and underscores before it breaks anywhere. */
export function breakable(text: string): Html {
  return escapeText(text).replace(/[._/](?=[A-Za-z0-9*])/g, '$&<wbr>');
}

export function place(at: Place): Html {
  return `<span class="place">${escapeText(formatPlace(at))}</span>`;
}

export function element(tag: string, className: string, content: Html): Html {
  return content === '' ? '' : `<${tag}${className === '' ? '' : ` class="${className}"`}>${content}</${tag}>`;
}

export function list(items: readonly Html[], className = ''): Html {
  return element('ul', className, items.map((item) => `<li>${item}</li>\n`).join(''));
}

export function section(title: string, content: Html, className = ''): Html {
  return content === ''
    ? ''
    : `<section${className === '' ? '' : ` class="${className}"`}>\n<h3>${escapeText(title)}</h3>\n${content}\n</section>\n`;
}

export function fold(summary: Html, content: Html, className = ''): Html {
  return content === ''
    ? ''
    : `<details${className === '' ? '' : ` class="${className}"`}><summary>${summary}</summary>\n${content}</details>\n`;
}

/** A block to be copied; the button works with script only and is not shown without. */
export function snippet(text: string): Html {
  return `<div class="snippet"><pre tabindex="0"><code>${escapeBlock(text)}</code></pre><button type="button" class="copy" hidden>Copy</button></div>\n`;
}

/** The first `max`; how many more there are is said. */
export function atMost(items: readonly Html[], max: number, className = ''): Html {
  const rest = items.length - max;
  return list(rest <= 0 ? items : [...items.slice(0, max), `<span class="more">and ${formatCount(rest)} more</span>`], className);
}
