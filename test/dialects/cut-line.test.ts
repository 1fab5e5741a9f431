import { describe, expect, it } from 'vitest';
import { readCut } from '../../src/dialects/cut-line.js';
import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';
import type { Statement } from '../../src/model/finding.js';

const reader = createReader(dialects);
const told = (text: string): readonly Statement[] => readCut(reader, text).flatMap(({ statements }) => statements);

const CUT: Statement = { kind: 'incomplete', reason: 'cut' };
const mismatch =
  'size mismatch for fc.weight: copying a param with shape torch.Size([4, 3]) from checkpoint, the shape in current model is torch.Size([5, 3])';

describe('the last line of a log, which nothing ends, tells what it tells however it goes on', () => {
  it.each<readonly [string, string, readonly Statement[]]>([
    [
      'a mismatch whose shapes are closed',
      mismatch,
      [{ kind: 'mismatch', parameter: 'fc.weight', checkpointShape: [4, 3], modelShape: [5, 3] }],
    ],
    ['nothing where nothing is read', 'step 12 loss 0.3', []],
    ['nothing where the second shape is open', mismatch.slice(0, -4), []],
    [
      'keys that are known to be whole, of a list that may go on',
      'Missing key(s) in state_dict: "a.weight", "b.bias"',
      [{ kind: 'missing-keys', keys: ['a.weight', 'b.bias'] }, CUT],
    ],
    ['and a whole list', 'Missing key(s) in state_dict: "a.weight", "b.bias". ', [{ kind: 'missing-keys', keys: ['a.weight', 'b.bias'] }]],
    [
      'keys with a quote behind them, of a list without its bracket',
      "Some weights of the model checkpoint at org/base were not used when initializing BertModel: ['pooler.weight', 'pooler.bi",
      [
        { kind: 'header', modelClass: 'BertModel', checkpoint: 'org/base' },
        { kind: 'unexpected-keys', keys: ['pooler.weight'] },
        { kind: 'incomplete', reason: 'cut' },
        CUT,
      ],
    ],
    ['that a load failed, whatever the class is called', 'Error(s) in loading state_dict for Linea', [{ kind: 'header' }, CUT]],
    ['whose class a colon ends', 'Error(s) in loading state_dict for Linear:', [{ kind: 'header', modelClass: 'Linear' }]],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});
