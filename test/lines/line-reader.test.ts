import { describe, expect, it } from 'vitest';
import { rankOfSource } from '../../src/lines/line-reader.js';
import { createDialectOpenness, readLines } from './read-lines.js';

const MISMATCH =
  'size mismatch for a.weight: copying a param with shape torch.Size([4, 3]) from checkpoint, the shape in current model is torch.Size([0]).';

describe('lines', () => {
  it('ends at a line feed, at a carriage return with one, and at a bare one', () => {
    expect(readLines('a\nb\r\nc\rd\n').map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts as grep -n does, by line feeds alone', () => {
    expect(readLines('10%\r20%\r30%\nend\n').map(({ at }) => at.line)).toEqual([1, 1, 1, 2]);
  });

  it('loses colours, cursor movements and titles', () => {
    expect(readLines('\x1b[31;1mred\x1b[0m \x1b]0;title\x07plain\x1b[K\n')[0]?.text).toBe('red plain');
  });

  it('reads a tab that syslog wrote as an octal number', () => {
    expect(readLines('#011size mismatch\n')[0]?.text).toBe('\tsize mismatch');
  });

  it('goes on behind bytes that are no text', () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x80, 0x0a, ...new TextEncoder().encode('after\n'));
    expect(readLines(bytes).at(-1)?.text).toBe('after');
  });

  it('of many megabytes that a container wrote in parts are cut, so that no expression runs out of stack', () => {
    const part = (flag: string) => `2016-10-06T00:17:09Z stdout ${flag} ${'a.'.repeat(1 << 20)}\n`;
    expect(readLines(part('P') + part('P') + part('F')).map(({ text }) => text.length)).toEqual([4 << 20, 2 << 20]);
  });

  it('takes the rank from the prefix, or from the name of the file', () => {
    expect(readLines('[rank5]: x\n')[0]?.speaker.rank).toBe(5);
    expect(readLines('x\n', 'logs/rank_7.err')[0]?.speaker.rank).toBe(7);
    expect(readLines('[rank5]: x\n', 'logs/rank_7.err')[0]?.speaker.rank).toBe(5);
  });
});

describe('the rank in the name of a file', () => {
  it.each([
    ['rank-3.log', 3],
    ['logs/train_rank12.err.gz', 12],
    ['rank_0_of_8.log', 0],
    ['worker/rank3/stdout', 3],
    ['attempt_0/5/stderr.log', 5],
    ['lora-rank-8.log', undefined],
    ['lora_rank16/train.log', undefined],
    ['rank-8-into-16.log', undefined],
    ['frank1.log', undefined],
  ])('%s', (name, rank) => {
    expect(rankOfSource(name)).toBe(rank);
  });
});

describe('messages over several lines', () => {
  const openness = createDialectOpenness();

  it('are joined where a console wrapped them at blanks', () => {
    const wrapped = MISMATCH.replace(' from checkpoint', '\nfrom checkpoint').replace('is torch', 'is\ntorch');
    expect(readLines(`${wrapped}\n`, 'x.log', openness)).toHaveLength(1);
  });

  it('are joined rank by rank where two ranks are interleaved', () => {
    const [first = '', second = ''] = [MISMATCH.slice(0, 60), MISMATCH.slice(60)];
    const lines = [`[rank0]: ${first}`, `[rank1]: ${first}`, `[rank1]: ${second}`, `[rank0]: ${second}`];
    expect(readLines(`${lines.join('\n')}\n`, 'x.log', openness).map(({ speaker }) => speaker.rank)).toEqual([1, 0]);
  });

  it('are given back line by line where they never become whole', () => {
    const lines = [
      'size mismatch for a.weight: copying a param with',
      'step 1',
      'step 2',
      ...Array.from({ length: 12 }, (_, i) => `step ${i}`),
    ];
    expect(readLines(`${lines.join('\n')}\n`, 'x.log', openness)).toHaveLength(lines.length);
  });
});

describe('lines inside other records', () => {
  it.each([
    ['Docker', '{"log":"a\\n","stream":"stderr","time":"2026-01-01T00:00:00Z"}'],
    ['Loki', '{"line":"a","timestamp":"2026-01-01T00:00:00Z","fields":{"job":"x"}}'],
  ])('are taken out of a record of %s', (_, record) => {
    expect(readLines(`${record}\n`)[0]?.text).toBe('a');
  });

  it('are taken out of the repr() of an exception, one by one', () => {
    const texts = readLines("RuntimeError('Error(s) in loading state_dict for Net:\\n\\tsize mismatch for a: x')\n").map(({ text }) =>
      text.trim(),
    );
    expect(texts.some((text) => text.startsWith('size mismatch for a: x'))).toBe(true);
  });
});
