import type { Clue } from '../../src/model/clue.js';
import type { Case } from '../../src/model/diagnosis.js';
import type { LoadFailure, Mismatch, Notice } from '../../src/model/failure.js';
import type { NoticeTopic, Severity } from '../../src/model/finding.js';
import type { Place } from '../../src/model/place.js';
import type { Shape } from '../../src/model/shape.js';

const HERE: Place = { source: 'test.log', line: 1 };

export interface FailureFacts {
  readonly modelClass?: string;
  readonly checkpoint?: string;
  /** [name (undefined where the message prints none), checkpoint shape, model shape] */
  readonly mismatches?: readonly (readonly [string | undefined, Shape, Shape])[];
  readonly missing?: readonly string[];
  readonly unexpected?: readonly string[];
  readonly notices?: readonly (readonly [NoticeTopic, Readonly<Record<string, number | string>>])[];
  readonly severity?: Severity;
  readonly complete?: boolean;
  readonly dialect?: string;
}

/** A failure as the `failures` stage would hand it over, from the facts that a test is about. */
export function failure(facts: FailureFacts): LoadFailure {
  const dialect = facts.dialect ?? 'torch';
  const mismatches = (facts.mismatches ?? []).map(
    ([parameter, checkpointShape, modelShape], index): Mismatch => ({
      ...(parameter === undefined ? {} : { parameter }),
      checkpointShape,
      modelShape,
      dialect,
      at: { ...HERE, line: index + 2 },
    }),
  );
  const notices = (facts.notices ?? []).map(([topic, values]): Notice => ({ topic, values, dialect, at: HERE }));
  return {
    severity: facts.severity ?? 'error',
    ...(facts.modelClass === undefined ? {} : { modelClass: facts.modelClass }),
    ...(facts.checkpoint === undefined ? {} : { checkpoint: facts.checkpoint }),
    at: HERE,
    ranks: [],
    printed: 1,
    complete: facts.complete ?? true,
    incompleteReasons: [],
    mismatches,
    missingKeys: facts.missing ?? [],
    unexpectedKeys: facts.unexpected ?? [],
    notices,
    groups: [],
    families: [],
    traceback: [],
    dialects: [dialect],
  };
}

/** Each clue without its place and text. */
export type ClueFacts = Clue extends infer C ? (C extends Clue ? Omit<C, 'at' | 'text'> : never) : never;

export function subject(facts: FailureFacts, clues: readonly ClueFacts[] = []): Case {
  return { failure: failure(facts), clues: clues.map((clue) => ({ ...clue, at: HERE, text: '' })) };
}
