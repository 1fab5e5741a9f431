import { describe, expect, it } from 'vitest';
import { clueSources } from '../../src/clues/index.js';
import { dialects } from '../../src/dialects/index.js';
import { analyze, bytesOf } from './logs.js';
import './runs.js';

/** The long form looks at every sample in lines of a megabyte, the short one at a few of each dialect in shorter lines. */
const isLong = process.env.FUZZ_COUNT !== undefined;
const LENGTH = isLong ? 1 << 20 : 1 << 15;

/** What makes readers try again and again: half a message over and over, or half a message with a run of one thing behind it. */
const RUNS = [' ', '[', '{', '"', "'", '0', '\\', '\\n', ',', '(', 'a.', '\u001b[0m', '│'];

const halves = [...dialects, ...clueSources].flatMap(({ name, patterns }) => {
  const texts = patterns.flatMap(({ samples }) => samples.map(({ text }) => text.replaceAll('\n', ' ')));
  return (isLong ? texts : texts.slice(0, 2)).map((text) => ({ name, half: text.slice(0, Math.ceil(text.length * 0.7)) }));
});

function line(half: string, run: string | undefined): string {
  return run === undefined ? half.repeat(LENGTH / half.length) : half + run.repeat(LENGTH / run.length);
}

/** Milliseconds of this process alone, so that a busy machine counts little. */
function timeOf(text: string): number {
  const before = process.cpuUsage();
  analyze(bytesOf(`${text}\n`));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Twenty microseconds a byte, far above what the slowest takes; square time would need hundreds. */
const MOST = (LENGTH * 20) / 1000;

describe('a hostile line', () => {
  it('of any message, begun over and over or filled up with anything, is read in linear time', () => {
    const slow: string[] = [];
    for (const [index, { name, half }] of halves.entries()) {
      for (const run of isLong ? [undefined, ...RUNS] : [undefined, RUNS[index % RUNS.length]]) {
        const text = line(half, run);
        // The first time may have met a collection of garbage.
        if (timeOf(text) > MOST && timeOf(text) > MOST) slow.push(`${name}: ${half.slice(-40)} … ${run}`);
      }
    }
    expect(slow).toEqual([]);
  });

  it.each([
    ['braces', '{'],
    ['siblings', '{a,b}.'],
    ['dots', 'a.'],
    ['numbers', '0.'],
    ['underscores', '_'],
    ['a word of norms', 'norm_'],
  ])('with a name of %s is no trap for what explains it', (_, piece) => {
    const name = piece.repeat(LENGTH / 16 / piece.length);
    const heading = 'RuntimeError: Error(s) in loading state_dict for Net:\n';
    expect(timeOf(`${heading}\tMissing key(s) in state_dict: "${name}", "${name}x".`)).toBeLessThan(MOST);
    expect(timeOf(`ValueError: Pointer shape (10, 3) and array shape (4, 3) mismatched of ${name}x`)).toBeLessThan(MOST);
  });
});

describe('a log twice as long', () => {
  it('takes about twice the time', () => {
    const rows = (count: number) =>
      Array.from(
        { length: count },
        (_, i) =>
          `\tsize mismatch for m${i % 37}.layers.${i}.w: copying a param with shape torch.Size([10, 512]) from checkpoint, the shape in current model is torch.Size([7, 512]).\n`,
      ).join('');
    const text = (count: number) => `RuntimeError: Error(s) in loading state_dict for Net:\n${rows(count)}`;
    timeOf(text(500));
    const [once, eight] = [timeOf(text(1500)), timeOf(text(12_000))];
    // Eight times, with room for garbage; square time would be 64 times.
    expect(eight / once).toBeLessThan(24);
  });
});
