import path from 'node:path';
import type { Report } from '../model/report.js';
import type { Format, RenderOptions } from '../reports/index.js';
import { reasonOf } from '../sources/find-inputs.js';
import { wantsColor } from './color.js';
import { type Destination, destinationsOf } from './destinations.js';
import { diagnoseInputs } from './diagnose.js';
import { exitStatusOf } from './exit-status.js';
import type { Io } from './io.js';
import { type Choices, createProgram, usageFault } from './program.js';

/** The whole program but for its process: arguments and streams in, exit status out. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let status = 0;
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const program = createProgram(
    io,
    {
      async diagnose(paths, choices) {
        if (paths.length === 0 && io.stdin.isTerminal) return program.outputHelp();
        status = await diagnoseAndReport(paths, choices, io);
      },
      async explain(cause, paths) {
        const { explain, explainOnLogs } = await import('./explain.js');
        print(cause === undefined || paths.length === 0 ? await explain(cause) : await explainOnLogs(cause, paths, io));
      },
      async completions(shell) {
        const { renderCompletions } = await import('./completions.js');
        print(renderCompletions(program, shell));
      },
      async manual() {
        const { renderManual } = await import('./manual.js');
        print(renderManual(program));
      },
    },
    print,
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const fault = usageFault(error);
    if (fault !== undefined) {
      await io.stderr.write(`ckpt-doctor: ${fault}\nckpt-doctor --help shows the usage.\n`);
      return 2;
    }
  }
  if (printed.length > 0 && !(await arrives('standard output', io.stdout.write(printed.join('')), io))) return 2;
  return status;
}

async function diagnoseAndReport(paths: readonly string[], choices: Choices, io: Io): Promise<number> {
  const destinations = destinationsOf(choices.format, choices.output);
  const outputs = destinations.flatMap(({ file }) => (file === undefined ? [] : path.resolve(io.cwd, file)));
  const report = choices.follow
    ? await follow(paths, destinations, outputs, choices, io)
    : await diagnoseInputs({ paths, quiet: choices.quiet, outputs }, io);
  const written = await Promise.all(destinations.map((destination) => deliver(report, destination, choices, io)));
  return written.every(Boolean) ? exitStatusOf(report, choices.exitZero) : 2;
}

function optionsFor({ verbose, redact, maxSize }: Choices, isShared: boolean, { stdout }: Io): RenderOptions {
  const size = maxSize === undefined ? {} : { maxSize };
  return { color: false, width: stdout.columns ?? 80, verbose, redact: redact && isShared, ...size };
}

/** What is new goes to standard output where the report for people stands, otherwise as one line to standard error. */
async function follow(
  paths: readonly string[],
  destinations: readonly Destination[],
  outputs: readonly string[],
  choices: Choices,
  io: Io,
): Promise<Report> {
  const { followInputs } = await import('./follow.js');
  const { renderQuiet } = await import('../reports/quiet.js');
  // Loaded before it is needed: the logs that are followed may take all descriptors that there are.
  await Promise.all([import('./write-file.js'), ...destinations.map(({ format }) => format.load())]);
  const toPeople = destinations.find(({ file, format }) => file === undefined && format.name === 'terminal');
  return followInputs(
    {
      paths,
      outputs,
      announce: async (news) => {
        if (toPeople !== undefined) await deliver(news, toPeople, choices, io);
        else await io.stderr.write(renderQuiet(news, optionsFor(choices, false, io)));
      },
    },
    io,
  );
}

/** Whether the report arrived. */
async function deliver(report: Report, { format, file }: Destination, choices: Choices, io: Io): Promise<boolean> {
  const render = await partsOf(format, choices.quiet && format.name === 'terminal');
  const options = optionsFor(choices, format.redactsByDefault, io);
  const color = file === undefined && wantsColor(choices.color, io.env, io.stdout.isTerminal);
  const parts = render(report, { ...options, color });
  const writing = file === undefined ? writeParts(io, parts) : writeFile(path.resolve(io.cwd, file), parts);
  if (!(await arrives(file ?? 'standard output', writing, io))) return false;
  if (format.name !== 'github') return true;
  const { appendStepSummary } = await import('./step-summary.js');
  return arrives('the job summary', appendStepSummary(report, options, io), io);
}

async function partsOf(format: Format, quiet: boolean): Promise<(report: Report, options: RenderOptions) => Iterable<string>> {
  if (!quiet && format.loadParts !== undefined) return format.loadParts();
  const render = quiet ? (await import('../reports/quiet.js')).renderQuiet : await format.load();
  return (report, options) => [render(report, options)];
}

/** One after another: what the reader has not taken yet waits for it. */
async function writeParts({ stdout }: Io, parts: Iterable<string>): Promise<void> {
  for (const part of parts) await stdout.write(part);
}

/** Loaded only where a file is written. */
async function writeFile(file: string, parts: Iterable<string>): Promise<void> {
  const { writeWhole } = await import('./write-file.js');
  return writeWhole(file, parts);
}

/** Whether what was written is there; where not, that is said: a full disk, a device that fails. */
async function arrives(name: string, writing: Promise<void>, io: Io): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    await io.stderr.write(`ckpt-doctor: ${name}: the report could not be written: ${reasonOf(error)}\n`);
    return false;
  }
}
