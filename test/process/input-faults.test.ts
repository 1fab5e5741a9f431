import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLEAN, FAILING, inFolder } from '../cli/fake-io.js';
import { bash, isRoot, program, until, works } from './spawn-program.js';

/** The superuser may read everything, unless that right is taken away. */
const ORDINARY = isRoot ? 'setpriv --bounding-set=-dac_override,-dac_read_search ' : '';
const canBeOrdinary = !isRoot || works('setpriv', '--bounding-set=-dac_override,-dac_read_search', 'true');

describe('a file that cannot be read', () => {
  it.runIf(canBeOrdinary)('for lack of permission is said; the others are read', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/closed.log`, FAILING);
      writeFileSync(`${folder}/run.log`, FAILING);
      chmodSync(`${folder}/closed.log`, 0);
      const { status, out, err } = await bash(`${ORDINARY}"$NODE" "$BIN" -q closed.log run.log`, folder).ended;
      expect([status, err]).toEqual([2, 'ckpt-doctor: closed.log: permission denied\n']);
      expect(out).toMatch(/^run.log:1: /);
    });
  });

  it('because it is a directory without logs is said', async () => {
    await inFolder(async (folder) => {
      mkdirSync(`${folder}/run.log`);
      const { status, err } = await bash('ckpt-doctor run.log', folder).ended;
      expect(status).toBe(2);
      expect(err).toMatch(/^ckpt-doctor: run.log: the directory holds no log file/);
    });
  });

  it.runIf(process.platform === 'linux')('for a fault of the device is said', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      // The first page of a process's memory is never mapped.
      const { status, out, err } = await bash('ckpt-doctor -q /proc/self/mem run.log', folder).ended;
      expect([status, err]).toEqual([2, 'ckpt-doctor: /proc/self/mem: the device reported an input/output error\n']);
      expect(out).toMatch(/^run.log:1: /);
    });
  });

  it('because it vanished after it was listed is said; what came before and behind is read', async () => {
    await inFolder(async (folder) => {
      execFileSync('mkfifo', [`${folder}/pipe`]);
      writeFileSync(`${folder}/gone.log`, FAILING);
      writeFileSync(`${folder}/run.log`, FAILING);
      const running = program(['-q', 'pipe', 'gone.log', 'run.log', 'none.log'], folder);
      // What was not found is said when all others were, and then the program waits for the first of them.
      await until(() => running.told.err !== '');
      rmSync(`${folder}/gone.log`);
      bash('printf "%s" "$LOG" > pipe', folder);
      const { status, out, err } = await running.ended;
      expect(status).toBe(2);
      expect(err).toMatch(/^ckpt-doctor: none.log: .*\nckpt-doctor: gone.log: no such file or directory\n$/);
      expect(out.trimEnd().split('\n')).toHaveLength(2);
    });
  });
});

describe('few descriptors', () => {
  it('are enough for thousands of files', async () => {
    await inFolder(async (folder) => {
      for (let i = 0; i < 3000; i++) writeFileSync(`${folder}/rank-${i}.log`, i % 1000 === 7 ? FAILING : CLEAN);
      const { status, out, err } = await bash('ulimit -n 64; ckpt-doctor -f json .', folder).ended;
      const report = JSON.parse(out);
      expect([status, err]).toEqual([1, '']);
      expect(report.sources).toHaveLength(3000);
      expect(report.failures[0].ranks).toEqual([7, 1007, 2007]);
    });
  });

  it('too few for all logs that are followed are said', async () => {
    await inFolder(async (folder) => {
      for (let i = 0; i < 100; i++) writeFileSync(`${folder}/${i}.log`, FAILING);
      const running = bash('ulimit -n 64; exec "$NODE" "$BIN" --follow -q .', folder);
      await until(() => running.told.out !== '');
      running.kill('SIGINT');
      const { status, out, err } = await running.ended;
      expect(status).toBe(2);
      expect(err).toContain(': too many open files\n');
      expect(out).toContain('0.log:1: ');
    });
  });
});

describe('a named pipe', () => {
  it('is read to its end', async () => {
    await inFolder(async (folder) => {
      execFileSync('mkfifo', [`${folder}/pipe`]);
      const running = program(['-q', 'pipe'], folder);
      bash('printf "%s" "$LOG" > pipe', folder);
      expect((await running.ended).out).toMatch(/^pipe:1: .* 2 parameters\n$/);
    });
  });

  it('may be followed until its writer ends', async () => {
    await inFolder(async (folder) => {
      execFileSync('mkfifo', [`${folder}/pipe`]);
      const running = program(['--follow', '-q', 'pipe'], folder);
      bash('exec 3> pipe; printf "%s" "$LOG" >&3; sleep 0.3; echo step 1 >&3', folder);
      const { status, out, err } = await running.ended;
      expect([status, err]).toEqual([1, '']);
      expect(out).toMatch(/^pipe:1: /);
    });
  });
});
