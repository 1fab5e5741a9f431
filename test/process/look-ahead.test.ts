import { closeSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { FAILING, inFolder } from '../cli/fake-io.js';
import { bash, works } from './spawn-program.js';

const STEPS = Array.from(
  { length: 8000 },
  (_, step) => `step ${step} loss ${(step % 97) / 10} lr 2e-05 throughput ${step * 3} tokens/s, memory 40.${step % 10} GB\n`,
).join('');

/** Large enough for the threads that look ahead, with failures of other models at its beginning, within and at its end. */
function writeLargeLog(file: string, megabytes = 210): void {
  const descriptor = openSync(file, 'w');
  const parts = Math.ceil((megabytes << 20) / STEPS.length);
  for (let part = 0; part < parts; part++) {
    writeSync(descriptor, STEPS);
    if (part % 97 === 3 || part === parts - 1) writeSync(descriptor, FAILING.replace('Net', `Net${part}`));
  }
  closeSync(descriptor);
}

it('a large file gives, with other threads looking ahead, the report of one that is read from a pipe', async () => {
  await inFolder(async (folder) => {
    writeLargeLog(`${folder}/run.log`);
    const ahead = await bash('ckpt-doctor -f json run.log', folder).ended;
    const alone = await bash('cat run.log | ckpt-doctor -f json -', folder).ended;
    expect([ahead.status, alone.status]).toEqual([1, 1]);
    expect(JSON.parse(ahead.out).failures.length).toBeGreaterThan(2);
    expect(ahead.out).toBe(alone.out.replaceAll('"-"', '"run.log"'));
  });
});

it.runIf(works('taskset', '--version'))('so do many files, an unreadable and a packed one among them', async () => {
  await inFolder(async (folder) => {
    for (const name of ['a', 'b', 'd']) writeLargeLog(`${folder}/${name}.log`, 70);
    writeFileSync(`${folder}/c.log.gz`, gzipSync(FAILING));
    writeFileSync(`${folder}/e.log`, FAILING);
    symlinkSync('nowhere', `${folder}/f.log`);
    const files = 'a.log b.log c.log.gz d.log e.log f.log';
    const ahead = await bash(`ckpt-doctor -f json ${files}`, folder).ended;
    // One processor: nothing looks ahead.
    const alone = await bash(`taskset -c 0 "$NODE" "$BIN" -f json ${files}`, folder).ended;
    expect([ahead.status, alone.status]).toEqual([2, 2]);
    expect(JSON.parse(ahead.out).failures.length).toBeGreaterThan(3);
    expect(ahead.out).toBe(alone.out);
  });
});
