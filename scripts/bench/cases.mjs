// The logs of the benchmark, who is measured on each, and the bars: our time over that of a peer.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { writeDense, writeOneLine, writeRanks, writeReturns, writeSparse } from './logs.mjs';

const GIGABYTE = 1e9;
const SCRIPTS = ['Python, a loop over lines', 'Node, readline', 'Node, indexOf'];

/** `size`: bytes of the sparse log, 1 GB unless told. A case makes its files in a folder and removes none. */
export const casesOf = (size) => [
  {
    name: `sparse, ${told(size)}, from a file`,
    files: (folder) => sparse(folder, size),
    peers: ['ripgrep', 'GNU grep -F', ...SCRIPTS],
    bars: { 'GNU grep -F': 0.6, ripgrep: 3 },
  },
  {
    name: `sparse, ${told(4 * size)}, from a file`,
    files: (folder) => sparse(folder, 4 * size),
    peers: ['ripgrep', 'GNU grep -F'],
    bars: { ripgrep: 2 },
    few: true,
  },
  {
    name: `sparse, ${told(size)}, through a pipe`,
    files: (folder) => sparse(folder, size),
    pipe: true,
    peers: ['ripgrep', 'GNU grep -F'],
    bars: { ripgrep: 1 },
  },
  {
    name: 'dense: 1,024 ranks, 573,440 lines',
    files: (folder) => made(folder, 'dense.log', (file) => writeDense(file, 1024, 560)),
    peers: ['ripgrep', 'GNU grep -F', 'Python, one expression', 'Node, readline'],
    bars: { 'Python, one expression': 0.6 },
  },
  { name: 'the same, a file for each rank', files: ranks, peers: ['ripgrep', 'GNU grep -F', 'Python, one expression'], bars: {} },
  {
    name: 'a progress bar of 68 MB without a line feed',
    files: (folder) => made(folder, 'returns.log', (file) => writeReturns(file, 68e6)),
    peers: ['ripgrep', 'GNU grep -F', 'Python, a loop over lines'],
    bars: {},
  },
  {
    name: 'one line of 200 MB',
    files: (folder) => made(folder, 'one-line.log', (file) => writeOneLine(file, 200e6)),
    peers: ['ripgrep', 'GNU grep -F', 'Python, a loop over lines'],
    bars: {},
  },
  {
    name: `sparse, ${told(size)}, gzip`,
    files: (folder) => gzip(folder, size),
    peers: ['ripgrep -z'],
    bars: { 'ripgrep -z': 0.5 },
    few: true,
  },
];

/** Alone: time should grow with the size, memory should not. */
export const GROWTH = [1, 2, 4, 8];

export const told = (size) => (size >= GIGABYTE ? `${size / GIGABYTE} GB` : `${Math.round(size / 1e6)} MB`);

function made(folder, name, write) {
  const file = path.join(folder, name);
  if (!readdirSync(folder).includes(name)) write(file);
  return [file];
}

export const sparse = (folder, size) => made(folder, `sparse-${size}.log`, (file) => writeSparse(file, size));

function gzip(folder, size) {
  const [file] = sparse(folder, size);
  return made(folder, `sparse-${size}.log.gz`, () => execFileSync('gzip', ['-k', '-1', file]));
}

function ranks(folder) {
  const below = path.join(folder, 'ranks');
  mkdirSync(below, { recursive: true });
  if (readdirSync(below).length === 0) writeRanks(below, 1024, 560);
  return readdirSync(below).map((name) => path.join(below, name));
}
