import { describe, expect, it } from 'vitest';
import { isOrdinaryHeadStart } from '../../src/failures/ordinary.js';
import { type ClueFacts, subject } from '../causes/failure-builder.js';

const verdict = (missing: readonly string[], unexpected: readonly string[], clues: readonly ClueFacts[] = []): boolean => {
  const built = subject({ severity: 'warning', missing, unexpected, dialect: 'transformers' }, clues);
  return isOrdinaryHeadStart(built.failure, built.clues);
};

describe('the warning of every healthy fine-tuning', () => {
  it('is a new head for an old one', () => {
    expect(verdict(['classifier.weight', 'classifier.bias'], ['cls.predictions.bias', 'cls.seq_relationship.weight'])).toBe(true);
    expect(verdict(['score.weight'], ['lm_head.weight'])).toBe(true);
    expect(verdict(['classifier.weight'], ['bert.pooler.dense.weight'])).toBe(true);
  });

  it('is a new head alone, where the log tells of training', () => {
    expect(verdict(['classifier.weight'], [], [{ kind: 'phase', phase: 'fine-tuning' }])).toBe(true);
    expect(verdict(['classifier.weight'], [])).toBe(false);
  });

  it('is none where the model is evaluated, or answers', () => {
    expect(verdict(['classifier.weight'], [], [{ kind: 'phase', phase: 'evaluation' }])).toBe(false);
    expect(verdict(['lm_head.weight'], ['score.weight'], [{ kind: 'phase', phase: 'inference' }])).toBe(false);
  });

  it('is none where anything of the body is missing, whatever its name ends in', () => {
    expect(verdict(['classifier.weight', 'bert.encoder.layer.0.output.dense.weight'], ['cls.predictions.bias'])).toBe(false);
    expect(verdict(['encoder.layers.0.mlp.fc.weight'], ['encoder.layers.0.mlp.fc1.weight'])).toBe(false);
  });

  it('is none where a script prints what strict=False left out: a cause tells that it is harmless', () => {
    const { failure, clues } = subject({ severity: 'warning', missing: ['fc.weight', 'fc.bias'] }, [
      { kind: 'phase', phase: 'fine-tuning' },
    ]);
    expect(isOrdinaryHeadStart(failure, clues)).toBe(false);
  });

  it('is none where a Trainer reads its own checkpoint back', () => {
    const facts = { severity: 'warning', missing: ['score.weight'], dialect: 'transformers-trainer' } as const;
    const { failure, clues } = subject(facts, [{ kind: 'phase', phase: 'fine-tuning' }]);
    expect(isOrdinaryHeadStart(failure, clues)).toBe(false);
  });

  it('is none where the run died', () => {
    const { failure, clues } = subject({ severity: 'error', missing: ['classifier.weight'], unexpected: ['score.weight'] });
    expect(isOrdinaryHeadStart(failure, clues)).toBe(false);
  });
});
