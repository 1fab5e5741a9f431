// node scripts/cache-code.mjs program.js [arguments]: runs the program once and keeps beside it what V8 compiled for that.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import v8 from 'node:v8';
import { Script } from 'node:vm';

const [node, , file, ...argv] = process.argv;
const filename = path.resolve(file);
const program = new Script(readFileSync(filename, 'latin1'), { filename });
// What was compiled is taken only by a V8 with the same flags: those that it starts with, not those that the program sets.
v8.setFlagsFromString = () => {};
process.argv = [node, filename, ...argv];
process.on('exit', () => writeFileSync(`${filename}.cache`, program.createCachedData()));
program.runInThisContext()(createRequire(filename), filename, path.dirname(filename), []);
