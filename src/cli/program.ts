import { Command, CommanderError, Option } from 'commander';
import { formats } from '../reports/index.js';
import { version } from '../version.js';
import { readColorChoice } from './color.js';
import { type Io, UsageError } from './io.js';

export interface Choices {
  readonly format: readonly string[];
  readonly output: readonly string[];
  readonly color: 'auto' | 'always' | 'never';
  readonly redact: boolean;
  readonly exitZero: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly follow: boolean;
  readonly maxSize?: number;
}

/** What each command does; the definition below stays free of it, so that help, completions and the manual can be made from it. */
export interface Actions {
  readonly diagnose: (paths: readonly string[], choices: Choices) => Promise<void>;
  readonly explain: (cause: string | undefined, paths: readonly string[]) => Promise<void>;
  readonly completions: (shell: string) => Promise<void>;
  readonly manual: () => Promise<void>;
}

const EXAMPLES = `
Examples:
  cat train.log | ckpt-doctor                     why did it die?
  ckpt-doctor 'logs/**/*.log' -o report.md        all ranks at once, a report for the ticket
  ckpt-doctor run.log -o report.md -o report.json several reports in one run
  ckpt-doctor --follow run.log                    watch a run that is going on
  ckpt-doctor explain zero3-partitioned-model     the page of a cause

Exit status: 0 no load failure, 1 at least one, 2 wrong usage or something could not be read.
`;

/** The command line as a definition; commander parses it and prints its help. */
export function createProgram(io: Io, actions: Actions, write: (text: string) => void): Command {
  const program = new Command('ckpt-doctor');
  program
    .description('Reads training logs, finds every failure to load a checkpoint, and says why it happened and what to do.')
    .argument('[paths...]', 'log files, quoted globs, directories, or - for standard input')
    .addOption(
      new Option('-f, --format <format>', `report format: ${formats.map(({ name }) => name).join(', ')}; repeatable`)
        .default([], 'terminal')
        .argParser(collect),
    )
    .addOption(
      new Option('-o, --output <file>', 'write the report there, format by extension; repeatable')
        .default([], 'standard output')
        .argParser(collect),
    )
    .addOption(new Option('--color <when>', 'auto, always or never').default('auto').argParser(readColorChoice))
    .option('--no-redact', 'keep secrets, user names and addresses in reports made for sharing')
    .option('--exit-zero', 'exit status 0 also where failures were found', false)
    .option('-v, --verbose', 'everything that the short report folds away', false)
    .option('-q, --quiet', 'one line per failure', false)
    .addOption(new Option('--max-size <bytes>', 'size that a ticket report may have').argParser(readSize))
    .option('--follow', 'keep reading a growing log and report each failure as it comes', false)
    .version(version)
    .addHelpText('after', EXAMPLES)
    .action((paths: string[], choices: Choices) => actions.diagnose(paths, choices));
  program
    .command('explain')
    .description('the page of a cause; without one, the list of all; with logs, why the cause fired or declined there')
    .argument('[cause]')
    .argument('[paths...]')
    .action((cause: string | undefined, paths: string[]) => actions.explain(cause, paths));
  program
    .command('completions')
    .description('a completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) => actions.completions(shell));
  program
    .command('manual', { hidden: true })
    .description('the manual page')
    .action(() => actions.manual());
  for (const command of [program, ...program.commands]) configure(command, io, write);
  return program;
}

function configure(command: Command, io: Io, write: (text: string) => void): void {
  command.exitOverride().configureOutput({
    writeOut: write,
    // The caller says it in its own words.
    writeErr: () => {},
    getOutHelpWidth: () => io.stdout.columns ?? 80,
    getOutHasColors: () => false,
  });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** `60000`, `60k`, `1.5M`: bytes. */
function readSize(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([kKmM]?)[bB]?$/.exec(text);
  const size = Number(found?.[1]) * ({ k: 1000, m: 1_000_000 }[found?.[2]?.toLowerCase() ?? ''] ?? 1);
  if (!(size >= 1000)) throw new UsageError(`--max-size takes a number of bytes from 1000 on (60000, 60k), not ${JSON.stringify(text)}`);
  return Math.floor(size);
}

/** The sentence of a usage fault; `undefined` where help or version was asked for and printed. */
export function usageFault(error: unknown): string | undefined {
  if (error instanceof UsageError) return error.message;
  if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message.replace(/^error: /, '');
  throw error;
}
