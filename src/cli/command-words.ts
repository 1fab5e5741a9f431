import type { Command } from 'commander';

/** One option or command as completions and the manual tell it. */
export interface Word {
  readonly flags: readonly string[];
  readonly description: string;
  /** `<format>`, where the option takes a value. */
  readonly value?: string;
}

/** All options of a command, `--help` included. */
export function optionsOf(command: Command): readonly Word[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ short, long, flags, description }) => {
      const value = /<[^<>]+>/.exec(flags)?.[0];
      return { flags: [short, long].filter((flag) => flag !== undefined), description, ...(value === undefined ? {} : { value }) };
    });
}

/** All commands that help shows, `help` itself left out. */
export function commandsOf(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
}
