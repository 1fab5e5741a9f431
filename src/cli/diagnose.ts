import { type Analysis, createAnalysis } from '../analyze.js';
import type { Report } from '../model/report.js';
import { findInputs } from '../sources/find-inputs.js';
import type { Input } from '../sources/input.js';
import { earlyThreads } from './early-threads.js';
import type { Io } from './io.js';
import type { LookAhead } from './look-ahead.js';
import { planFiles } from './planned-files.js';
import { createProgress, type Progress } from './progress.js';

export interface DiagnoseOptions {
  readonly paths: readonly string[];
  readonly quiet: boolean;
  /** Files that will be written; absolute. */
  readonly outputs?: readonly string[];
}

/**
 * Reads everything that was named and says why loading failed. What cannot be read is said as met and recorded in the report.
 * @throws UsageError where an output is one of the inputs
 */
export async function diagnoseInputs({ paths, quiet, outputs = [] }: DiagnoseOptions, io: Io): Promise<Report> {
  const analysis = createAnalysis();
  const progress = createProgress(io, analysis.failureCount, quiet);
  const { inputs, unresolved } = await findInputs(await namesOf(paths, progress, quiet), io.cwd);
  if (outputs.length > 0) await (await import('./refuse-overwritten.js')).refuseOverwritten(inputs, outputs);
  for (const { name, reason } of unresolved) await cannotRead(analysis, progress, name, reason);
  const ahead = await lookAhead(inputs, io.tune);
  if (ahead === undefined && earlyThreads().length === 0) io.tune();
  for (const input of inputs) {
    if (io.signal.aborted) await cannotRead(analysis, progress, input.name, 'interrupted before it was read');
    else await readOne(input, ahead, { analysis, progress, io });
  }
  ahead?.close();
  await progress.end();
  return analysis.report();
}

async function namesOf(paths: readonly string[], progress: Progress, quiet: boolean): Promise<readonly string[]> {
  if (paths.length > 0) return paths;
  if (!quiet) await progress.say('reading standard input, because no file was named');
  return ['-'];
}

interface Run {
  readonly analysis: Analysis;
  readonly progress: Progress;
  readonly io: Io;
}

async function readOne(input: Input, ahead: LookAhead | undefined, { analysis, progress, io }: Run): Promise<void> {
  const { readInput } = await import('../sources/read-input.js');
  const source = analysis.source(input.name);
  const skip = input.kind === 'file' ? ahead?.begin(input.path, source) : undefined;
  const { about, reason } = await readInput(input, {
    stdin: io.stdin.chunks,
    push: source.push,
    buffer: source.input,
    ...(skip === undefined ? {} : { skip }),
    signal: io.signal,
    onBytes: progress.bytes,
  });
  source.end(about);
  if (reason !== undefined) await cannotRead(analysis, progress, input.name, reason);
}

/** Nothing that looks ahead is loaded where there is too little to read. */
async function lookAhead(inputs: readonly Input[], onRunning: () => void): Promise<LookAhead | undefined> {
  const files = planFiles(inputs.flatMap((input) => (input.kind === 'file' ? [input.path] : [])));
  if (files.length === 0) return undefined;
  const { createLookAhead } = await import('./look-ahead.js');
  return createLookAhead(files, onRunning);
}

async function cannotRead(analysis: Analysis, progress: Progress, name: string, reason: string): Promise<void> {
  analysis.unreadable({ name, reason });
  await progress.say(`${name}: ${reason}`);
}
