import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findInputs } from '../../src/sources/find-inputs.js';
import { type Reading, type ReadOptions, readInput } from '../../src/sources/read-input.js';
import { inFolder } from '../cli/fake-io.js';

const TEXT = Array.from({ length: 5000 }, (_, step) => `step ${step} loss 3.21\n`).join('');

interface Got extends Reading {
  readonly text: string;
}

async function read(path: string, more: Partial<ReadOptions> = {}): Promise<Got> {
  const chunks: Uint8Array[] = [];
  const reading = await readInput(
    { kind: 'file', path, name: path },
    {
      stdin: () => (async function* () {})(),
      push: (chunk) => void chunks.push(chunk.slice()),
      signal: new AbortController().signal,
      ...more,
    },
  );
  return { ...reading, text: Buffer.concat(chunks).toString() };
}

const pack = (program: string) => (text: string) => execFileSync(program, ['-c'], { input: text });

describe('packed logs are known by their first bytes', () => {
  it.each([
    ['gzip', gzipSync],
    ['xz', pack('xz')],
    ['bzip2', pack('bzip2')],
    ['zstd', pack('zstd')],
  ] as const)('%s', async (compression, packed) => {
    await inFolder(async (folder) => {
      let bytes: Uint8Array;
      try {
        bytes = packed(TEXT);
      } catch {
        // The system lacks the program; then nothing can be packed here, and the sentence about it is tested below.
        return;
      }
      writeFileSync(`${folder}/run.log`, bytes);
      const got = await read(`${folder}/run.log`);
      expect(got.reason).toBeUndefined();
      expect(got.text).toBe(TEXT);
      expect(got.about).toEqual({ bytes: bytes.length, compression });
    });
  });

  it('several gzip members are one log', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]));
      expect((await read(`${folder}/run.log`)).text).toBe('a\nb\n');
    });
  });

  it('a log that merely begins like one is no archive', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, 'BZh is where this log begins\n');
      expect((await read(`${folder}/run.log`)).text).toBe('BZh is where this log begins\n');
    });
  });
});

describe('an archive that ends early', () => {
  it('gives what it held, and says so', async () => {
    await inFolder(async (folder) => {
      // Random text, so that the first half of the archive holds about half of it.
      const text = Array.from({ length: 20_000 }, (_, i) => `${Math.imul(i + 1, 2654435761) >>> 0}\n`).join('');
      const bytes = gzipSync(text);
      writeFileSync(`${folder}/run.log.gz`, bytes.subarray(0, bytes.length / 2));
      const got = await read(`${folder}/run.log.gz`);
      expect(got.reason).toBe('the archive is cut off; what it held was read');
      expect(text.startsWith(got.text)).toBe(true);
      expect(got.text.length).toBeGreaterThan(text.length / 3);
    });
  });

  it('or is damaged inside, gives what stood before', async () => {
    await inFolder(async (folder) => {
      const bytes = gzipSync(TEXT.repeat(50));
      const middle = Math.floor(bytes.length / 2);
      bytes.fill(0xff, middle, middle + 64);
      writeFileSync(`${folder}/run.log.gz`, bytes);
      expect((await read(`${folder}/run.log.gz`)).reason).toMatch(/^the archive is damaged/);
    });
  });

  it('or never ends, is left at the stated limit', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/bomb.gz`, gzipSync(Buffer.alloc(20 << 20, 0x20)));
      const got = await read(`${folder}/bomb.gz`, { maxUnpacked: 1 << 20 });
      expect(got.reason).toBe('it unpacks to more than 1048576 bytes, which no log does');
      expect(got.text.length).toBeLessThanOrEqual(1 << 20);
    });
  });
});

describe('encodings', () => {
  it.each([
    ['utf-16le', Buffer.from(`\ufeff${TEXT}é`, 'utf16le')],
    ['utf-16be', Buffer.from(`\ufeff${TEXT}é`, 'utf16le').swap16()],
    ['utf-8 with byte-order mark', Buffer.from(`\ufeff${TEXT}é`)],
  ])('%s is told by its mark, which goes', async (encoding, bytes) => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, bytes);
      const got = await read(`${folder}/run.log`);
      expect(got.about.encoding).toBe(encoding);
      expect(got.text).toBe(`${TEXT}é`);
    });
  });

  it.each(['', 'a', 'ab', 'abc'])('a log of few bytes (%j) is read whole', async (text) => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, text);
      expect((await read(`${folder}/run.log`)).text).toBe(text);
    });
  });
});

describe('a file that changes while it is read', () => {
  const LARGE = TEXT.repeat(40);

  it('and shrinks is read as far as it goes, and that is said', async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/run.log`;
      writeFileSync(file, LARGE);
      const got = await read(file, { onBytes: () => truncateSync(file, 10) });
      expect(got.reason).toMatch(/^the file shrank from \d+ to \d+ bytes while it was read$/);
      expect(LARGE.startsWith(got.text)).toBe(true);
    });
  });

  it('and grows is read to the end that it has then', async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/run.log`;
      writeFileSync(file, LARGE);
      let grown = false;
      const got = await read(file, {
        onBytes: () => {
          if (!grown) appendFileSync(file, 'more\n');
          grown = true;
        },
      });
      expect(got.reason).toBeUndefined();
      expect(got.text.endsWith('more\n')).toBe(true);
    });
  });

  it('or is interrupted tells how far it came', async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/run.log`;
      writeFileSync(file, LARGE);
      const controller = new AbortController();
      const got = await read(file, { signal: controller.signal, onBytes: () => controller.abort() });
      expect(got.reason).toMatch(/^interrupted after \d+ bytes$/);
      expect(got.text.length).toBeGreaterThan(0);
    });
  });
});

describe('things that are no readable file', () => {
  it('a missing one, and one without permission, are told in a sentence', async () => {
    await inFolder(async (folder) => {
      expect((await read(`${folder}/gone.log`)).reason).toBe('no such file or directory');
      writeFileSync(`${folder}/closed.log`, 'x');
      chmodSync(`${folder}/closed.log`, 0);
      // The superuser may read everything.
      if (process.getuid?.() !== 0) expect((await read(`${folder}/closed.log`)).reason).toBe('permission denied');
    });
  });

  it('a directory that vanished, or became one, too', async () => {
    await inFolder(async (folder) => {
      mkdirSync(`${folder}/run.log`);
      expect((await read(`${folder}/run.log`)).reason).toBe('it is a directory');
    });
  });

  it('a named pipe is read to its end', async () => {
    await inFolder(async (folder) => {
      execFileSync('mkfifo', [`${folder}/pipe`]);
      const reading = read(`${folder}/pipe`);
      spawn('sh', ['-c', `printf 'a\\nb\\n' > '${folder}/pipe'`], { stdio: 'ignore' });
      expect((await reading).text).toBe('a\nb\n');
    });
  });
});

describe('what was named', () => {
  it('is found in the same order on every machine', async () => {
    await inFolder(async (folder) => {
      mkdirSync(`${folder}/b/deep`, { recursive: true });
      for (const file of ['z.log', 'b/a.log', 'b/deep/c.log', 'A.log']) writeFileSync(`${folder}/${file}`, '');
      const { inputs } = await findInputs(['**/*.log'], folder);
      expect(inputs.map(({ name }) => name)).toEqual(['A.log', 'b/a.log', 'b/deep/c.log', 'z.log']);
    });
  });

  it('is said where a directory holds no log', async () => {
    await inFolder(async (folder) => {
      const { unresolved } = await findInputs(['.'], folder);
      expect(unresolved[0]?.reason).toMatch(/^the directory holds no log file/);
    });
  });
});
