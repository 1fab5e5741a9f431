import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLEAN, FAILING, inFolder } from '../cli/fake-io.js';
import { bash, failureOf, program, until, works } from './spawn-program.js';

describe('a reader that goes away', () => {
  it.each([0, 1, 4095, 65_536, 65_537, 200_000])('behind %i bytes is no fault and changes no status', async (bytes) => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, failureOf(300));
      const { out, err } = await bash(`ckpt-doctor -f json run.log | head -c ${bytes} | wc -c; echo "\${PIPESTATUS[0]}"`, folder).ended;
      expect(out.trim().split(/\s+/)).toEqual([String(bytes), '1']);
      expect(err).toBe('');
    });
  });

  it('from standard error takes nothing from the report', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const { out, status } = await bash('ckpt-doctor -q gone.log run.log gone-too.log 2> >(exec true)', folder).ended;
      expect(out).toBe('run.log:1: classifier-head (certain) 2 parameters\n');
      expect(status).toBe(2);
    });
  });

  it('ends the following of a log', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const following = program(['--follow', '-q', 'run.log'], folder);
      await until(() => following.told.out !== '');
      following.stdout?.destroy();
      // The next news meets a closed pipe.
      writeFileSync(`${folder}/run.log`, FAILING.replaceAll('Net', 'OtherNet'), { flag: 'a' });
      expect((await following.ended).status).toBe(1);
    });
  });
});

describe('a report larger than any buffer', () => {
  it.runIf(works('mkfifo', '--version'))('arrives whole through a pipe that takes no more than it has room for', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, failureOf(300));
      execFileSync('mkfifo', [`${folder}/pipe`]);
      // Two ends: Node makes the one that it writes to wait after all.
      const pipe = openSync(`${folder}/pipe`, constants.O_RDONLY | constants.O_NONBLOCK);
      const end = openSync(`${folder}/pipe`, constants.O_WRONLY | constants.O_NONBLOCK);
      const running = program(['-f', 'json', 'run.log'], folder, end);
      const read: Buffer[] = [];
      await until(() => {
        const pieces = takeFrom(pipe);
        read.push(...pieces);
        return running.exitCode !== null && pieces.length === 0;
      });
      closeSync(end);
      closeSync(pipe);
      const report = JSON.parse(Buffer.concat(read).toString());
      expect(report.failures[0].mismatches).toHaveLength(300);
      expect((await running.ended).err).toBe('');
    });
  });

  it('arrives whole through a pipe whose reader is slow', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, failureOf(1500));
      const { out } = await bash('ckpt-doctor -f json run.log | { sleep 0.5; cat; }', folder).ended;
      expect(out.length).toBeGreaterThan(1 << 20);
      expect(JSON.parse(out).failures[0].mismatches).toHaveLength(1500);
    });
  });
});

describe('standard input', () => {
  it('that is closed at once is an empty log', async () => {
    await inFolder(async (folder) => {
      const { status, out } = await bash('ckpt-doctor -f json <&-', folder).ended;
      expect(status).toBe(0);
      expect(JSON.parse(out).sources).toEqual([{ name: '-', bytes: 0, lines: 0 }]);
    });
  });

  it('that is a directory is none', async () => {
    await inFolder(async (folder) => {
      const { status, err } = await bash('ckpt-doctor - < .', folder).ended;
      expect([status, err]).toEqual([2, 'ckpt-doctor: -: it is a directory\n']);
    });
  });

  it('that is a file is read from where it stands', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const { out } = await bash('{ read -r first; ckpt-doctor -f json -; } < run.log', folder).ended;
      const [first = ''] = FAILING.split('\n');
      expect(JSON.parse(out).sources[0]).toMatchObject({ bytes: FAILING.length - first.length - 1, lines: 2 });
    });
  });

  it('that comes in single bytes is the same log', async () => {
    await inFolder(async (folder) => {
      const running = program(['-q', '-'], folder);
      for (const char of CLEAN + FAILING) running.stdin?.write(char);
      running.stdin?.end();
      expect((await running.ended).out).toBe('-:3: classifier-head (certain) 2 parameters\n');
    });
  });
});

/** What a pipe holds at the moment, one piece at most. */
function takeFrom(pipe: number): readonly Buffer[] {
  const piece = Buffer.alloc(8192);
  try {
    return [piece.subarray(0, readSync(pipe, piece))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return [];
  }
}
