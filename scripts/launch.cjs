#!/usr/bin/env node
// Becomes dist/bin.js. Runs the program from what V8 compiled when it was built; any other Node compiles the same text again.
const { readFileSync, statSync } = require('node:fs');
const { Script } = require('node:vm');

// As src/cli/planned-files.ts and look-ahead.ts have them.
const LARGE = 192 << 20;
const MOST_THREADS = 3;

const filename = `${__dirname}/cli/program.js`;
// Before the program is read: a thread takes longer to start than the program does.
const threads = process.argv.slice(2).reduce((sum, argument) => sum + sizeOf(argument), 0) < LARGE ? [] : startThreads();
const program = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: compiled() });
program.runInThisContext()(require, filename, `${__dirname}/cli`, threads);

function compiled() {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}

function sizeOf(argument) {
  try {
    return statSync(argument, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}

/** Those that look ahead; where the program has no use for them they wait until the end. */
function startThreads() {
  const { Worker } = require('node:worker_threads');
  const further = Math.min(require('node:os').availableParallelism() - 1, MOST_THREADS);
  return Array.from({ length: further }, () => {
    const worker = new Worker(`${__dirname}/cli/look-ahead-worker.js`);
    worker.on('error', () => {});
    worker.unref();
    return worker;
  });
}
