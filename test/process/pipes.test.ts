import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLEAN, FAILING, inFolder } from '../cli/fake-io.js';
import { bash, failureOf, program, until } from './spawn-program.js';

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
