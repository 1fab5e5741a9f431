import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { launchers } from './launchers.js';
import { analyze, bytesOf, chunkLengths, factOf, factsOf, mismatches } from './logs.js';
import { type Printed, type PrintedForm, printedForms } from './printed-forms.js';
import { holdsFor } from './runs.js';

const forms = fc.constantFrom(...printedForms);
const apart = launchers.filter(({ tellsApart }) => tellsApart);

function linesOf({ heading, print }: PrintedForm, printed: readonly Printed[]): readonly string[] {
  return [...(heading === '' ? [] : heading.trimEnd().split('\n')), ...printed.map(print)];
}

/** The lines of several processes in one order, each process's own order kept. */
function interleave(queues: readonly (readonly string[])[], choices: readonly number[]): readonly string[] {
  const left = queues.map((lines) => [...lines]);
  const lines: string[] = [];
  for (let i = 0; left.some((queue) => queue.length > 0); i++) {
    const open = left.filter((queue) => queue.length > 0);
    lines.push(open[(choices[i % choices.length] ?? 0) % open.length]?.shift() ?? '');
  }
  return lines;
}

describe('what was printed', () => {
  it('can be printed anew in most dialects', () => {
    expect(printedForms.length).toBeGreaterThan(60);
    expect(launchers.length).toBeGreaterThan(25);
    expect(apart.length).toBeGreaterThan(12);
  });

  it('is read back, in every dialect behind every launcher, however it is cut into chunks', () => {
    holdsFor(0.25, fc.tuple(forms, fc.constantFrom(...launchers), mismatches, chunkLengths), ([form, launcher, printed, chunks]) => {
      const text = linesOf(form, printed).map((line) => `${launcher.prefixOf(3)}${line}\n`);
      expect(factsOf(analyze(bytesOf(text.join('')), chunks))).toEqual(printed.map(factOf).sort());
    });
  });

  it('is read back where processes print at the same time', () => {
    const choices = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 20 });
    holdsFor(
      0.1,
      fc.tuple(forms, fc.constantFrom(...apart), fc.array(mismatches, { minLength: 2, maxLength: 3 }), choices),
      ([form, launcher, lists, order]) => {
        const queues = lists.map((list, process) => linesOf(form, list).map((line) => `${launcher.prefixOf(process)}${line}`));
        const text = interleave(queues, order).map((line) => `${line}\n`);
        expect([...new Set(factsOf(analyze(bytesOf(text.join('')))))]).toEqual([...new Set(lists.flat().map(factOf))].sort());
      },
    );
  });
});
