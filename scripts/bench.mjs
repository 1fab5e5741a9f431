// npm run bench -- [--size MB] [--runs N] [--only words] [--large] [--bin dist/bin.js]
// Makes its logs in the folder for temporary files, runs the built program beside other tools, in turn, and prints a table in Markdown.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { casesOf, GROWTH, sparse, told } from './bench/cases.mjs';
import { measureInTurn } from './bench/measure.mjs';
import { commandOf, OURS, ours } from './bench/peers.mjs';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    bin: { type: 'string', default: fileURLToPath(new URL('../dist/bin.js', import.meta.url)) },
    large: { type: 'boolean', default: false },
  },
});
const size = Number(values.size) * 1e6;
const runs = Number(values.runs);

const seconds = (time) => `${time.toFixed(2)} s`;
const memory = ({ megabytes }) => (megabytes === undefined ? '–' : `${Math.round(megabytes)} MB`);

async function benchCase({ name, files: make, peers, bars, pipe = false, few = false }, folder) {
  const files = make(folder);
  const found = peers.map((peer) => ({ peer, command: commandOf(peer, pipe ? [] : files) }));
  const there = found.filter(({ command }) => command !== undefined);
  const commands = [{ command: ours(values.bin, pipe ? [] : files) }, ...there].map(({ command }) => ({
    command,
    ...(pipe ? { input: files[0] } : {}),
  }));
  const [own, ...others] = await measureInTurn(commands, few ? Math.min(3, runs) : runs);
  console.log(`| **${name}** | ${OURS} | ${seconds(own.seconds)} | | | ${memory(own)} |`);
  for (const { peer, command } of found) {
    const result = others[there.findIndex((each) => each.peer === peer)];
    if (command === undefined) console.log(`| | ${peer} | not on this machine | | | |`);
    else
      console.log(
        `| | ${peer} | ${seconds(result.seconds)} | ${(own.seconds / result.seconds).toFixed(2)} | ${barOf(bars[peer])} | ${memory(result)} |`,
      );
  }
}

const barOf = (bar) => (bar === undefined ? '' : `≤ ${bar}`);

async function benchGrowth(folder) {
  console.log('\n| sparse log | time | peak memory |\n|---|---:|---:|');
  for (const times of GROWTH) {
    const [file] = sparse(folder, times * size);
    const [result] = await measureInTurn([{ command: ours(values.bin, [file]) }], 3);
    console.log(`| ${told(times * size)} | ${seconds(result.seconds)} | ${memory(result)} |`);
    if (times > 4) rmSync(file);
  }
}

/** Logs that are too large for the disk are left out, and it is said so. */
function hasRoom(folder, bytes) {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > bytes * 1.2;
}

async function main() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-bench-'));
  try {
    const gigabytes = Math.round(totalmem() / 2 ** 30);
    console.log(
      `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${gigabytes} GB; ${type()} ${release()}; Node ${process.version}.`,
    );
    console.log(`Whole processes, warm cache, median of ${runs}; the peers search five words, ${OURS} makes the whole diagnosis.\n`);
    console.log(`| log | tool | time | ${OURS} over it | bar | peak memory |\n|---|---|---:|---:|---|---:|`);
    for (const each of casesOf(size)) {
      if (!each.name.includes(values.only)) continue;
      if (hasRoom(folder, 6 * size)) await benchCase(each, folder);
      else console.log(`| **${each.name}** | no room in ${tmpdir()} | | | | |`);
    }
    if (values.large && hasRoom(folder, 16 * size)) await benchGrowth(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
