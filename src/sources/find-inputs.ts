import { statSync } from 'node:fs';
import path from 'node:path';
import type { Input, Unresolved } from './input.js';

export interface FoundInputs {
  readonly inputs: readonly Input[];
  readonly unresolved: readonly Unresolved[];
}

/** Files in a directory that a person would call a log; compressed ones included. */
const LOG_LIKE = '**/*.{log,out,err,txt,stdout,stderr,jsonl}{,.gz,.zst,.xz,.bz2,.[0-9]}';
const LOG_LIKE_NAMES = '**/{stdout,stderr,output,log,logs}{,.[0-9]}';
const NOT_BELOW = ['**/node_modules/**', '**/.git/**'];

/**
 * Resolves what stands on the command line. A literal path is looked at first, so that a file whose name holds `[` or `*` is found; then it
 * is a glob. Each file is read once, in the order of the arguments and, below a glob or a directory, of the code units of its name.
 */
export async function findInputs(names: readonly string[], cwd: string): Promise<FoundInputs> {
  const inputs = new Map<string, Input>();
  const unresolved: Unresolved[] = [];
  for (const name of names) {
    const found = await resolve(name, cwd);
    if ('reason' in found) unresolved.push(found);
    else for (const input of found.inputs) if (!inputs.has(keyOf(input, cwd))) inputs.set(keyOf(input, cwd), input);
  }
  return { inputs: [...inputs.values()], unresolved };
}

function keyOf(input: Input, cwd: string): string {
  return input.kind === 'stdin' ? '-' : path.resolve(cwd, input.path);
}

async function resolve(name: string, cwd: string): Promise<{ readonly inputs: readonly Input[] } | Unresolved> {
  if (name === '-' || name === '/dev/stdin') return { inputs: [{ kind: 'stdin', name }] };
  try {
    const status = statSync(path.resolve(cwd, name));
    return status.isDirectory() ? await below(name, cwd) : { inputs: [fileInput(name, cwd)] };
  } catch (error) {
    if (!isGlob(name)) return { name, reason: reasonOf(error) };
  }
  const files = await glob([name], cwd);
  return files.length > 0 ? { inputs: files.map((file) => fileInput(file, cwd)) } : { name, reason: 'the pattern matches no file' };
}

async function below(directory: string, cwd: string): Promise<{ readonly inputs: readonly Input[] } | Unresolved> {
  const files = await glob([LOG_LIKE, LOG_LIKE_NAMES], path.resolve(cwd, directory));
  if (files.length === 0)
    return { name: directory, reason: 'the directory holds no log file (*.log, *.out, *.err, *.txt, *.jsonl, also compressed)' };
  return { inputs: files.map((file) => fileInput(path.join(directory, file), cwd)) };
}

function fileInput(name: string, cwd: string): Input {
  return { kind: 'file', path: path.resolve(cwd, name), name };
}

function isGlob(name: string): boolean {
  return /[*?[\]{}!()]/.test(name);
}

/** fast-glob orders by depth and speed of the disk; a report must not. It is loaded only where a pattern was given. */
async function glob(patterns: readonly string[], cwd: string): Promise<readonly string[]> {
  const { default: fastGlob } = await import('fast-glob');
  const files = await fastGlob([...patterns], { cwd, dot: false, ignore: NOT_BELOW, onlyFiles: true, unique: true, suppressErrors: true });
  return files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** One clear sentence instead of an errno. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENOTDIR: 'a part of the path is not a directory',
  EIO: 'the device reported an input/output error',
  EMFILE: 'too many open files',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than is allowed',
  EROFS: 'the file system is read-only',
};
