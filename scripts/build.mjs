// Builds dist: the scanner's WebAssembly, the modules, the program out of them, the pages of the causes, the manual.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

rmSync(`${root}/dist`, { recursive: true, force: true });
node('scripts/build-scanner.mjs');
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: root, stdio: 'inherit' });
node('scripts/bundle.mjs');
cpSync(`${root}/src/causes`, `${root}/dist/causes`, { recursive: true, filter: (file) => !file.endsWith('.ts') });
node(
  'scripts/cache-code.mjs',
  'dist/cli/program.js',
  '--exit-zero',
  'sample-logs/llama2-one-token-added.log',
  'sample-logs/llava-medclip-zero3.log',
);
writeFileSync(`${root}/dist/ckpt-doctor.1`, node('dist/bin.js', 'manual'));
chmodSync(`${root}/dist/bin.js`, 0o755);
