// Mutation testing: npm run mutate -- src/failures/merger.ts,src/lines/joiner.ts (without a list: all that stryker.config.json names).
// Stryker is heavier than everything else together and is needed rarely, so that it is put into a copy and not among the dependencies.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest line that runs on Node 20. */
const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/vitest-runner@9.6.1'];
const LEFT_OUT = new Set(['node_modules', 'dist', '.git']);

const root = fileURLToPath(new URL('..', import.meta.url));
const copy = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-mutate-'));
const run = (command, ...args) => execFileSync(command, args, { cwd: copy, stdio: 'inherit' });
try {
  cpSync(root, copy, { recursive: true, filter: (file) => !LEFT_OUT.has(path.basename(file)) });
  run('npm', 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...STRYKER);
  run(process.execPath, 'scripts/build-scanner.mjs');
  const list = process.argv[2];
  run('npx', 'stryker', 'run', ...(list === undefined ? [] : ['--mutate', list]));
} finally {
  rmSync(copy, { recursive: true, force: true });
}
