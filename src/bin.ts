#!/usr/bin/env node
import { processIo } from './cli/process-io.js';
import { run } from './cli/run.js';

// No top-level await: the program is also built as one script, which has none.
void run(process.argv.slice(2), processIo()).then((status) => {
  process.exitCode = status;
});
