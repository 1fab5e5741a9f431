import { extname } from 'node:path';
import { type Format, formats } from '../reports/index.js';
import { UsageError } from './io.js';

/** One report to write: in which format, and where to; without a file to standard output. */
export interface Destination {
  readonly format: Format;
  readonly file?: string;
}

/**
 * `--format` and `--output` are paired in the order given. A file without a format of its own follows its extension; a format without a file
 * goes to standard output, and where none does, the terminal report stands there beside the files.
 * @throws UsageError
 */
export function destinationsOf(names: readonly string[], paths: readonly string[]): readonly Destination[] {
  const files = paths.map((path) => (path === '/dev/stdout' ? '-' : path));
  const [first, second] = names.slice(files.length);
  if (second !== undefined)
    throw new UsageError(`--format ${second}: standard output takes one report, and it is ${first}; name a file with --output`);
  const written = files.map((file, index) => toFile(file, names[index]));
  if (files.includes('-')) return written;
  return [...written, { format: formatNamed(first ?? 'terminal') }];
}

function toFile(file: string, name: string | undefined): Destination {
  const format = name === undefined ? formatOfFile(file) : formatNamed(name);
  return file === '-' ? { format } : { format, file };
}

function formatNamed(name: string): Format {
  const format = formats.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  throw new UsageError(`--format ${JSON.stringify(name)} is not known; there are ${formats.map((known) => known.name).join(', ')}`);
}

function formatOfFile(file: string): Format {
  if (file === '-') return formatNamed('terminal');
  const extension = extname(file).toLowerCase();
  const format = formats.find(({ extensions }) => extensions.includes(extension));
  if (format !== undefined) return format;
  const known = formats.flatMap(({ extensions }) => extensions).join(', ');
  throw new UsageError(`--output ${file}: no format has this extension; name one with --format, or use one of ${known}`);
}
