import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAILING, inFolder } from '../cli/fake-io.js';
import { bash, failureOf, isRoot, program, works } from './spawn-program.js';

const OLD = 'the old report\n';

async function withOldReport(log: string, use: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    writeFileSync(`${folder}/run.log`, log);
    writeFileSync(`${folder}/r.json`, OLD);
    await use(folder);
  });
}

/** The old report is whole, and nothing lies beside it. */
function expectUntouched(folder: string): void {
  expect(readFileSync(`${folder}/r.json`, 'utf8')).toBe(OLD);
  expect(readdirSync(folder).sort()).toEqual(['r.json', 'run.log']);
}

describe('a full disk', () => {
  it('under standard output is said in one sentence and gives status 2', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      for (const command of ['ckpt-doctor run.log', 'ckpt-doctor -f json run.log', 'ckpt-doctor explain kv-heads', 'ckpt-doctor --help']) {
        const { status, err } = await bash(`${command} > /dev/full`, folder).ended;
        expect([status, err]).toEqual([
          2,
          'ckpt-doctor: standard output: the report could not be written: no space is left on the device\n',
        ]);
      }
    });
  });

  it('under standard error takes nothing from the report', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const { status, out } = await bash('ckpt-doctor -q run.log gone.log 2> /dev/full', folder).ended;
      expect([status, out]).toEqual([2, 'run.log:1: classifier-head (certain) 2 parameters\n']);
    });
  });

  it('under --output is said; the other reports are written', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const { status, err, out } = await bash('ckpt-doctor -q run.log -f json -o /dev/full -o r.md', folder).ended;
      expect([status, err]).toEqual([2, 'ckpt-doctor: /dev/full: the report could not be written: no space is left on the device\n']);
      expect(out).toMatch(/^run.log:1: /);
      expect(readFileSync(`${folder}/r.md`, 'utf8')).toContain('classifier-head');
    });
  });

  it('leaves the old report whole, and no draft', async () => {
    await withOldReport(failureOf(500), async (folder) => {
      // Blocks of 1024 bytes; the report has more than a hundred of them.
      const { status, err } = await bash('ulimit -f 16; ckpt-doctor -q run.log -o r.json', folder).ended;
      expect([status, err]).toEqual([
        2,
        'ckpt-doctor: r.json: the report could not be written: the file would be larger than is allowed\n',
      ]);
      expectUntouched(folder);
    });
  });

  it.runIf(isRoot && works('unshare', '-m', 'true'))('of a few pages leaves the old report whole as well', async () => {
    await inFolder(async (folder) => {
      mkdirSync(`${folder}/disk`);
      writeFileSync(`${folder}/run.log`, failureOf(500));
      const script = `mount -t tmpfs -o size=32k none disk || exit 77; echo old > disk/r.json
        ckpt-doctor -q run.log -o disk/r.json; echo "$?"; cat disk/r.json; ls -A disk`;
      const { status, out, err } = await bash(`unshare -m bash -c '${`ckpt-doctor() { "$NODE" "$BIN" "$@"; }; ${script}`}'`, folder).ended;
      if (status === 77) return;
      expect(err).toContain('no space is left on the device');
      expect(out.split('\n').slice(1)).toEqual(['2', 'old', 'r.json', '']);
    });
  });
});

describe('a program that is killed while it writes', () => {
  it('leaves the old report or the new one, never a half', async () => {
    await withOldReport(failureOf(4000), async (folder) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const running = program(['-q', 'run.log', '-o', 'r.json'], folder);
        const isWriting = () => readdirSync(folder).some((name) => name.endsWith('.part') && statSync(`${folder}/${name}`).size >= 0);
        while (running.exitCode === null && !isWriting()) await new Promise((resolve) => setImmediate(resolve));
        running.kill('SIGKILL');
        await running.ended;
        const text = readFileSync(`${folder}/r.json`, 'utf8');
        if (text !== OLD) expect(JSON.parse(text).failures[0].mismatches).toHaveLength(4000);
        for (const name of readdirSync(folder).filter((file) => file.endsWith('.part'))) execFileSync('rm', [`${folder}/${name}`]);
      }
    });
  });
});

describe('what stands at the place of a report', () => {
  it('keeps its permissions', async () => {
    await withOldReport(FAILING, async (folder) => {
      chmodSync(`${folder}/r.json`, 0o600);
      await bash('umask 0; ckpt-doctor -q run.log -o r.json', folder).ended;
      expect(statSync(`${folder}/r.json`).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(`${folder}/r.json`, 'utf8')).failures).toHaveLength(1);
    });
  });

  it('is written to where it is a descriptor, and not replaced', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      expect((await bash('ckpt-doctor -q run.log -f json -o /dev/fd/3 3> r.json', folder).ended).err).toBe('');
      expect(JSON.parse(readFileSync(`${folder}/r.json`, 'utf8')).failures).toHaveLength(1);
      const { out } = await bash('ckpt-doctor run.log -f json -o >(cat) -f json; sleep 0.2', folder).ended;
      expect(out.match(/"schemaVersion"/g)).toHaveLength(2);
    });
  });

  it('is standard output where it is called so, and standard output is added to, not emptied', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      await bash('echo before > all; ckpt-doctor run.log -f json -o /dev/stdout >> all', folder).ended;
      expect(readFileSync(`${folder}/all`, 'utf8')).toMatch(/^before\n\{\n/);
      expect(readdirSync('/dev').filter((name) => name.endsWith('.part'))).toEqual([]);
    });
  });

  it('may have a name as long as the system allows', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, FAILING);
      const name = `${'r'.repeat(250)}.json`;
      expect((await bash(`ckpt-doctor -q run.log -o ${name}`, folder).ended).err).toBe('');
      expect(readdirSync(folder)).toContain(name);
    });
  });
});

describe('a log is not overwritten', () => {
  it.each([
    ['by another way to it', 'ckpt-doctor logs/run.log -o way/run.log -f json'],
    ['by another name of it', 'ckpt-doctor logs/run.log -o logs/again.json'],
    ['where the shell opened it', 'ckpt-doctor -f json -o logs/run.log < logs/run.log'],
    ['where it is followed', 'ckpt-doctor --follow -f json logs/run.log -o logs/run.log'],
  ])('%s', async (_, command) => {
    await inFolder(async (folder) => {
      mkdirSync(`${folder}/logs`);
      writeFileSync(`${folder}/logs/run.log`, FAILING);
      linkSync(`${folder}/logs/run.log`, `${folder}/logs/again.json`);
      symlinkSync('logs', `${folder}/way`);
      const { status, err } = await bash(command, folder).ended;
      expect(status).toBe(2);
      expect(err).toContain('the report would overwrite the log');
      expect(readFileSync(`${folder}/logs/run.log`, 'utf8')).toBe(FAILING);
      expect(readFileSync(`${folder}/logs/again.json`, 'utf8')).toBe(FAILING);
    });
  });
});
