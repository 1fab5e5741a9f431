import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAILING, inFolder } from '../cli/fake-io.js';
import { failureOf, program, until } from './spawn-program.js';

/** The most memory that the program had, in megabytes, as the system counts it; only Linux tells. */
async function run(
  bytes: Buffer | string,
  argv: readonly string[] = ['-q'],
  look: (folder: string) => void = () => {},
): Promise<{ readonly status: number | null; readonly megabytes: number; readonly seconds: number }> {
  return inFolder(async (folder) => {
    writeFileSync(`${folder}/run.log`, bytes);
    const start = performance.now();
    const running = program([...argv, 'run.log'], folder);
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, residentSet(running.pid));
    }, 20);
    await until(() => running.exitCode !== null || running.signalCode !== null, 50);
    clearInterval(timer);
    const { status } = await running.ended;
    look(folder);
    return { status, megabytes: peak, seconds: (performance.now() - start) / 1000 };
  });
}

function residentSet(pid: number | undefined): number {
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
  } catch {
    return 0;
  }
}

const MEGABYTE = 1 << 20;

describe('the program ends in bounded time and memory', () => {
  it.each([
    ['64 MB without a line feed', Buffer.alloc(64 * MEGABYTE, 'a'), 0],
    ['64 MB of blanks', Buffer.alloc(64 * MEGABYTE, ' '), 0],
    ['10 MB of escape sequences', Buffer.alloc(10 * MEGABYTE, '\u001b[31mx\u001b[0m'), 0],
    ['8 MB of beginnings of a message', Buffer.alloc(8 * MEGABYTE, 'size mismatch for '), 0],
    ['16 MB of braces in a record', `{"log":"size mismatch for ${'{'.repeat(16 * MEGABYTE)}"}`, 0],
    ['a failure behind 64 MB without a line feed', Buffer.concat([Buffer.alloc(64 * MEGABYTE, 'a'), Buffer.from(`\n${FAILING}`)]), 1],
    ['names of a thousand characters', failureOf(2000), 1],
  ])('on %s', async (_, bytes, expected) => {
    const { status, megabytes, seconds } = await run(bytes);
    expect(status).toBe(expected);
    expect(megabytes).toBeLessThan(700);
    expect(seconds).toBeLessThan(45);
  });

  it('on a hundred thousand parameters, all of them in the JSON report', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) =>
        `\tsize mismatch for model.layers.${Math.floor(i / 10)}.experts.${i % 10}.down_proj.weight: copying a param with shape torch.Size([${4096 + (i % 7)}, 1408]) from checkpoint, the shape in current model is torch.Size([0]).\n`,
    );
    const log = `RuntimeError: Error(s) in loading state_dict for Net:\n${lines.join('')}`;
    const { status, megabytes, seconds } = await run(log, ['--output', 'report.json', '-q'], (folder) => {
      const [failure] = JSON.parse(readFileSync(`${folder}/report.json`, 'utf8')).failures;
      expect(failure.mismatches).toHaveLength(100_000);
    });
    expect(status).toBe(1);
    expect(megabytes).toBeLessThan(450);
    expect(seconds).toBeLessThan(45);
  });
});
