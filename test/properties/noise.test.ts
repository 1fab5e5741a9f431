import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { analyze, bytesOf } from './logs.js';
import { holdsFor } from './runs.js';
import { type ValidLog, validLogs } from './valid-logs.js';

/** Lines of a training that goes well, as trainers print them. */
const step: fc.Arbitrary<string> = fc
  .tuple(fc.nat({ max: 100_000 }), fc.integer({ min: 1, max: 99_999 }))
  .chain(([number, digits]) =>
    fc.constantFrom(
      `step ${number} | loss ${digits / 1e4} | lr 2.0e-05 | grad norm ${digits / 1e3}`,
      `{'loss': ${digits / 1e4}, 'grad_norm': ${digits / 1e3}, 'learning_rate': 1.9e-05, 'epoch': ${number / 1e3}}`,
      `  ${number % 100}%|█████▌    | ${number}/100000 [01:02<03:04,  1.50s/it]`,
      `[2024-05-02 08:11:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=${number}, skipped=0, lr=[2e-05], mom=[(0.9, 0.999)]`,
      `Epoch ${number % 300}: val_loss improved from ${digits / 1e4} to ${digits / 1e5}`,
      `2024-05-02 08:11:00 INFO     trainer.py:210 - throughput ${digits} tokens/s`,
      '',
    ),
  );

const noise = fc.array(step, { maxLength: 80 }).map((lines) => lines.map((line) => `${line}\n`).join(''));

/** That the run trains is evidence, and every line of noise says it; so both logs say it. */
const TRAINS = "{'loss': 0.5, 'grad_norm': 0.1, 'learning_rate': 1e-05, 'epoch': 0.1}\n";

/** What is said about each failure, without places. */
function diagnosesOf({ failures }: Report): unknown {
  return failures.map(({ modelClass, complete, mismatches, missingKeys, unexpectedKeys, diagnoses }) => ({
    modelClass,
    complete,
    facts: mismatches.map(({ parameter, checkpointShape, modelShape }) => [parameter, checkpointShape, modelShape]),
    missingKeys,
    unexpectedKeys,
    causes: diagnoses.map(({ cause, confidence, explains }) => [cause, confidence, explains]),
  }));
}

const known = new Map<ValidLog, unknown>();

function quietly(log: ValidLog): unknown {
  const told = known.get(log) ?? diagnosesOf(analyze(Buffer.concat([bytesOf(TRAINS), withFeed(log.bytes)])));
  known.set(log, told);
  return told;
}

function withFeed(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, bytesOf('\n')]);
}

describe('a training that goes well', () => {
  it('before and behind a failure changes nothing that is said about it', () => {
    holdsFor(0.08, fc.tuple(fc.constantFrom(...validLogs), noise, noise), ([log, before, behind]) => {
      const bytes = Buffer.concat([bytesOf(TRAINS + before), withFeed(log.bytes), bytesOf(behind)]);
      expect(diagnosesOf(analyze(bytes)), log.name).toEqual(quietly(log));
    });
  });
});
