import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { analyze, bytesOf } from './logs.js';
import { told, without } from './told.js';
import { validLogs } from './valid-logs.js';

const LINE_FEED = 10;

/** Every sample under the heading that it needs, as a log of its own. */
const samples = dialects.flatMap((dialect) =>
  dialect.patterns.flatMap(({ name, within, samples }) => {
    const heading = dialect.patterns.find((pattern) => pattern.name === within)?.samples[0];
    return samples.map((sample, index) => {
      const parts = heading === undefined ? [sample] : [heading, sample];
      return { name: `${dialect.name}/${name} ${index}`, text: parts.map(({ text }) => `${text}\n`).join(''), parts };
    });
  }),
);

/** What the samples state by their own account, in the form of a failure: a report leaves out what is as it should be. */
function statedBy(parts: (typeof samples)[number]['parts']) {
  return parts.flatMap(({ states }) =>
    states.map((statement) => ({
      ...(statement.kind === 'header' && statement.modelClass !== undefined ? { modelClass: statement.modelClass } : {}),
      ...(statement.kind === 'mismatch' ? { mismatches: [{ ...statement, dialect: '', at: { source: '', line: 1 } }] } : {}),
      ...(statement.kind === 'missing-keys' ? { missingKeys: statement.keys } : {}),
      ...(statement.kind === 'unexpected-keys' ? { unexpectedKeys: statement.keys } : {}),
    })),
  );
}

/** Nothing that a reader would miss: quotes, brackets and a full stop behind the last fact. */
const CLOSING = /^[\s"'\])}>.,:|!]*$/;

describe('a sample of a dialect, cut at every byte', () => {
  it.each(samples)('$name tells nothing that the whole does not tell, and says that it was cut', ({ text, parts }) => {
    const bytes = bytesOf(text);
    const whole = new Set([...told(analyze(bytes).failures), ...told(statedBy(parts))]);
    for (let length = 1; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const { failures } = analyze(cut);
      const facts = told(failures);
      const shown = new TextDecoder().decode(cut);
      expect(without(facts, whole), shown).toEqual([]);
      const rest = text.slice(length, text.indexOf('\n', length));
      // At the end of a line nothing tells that others followed.
      if (cut.at(-1) === LINE_FEED || CLOSING.test(rest) || failures.length === 0 || without(whole, facts).length === 0) continue;
      expect(
        failures.some(({ complete }) => !complete),
        shown,
      ).toBe(true);
    }
  });
});

/** Spread over the log without a pattern, the same ones every time. */
const PLACES = 12;
const STEP = 0.618;

describe('the log of a case, cut at some bytes', () => {
  it.each(validLogs)('$name tells nothing that the whole does not tell, and says so where the last line was to tell more', ({ bytes }) => {
    const whole = analyze(bytes);
    for (let place = 1; place <= PLACES; place++) {
      const length = Math.floor(((place * STEP) % 1) * bytes.length);
      const { failures } = analyze(bytes.subarray(0, length));
      const facts = told(failures);
      const shown = new TextDecoder().decode(bytes.subarray(Math.max(0, length - 120), length));
      expect(without(facts, told(whole.failures)), shown).toEqual([]);
      const [before, after] = [bytes.lastIndexOf(LINE_FEED, length - 1) + 1, bytes.indexOf(LINE_FEED, length) + 1];
      const linesBefore = told(analyze(bytes.subarray(0, before)).failures);
      const tellsNothing = without(facts, linesBefore).length === 0;
      const isLost = without(told(analyze(bytes.subarray(0, after)).failures), facts).length > 0;
      const last = failures.at(-1);
      // What one rank was about to print another may have printed whole.
      if (before === length || last === undefined || last.ranks.length > 1 || !tellsNothing || !isLost) continue;
      expect(
        failures.some(({ complete }) => !complete),
        shown,
      ).toBe(true);
    }
  });
});

describe('a list that stops inside a name although a line feed follows, as in a report that somebody shortened', () => {
  const heading = 'RuntimeError: Error(s) in loading state_dict for Net:\n\t';
  it.each([
    ['at the end of the log', 'Missing key(s) in state_dict: "conv1.weight", "conv2.weight", "conv3.we\n', 2],
    ['behind a comma', 'Missing key(s) in state_dict: "conv1.weight", "conv2.weight", \n', 2],
    ['above a blank line', 'Unexpected key(s) in state_dict: "conv1.weight", "conv3.we\n\nCan anybody help?\n', 1],
    ['above something else', 'Unexpected key(s) in state_dict: "conv1.weight", "conv3.we\nwandb: run finished\n', 1],
    ['in its first name', 'Missing key(s) in state_dict: "conv1.we\n', 0],
  ])('%s: is not whole, and half a name is none', (_, list, keys) => {
    const [failure] = analyze(bytesOf(heading + list)).failures;
    expect(failure).toMatchObject({ complete: false, incompleteReasons: ['cut'] });
    expect([...(failure?.missingKeys ?? []), ...(failure?.unexpectedKeys ?? [])]).toEqual(['conv1.weight', 'conv2.weight'].slice(0, keys));
  });

  it('and one that ends where a console wrapped it is whole', () => {
    const list = 'Missing key(s) in state_dict: "conv1.weight", "con\nv2.weight". \nwandb: run finished\n';
    expect(analyze(bytesOf(heading + list)).failures).toMatchObject([{ complete: true, missingKeys: ['conv1.weight', 'conv2.weight'] }]);
  });
});

describe('a log without a last line feed, as a person pastes it', () => {
  it.each([
    ['ValueError: Expected shape (32000, 4096) but received shape (32000, 512) for parameter model.embed_tokens.weight', 1, 0],
    ['RuntimeError: Missing key in checkpoint state_dict: model.lm_head.weight.', 0, 1],
    ['ValueError: Missing 2 parameters: \nmodel.layers.0.self_attn.q_norm.weight,\nmodel.norm.weight.', 0, 2],
    ['\tMissing key(s) in state_dict: "conv1.weight", "bn1.weight". ', 0, 2],
  ])('%s: keeps its last name', (text, mismatches, missing) => {
    const [failure] = analyze(bytesOf(text)).failures;
    expect(failure?.mismatches.filter(({ parameter }) => parameter !== undefined)).toHaveLength(mismatches);
    expect(failure?.missingKeys).toHaveLength(missing);
  });

  it('that ends in what may be half a name keeps the shapes, or lists the line', () => {
    const named = 'ValueError: Expected shape (32000, 4096) but received shape (32000, 512) for parameter model.embed_tok';
    const [failure] = analyze(bytesOf(named)).failures;
    expect(failure?.mismatches).toEqual([
      { checkpointShape: [32000, 512], modelShape: [32000, 4096], dialect: 'mlx', at: { source: 'run.log', line: 1 } },
    ]);
    const report = analyze(bytesOf('RuntimeError: Missing key in checkpoint state_dict: model.lm_h'));
    expect(report.failures).toMatchObject([{ missingKeys: [], complete: false }]);
    expect(report.unclaimed).toHaveLength(1);
  });

  it.each(['(base) user@host:~/run$ ', 'Process finished with exit code 1', 'PS C:\\run> '])('and goes on with %s: is complete', (end) => {
    const list =
      'RuntimeError: Error(s) in loading state_dict for Net:\n\tsize mismatch for a: copying a param with shape torch.Size([2]) from checkpoint, the shape in current model is torch.Size([3]).\n';
    expect(analyze(bytesOf(list + end)).failures).toMatchObject([{ complete: true }]);
  });

  it('takes half a name for the one that another rank printed whole', () => {
    const line = 'ValueError: Size mismatch between saved torch.Size([4, 2]) and current: torch.Size([5, 2]) for model.wte.table';
    const { failures } = analyze(bytesOf(`[rank0]: ${line}\n[rank1]: ${line.slice(0, -8)}`));
    expect(failures.map((failure) => failure.mismatches.map(({ parameter }) => parameter))).toEqual([['model.wte.table']]);
  });
});
