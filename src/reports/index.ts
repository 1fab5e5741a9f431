/**
 * All output formats. Each is loaded when asked for, because most runs need one: `const render = await format.load()`, then
 * `render(report, options)`, a pure function from the report to text that ends in a line feed. A format sees the report and nothing else,
 * decides nothing, and escapes log text for its own target. With `options.redact` the report is masked before the format sees it.
 */
import type { Report } from '../model/report.js';
import { redactReport } from './redact.js';
import type { Render, RenderOptions, ReportToPrint } from './render.js';

export type { RenderOptions } from './render.js';

export interface Format {
  readonly name: string;
  /** Of the file that `--output` names, with the dot, first the usual one; none where only `--format` can ask for it. */
  readonly extensions: readonly string[];
  /** Made for sharing: secrets are masked unless the user says otherwise. */
  readonly redactsByDefault: boolean;
  readonly load: () => Promise<(report: Report, options: RenderOptions) => string>;
  /** The same text in parts, where it may be longer than a string can be. */
  readonly loadParts?: () => Promise<(report: Report, options: RenderOptions) => Iterable<string>>;
}

export const formats: readonly Format[] = [
  define('terminal', ['.txt'], false, async () => (await import('./terminal.js')).renderTerminal),
  define('markdown', ['.md', '.markdown'], true, async () => (await import('./markdown.js')).renderMarkdown),
  {
    ...define('json', ['.json'], true, async () => (await import('./json.js')).renderJson),
    loadParts: async () => masked((await import('./json.js')).jsonParts),
  },
  define('html', ['.html', '.htm'], true, async () => (await import('./html.js')).renderHtml),
  define('jira', ['.jira'], true, async () => (await import('./jira.js')).renderJira),
  define('github', [], true, async () => (await import('./github.js')).renderGithub),
  define('sarif', ['.sarif'], true, async () => (await import('./sarif.js')).renderSarif),
  define('junit', ['.xml'], true, async () => (await import('./junit.js')).renderJunit),
];

function define(name: string, extensions: readonly string[], redactsByDefault: boolean, load: () => Promise<Render>): Format {
  return {
    name,
    extensions,
    redactsByDefault,
    load: async () => masked(await load()),
  };
}

function masked<Text>(render: (report: ReportToPrint, options: RenderOptions) => Text): (report: Report, options: RenderOptions) => Text {
  return (report, options) => render(options.redact ? redactReport(report) : report, options);
}
