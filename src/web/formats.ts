/** The formats that mean something outside of a terminal and of a job. Named one by one: the registry would bring the terminal's tables along. */
import type { Report } from '../model/report.js';
import { renderHtml } from '../reports/html.js';
import { renderJira } from '../reports/jira.js';
import { renderJson } from '../reports/json.js';
import { renderJunit } from '../reports/junit.js';
import { renderMarkdown } from '../reports/markdown.js';
import { redactReport } from '../reports/redact.js';
import type { Render } from '../reports/render.js';
import { renderSarif } from '../reports/sarif.js';

export interface WebFormat {
  readonly name: string;
  readonly label: string;
  readonly extension: string;
  readonly render: Render;
}

export const webFormats: readonly WebFormat[] = [
  { name: 'html', label: 'HTML', extension: '.html', render: renderHtml },
  { name: 'markdown', label: 'Markdown', extension: '.md', render: renderMarkdown },
  { name: 'jira', label: 'Jira', extension: '.jira', render: renderJira },
  { name: 'json', label: 'JSON', extension: '.json', render: renderJson },
  { name: 'sarif', label: 'SARIF', extension: '.sarif', render: renderSarif },
  { name: 'junit', label: 'JUnit', extension: '.xml', render: renderJunit },
];

export function renderForWeb(report: Report, name: string, redact: boolean): string {
  const format = webFormats.find((candidate) => candidate.name === name);
  if (format === undefined) throw new Error(`there is no format ${name}`);
  return format.render(redact ? redactReport(report) : report, { color: false, width: 100, verbose: false, redact });
}
