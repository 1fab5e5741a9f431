import { UsageError } from './io.js';

export type ColorChoice = 'auto' | 'always' | 'never';

/** `--color` beats `NO_COLOR`, which beats `FORCE_COLOR`; a pipe and a dumb terminal get none. */
export function wantsColor(choice: ColorChoice, env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((env.NO_COLOR ?? '') !== '') return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

export function readColorChoice(value: string): ColorChoice {
  if (value === 'auto' || value === 'always' || value === 'never') return value;
  throw new UsageError(`--color takes auto, always or never, not ${JSON.stringify(value)}`);
}
