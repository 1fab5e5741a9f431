/** The report to attach to a ticket on GitHub or GitLab. */
import { markdownMarkup } from './markdown-text.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { renderTicket } from './ticket.js';

/** GitHub takes 65,536 characters in a comment; a ticket's own text needs room beside the report. */
const DEFAULT_MAX_SIZE = 60_000;

export function renderMarkdown(report: ReportToPrint, { maxSize = DEFAULT_MAX_SIZE }: RenderOptions): string {
  return renderTicket(markdownMarkup, report, maxSize);
}
