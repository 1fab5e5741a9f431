import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/causes/diagnose.js';
import { type ClueFacts, type FailureFacts, subject } from './failure-builder.js';
import { declines, diagnosed } from './judge.js';

const said = (facts: FailureFacts, clues: readonly ClueFacts[] = []) =>
  diagnose(subject(facts, clues)).diagnoses.map(({ cause, confidence }) => `${cause} ${confidence}`);

describe('a vocabulary that explains every line', () => {
  const units = {
    mismatches: [
      ['decoder.embed.0.weight', [57, 320], [52, 320]],
      ['decoder.output_layer.weight', [57, 320], [52, 320]],
      ['decoder.output_layer.bias', [57], [52]],
      ['ctc.ctc_lo.weight', [57, 320], [52, 320]],
      ['ctc.ctc_lo.bias', [57], [52]],
    ],
  } as const;

  it('leaves nothing to a width or an option', () => {
    expect(said(units)).toEqual(['vocab-resized certain']);
    expect(said({ mismatches: [[undefined, [381_277, 200], [420_119, 200]]] })).toEqual(['vocab-resized likely']);
  });
});

describe('the two versions of GPT-SoVITS', () => {
  it('are one cause, symbols and bins', () => {
    const facts = {
      modelClass: 'SynthesizerTrn',
      mismatches: [
        ['enc_p.text_embedding.weight', [322, 192], [732, 192]],
        ['ref_enc.spectral.0.fc.weight', [128, 1025], [128, 704]],
      ],
    } as const;
    expect(said(facts)[0]).toBe('wrong-model-variant likely');
    const { title, explained } = diagnosed('wrong-model-variant', facts);
    expect(title).toContain('GPT-SoVITS v1 (1025 bins of the spectrogram, 322 symbols), but the model was built as GPT-SoVITS v2');
    expect(explained.mismatches).toEqual([0, 1]);
  });
});

describe('a first layer without a telling name', () => {
  const first = { modelClass: 'Shared', mismatches: [['net.0.weight', [128, 44], [128, 52]]] } as const;
  const run = (command: string): readonly ClueFacts[] => [{ kind: 'command-line', command }];

  it('reads observations where the script is named after reinforcement learning', () => {
    const { title, confidence } = diagnosed('environment-spaces', first, run('python train_reach_ppo.py --headless'));
    expect([title, confidence]).toEqual([expect.stringContaining('44 observations, the environment of this run has 52'), 'possible']);
    expect(said(first, run('python reach/sac_eval.py'))[0]).toBe('environment-spaces possible');
  });

  it('reads anything else otherwise', () => {
    expect(declines('environment-spaces', first)).toBe(true);
    expect(declines('environment-spaces', first, run('python train_pporder.py'))).toBe(true);
    const second = { mismatches: [['net.0.weight', [128, 44], [96, 44]]] } as const;
    expect(declines('environment-spaces', second, run('python train_ppo.py'))).toBe(true);
  });
});
