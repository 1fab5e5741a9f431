import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { literals } from '../../src/literals.js';
import { indexLiterals } from '../../src/scan/literal-index.js';
import { encodeTables } from '../../src/scan/search-tables.js';
import './spawn-program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOG = `${ROOT}/sample-logs/llama2-one-token-added.log`;
const folder = mkdtempSync(path.join(tmpdir(), 'start-'));
afterAll(() => rmSync(folder, { recursive: true }));

function quietly(dist: string, ...options: readonly string[]): string {
  return execFileSync(process.execPath, [...options, `${dist}/bin.js`, '--exit-zero', '--quiet', LOG], { encoding: 'utf8' });
}

it('a small log loads nothing of Node that only other runs need', () => {
  const hook = path.join(folder, 'hook.cjs');
  writeFileSync(hook, "process.on('exit', () => console.log(process.moduleLoadList.join('\\n')));");
  const loaded = quietly(`${ROOT}/dist`, '--require', hook);
  expect(loaded).toContain('vocab-resized');
  for (const name of ['crypto', 'zlib', 'worker_threads', 'perf_hooks', 'os', 'fs/promises', 'timers/promises'])
    expect(loaded).not.toContain(`NativeModule ${name}\n`);
});

it('the tables of the search that the build made are those of the literals', () => {
  const made = readFileSync(`${ROOT}/dist/cli/search-tables.bin`);
  expect(made.equals(encodeTables(indexLiterals(literals())))).toBe(true);
});

it('what the build compiled is taken by this Node', () => {
  const hook = path.join(folder, 'scripts.cjs');
  writeFileSync(
    hook,
    `const vm = require('node:vm');
    vm.Script = class extends vm.Script {
      constructor(...all) {
        super(...all);
        console.log('rejected: ' + this.cachedDataRejected);
      }
    };`,
  );
  expect(quietly(`${ROOT}/dist`, '--require', hook)).toContain('rejected: false');
});

it('what was compiled for another Node, or is damaged, is compiled again', () => {
  const dist = path.join(folder, 'dist');
  cpSync(`${ROOT}/dist`, dist, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  const cache = path.join(dist, 'cli', 'program.js.cache');
  const expected = quietly(`${ROOT}/dist`);
  writeFileSync(cache, 'of another Node');
  expect(quietly(dist)).toBe(expected);
  rmSync(cache);
  expect(quietly(dist)).toBe(expected);
});
