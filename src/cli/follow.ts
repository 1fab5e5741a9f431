import { type Analysis, createAnalysis } from '../analyze.js';
import type { Report } from '../model/report.js';
import { createTranscoder } from '../sources/encoding.js';
import { findInputs, reasonOf } from '../sources/find-inputs.js';
import { type FollowEvent, type FollowOptions, followFile } from '../sources/follow-file.js';
import { followStream } from '../sources/follow-stream.js';
import type { Input } from '../sources/input.js';
import type { Io } from './io.js';

export interface Following {
  readonly paths: readonly string[];
  /** Called with a report of what is new whenever a failure is whole. */
  readonly announce: (news: Report) => Promise<void>;
  readonly timing?: Pick<FollowOptions, 'poll' | 'quietAfter'>;
}

/** Reads growing logs until Ctrl-C (or the end of the pipe), announces each failure once, and gives the report of all. */
export async function followInputs({ paths, announce, timing }: Following, io: Io): Promise<Report> {
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
  for (const { name, reason } of unresolved) await cannotRead(name, reason);
  await Promise.all(
    inputs.map(async (input) => {
      try {
        await followOne(analysis, input.name, eventsOf(input, io, timing), tell);
      } catch (error) {
        await cannotRead(input.name, reasonOf(error));
      }
    }),
  );
  return analysis.report();
}

function eventsOf(input: Input, { stdin, signal }: Io, timing: Following['timing']): AsyncGenerator<FollowEvent> {
  const options = { signal, ...timing };
  return input.kind === 'stdin' ? followStream(stdin.chunks(), options) : followFile(input.path, options);
}

async function followOne(analysis: Analysis, name: string, events: AsyncGenerator<FollowEvent>, tell: () => Promise<void>): Promise<void> {
  let source = analysis.source(name);
  let text = createTranscoder(source.push);
  const finish = () => {
    text.end();
    source.end();
  };
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
  finish();
  await tell();
}
