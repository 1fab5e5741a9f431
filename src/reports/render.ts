/** What every renderer is given. */
import type { Report } from '../model/report.js';

export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly verbose: boolean;
  /** Mask secrets, names and addresses. */
  readonly redact: boolean;
  /** Bytes that the target accepts; each ticket format has its own default. */
  readonly maxSize?: number;
}

/** How many values of one kind were masked, and how often they stood in the report. */
export interface Redaction {
  readonly kind: string;
  readonly distinct: number;
  readonly occurrences: number;
}

/** A report, and what was masked in it, where it was. */
export interface ReportToPrint extends Report {
  readonly redactions?: readonly Redaction[];
}

export type Render = (report: ReportToPrint, options: RenderOptions) => string;
