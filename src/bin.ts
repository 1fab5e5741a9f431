#!/usr/bin/env node
import { processIo } from './cli/process-io.js';
import { run } from './cli/run.js';

// No top-level await: the program is also built as one script, which has none.
void run(process.argv.slice(2), processIo()).then(
  (status) => {
    process.exitCode = status;
  },
  (defect: unknown) => {
    process.stderr.write(
      `ckpt-doctor: this is a defect of the program; please report it with these lines and the log\n${stackOf(defect)}\n`,
    );
    // Nothing is known about the log, which is not the same as a failure found in it.
    process.exitCode = 2;
  },
);

function stackOf(defect: unknown): string {
  return defect instanceof Error ? (defect.stack ?? defect.message) : String(defect);
}
