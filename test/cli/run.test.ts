import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAUSE_IDS } from '../../src/model/diagnosis.js';
import { version } from '../../src/version.js';
import { CLEAN, ckptDoctor, FAILING, inFolder } from './fake-io.js';

const ESCAPE = '\x1b[';

describe('exit status', () => {
  it('is 0 where nothing failed', async () => {
    expect((await ckptDoctor([], { stdin: CLEAN })).status).toBe(0);
  });

  it('is 1 where a load failed, in every format', async () => {
    for (const format of ['terminal', 'markdown', 'json'])
      expect((await ckptDoctor(['-f', format, '-'], { stdin: FAILING })).status).toBe(1);
  });

  it('is 0 with --exit-zero, but 2 where something could not be read', async () => {
    expect((await ckptDoctor(['--exit-zero', '-'], { stdin: FAILING })).status).toBe(0);
    expect((await ckptDoctor(['--exit-zero', '-', 'missing.log'], { stdin: FAILING })).status).toBe(2);
  });

  it('is 2 for a missing file, said in one sentence, and the rest is read', async () => {
    const { status, err, out } = await ckptDoctor(['-f', 'json', 'missing.log', '-'], { stdin: FAILING });
    expect(status).toBe(2);
    expect(err).toBe('ckpt-doctor: missing.log: no such file or directory\n');
    const report = JSON.parse(out);
    expect(report.unreadable).toEqual([{ name: 'missing.log', reason: 'no such file or directory' }]);
    expect(report.failures).toHaveLength(1);
  });

  it('is 2 for a glob that matches nothing', async () => {
    const { status, err } = await ckptDoctor(['nothing-*.log']);
    expect([status, err]).toEqual([2, 'ckpt-doctor: nothing-*.log: the pattern matches no file\n']);
  });

  it.each([
    [['--nonsense'], "unknown option '--nonsense'"],
    [['-f', 'docx', '-'], 'terminal, markdown, json'],
    [['-o', 'report.docx', '-'], 'no format has this extension'],
    [['--color', 'sometimes', '-'], 'auto, always or never'],
    [['--max-size', 'huge', '-'], 'number of bytes'],
    [['-f', 'json', '-f', 'markdown', '-'], 'one report'],
    [['explain', 'nonsense'], 'no cause is called'],
    [['completions', 'csh'], 'bash, zsh and fish'],
  ])('is 2 for wrong usage: %j', async (argv, words) => {
    const { status, err, out } = await ckptDoctor(argv, { stdin: CLEAN });
    expect(status).toBe(2);
    expect(err).toContain(words);
    expect(err.trimEnd().split('\n')).toHaveLength(2);
    expect(out).toBe('');
  });
});

describe('input', () => {
  it('is standard input where nothing is named, and that is said on standard error alone', async () => {
    const { out, err } = await ckptDoctor(['-f', 'json'], { stdin: FAILING });
    expect(err).toBe('ckpt-doctor: reading standard input, because no file was named\n');
    expect(JSON.parse(out).failures).toHaveLength(1);
  });

  it('is asked for by the help, on a terminal without arguments', async () => {
    const { out, status } = await ckptDoctor([], { stdinIsTerminal: true });
    expect(status).toBe(0);
    expect(out).toContain('Usage: ckpt-doctor');
  });

  it('may be files, globs in quotes, directories, each file once', async () => {
    await inFolder(async (cwd) => {
      mkdirSync(`${cwd}/logs/deep`, { recursive: true });
      writeFileSync(`${cwd}/logs/a.log`, FAILING);
      writeFileSync(`${cwd}/logs/deep/b.out`, FAILING);
      writeFileSync(`${cwd}/logs/deep/weights.bin`, FAILING);
      for (const argv of [['logs'], ['logs', 'logs/a.log'], ['logs/**/*.{log,out}']]) {
        const { out } = await ckptDoctor(['-f', 'json', ...argv], { cwd });
        expect(JSON.parse(out).sources.map(({ name }: { name: string }) => name)).toEqual(['logs/a.log', 'logs/deep/b.out']);
      }
    });
  });

  it('may have the characters of a glob in its name', async () => {
    await inFolder(async (cwd) => {
      writeFileSync(`${cwd}/run[1].log`, FAILING);
      expect((await ckptDoctor(['run[1].log'], { cwd })).status).toBe(1);
    });
  });
});

describe('output', () => {
  it('goes to files by their extension, the terminal report beside them', async () => {
    await inFolder(async (cwd) => {
      const { out, status } = await ckptDoctor(['-', '-o', `${cwd}/r.md`, '-o', `${cwd}/r.json`], { stdin: FAILING });
      expect(status).toBe(1);
      expect(out).toContain('classifier-head');
      expect(readFileSync(`${cwd}/r.md`, 'utf8')).toContain('classifier-head');
      expect(JSON.parse(readFileSync(`${cwd}/r.json`, 'utf8')).schemaVersion).toBe(1);
    });
  });

  it('takes the format that is named before the one of the extension', async () => {
    await inFolder(async (cwd) => {
      await ckptDoctor(['-', '-f', 'json', '-o', `${cwd}/r.txt`], { stdin: FAILING });
      expect(JSON.parse(readFileSync(`${cwd}/r.txt`, 'utf8')).schemaVersion).toBe(1);
    });
  });

  it('replaces a planted link and leaves what it points at alone', async () => {
    await inFolder(async (cwd) => {
      writeFileSync(`${cwd}/precious`, 'old');
      symlinkSync(`${cwd}/precious`, `${cwd}/r.md`);
      await ckptDoctor(['-', '-o', `${cwd}/r.md`], { stdin: FAILING });
      expect(readFileSync(`${cwd}/precious`, 'utf8')).toBe('old');
      expect(readFileSync(`${cwd}/r.md`, 'utf8')).toContain('classifier-head');
    });
  });

  it('that cannot be written is said, leaves no draft behind and gives status 2', async () => {
    await inFolder(async (cwd) => {
      const { status, err } = await ckptDoctor(['-', '-o', `${cwd}/no/such/folder/r.md`], { stdin: FAILING });
      expect([status, err]).toEqual([
        2,
        `ckpt-doctor: ${cwd}/no/such/folder/r.md: the report could not be written: no such file or directory\n`,
      ]);
      mkdirSync(`${cwd}/r.md`);
      expect((await ckptDoctor(['-', '-o', `${cwd}/r.md`], { stdin: FAILING })).status).toBe(2);
      expect(readdirSync(cwd)).toEqual(['r.md']);
    });
  });

  it('never overwrites an input', async () => {
    await inFolder(async (cwd) => {
      writeFileSync(`${cwd}/run.txt`, FAILING);
      const { status, err } = await ckptDoctor(['run.txt', '-o', './run.txt'], { cwd });
      expect(status).toBe(2);
      expect(err).toContain('would overwrite the log');
      expect(readFileSync(`${cwd}/run.txt`, 'utf8')).toBe(FAILING);
      expect(existsSync(`${cwd}/report.txt`)).toBe(false);
    });
  });
});

describe('in GitHub Actions', () => {
  it('the annotations go to the log of the job and the report to its summary, behind what other steps wrote', async () => {
    await inFolder(async (cwd) => {
      writeFileSync(`${cwd}/summary.md`, 'another step\n');
      const { out, status } = await ckptDoctor(['-f', 'github', '-'], {
        stdin: FAILING,
        env: { GITHUB_STEP_SUMMARY: `${cwd}/summary.md` },
      });
      expect(status).toBe(1);
      expect(out).toContain('::error ');
      const summary = readFileSync(`${cwd}/summary.md`, 'utf8');
      expect(summary.startsWith('another step\n')).toBe(true);
      expect(summary).toContain('classifier-head');
      expect((await ckptDoctor(['-f', 'github', '-'], { stdin: FAILING, env: { GITHUB_STEP_SUMMARY: cwd } })).status).toBe(2);
    });
  });
});

describe('colour', () => {
  const colored = async (argv: readonly string[], env: Readonly<Record<string, string>>, stdoutIsTerminal: boolean) =>
    (await ckptDoctor([...argv, '-'], { stdin: FAILING, env, stdoutIsTerminal })).out.includes(ESCAPE);

  it.each([
    ['a terminal has it', [], {}, true, true],
    ['a pipe has none', [], {}, false, false],
    ['a dumb terminal has none', [], { TERM: 'dumb' }, true, false],
    ['NO_COLOR beats FORCE_COLOR', [], { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    ['an empty NO_COLOR says nothing', [], { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR beats the pipe', [], { FORCE_COLOR: '1' }, false, true],
    ['--color always beats NO_COLOR', ['--color', 'always'], { NO_COLOR: '1' }, false, true],
    ['--color never beats FORCE_COLOR', ['--color', 'never'], { FORCE_COLOR: '1' }, true, false],
  ] as const)('%s', async (_, argv, env, isTerminal, expected) => {
    expect(await colored(argv, env, isTerminal)).toBe(expected);
  });
});

describe('other commands', () => {
  it('print the version and the help with examples', async () => {
    expect((await ckptDoctor(['--version'])).out).toBe(`${version}\n`);
    expect((await ckptDoctor(['--help'])).out).toContain('Examples:');
  });

  it('list all causes and print the page of one', async () => {
    const { out } = await ckptDoctor(['explain']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual([...CAUSE_IDS]);
    expect((await ckptDoctor(['explain', 'zero3-partitioned-model'])).out).toContain('zero3-partitioned-model');
  });

  it('tell why a cause declined on a log', async () => {
    const { out } = await ckptDoctor(['explain', 'zero3-partitioned-model', '-'], { stdin: FAILING });
    expect(out).toMatch(/^-:1: declined, because /);
    expect((await ckptDoctor(['explain', 'classifier-head', '-'], { stdin: FAILING })).out).toMatch(/^-:1: fires as number 1 of /);
  });

  it('write one line a failure with --quiet, and nothing where nothing failed', async () => {
    const { out, err } = await ckptDoctor(['--quiet'], { stdin: FAILING });
    expect(out).toMatch(/^-:1: classifier-head \(\w+\) 2 parameters\n$/);
    expect(err).toBe('');
    expect((await ckptDoctor(['--quiet'], { stdin: CLEAN })).out).toBe('');
  });

  it.each(['bash', 'zsh', 'fish'])('complete every option and cause in %s', async (shell) => {
    const { out } = await ckptDoctor(['completions', shell]);
    for (const word of ['exit-zero', 'no-redact', 'format', ...CAUSE_IDS]) expect(out).toContain(word);
  });

  it('make the manual from the same source as the help', async () => {
    const { out } = await ckptDoctor(['manual']);
    expect(out).toMatch(/^\.TH /);
    for (const option of ['\\-\\-exit\\-zero', '\\-\\-format', '\\-\\-follow']) expect(out).toContain(option);
  });
});

describe('an interruption', () => {
  it('reports what was found, and says that not everything was read', async () => {
    await inFolder(async (cwd) => {
      writeFileSync(`${cwd}/a.log`, FAILING);
      const { status, out } = await ckptDoctor(['-f', 'json', 'a.log'], { cwd, signal: AbortSignal.abort() });
      expect(status).toBe(2);
      expect(JSON.parse(out).unreadable).toEqual([{ name: 'a.log', reason: 'interrupted before it was read' }]);
    });
  });
});
