import { statSync } from 'node:fs';
import { type Analysis, createAnalysis, type SourceAnalysis } from '../analyze.js';
import type { Report } from '../model/report.js';
import { findInputs } from '../sources/find-inputs.js';
import type { Input } from '../sources/input.js';
import type { Io } from './io.js';
import type { LookAhead } from './look-ahead.js';
import { createProgress, type Progress } from './progress.js';

/** Below, another thread takes longer to start than to help. */
const LARGE = 192 << 20;

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
  const ahead = await lookAhead(input, source);
  const { about, reason } = await readInput(input, {
    stdin: io.stdin.chunks,
    push: source.push,
    buffer: source.input,
    ...(ahead === undefined ? {} : { skip: ahead.skip }),
    signal: io.signal,
    onBytes: progress.bytes,
  });
  ahead?.close();
  source.end(about);
  if (reason !== undefined) await cannotRead(analysis, progress, input.name, reason);
}

/** Large files only; what cannot be looked at says so when it is read. */
async function lookAhead(input: Input, source: SourceAnalysis): Promise<LookAhead | undefined> {
  const size = input.kind === 'file' ? (statSync(input.path, { throwIfNoEntry: false })?.size ?? 0) : 0;
  if (input.kind !== 'file' || size < LARGE) return undefined;
  const { createLookAhead } = await import('./look-ahead.js');
  return createLookAhead(input.path, size, source);
}

async function cannotRead(analysis: Analysis, progress: Progress, name: string, reason: string): Promise<void> {
  analysis.unreadable({ name, reason });
  await progress.say(`${name}: ${reason}`);
}
