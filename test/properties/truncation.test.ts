import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, bytesOf, mismatches, parameterName } from './logs.js';
import { holdsFor } from './runs.js';
import { told, without } from './told.js';
import { type ValidLog, validLogs } from './valid-logs.js';

const known = new Map<ValidLog, ReadonlySet<string>>();

function factsOfWhole(log: ValidLog): ReadonlySet<string> {
  const facts = known.get(log) ?? told(analyze(log.bytes).failures);
  known.set(log, facts);
  return facts;
}

describe('a log that was cut', () => {
  it('tells nothing that the whole does not tell', () => {
    holdsFor(0.1, fc.tuple(fc.constantFrom(...validLogs), fc.double({ min: 0, max: 1, noNaN: true })), ([log, share]) => {
      const cut = analyze(log.bytes.subarray(0, Math.floor(log.bytes.length * share)));
      expect(without(told(cut.failures), factsOfWhole(log)), log.name).toEqual([]);
    });
  });

  it('inside a list says so, and at the end of an item it does not', () => {
    const list = fc.tuple(mismatches, fc.array(parameterName, { minLength: 1, maxLength: 4 }), fc.double({ min: 0, max: 1, noNaN: true }));
    holdsFor(0.05, list, ([printed, keys, share]) => {
      const rows = [
        `\tMissing key(s) in state_dict: ${keys.map((key) => `"${key}"`).join(', ')}. `,
        ...printed.map(
          ({ parameter, checkpointShape, modelShape }) =>
            `\tsize mismatch for ${parameter}: copying a param with shape torch.Size([${checkpointShape.join(', ')}]) from checkpoint, the shape in current model is torch.Size([${modelShape.join(', ')}]).`,
        ),
      ];
      const text = `RuntimeError: Error(s) in loading state_dict for Net:\n${rows.join('\n')}\n`;
      const start = text.indexOf('\n') + 1;
      const cut = text.slice(0, start + 1 + Math.floor((text.length - start - 1) * share));
      const last = cut.slice(cut.lastIndexOf('\n') + 1);
      // Whole as far as it says anything: at its end, or with a bracket, a full stop or a quote missing behind the last fact.
      const isWhole = last === '' || /\](?:\)\.?)?$/.test(last.split('in current model is ')[1] ?? '') || /"(?:\. ?)?$/.test(last);
      if (!isWhole) expect(analyze(bytesOf(cut)).failures[0]?.complete, cut).toBe(false);
      if (last === '') expect(analyze(bytesOf(cut)).failures[0]?.complete, cut).toBe(true);
    });
  });
});
