import { prefixes } from '../../src/lines/prefixes.js';

/** A launcher's prefix for one process of several. */
export interface Launcher {
  readonly name: string;
  /** Whether lines of two processes can be told apart. */
  readonly tellsApart: boolean;
  readonly prefixOf: (process: number) => string;
}

/** Made out of the samples: what stands in front of the rest, with another number where the process is told. */
export const launchers: readonly Launcher[] = [
  { name: 'none', tellsApart: false, prefixOf: () => '' },
  ...prefixes.flatMap(({ name, samples }) =>
    samples.map(([line, rest, { rank, who }], index) => {
      const prefix = line.slice(0, line.length - rest.length);
      return {
        name: `${name} ${index}`,
        tellsApart: rank !== undefined || numbered(who),
        prefixOf: (process: number) => renumber(prefix, rank, who, process),
      };
    }),
  ),
];

function numbered(who: string | undefined): boolean {
  return who !== undefined && /\d/.test(who);
}

function renumber(prefix: string, rank: number | undefined, who: string | undefined, process: number): string {
  if (rank !== undefined) return prefix.replace(new RegExp(`(?<!\\d)${rank}(?!\\d)(?=[^\\d]*$)`), String(process));
  if (!numbered(who) || who === undefined) return prefix;
  return prefix.replace(who, () => who.replace(/\d+/, String(process + 1)));
}
