import { type Analysis, createAnalysis } from '../analyze.js';
import type { Report } from '../model/report.js';
import { findInputs } from '../sources/find-inputs.js';
import type { Input } from '../sources/input.js';
import { type Io, UsageError } from './io.js';
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
  refuseOverwritten(inputs, outputs);
  for (const { name, reason } of unresolved) await cannotRead(analysis, progress, name, reason);
  for (const input of inputs) {
    if (io.signal.aborted) await cannotRead(analysis, progress, input.name, 'interrupted before it was read');
    else await readOne(input, analysis, progress, io);
  }
  await progress.end();
  return analysis.report();
}

async function namesOf(paths: readonly string[], progress: Progress, quiet: boolean): Promise<readonly string[]> {
  if (paths.length > 0) return paths;
  if (!quiet) await progress.say('reading standard input, because no file was named');
  return ['-'];
}

async function readOne(input: Input, analysis: Analysis, progress: Progress, io: Io): Promise<void> {
  const { readInput } = await import('../sources/read-input.js');
  const source = analysis.source(input.name);
  const { about, reason } = await readInput(input, {
    stdin: io.stdin.chunks,
    push: source.push,
    buffer: source.input,
    signal: io.signal,
    onBytes: progress.bytes,
  });
  source.end(about);
  if (reason !== undefined) await cannotRead(analysis, progress, input.name, reason);
}

async function cannotRead(analysis: Analysis, progress: Progress, name: string, reason: string): Promise<void> {
  analysis.unreadable({ name, reason });
  await progress.say(`${name}: ${reason}`);
}

function refuseOverwritten(inputs: readonly Input[], outputs: readonly string[]): void {
  const lost = inputs.find((input) => input.kind === 'file' && outputs.includes(input.path));
  if (lost !== undefined) throw new UsageError(`--output ${lost.name}: this file is an input; the report would overwrite the log`);
}
