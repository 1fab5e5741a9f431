import type { Clue } from './clue.js';
import type { CauseId, Confidence, Decline, Evidence, Question, Remedy, Warning } from './diagnosis.js';
import type { Frame, LoadFailure } from './failure.js';
import type { Unclaimed } from './finding.js';

/** One input as it was read. `bytes` counts what was read, before decompression; `lines` counts line feeds (and a last line without one). */
export interface Source {
  readonly name: string;
  readonly bytes: number;
  readonly lines: number;
  readonly compression?: string;
  readonly encoding?: string;
}

/** An input, or a part of one, that could not be read. */
export interface Unreadable {
  readonly name: string;
  readonly reason: string;
}

/** What a failure's verdict says in one line, and whether anything is to be done. */
export interface Verdict {
  /** `diagnosed`: one cause leads. `ambiguous`: two or more fit equally, and a line would decide. `unknown`: no cause fits. `harmless`: nothing is to be done. */
  readonly kind: 'diagnosed' | 'ambiguous' | 'unknown' | 'harmless';
  readonly sentence: string;
  /** Whether running the same command again can help, with the reason. */
  readonly restart: string;
  readonly wouldDecide: readonly Question[];
}

export interface ReportedDiagnosis {
  readonly cause: CauseId;
  readonly title: string;
  readonly confidence: Confidence;
  readonly harmless: boolean;
  readonly explains: {
    readonly mismatches: number;
    readonly of: number;
    readonly missingKeys: number;
    readonly ofMissingKeys: number;
    readonly unexpectedKeys: number;
    readonly ofUnexpectedKeys: number;
  };
  readonly evidence: readonly Evidence[];
  readonly remedies: readonly Remedy[];
  readonly doesNotHelp: readonly Warning[];
  readonly afterwards: readonly string[];
}

/** A failure's facts, and what the causes say about them. */
export interface ReportedFailure extends Omit<LoadFailure, 'traceback' | 'origin' | 'dialects'> {
  /** Stable fingerprint of cause, class, names and shapes; paths, ranks and times do not change it. */
  readonly id: string;
  readonly verdict: Verdict;
  readonly origin?: Pick<Frame, 'file' | 'line' | 'function'>;
  readonly diagnoses: readonly ReportedDiagnosis[];
  readonly declined: readonly Omit<Decline, 'verdict'>[];
  readonly unexplained: readonly string[];
}

/** The interface between the analysis and all formats; the JSON report is this object. */
export interface Report {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'ckpt-doctor'; readonly version: string };
  readonly sources: readonly Source[];
  readonly unreadable: readonly Unreadable[];
  readonly failures: readonly ReportedFailure[];
  readonly clues: readonly Clue[];
  readonly unclaimed: readonly Unclaimed[];
}
