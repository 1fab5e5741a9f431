import { describe, expect, it } from 'vitest';
import { advisorFor } from '../../src/causes/framework-advice.js';
import type { Diagnosis } from '../../src/model/diagnosis.js';
import { analyze, cases, logsOf } from '../cases/read-case.js';

const PYTORCH = /torch\.load|load_state_dict|strict=False|from_pretrained|ignore_mismatched_sizes/;
const foreign = cases.filter((name) =>
  /^dialect-(?:tensorflow|keras|keras-h5|flax|orbax|t5x|paxml|haiku|maxtext|mxnet|paddle|paddleocr|paddledetection|mindspore|marian)--/.test(
    name,
  ),
);

describe('a failure of another framework than PyTorch', () => {
  it.each(foreign)('%s: gives no advice in the words of PyTorch', (name) => {
    for (const { diagnoses, verdict } of analyze(logsOf(name)).failures) {
      const advice = diagnoses.flatMap(({ remedies, doesNotHelp }) => [
        ...remedies.map(({ snippet }) => snippet?.code ?? ''),
        ...doesNotHelp.map((warning) => warning.advice),
      ]);
      const asked = verdict.wouldDecide.map(({ command = '' }) => command);
      expect([...advice, ...asked].filter((text) => PYTORCH.test(text))).toEqual([]);
    }
  });

  const diagnosis: Diagnosis = {
    verdict: 'diagnosis',
    cause: 'config-changed',
    title: 'A.',
    confidence: 'possible',
    specificity: 1,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [],
    remedies: [
      { title: 'Look', text: 'Inside.', snippet: { language: 'python', code: 'torch.load(path)' } },
      {
        title: 'Leave out',
        text: 'The rest.',
        snippet: { language: 'python', code: 'model.load_state_dict(state, strict=False)' },
        cost: 'x',
      },
      { title: 'Build', text: 'Anew.', snippet: { language: 'python', code: 'build(9)' } },
    ],
    doesNotHelp: [
      { advice: 'strict=False', reason: 'no' },
      { advice: 'a restart', reason: 'no' },
    ],
    afterwards: [],
    wouldDecide: [{ question: 'Shapes?', command: 'python -c "import torch; torch.load(\'CKPT\')"' }, { question: 'Why?' }],
  };

  it('is advised in its own words', () => {
    const { remedies, doesNotHelp, wouldDecide } = advisorFor({ dialects: ['tensorflow'] }).diagnosis(diagnosis);
    expect(remedies.map(({ title, snippet }) => [title, snippet?.code.split('\n').at(-1)])).toEqual([
      ['Look', undefined],
      ['Leave out', 'tf.compat.v1.train.Saver(fitting).restore(session, path)'],
      ['Build', 'build(9)'],
    ]);
    expect(doesNotHelp.map(({ advice }) => advice)).toEqual(['a restart']);
    expect(wouldDecide.map(({ command }) => command?.includes('tf.train.list_variables'))).toEqual([true, undefined]);
  });

  it.each([[['torch']], [['flax', 'torch']], [[]]])('%j: is advised as the cause words it', (dialects) => {
    expect(advisorFor({ dialects }).diagnosis(diagnosis)).toBe(diagnosis);
  });
});
