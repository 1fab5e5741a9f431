/**
 * The report as one page: no network, no frame, nothing from elsewhere, and a Content-Security-Policy under which only the style and the
 * script of this program run, by their hashes. It reads whole without script; script adds the filter, the copy buttons and the theme.
 */
import { formatPlace } from '../model/place.js';
import type { Report, ReportedFailure } from '../model/report.js';
import { readEnvironment } from './environment.js';
import { anchorOf, markOf, renderFailure } from './html-failure.js';
import { HTML_SCRIPT } from './html-script.js';
import { HTML_STYLE } from './html-style.js';
import { atMost, code, element, escapeText, fold, type Html, list, place, section } from './html-text.js';
import { shorten } from './printable.js';
import { describeRedactions } from './redact.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { sha256Base64 } from './sha256.js';
import { showAllCommand } from './show-all.js';
import {
  countInShort,
  describeCause,
  describeSource,
  describeUnclaimed,
  earlierTwin,
  formatCount,
  plural,
  summarize,
  tallyOfCauses,
} from './wording.js';

/** Failures that are told whole; of the rest the summary has a line. */
const FAILURES_WHOLE = 40;
/** With more than so many, each but the first is folded. */
const FAILURES_OPEN = 4;
const ROWS_MAX = 500;
const ROWS_OPEN = 20;
const LINES_MAX = 100;
const TEXT_MAX = 600;

/** The policy's words for what this program itself puts into the page; whoever frames the page must allow the same. */
export const HTML_SCRIPT_HASH = `'sha256-${sha256Base64(HTML_SCRIPT)}'`;
export const HTML_STYLE_HASH = `'sha256-${sha256Base64(HTML_STYLE)}'`;

const POLICY = `default-src 'none'; style-src ${HTML_STYLE_HASH}; script-src ${HTML_SCRIPT_HASH}; base-uri 'none'; form-action 'none'`;

export function renderHtml(report: ReportToPrint, _options: RenderOptions): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeText(titleOf(report))}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the verdict</a>
<header class="page"><h1 class="brand">ckpt-doctor</h1><p class="summary">${report.failures.length === 0 ? '' : escapeText(summarize(report))}</p><p class="tools" hidden><button type="button" id="theme" aria-label="Light or dark">◐</button></p></header>
<main id="main">
${summaryTable(report)}${failures(report)}${unreadable(report)}${unclaimed(report)}${environment(report)}</main>
<footer>${sources(report)}<p>${escapeText(footLine(report))}</p></footer>
<script>${HTML_SCRIPT}</script>
</body>
</html>
`;
}

function titleOf(report: Report): string {
  const [first] = report.failures;
  if (first === undefined || report.failures.length > 1) return `ckpt-doctor: ${summarize(report)}`;
  return `${describeCause(first)} in ${shorten(formatPlace(first.at), TEXT_MAX)} · ckpt-doctor`;
}

/** A single failure speaks for itself. */
function summaryTable(report: Report): Html {
  if (report.failures.length < 2) return '';
  const rows = report.failures.slice(0, ROWS_MAX).map((failure, position) => summaryRow(report.failures, failure, position));
  const rest = report.failures.length - rows.length;
  const more = rest === 0 ? '' : `<p class="aside">and ${formatCount(rest)} more. All of them: ${code(showAllCommand(report))}</p>`;
  const [first, folded] = rows.length <= ROWS_OPEN + 5 ? [rows, []] : [rows.slice(0, ROWS_OPEN), rows.slice(ROWS_OPEN)];
  const further =
    folded.length === 0
      ? ''
      : fold(
          escapeText(`${formatCount(folded.length)} more: ${tallyOfCauses(report.failures.slice(ROWS_OPEN, ROWS_MAX))}`),
          overview(folded),
        );
  return section('All failures', `${overview(first)}${further}${more}`, 'all');
}

function overview(rows: readonly Html[]): Html {
  return `<div class="scroll"><table class="overview"><thead><tr><th scope="col">#</th><th scope="col">Cause</th><th scope="col">What differs</th><th scope="col">Line</th></tr></thead>
<tbody>
${rows.join('')}</tbody></table></div>`;
}

function summaryRow(all: readonly ReportedFailure[], failure: ReportedFailure, position: number): Html {
  const twin = earlierTwin(all, position);
  const { sign, word, className } = markOf(failure);
  const target = twin ?? position;
  const number = target < FAILURES_WHOLE ? `<a href="#${anchorOf(target)}">${position + 1}</a>` : String(position + 1);
  const what = twin === undefined ? escapeText(countInShort(failure)) : `the same as ${twin + 1}`;
  return `<tr class="${className}"><td>${number}</td><td><span class="mark" role="img" aria-label="${word}">${sign}</span> ${escapeText(describeCause(failure))}</td><td>${what}</td><td>${place(failure.at)}</td></tr>\n`;
}

function failures(report: Report): Html {
  const { failures: all } = report;
  if (all.length === 0) return `<p class="nothing">${escapeText(summarize(report))}</p>\n`;
  return all
    .slice(0, FAILURES_WHOLE)
    .map((failure, position) => {
      if (earlierTwin(all, position) !== undefined) return '';
      const article = renderFailure(report, failure, position);
      if (position === 0 || all.length <= FAILURES_OPEN) return article;
      return fold(`${position + 1}. ${escapeText(describeCause(failure))}, ${place(failure.at)}`, article, 'failure');
    })
    .join('');
}

function unreadable(report: Report): Html {
  const items = report.unreadable.map(({ name, reason }) => `${code(shorten(name, TEXT_MAX))}: ${escapeText(shorten(reason, TEXT_MAX))}`);
  return section('Not read, or not to its end', atMost(items, LINES_MAX), 'unreadable');
}

function unclaimed(report: Report): Html {
  const items = report.unclaimed.map(({ text, at }) => `${place(at)} <q>${escapeText(shorten(text, TEXT_MAX))}</q>`);
  if (items.length === 0) return '';
  const lines = atMost(items, LINES_MAX, 'lines');
  return section(
    'Lines that were not understood',
    `<p class="aside">${escapeText(describeUnclaimed(items.length))}</p>${items.length <= 5 ? lines : fold(`The ${plural(items.length, 'line')}`, lines)}`,
  );
}

const VALUES_MAX = 12;

function environment(report: Report): Html {
  const rows = readEnvironment(report.clues).map(({ subject, values }) => {
    const shown = values.slice(0, VALUES_MAX).map(({ value, at }) => `<li>${code(shorten(value, TEXT_MAX))} ${place(at)}</li>`);
    const rest = values.length - shown.length;
    return `<tr><th scope="row">${escapeText(subject)}</th><td><ul>${shown.join('')}${rest === 0 ? '' : `<li class="more">and ${formatCount(rest)} more</li>`}</ul></td></tr>\n`;
  });
  return section('What else the log tells about the run', element('table', 'environment', rows.join('')));
}

function sources(report: Report): Html {
  const items = report.sources.map((source) => `${escapeText(shorten(source.name, TEXT_MAX))}: ${escapeText(describeSource(source))}`);
  return items.length <= 3 ? list(items) : fold(escapeText(`Read: ${plural(items.length, 'input')}`), atMost(items, ROWS_MAX));
}

function footLine(report: ReportToPrint): string {
  const masked = describeRedactions(report);
  return `Made by ${report.tool.name} ${report.tool.version}.${masked === '' ? '' : ` ${masked}`}`;
}
