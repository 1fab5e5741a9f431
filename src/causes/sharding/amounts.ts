import type { Frame } from '../../model/failure.js';

/** How numbers, sizes and places read inside sentences; independent of the locale of the machine. */

/** `14,336` */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3}){1,7}(?!\d))/g, ',');
}

/** `1 tensor`, `145 tensors` */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `52.9 MiB`; powers of 1024. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power] ?? 'bytes'}`;
}

/** `rank 0`, `ranks 0 and 1`, `ranks 0, 1, 2 and 3`, `32 ranks` */
export function formatRanks(ranks: readonly number[]): string {
  if (ranks.length === 1) return `rank ${ranks[0]}`;
  if (ranks.length > 8) return `${ranks.length} ranks`;
  return `ranks ${joinWords(ranks.map(String))}`;
}

/** `a`, `a and b`, `a, b and c` */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `clip_encoder.py:27 in load_model` */
export function formatFrame({ file, line, function: caller }: Frame): string {
  return `${baseName(file)}:${line} in ${caller}`;
}

export function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file;
}
