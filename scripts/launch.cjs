#!/usr/bin/env node
// Becomes dist/bin.js. Runs the program from what V8 compiled when it was built; any other Node compiles the same text again.
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const filename = `${__dirname}/cli/program.js`;
const program = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: compiled() });
program.runInThisContext()(require, filename, `${__dirname}/cli`);

function compiled() {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}
