#!/usr/bin/env node
// Becomes dist/bin.js. Runs the program from what V8 compiled when it was built; any other Node compiles the same text again.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const filename = fileURLToPath(new URL('./cli/program.cjs', import.meta.url));
const program = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: compiled() });
program.runInThisContext()(createRequire(filename), filename, dirname(filename));

function compiled() {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}
