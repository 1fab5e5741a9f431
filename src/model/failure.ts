import type { NoticeTopic, Severity } from './finding.js';
import type { Place } from './place.js';
import type { Shape } from './shape.js';

/** One parameter whose two shapes differ; the sides are the true ones, whatever order the message had. */
export interface Mismatch {
  readonly parameter?: string;
  readonly checkpointShape: Shape;
  readonly modelShape: Shape;
  readonly dialect: string;
  readonly at: Place;
  /** Only where not every rank of the failure said it. */
  readonly ranks?: readonly number[];
  /** Set where the name stands for several parameters; then it is kept as printed. */
  readonly folded?: boolean;
  /** The name in the file, where the loader paired by place and the two names differ: then the shapes are those of two layers. */
  readonly stored?: string;
}

/** Mismatches with the same two shapes whose names differ only in layer numbers and in sibling names. */
export interface LayerGroup {
  /** `encoder.layers.{0-3}.attention.{key,query}.weight` */
  readonly pattern: string;
  /** The outermost layer numbers that occur, ascending; empty where the name has none. */
  readonly layers: readonly number[];
  readonly checkpointShape: Shape;
  readonly modelShape: Shape;
  readonly count: number;
  /** Positions in `LoadFailure.mismatches`. */
  readonly members: readonly number[];
}

/** A short overview for the first screen: layer groups that differ only in their shapes. */
export interface LayerFamily {
  readonly pattern: string;
  readonly count: number;
  /** Up to three pairs, the most frequent first, and how many there are in all. */
  readonly shapes: readonly { readonly checkpointShape: Shape; readonly modelShape: Shape }[];
  readonly shapePairs: number;
}

/** One frame of a Python traceback, outermost call first in a list of them. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly code?: string;
  readonly at: Place;
}

export interface Notice {
  readonly topic: NoticeTopic;
  readonly values: Readonly<Record<string, number | string>>;
  readonly dialect: string;
  readonly at: Place;
}

/** One attempt to load one checkpoint that did not fit; all ranks that made it together. */
export interface LoadFailure {
  readonly severity: Severity;
  readonly modelClass?: string;
  /** The checkpoint's path or name, where the message or its surroundings print it. */
  readonly checkpoint?: string;
  readonly at: Place;
  /** Ranks that said it, ascending; empty where the log does not tell. */
  readonly ranks: readonly number[];
  /** How often the attempt was printed in all: ranks, repeated tracebacks, summary boxes. */
  readonly printed: number;
  /** False where the list is known to be cut, folded or first-only: counts are lower bounds. */
  readonly complete: boolean;
  readonly incompleteReasons: readonly string[];
  readonly mismatches: readonly Mismatch[];
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
  readonly notices: readonly Notice[];
  readonly groups: readonly LayerGroup[];
  readonly families: readonly LayerFamily[];
  /** The traceback that led to it, outermost call first; empty where none was printed. */
  readonly traceback: readonly Frame[];
  /** The innermost frame of the user's own code. */
  readonly origin?: Frame;
  readonly dialects: readonly string[];
}

/** Whether more may differ than the list tells. A name that stands for several layers hides how many they are, not that they differ. */
export function mayHideMore({ complete, incompleteReasons }: Pick<LoadFailure, 'complete' | 'incompleteReasons'>): boolean {
  return !complete && (incompleteReasons.length === 0 || incompleteReasons.some((reason) => reason !== 'folded'));
}
