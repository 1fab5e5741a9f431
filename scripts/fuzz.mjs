// Runs the property tests on as many inputs as are asked for: npm run fuzz -- --count 1000000 --seed 7
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { count: { type: 'string', default: '100000' }, seed: { type: 'string' } } });
const seed = values.seed ?? String(Date.now() % 2 ** 31);
const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-fuzz-'));
const ledger = path.join(folder, 'ledger');
writeFileSync(ledger, '');

console.log(`${values.count} inputs, seed ${seed}`);
try {
  const args = ['node_modules/vitest/vitest.mjs', 'run', 'test/properties', '--no-file-parallelism', '--reporter=dot'];
  execFileSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_COUNT: values.count, FUZZ_SEED: seed, FUZZ_LEDGER: ledger },
  });
} catch {
  // What failed was printed, with the path that leads to the smallest input.
  process.exitCode = 1;
} finally {
  const entries = readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  for (const { name, made, milliseconds } of entries)
    console.log(`${String(made).padStart(9)} inputs ${(milliseconds / 1000).toFixed(1).padStart(8)} s  ${name}`);
  const sum = (key) => entries.reduce((total, entry) => total + entry[key], 0);
  console.log(`${String(sum('made')).padStart(9)} inputs ${(sum('milliseconds') / 1000).toFixed(1).padStart(8)} s  in all`);
  rmSync(folder, { recursive: true, force: true });
}
