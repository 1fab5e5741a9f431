/** The report to attach to a ticket in Jira, in its wiki markup. */
import { jiraMarkup } from './jira-text.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { renderTicket } from './ticket.js';

/** Jira takes 32,767 characters in a description or a comment. */
const DEFAULT_MAX_SIZE = 30_000;

export function renderJira(report: ReportToPrint, { maxSize = DEFAULT_MAX_SIZE }: RenderOptions): string {
  return renderTicket(jiraMarkup, report, maxSize);
}
