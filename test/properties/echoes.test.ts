import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/analyze.js';
import { bytesOf } from './logs.js';
import { holdsFor } from './runs.js';

const row = (name: string, model = '[0]') =>
  `\tsize mismatch for ${name}: copying a param with shape torch.Size([512, 512]) from checkpoint, the shape in current model is torch.Size(${model}).`;

/** What all ranks print, long enough that the search is made ready while they do. */
const LIST = [
  'RuntimeError: Error(s) in loading state_dict for EchoingNet:',
  ...Array.from({ length: 60 }, (_, i) => row(`encoder.layers.${i}.self_attn.q_proj.weight`)),
];

/** What one rank prints otherwise, or another process in between. */
const OTHER_LINES = [
  '',
  row('encoder.layers.7.self_attn.q_proj.weight', '[256, 512]'),
  row('decoder.embed.weight', '[7, 512]'),
  '\tsize mismatch for encoder.layers.3.self_attn.q_proj',
  'RuntimeError: Error(s) in loading state_dict for EchoingNet:',
  'RuntimeError: Error(s) in loading state_dict for OtherNet:',
  '\tMissing key(s) in state_dict: "a.weight", "b.weight". ',
  'Traceback (most recent call last):',
  '  File "/opt/venv/lib/python3.11/site-packages/torch/nn/modules/module.py", line 2638, in load_state_dict',
  '    raise RuntimeError(',
  '  File "/home/me/train.py", line 3, in main',
  '[INFO] [stage3.py:130:__init__] Reduce bucket size 500000000',
  "{'loss': 0.9134, 'grad_norm': 5.926981459, 'learning_rate': 4.605035996e-06, 'epoch': 0.06}",
  'Some weights of Net were not initialized from the model checkpoint at x and are newly initialized because the shapes did not match:',
  '- head.weight: found shape torch.Size([3, 2]) in the checkpoint and torch.Size([5, 2]) in the model instantiated',
];

interface Edit {
  readonly rank: number;
  readonly place: number;
  readonly line: string | undefined;
}

const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    rank: fc.nat({ max: 15 }),
    place: fc.nat({ max: LIST.length }),
    line: fc.option(fc.constantFrom(...OTHER_LINES), { nil: undefined }),
  }),
  { maxLength: 12 },
);

const prefix: fc.Arbitrary<(rank: number) => string> = fc.constantFrom(
  (rank: number) => `[rank${rank}]: `,
  (rank: number) => `[rank${rank}]:`,
  (rank: number) => `(RANK ${rank}) `,
  () => '',
);

/** So many lines of one rank stand below each other. */
const stretch = fc.constantFrom(1, 3, 1000);

function linesOf(rank: number, changes: readonly Edit[]): readonly string[] {
  const own = changes.filter((edit) => edit.rank === rank);
  return LIST.flatMap((line, place) => {
    const edit = own.find((each) => each.place === place);
    return edit === undefined ? [line] : edit.line === undefined ? [] : [edit.line, line];
  });
}

function woven(lists: readonly (readonly string[])[], length: number): readonly string[] {
  const longest = Math.max(...lists.map((list) => list.length));
  const starts = Array.from({ length: Math.ceil(longest / length) }, (_, i) => i * length);
  return starts.flatMap((start) => lists.flatMap((list) => list.slice(start, start + length)));
}

/** Several sources of one analysis, each in chunks. */
function reportOf(sources: readonly string[], prefilter: boolean): string {
  const analysis = createAnalysis({ prefilter });
  sources.forEach((text, index) => {
    const source = analysis.source(`rank-${index}.log`);
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length; at += 50_000) source.push(bytes.subarray(at, at + 50_000));
    source.end();
  });
  return JSON.stringify(analysis.report());
}

describe('lines that ranks repeat', () => {
  it('are taken in as if each had been read', () => {
    const inputs = fc.record({ changes: edits, label: prefix, length: stretch, isCut: fc.boolean() });
    holdsFor(0.02, inputs, ({ changes, label, length, isCut }) => {
      const lists = Array.from({ length: 16 }, (_, rank) => linesOf(rank, changes).map((line) => label(rank) + line));
      const text = `${woven(lists, length).join('\n')}\n`;
      const sources = [isCut ? text.slice(0, -60) : text];
      expect(reportOf(sources, true)).toBe(reportOf(sources, false));
    });
  });

  it('are the same from files of their own, and from a second analysis', () => {
    holdsFor(0.01, edits, (changes) => {
      // Each file is long enough for the search.
      const sources = Array.from({ length: 4 }, (_, rank) => `${linesOf(rank, changes).join('\n').repeat(8)}\n`);
      const whole = reportOf(sources, false);
      expect(reportOf(sources, true)).toBe(whole);
      expect(reportOf(sources, true)).toBe(whole);
    });
  });
});
