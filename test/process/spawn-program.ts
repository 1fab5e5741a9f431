import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { FAILING } from '../cli/fake-io.js';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
if (!existsSync(BIN)) throw new Error('dist/bin.js is missing: npm run build makes it');

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A program that runs: `ended` when it has, `told` what it wrote so far. */
export type Running = ChildProcess & { readonly ended: Promise<Ended>; readonly told: { readonly out: string; readonly err: string } };

/** A line of bash in which `ckpt-doctor` is the built program. */
export function bash(script: string, cwd: string): Running {
  return run('bash', ['-c', `ckpt-doctor() { "$NODE" "$BIN" "$@"; }\n${script}`], cwd, 'ignore');
}

/** The program itself, with pipes for all three streams; `stdout`: a descriptor in the place of one. */
export function program(argv: readonly string[], cwd: string, stdout: 'pipe' | number = 'pipe'): Running {
  return run(process.execPath, [BIN, ...argv], cwd, 'pipe', stdout);
}

function run(command: string, argv: readonly string[], cwd: string, stdin: 'ignore' | 'pipe', stdout: 'pipe' | number = 'pipe'): Running {
  const env = { PATH: process.env.PATH, NODE: process.execPath, BIN, LOG: FAILING };
  const child = spawn(command, argv, { cwd, env, stdio: [stdin, stdout, 'pipe'] });
  const told = { out: '', err: '' };
  child.stdout?.on('data', (text) => {
    told.out += String(text);
  });
  child.stderr?.on('data', (text) => {
    told.err += String(text);
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (status, signal) => resolve({ status, signal, ...told })));
  return Object.assign(child, { ended, told });
}

/** Waits until something holds; a machine may be busy. */
export async function until(holds: () => boolean, seconds = 15): Promise<void> {
  for (let i = 0; i < seconds * 100 && !holds(); i++) await setTimeout(10);
  if (!holds()) throw new Error('what the test waits for never came');
}

export const isRoot = process.getuid?.() === 0;

/** Whether a command works here; where a system lacks what a test needs, the test is left out. */
export function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A failure with so many parameters whose names are long: a thousand bytes of JSON each, and quickly told. */
export function failureOf(parameters: number): string {
  const [heading = '', row = ''] = FAILING.split('\n');
  const rows = Array.from({ length: parameters }, (_, i) => row.replace('fc.weight', `${'long'.repeat(200)}.${i}.weight`));
  return [heading, ...rows, ''].join('\n');
}
