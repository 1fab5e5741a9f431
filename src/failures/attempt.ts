import type { Frame, Notice } from '../model/failure.js';
import type { Finding, Severity } from '../model/finding.js';
import type { Speaker } from '../model/log-line.js';
import type { Place } from '../model/place.js';
import { type FactList, startFactList } from './fact-list.js';

/** One attempt of one process to load one checkpoint, while its messages are still coming in. */
export interface Attempt {
  readonly speaker: Speaker;
  readonly at: Place;
  severity: Severity;
  modelClass?: string;
  checkpoint?: string;
  hasHeader: boolean;
  lastLine: number;
  /** Pattern of the last header, to tell a second heading of one report from a second process. */
  lastHeader?: string;
  printed: number;
  readonly facts: FactList;
  readonly notices: Notice[];
  readonly incomplete: Set<string>;
  readonly dialects: Set<string>;
  readonly frames: readonly Frame[];
}

/** `before`: the attempt that began before this one. */
export function openAttempt({ speaker, at, severity }: Finding, frames: readonly Frame[], before?: Attempt): Attempt {
  return {
    speaker,
    at,
    severity,
    hasHeader: false,
    lastLine: at.line,
    printed: 1,
    facts: startFactList(before?.facts),
    notices: [],
    incomplete: new Set(),
    dialects: new Set(),
    frames,
  };
}

export function isEmpty({ facts, notices }: Attempt): boolean {
  return facts.count === 0 && notices.length === 0;
}
