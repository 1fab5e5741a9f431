import type { Frame, LoadFailure } from '../model/failure.js';
import type { Finding, Severity, Statement } from '../model/finding.js';
import type { Speaker } from '../model/log-line.js';
import { type Attempt, isEmpty, openAttempt } from './attempt.js';
import { buildFailures } from './build.js';
import { addFact } from './fact-list.js';
import { createFactTable } from './facts.js';
import { createMerger } from './merger.js';

/** What a line states that was taken in before, wherever it stands again: facts of a list and nothing else. */
export interface Echo {
  readonly dialect: string;
  readonly severity: Severity;
  readonly isMismatch: boolean;
  readonly facts: readonly number[];
}

type Told = Pick<Echo, 'dialect' | 'severity'> & { readonly statements: readonly Statement[] };

/** Takes findings in the order of the log and turns them into failures: one attempt to load one checkpoint each. */
export interface Collector {
  readonly finding: (finding: Finding) => void;
  /** `undefined` where the line states more than facts that are known. */
  readonly echoOf: (told: readonly Told[]) => Echo | undefined;
  /** The same as the findings of such a line; false, and nothing is done, where it does not belong to an open list. */
  readonly echo: (echo: Echo, speaker: Speaker, line: number) => boolean;
  readonly tracebackStart: (speaker: Speaker) => void;
  readonly frame: (speaker: Speaker, frame: Frame) => void;
  /** The code that the last frame of this process runs, and its line where the frame has none. */
  readonly code: (speaker: Speaker, code: string, line?: number) => void;
  /** A line that ought to belong to the list but could not be read, or says that something was left out. */
  readonly gap: (speaker: Speaker, line: number, reason: string) => void;
  /** Ends one source: what its processes began is over. */
  readonly endSource: () => void;
  readonly failures: (originOf: (frames: readonly Frame[]) => Frame | undefined) => readonly LoadFailure[];
}

interface Process {
  open?: Attempt;
  frames: Frame[];
  /** A traceback began since the open attempt's last line. */
  interrupted: boolean;
}

/** Lines between two messages of one attempt: other processes may print in between, a labelled speaker's own lines may not. */
const NEAR = 3;
const SAME_LIST = 60;
const SAME_LIST_LABELLED = 20_000;
const MAX_FRAMES = 200;

export function createCollector(): Collector {
  const table = createFactTable();
  const merger = createMerger();
  let processes = new Map<string, Process>();
  let newest: Attempt | undefined;

  // Most lines come from whoever printed the one before.
  let lastId: string | undefined;
  let last: Process = { frames: [], interrupted: false };

  function processOf({ id }: Speaker): Process {
    if (id === lastId) return last;
    last = processes.get(id) ?? { frames: [], interrupted: false };
    lastId = id;
    processes.set(id, last);
    return last;
  }

  function close(process: Process): void {
    if (process.open !== undefined) merger.add(process.open);
    delete process.open;
  }

  function begin(process: Process, finding: Finding): Attempt {
    close(process);
    newest = openAttempt(finding, process.frames, newest);
    process.open = newest;
    process.frames = [];
    process.interrupted = false;
    return newest;
  }

  function attemptFor(process: Process, finding: Finding): Attempt {
    const { open } = process;
    if (open === undefined) return begin(process, finding);
    const belongs = finding.statement.kind === 'header' ? continuesReport(process, open, finding) : belongsToList(process, open, finding);
    return belongs ? open : begin(process, finding);
  }

  return {
    echoOf([told, other]) {
      const [statement, another] = told?.statements ?? [];
      if (told === undefined || other !== undefined || statement === undefined || another !== undefined) return undefined;
      const facts = 'folded' in statement ? undefined : table.knownNumbersOf(statement);
      if (facts === undefined || facts.length === 0) return undefined;
      return { dialect: told.dialect, severity: told.severity, isMismatch: statement.kind === 'mismatch', facts };
    },
    echo(echo, speaker, line) {
      const process = processOf(speaker);
      const { open } = process;
      if (open === undefined || !continuesList(process, open, echo, speaker, line)) return false;
      if (!open.dialects.has(echo.dialect)) open.dialects.add(echo.dialect);
      for (const number of echo.facts) addFact(open.facts, number);
      open.lastLine = line;
      return true;
    },
    finding(finding) {
      const process = processOf(finding.speaker);
      if (!isFact(finding.statement)) return mark(process, finding, close);
      const attempt = attemptFor(process, finding);
      record(attempt, finding);
      for (const number of table.numbersOf(finding)) addFact(attempt.facts, number);
      attempt.lastLine = finding.at.line;
    },
    tracebackStart(speaker) {
      const process = processOf(speaker);
      process.frames = [];
      process.interrupted = true;
    },
    frame(speaker, frame) {
      const { frames } = processOf(speaker);
      if (frames.length < MAX_FRAMES) frames.push(frame);
    },
    code(speaker, code, line) {
      const { frames } = processOf(speaker);
      const last = frames.pop();
      if (last !== undefined) frames.push({ ...last, code, line: last.line === 0 && line !== undefined ? line : last.line });
    },
    gap(speaker, line, reason) {
      const { open } = processOf(speaker);
      if (open !== undefined && line - open.lastLine <= NEAR) open.incomplete.add(reason);
    },
    endSource() {
      for (const process of processes.values()) close(process);
      processes = new Map();
      lastId = undefined;
    },
    failures: (originOf) => buildFailures(merger.drafts(), table, originOf),
  };
}

function isFact({ kind }: Statement): boolean {
  return kind !== 'incomplete' && kind !== 'end';
}

function mark(process: Process, finding: Finding, close: (process: Process) => void): void {
  const { statement, at } = finding;
  const { open } = process;
  if (statement.kind === 'incomplete') open?.incomplete.add(statement.reason);
  if (statement.kind !== 'end') return;
  if (open === undefined || at.line - open.lastLine > SAME_LIST) {
    endUnseen(process, finding, close);
    return;
  }
  if (statement.severity !== undefined) open.severity = statement.severity;
  close(process);
}

/** The report that an error speaks of went to another stream: that it failed is known, and nothing else. */
function endUnseen(process: Process, finding: Finding, close: (process: Process) => void): void {
  if (finding.severity !== 'error') return;
  close(process);
  process.open = openAttempt(finding, process.frames);
  process.open.dialects.add(finding.dialect);
  process.frames = [];
  close(process);
}

function record(attempt: Attempt, { statement, severity, dialect, pattern, at }: Finding): void {
  attempt.dialects.add(dialect);
  if (statement.kind === 'notice') attempt.notices.push({ topic: statement.topic, values: statement.values, dialect, at });
  if ('folded' in statement && statement.folded === true) attempt.incomplete.add('folded');
  if (statement.kind !== 'header') return;
  if (attempt.lastHeader === `${dialect}/${pattern}`) attempt.printed++;
  attempt.lastHeader = `${dialect}/${pattern}`;
  if (!attempt.hasHeader) attempt.severity = severity;
  attempt.hasHeader = true;
  if (statement.modelClass !== undefined) attempt.modelClass ??= statement.modelClass;
  if (statement.checkpoint !== undefined) attempt.checkpoint ??= statement.checkpoint;
}

/**
 * A second heading near the first: another list of the same report (transformers prints three), the wrapper of a chained exception, or a
 * second process without a label that failed in the same way at the same time.
 */
function continuesReport({ interrupted }: Process, open: Attempt, { statement, at, dialect }: Finding): boolean {
  if (statement.kind !== 'header') return false;
  const isNear = at.line - open.lastLine <= NEAR;
  const sameClass = statement.modelClass === undefined || open.modelClass === undefined || statement.modelClass === open.modelClass;
  if (!sameClass) return false;
  if (isEmpty(open) && !open.hasHeader) return true;
  if (statement.modelClass === undefined && statement.checkpoint !== undefined && !open.dialects.has(dialect))
    return at.line - open.lastLine <= SAME_LIST;
  return isNear && !interrupted;
}

function belongsToList(process: Process, open: Attempt, { statement, at, speaker, dialect, severity }: Finding): boolean {
  return continuesList(process, open, { dialect, severity, isMismatch: statement.kind === 'mismatch' }, speaker, at.line);
}

/** Items of a list follow each other closely, whatever dialect words them; behind a traceback only an interleaved process goes on. */
function continuesList(
  { interrupted }: Process,
  open: Attempt,
  { dialect, severity, isMismatch }: Omit<Echo, 'facts'>,
  { rank }: Speaker,
  line: number,
): boolean {
  const distance = line - open.lastLine;
  if (interrupted) return open.hasHeader && isMismatch && open.dialects.has(dialect) && distance <= SAME_LIST;
  if (distance <= NEAR && (open.hasHeader || severity === open.severity)) return true;
  return open.dialects.has(dialect) && distance <= (rank === undefined ? SAME_LIST : SAME_LIST_LABELLED);
}
