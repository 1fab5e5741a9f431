// Compiles the scanner's search to WebAssembly and embeds it, so that it runs wherever the program does: src/scan/scanner-module.ts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-scanner-'));
const module = path.join(folder, 'finder.wasm');
const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

try {
  const compiler = path.join(root, 'node_modules/assemblyscript/bin/asc.js');
  execFileSync(process.execPath, [compiler, 'src/scan/wasm/finder.ts', '--outFile', module, ...options], { cwd: root, stdio: 'inherit' });
  const text = readFileSync(module).toString('base64');
  const source = `// Generated from src/scan/wasm by scripts/build-scanner.mjs.\nexport const scannerModule =\n  '${text}';\n`;
  writeFileSync(path.join(root, 'src/scan/scanner-module.ts'), source);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
