import type { Command } from 'commander';
import { CAUSE_IDS } from '../model/diagnosis.js';
import { formats } from '../reports/index.js';
import { commandsOf, optionsOf, type Word } from './command-words.js';
import { UsageError } from './io.js';

const NAMES = formats.map(({ name }) => name);
/** Values that an option accepts, where they can be listed. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--format': NAMES,
  '--color': ['auto', 'always', 'never'],
};

/** A completion script, made from the definition of the command line. @throws UsageError for another shell. */
export function renderCompletions(program: Command, shell: string): string {
  const script = { bash, zsh, fish }[shell];
  if (script === undefined) throw new UsageError(`completions are made for bash, zsh and fish, not for ${JSON.stringify(shell)}`);
  return script(program);
}

function bash(program: Command): string {
  const values = Object.entries(VALUES).map(
    ([flag, words]) => `    ${shortAndLong(program, flag).join('|')}) words="${words.join(' ')}" ;;`,
  );
  return `# bash completion of ckpt-doctor: eval "$(ckpt-doctor completions bash)"
_ckpt_doctor() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "$previous" in
${values.join('\n')}
    explain) words="${CAUSE_IDS.join(' ')}" ;;
    completions) words="bash zsh fish" ;;
    *)
      if [[ "$current" == -* ]]; then words="${optionsOf(program)
        .flatMap(({ flags }) => flags)
        .join(' ')}"
      elif [[ $COMP_CWORD -eq 1 ]]; then words="${commandsOf(program)
        .map((command) => command.name())
        .join(' ')}"; fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 0 || "$words" == "" || ($COMP_CWORD -eq 1 && "$current" != -*) ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _ckpt_doctor ckpt-doctor
`;
}

function zsh(program: Command): string {
  const options = optionsOf(program).map((word) => `    ${quoted(`${exclusive(word)}[${plain(word.description)}]${zshValue(word)}`)} \\`);
  return `#compdef ckpt-doctor
# zsh completion of ckpt-doctor: ckpt-doctor completions zsh > "\${fpath[1]}/_ckpt-doctor"
_ckpt_doctor_causes() { compadd ${CAUSE_IDS.join(' ')} }
_ckpt_doctor() {
  if (( CURRENT == 3 )) && [[ $words[2] == explain ]]; then _ckpt_doctor_causes; return; fi
  if (( CURRENT == 3 )) && [[ $words[2] == completions ]]; then compadd bash zsh fish; return; fi
  if (( CURRENT == 2 )); then compadd ${commandsOf(program)
    .map((command) => command.name())
    .join(' ')}; fi
  _arguments -s \\
${options.join('\n')}
    '*:log file:_files'
}
compdef _ckpt_doctor ckpt-doctor
`;
}

function fish(program: Command): string {
  const options = optionsOf(program).map(({ flags, description, value }) => {
    const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
    const words = VALUES[flags.at(-1) ?? ''];
    return `complete -c ckpt-doctor ${names} -d ${quoted(plain(description))}${value === undefined ? '' : ' -r'}${words === undefined ? '' : ` -x -a ${quoted(words.join(' '))}`}`;
  });
  const commands = commandsOf(program).map(
    (command) => `complete -c ckpt-doctor -n __fish_use_subcommand -a ${command.name()} -d ${quoted(plain(command.description()))}`,
  );
  return `# fish completion of ckpt-doctor: ckpt-doctor completions fish > ~/.config/fish/completions/ckpt-doctor.fish
${[...options, ...commands].join('\n')}
complete -c ckpt-doctor -n '__fish_seen_subcommand_from explain' -x -a ${quoted(CAUSE_IDS.join(' '))}
complete -c ckpt-doctor -n '__fish_seen_subcommand_from completions' -x -a 'bash zsh fish'
`;
}

function shortAndLong(program: Command, long: string): readonly string[] {
  return optionsOf(program).find(({ flags }) => flags.includes(long))?.flags ?? [long];
}

function exclusive({ flags }: Word): string {
  return flags.length > 1 ? `(${flags.join(' ')})'{${flags.join(',')}}'` : (flags[0] ?? '');
}

function zshValue({ flags, value }: Word): string {
  if (value === undefined) return '';
  const words = VALUES[flags.at(-1) ?? ''];
  return `:${value.slice(1, -1)}:${words === undefined ? '_files' : `(${words.join(' ')})`}`;
}

/** Words without the characters that the shells' own notations act upon. */
function plain(text: string): string {
  return text
    .replace(/[[\]'":]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function quoted(text: string): string {
  return `'${text}'`;
}
