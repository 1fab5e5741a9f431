import { execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CLEAN, FAILING, inFolder } from '../cli/fake-io.js';
import { bash, failureOf, program, until } from './spawn-program.js';

/** More than any pipe or socket holds: when it was taken, its beginning was read. */
const LONG = FAILING + CLEAN.repeat(30_000);

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it('while a pipe is slow ends reading; what was found is reported, and that it is not all', async () => {
    await inFolder(async (folder) => {
      const running = program(['-f', 'json', '-'], folder);
      await new Promise((resolve) => running.stdin?.write(LONG, resolve));
      running.kill(signal);
      const { status, out, signal: by } = await running.ended;
      const report = JSON.parse(out);
      expect([status, by]).toEqual([2, null]);
      expect(report.failures).toHaveLength(1);
      expect(report.unreadable).toEqual([{ name: '-', reason: `interrupted after ${report.sources[0].bytes} bytes` }]);
      expect(report.sources[0].bytes).toBeGreaterThan(FAILING.length);
    });
  });

  it('while a named pipe waits for its writer ends the waiting', async () => {
    await inFolder(async (folder) => {
      execFileSync('mkfifo', [`${folder}/pipe`]);
      const running = program(['pipe', 'gone.log'], folder);
      await until(() => running.told.err !== '');
      await setTimeout(300);
      running.kill(signal);
      const { status, err } = await running.ended;
      expect(status).toBe(2);
      expect(err).toMatch(/pipe: interrupted (?:after 0 bytes|before it was read)\n$/);
    });
  });

  it('while a named pipe is slow tells how far it came', async () => {
    await inFolder(async (folder) => {
      execFileSync('mkfifo', [`${folder}/pipe`]);
      writeFileSync(`${folder}/long`, LONG);
      const running = program(['-q', 'pipe'], folder);
      const writer = bash('exec 3> pipe; cat long >&3; echo taken; exec sleep 30', folder);
      await until(() => writer.told.out !== '');
      running.kill(signal);
      const { status, out, err } = await running.ended;
      writer.kill();
      expect(status).toBe(2);
      expect(out).toMatch(/^pipe:1: /);
      expect(err).toMatch(/^ckpt-doctor: pipe: interrupted after [1-9]\d+ bytes\n$/);
    });
  });

  it('ends the following of a log with the report of all', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const running = program(['--follow', '-f', 'json', 'run.log'], folder);
      await until(() => running.told.err !== '');
      appendFileSync(`${folder}/run.log`, FAILING.replaceAll('Net', 'OtherNet'));
      await until(() => running.told.err.split('\n').length > 2);
      running.kill(signal);
      const { status, out } = await running.ended;
      expect(status).toBe(1);
      expect(JSON.parse(out).failures).toHaveLength(2);
    });
  });
});

describe('a second signal', () => {
  it('ends the program, also while its report waits for a reader', async () => {
    await inFolder(async (folder) => {
      // The report is larger than the pipe, and nobody reads it to its end.
      const running = program(['-f', 'json', '-'], folder);
      await new Promise((resolve) => running.stdin?.write(failureOf(1500) + LONG, resolve));
      running.stdout?.once('data', () => running.stdout?.pause());
      running.kill('SIGTERM');
      await until(() => running.told.out !== '');
      running.kill('SIGINT');
      await until(() => running.signalCode !== null || running.exitCode !== null);
      expect(running.signalCode).toBe('SIGINT');
    });
  });
});
