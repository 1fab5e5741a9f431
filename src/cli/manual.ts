import type { Command } from 'commander';
import { version } from '../version.js';
import { commandsOf, optionsOf } from './command-words.js';

/** The manual page in the troff of man(7), from the same definition as `--help`. */
export function renderManual(program: Command): string {
  const options = optionsOf(program).map(({ flags, value = '', description }) => {
    const names = flags.map((flag) => `\\fB${roff(flag)}\\fR`).join(', ');
    return `.TP\n${names}${value === '' ? '' : ` \\fI${roff(value.slice(1, -1))}\\fR`}\n${roff(description)}`;
  });
  const commands = commandsOf(program).map((command) => {
    const names = command.registeredArguments.map((argument) => ` [\\fI${roff(argument.name())}\\fR]`).join('');
    return `.TP\n\\fBckpt\\-doctor ${roff(command.name())}\\fR${names}\n${roff(command.description())}`;
  });
  return `.TH CKPT\\-DOCTOR 1 "" "ckpt\\-doctor ${roff(version)}" "User Commands"
.SH NAME
ckpt\\-doctor \\- says why a checkpoint could not be loaded, from the training log
.SH SYNOPSIS
\\fBckpt\\-doctor\\fR [\\fIoptions\\fR] [\\fIpath\\fR | \\fIglob\\fR | \\fIdirectory\\fR | \\fB\\-\\fR]...
.SH DESCRIPTION
${roff(program.description())}
Without a path it reads standard input.
.SH OPTIONS
${options.join('\n')}
.SH COMMANDS
${commands.join('\n')}
.SH EXIT STATUS
.TP
0
Everything was read, and no load failure was found.
.TP
1
At least one load failure was found.
.TP
2
Wrong usage, or something could not be read.
`;
}

/** A hyphen that is a minus stays one; a leading full stop or apostrophe is no request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
