import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { followInputs } from '../../src/cli/follow.js';
import type { Report } from '../../src/model/report.js';
import { CLEAN, FAILING, inFolder } from './fake-io.js';

const timing = { poll: 5, quietAfter: 20 };

/** Follows `run.log` in a folder while `act` writes to it; gives what was announced, how often, and the last report. */
async function follow(folder: string, act: (seen: (count: number) => Promise<void>) => Promise<void>) {
  const controller = new AbortController();
  const announced: Report[] = [];
  const sink = { isTerminal: false, write: async () => {} };
  const running = followInputs(
    { paths: ['run.log'], announce: async (news) => void announced.push(news), timing },
    {
      stdin: { isTerminal: false, chunks: () => (async function* () {})() },
      stdout: sink,
      stderr: sink,
      env: {},
      cwd: folder,
      signal: controller.signal,
      now: () => 0,
      tune: () => {},
    },
  );
  const seen = async (count: number): Promise<void> => {
    for (let i = 0; i < 400 && announced.length < count; i++) await setTimeout(5);
    expect(announced.length).toBe(count);
  };
  await act(seen);
  controller.abort();
  return { announced, last: await running };
}

describe('following a log', () => {
  it('announces a failure as soon as it is whole, once, and ends with the report of all', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, CLEAN);
      const { announced, last } = await follow(folder, async (seen) => {
        // In two parts: the message is not told by halves.
        appendFileSync(`${folder}/run.log`, FAILING.slice(0, 150));
        appendFileSync(`${folder}/run.log`, FAILING.slice(150));
        await seen(1);
        appendFileSync(`${folder}/run.log`, CLEAN.repeat(50));
        await setTimeout(60);
        await seen(1);
      });
      expect(announced[0]?.failures[0]?.mismatches).toHaveLength(2);
      expect(last.failures).toHaveLength(1);
    });
  });

  it('goes on behind a rotation', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, CLEAN);
      const { last } = await follow(folder, async (seen) => {
        await setTimeout(60);
        renameSync(`${folder}/run.log`, `${folder}/run.log.1`);
        writeFileSync(`${folder}/run.log`, FAILING);
        await seen(1);
      });
      expect(last.failures).toHaveLength(1);
      expect(last.sources).toHaveLength(2);
    });
  });

  it('goes on behind a truncation', async () => {
    await inFolder(async (folder) => {
      writeFileSync(`${folder}/run.log`, CLEAN.repeat(100));
      const { last } = await follow(folder, async (seen) => {
        await setTimeout(60);
        truncateSync(`${folder}/run.log`, 0);
        await setTimeout(40);
        writeFileSync(`${folder}/run.log`, FAILING, { flag: 'a' });
        await seen(1);
      });
      expect(last.failures[0]?.at.line).toBe(1);
    });
  });
});
