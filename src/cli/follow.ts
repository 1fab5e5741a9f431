import { stat } from 'node:fs/promises';
import { type Analysis, createAnalysis } from '../analyze.js';
import type { Report } from '../model/report.js';
import { createTranscoder } from '../sources/encoding.js';
import { findInputs, reasonOf } from '../sources/find-inputs.js';
import { type FollowEvent, type FollowOptions, followFile } from '../sources/follow-file.js';
import { followStream } from '../sources/follow-stream.js';
import type { Input } from '../sources/input.js';
import { readWaiting } from '../sources/waiting-stream.js';
import type { Io } from './io.js';
import { refuseOverwritten } from './refuse-overwritten.js';

export interface Following {
  readonly paths: readonly string[];
  /** Files that will be written; absolute. */
  readonly outputs?: readonly string[];
  /** Called with a report of what is new whenever a failure is whole. */
  readonly announce: (news: Report) => Promise<void>;
  readonly timing?: Pick<FollowOptions, 'poll' | 'quietAfter'>;
}

/**
 * Reads growing logs until Ctrl-C (or the end of the pipe), announces each failure once, and gives the report of all.
 * @throws UsageError where an output is one of the inputs
 */
export async function followInputs({ paths, outputs = [], announce, timing }: Following, io: Io): Promise<Report> {
  const analysis = createAnalysis();
  const announced = new Set<string>();
  const cannotRead = async (name: string, reason: string): Promise<void> => {
    analysis.unreadable({ name, reason });
    await io.stderr.write(`ckpt-doctor: ${name}: ${reason}\n`);
  };

  async function tell(): Promise<void> {
    const report = analysis.report();
    const failures = report.failures.filter((failure) => !announced.has(`${failure.id} ${failure.at.source}:${failure.at.line}`));
    for (const failure of failures) announced.add(`${failure.id} ${failure.at.source}:${failure.at.line}`);
    if (failures.length > 0) await announce({ ...report, failures, unreadable: [], unclaimed: [] });
  }

  const { inputs, unresolved } = await findInputs(paths.length > 0 ? paths : ['-'], io.cwd);
  await refuseOverwritten(inputs, outputs);
  for (const { name, reason } of unresolved) await cannotRead(name, reason);
  await Promise.all(
    inputs.map(async (input) => {
      try {
        await followOne(analysis, input.name, await eventsOf(input, io, timing), tell);
      } catch (error) {
        await cannotRead(input.name, reasonOf(error));
      }
    }),
  );
  return analysis.report();
}

/** A pipe or a device cannot be looked at again from a place: it is followed as it comes. */
async function eventsOf(input: Input, { stdin, signal }: Io, timing: Following['timing']): Promise<AsyncGenerator<FollowEvent>> {
  const options = { signal, ...timing };
  if (input.kind === 'stdin') return followStream(stdin.chunks(), options);
  const status = await stat(input.path);
  return status.isFile() ? followFile(input.path, options) : followStream(readWaiting(input.path, signal), options);
}

async function followOne(analysis: Analysis, name: string, events: AsyncGenerator<FollowEvent>, tell: () => Promise<void>): Promise<void> {
  let source = analysis.source(name);
  let text = createTranscoder(source.push);
  const finish = () => {
    text.end();
    source.end();
  };
  try {
    for await (const event of events) {
      if (event.kind === 'bytes') text.push(event.chunk);
      else if (event.kind === 'quiet') {
        source.settle();
        await tell();
      } else {
        finish();
        source = analysis.source(name);
        text = createTranscoder(source.push);
      }
    }
  } finally {
    // What came before a fault is told too.
    finish();
  }
  await tell();
}
