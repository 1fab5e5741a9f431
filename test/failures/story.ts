import { createCollector } from '../../src/failures/collector.js';
import type { Frame, LoadFailure } from '../../src/model/failure.js';
import type { Finding, Severity, Statement } from '../../src/model/finding.js';
import type { Shape } from '../../src/model/shape.js';

type Collector = ReturnType<typeof createCollector>;
/** What happens on one line of a log. */
export type Event = (collector: Collector) => void;

/** Who says it, and how; a torch error of a process without a label, where nothing else is said. */
export interface Voice {
  readonly rank?: number;
  readonly source?: string;
  readonly dialect?: string;
  readonly pattern?: string;
  readonly severity?: Severity;
}

const speakerOf = ({ rank, source = 'a.log' }: Voice) => ({ id: `${source} ${rank ?? ''}`, ...(rank === undefined ? {} : { rank }) });

/** A voice's way to state things on a line. */
export function voice(of: Voice = {}) {
  const { source = 'a.log', dialect = 'torch', severity = 'error' } = of;
  const speaker = speakerOf(of);
  const state =
    (line: number, statement: Statement, pattern = statement.kind): Event =>
    (collector) => {
      const finding: Finding = { statement, severity, dialect, pattern: of.pattern ?? pattern, at: { source, line }, speaker };
      collector.finding(finding);
    };
  return {
    state,
    header: (line: number, modelClass?: string, checkpoint?: string) =>
      state(line, {
        kind: 'header',
        ...(modelClass === undefined ? {} : { modelClass }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      }),
    mismatch: (line: number, parameter: string | undefined, checkpointShape: Shape, modelShape: Shape) =>
      state(line, { kind: 'mismatch', ...(parameter === undefined ? {} : { parameter }), checkpointShape, modelShape }),
    missing: (line: number, ...keys: string[]) => state(line, { kind: 'missing-keys', keys }),
    unexpected: (line: number, ...keys: string[]) => state(line, { kind: 'unexpected-keys', keys }),
    traceback: (): Event => (collector) => collector.tracebackStart(speaker),
    frame:
      (frame: Frame, code?: string): Event =>
      (collector) => {
        collector.frame(speaker, frame);
        if (code !== undefined) collector.code(speaker, code);
      },
    code:
      (text: string): Event =>
      (collector) =>
        collector.code(speaker, text),
    gap:
      (line: number, reason = 'cut'): Event =>
      (collector) =>
        collector.gap(speaker, line, reason),
  };
}

export const endOfFile: Event = (collector) => collector.endSource();

/** The failures of a log in which these things happen, one after the other. */
export function failuresOf(...events: readonly Event[]): readonly LoadFailure[] {
  const collector = createCollector();
  for (const event of events) event(collector);
  collector.endSource();
  return collector.failures((frames) => frames.at(-1));
}

/** What each failure lists, in the order in which it was said. */
export function listsOf(...events: readonly Event[]): readonly (readonly string[])[] {
  return failuresOf(...events).map(({ mismatches, missingKeys, unexpectedKeys, notices }) => [
    ...mismatches.map(({ parameter }) => parameter ?? '(unnamed)'),
    ...missingKeys.map((key) => `-${key}`),
    ...unexpectedKeys.map((key) => `+${key}`),
    ...notices.map(({ topic }) => `!${topic}`),
  ]);
}
