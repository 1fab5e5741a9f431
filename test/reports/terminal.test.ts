import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createAnalysis } from '../../src/analyze.js';
import { displayWidth } from '../../src/reports/terminal-text.js';
import { render } from './rendered.js';
import { emptyReport, fsdpFailure, fullReport, harmlessFailure, reportOf, unknownFailure, zero3Failure } from './report-builder.js';

const zero3 = reportOf([zero3Failure()]);

/** A line feed and a blank may stand wherever the text was wrapped. */
const unwrapped = (text: string): string => text.replace(/\s+/g, ' ');

describe('the short form', () => {
  test('verdict, evidence and first remedy with its snippet and cost fit on a screen of 80 x 24', async () => {
    const screen = unwrapped((await render('terminal', zero3)).split('\n').slice(0, 23).join('\n'));
    const [diagnosis] = zero3.failures[0]?.diagnoses ?? [];
    expect(screen).toContain(zero3.failures[0]?.verdict.sentence);
    expect(screen).toContain('certain: zero3-partitioned-model · explains 163 of 163 mismatches');
    expect(screen).toContain('clip_encoder.py:27 in load_model');
    for (const { statement } of diagnosis?.evidence.slice(0, 2) ?? []) expect(screen).toContain(statement);
    expect(screen).toContain('logs/finetune_lora.log:23 · ');
    expect(screen).toContain('(finetune_lora.log:23)');
    expect(screen).toContain(diagnosis?.remedies[0]?.snippet?.code);
    expect(screen).toContain(diagnosis?.remedies[0]?.cost);
  });

  test.each([60, 80, 120])('no line is wider than %i columns', async (width) => {
    const lines = (await render('terminal', fullReport, { width })).split('\n');
    const code = /^ {4,}(?:deepspeed|python|grep|with|if|self)|^ {8}/;
    expect(lines.filter((line) => displayWidth(line) > width && !code.test(line))).toEqual([]);
  });

  test('the verdict is the very first thing, before any heading', async () => {
    expect((await render('terminal', zero3)).startsWith('✗ DeepSpeed ZeRO-3 had already partitioned')).toBe(true);
  });

  test('what does not help is said with the number of parameters that the advice would wipe', async () => {
    expect(unwrapped(await render('terminal', zero3))).toContain(
      '`ignore_mismatched_sizes=True`: it would start 163 parameters from random values',
    );
  });

  test('the table shows the most numerous layers and counts the rest', async () => {
    const text = await render('terminal', zero3);
    expect(text).toContain('self.{query,key,value}.weight  36  [96, 96] …  [0]');
    const shown = [...text.matchAll(/ {2}(\d+) {2}\[[^\n]*\[0\]$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    const hidden = Number(/more rows? with (\d+) parameters/.exec(text)?.[1] ?? 0);
    expect(shown + hidden).toBe(163);
  });

  test('it ends with how to see the rest', async () => {
    expect(unwrapped((await render('terminal', zero3)).split('\n\n').at(-1) ?? '')).toMatch(
      /--verbose .*ckpt-doctor explain zero3-partitioned-model/,
    );
  });
});

describe('several failures', () => {
  test('are summed up first and then told in the order of the log', async () => {
    const text = await render('terminal', fullReport);
    expect(unwrapped(text).startsWith('4 failures to load a checkpoint in 3 inputs (422 lines); 1 of them needs no action')).toBe(true);
    const sentences = fullReport.failures.map((failure) => unwrapped(text).indexOf(failure.verdict.sentence));
    expect(sentences.every((position, index) => position > (sentences[index - 1] ?? 0))).toBe(true);
  });

  test('one that says what an earlier one said is not told twice, unless everything is asked for', async () => {
    const twice = reportOf([zero3Failure(), { ...zero3Failure(), at: { source: 'second.log', line: 9 } }]);
    const text = await render('terminal', twice);
    expect(text).toContain('second.log:9 the same as 1');
    expect(text.match(/What to do/g)).toHaveLength(1);
    expect((await render('terminal', twice, { verbose: true })).match(/What to do/g)).toHaveLength(2);
  });
});

describe('what is not certain is said', () => {
  test('an unknown cause still gives the facts and what would decide', async () => {
    const text = unwrapped(await render('terminal', reportOf([unknownFailure()])));
    expect(text).toContain('No known cause fits');
    expect(text).toContain('[512, 3] [640, 3]');
    expect(text).toContain("torch.load('model.pt')['config']");
    expect(text).toContain('the loader stops at its first difference. All counts are lower bounds.');
  });

  test('a second cause that fits is named with what it explains', async () => {
    expect(unwrapped(await render('terminal', reportOf([fsdpFailure()])))).toContain(
      '(possible: zero3-partitioned-model, explains 1 of 4 mismatches)',
    );
  });

  test('a harmless warning has the mark of one', async () => {
    expect(await render('terminal', reportOf([harmlessFailure()]))).toMatch(/^✓ Nothing needs to be done/);
  });

  test('lines that were not understood are counted and shown, at most three of them', async () => {
    const unclaimed = [1, 2, 3, 4, 5].map((line) => ({ text: `odd line ${line}`, at: { source: 'a.log', line } }));
    const text = await render('terminal', { ...emptyReport, unclaimed });
    expect(text).toContain('5 lines look like a load failure');
    expect(text).toContain('a.log:3 odd line 3');
    expect(text).not.toContain('odd line 4');
    expect(text).toContain('and 2 more');
  });
});

test('no failure: one friendly sentence with what was read', async () => {
  expect(await render('terminal', emptyReport)).toBe('No failure to load a checkpoint in 1 input (412 lines).\n');
});

describe('verbose', () => {
  test('names every group, key, remedy and declined cause whole, each name on one line', async () => {
    const text = await render('terminal', fullReport, { verbose: true });
    const lines = text.split('\n').map((line) => line.trim());
    for (const failure of fullReport.failures) {
      for (const { pattern, count } of failure.groups.filter((group) => group.pattern !== ''))
        expect(lines).toContain(`${count} × ${pattern}`);
      for (const key of [...failure.missingKeys, ...failure.unexpectedKeys]) expect(lines).toContain(key);
      for (const { cause } of failure.declined) expect(text).toContain(`${cause}: `);
      for (const { title } of failure.diagnoses.flatMap(({ remedies }) => remedies)) expect(unwrapped(text)).toContain(title);
    }
  });

  test('ranks that differ stay apart', async () => {
    const text = await render('terminal', reportOf([fsdpFailure()]), { verbose: true });
    expect(text).toContain('[4096, 1024] → [2097152], only rank 0');
    expect(text).toContain('[4096, 1024] → [2097151], only rank 1');
  });

  test('a snippet can be pasted: its lines are whole and keep their indentation', async () => {
    const text = await render('terminal', zero3, { verbose: true, width: 60 });
    const code = zero3.failures[0]?.diagnoses[0]?.remedies[1]?.snippet?.code.split('\n') ?? [];
    const lines = text.split('\n');
    const start = lines.findIndex((line) => line.trim() === code[0]);
    const indent = (lines[start] ?? '').search(/\S/);
    expect(lines.slice(start, start + code.length).map((line) => line.slice(indent))).toEqual(code);
  });
});

test('a real log: verdict, two facts and the whole first remedy stand on a screen of 80 × 24', async () => {
  const analysis = createAnalysis();
  const source = analysis.source('logs/rank0/train-2024-03-01.log');
  source.push(readFileSync(new URL('../../sample-logs/llava-medclip-zero3.log', import.meta.url)));
  source.end();
  const report = analysis.report();
  const screen = (await render('terminal', report)).split('\n').slice(0, 23);
  expect(screen.every((line) => line.length <= 80)).toBe(true);
  const [remedy] = report.failures[0]?.diagnoses[0]?.remedies ?? [];
  const start = screen.findIndex((line) => line.startsWith('What to do'));
  expect(screen.slice(0, start).filter((line) => line.startsWith('  • ')).length).toBeGreaterThanOrEqual(2);
  expect(unwrapped(screen.join('\n'))).toContain(remedy?.title ?? 'no remedy');
  expect(screen.map((line) => line.trim())).toEqual(expect.arrayContaining((remedy?.snippet?.code ?? 'no snippet').split('\n')));
  expect(screen.some((line) => line.startsWith('  Cost: '))).toBe(true);
});
