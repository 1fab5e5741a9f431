// Runs commands and measures them from outside: wall time, and peak memory where GNU time is at hand.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const TIME = '/usr/bin/time';
const hasTime = spawnSync(TIME, ['-f', '%M', 'true']).status === 0;

export const isThere = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).error === undefined;

/** One run. `input` goes through a pipe. Statuses above 2 are failures of the command itself. */
export async function measure({ command, input }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-run-'));
  try {
    const peak = path.join(folder, 'peak');
    const whole = hasTime ? [TIME, '-q', '-f', '%M', '-o', peak, ...command] : command;
    const began = process.hrtime.bigint();
    const status = await run(input === undefined ? whole : ['sh', '-c', 'input=$1; shift; cat "$input" | "$@"', 'sh', input, ...whole]);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    if (status > 2) throw new Error(`status ${status}: ${command.join(' ')}`);
    return { seconds, ...(hasTime ? { megabytes: Number(readFileSync(peak, 'utf8')) / 1024 } : {}) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run([program, ...args]) {
  return new Promise((resolve, reject) => {
    // Not to /dev/null: grep stops at its first hit when it sees that nobody reads on.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.resume();
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 3));
  });
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** All commands in turn, so often: what disturbs the machine for a while disturbs all of them. */
export async function measureInTurn(commands, times) {
  const results = commands.map(() => []);
  for (let i = 0; i < times; i++) {
    for (const [index, command] of commands.entries()) results[index].push(await measure(command));
  }
  return results.map((runs) => ({
    seconds: median(runs.map((each) => each.seconds)),
    megabytes: runs[0].megabytes === undefined ? undefined : Math.max(...runs.map((each) => each.megabytes)),
  }));
}
