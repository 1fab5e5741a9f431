/** One line a failure, for scripts and editors: `file:line: cause (confidence) n parameters`. Nothing where nothing failed. */
import { formatPlace } from '../model/place.js';
import { printableLine } from './printable.js';
import { redactReport } from './redact.js';
import type { RenderOptions, ReportToPrint } from './render.js';
import { countInShort, describeCause } from './wording.js';

export function renderQuiet(report: ReportToPrint, options: RenderOptions): string {
  const { failures } = options.redact ? redactReport(report) : report;
  return failures
    .map((failure) => `${printableLine(`${formatPlace(failure.at)}: ${describeCause(failure)} ${countInShort(failure)}`)}\n`)
    .join('');
}
