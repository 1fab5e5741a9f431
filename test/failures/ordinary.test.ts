import { describe, expect, it } from 'vitest';
import { isOrdinaryHeadStart } from '../../src/failures/ordinary.js';
import { type ClueFacts, type FailureFacts, subject } from '../causes/failure-builder.js';

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

  describe('is one', () => {
    const facts: FailureFacts = { severity: 'warning', missing: ['score.weight'], unexpected: ['lm_head.weight'], dialect: 'transformers' };
    const of = (changed: FailureFacts, clues: readonly ClueFacts[] = []) => {
      const built = subject({ ...facts, ...changed }, clues);
      return isOrdinaryHeadStart(built.failure, built.clues);
    };
    const phase = (name: 'fine-tuning' | 'evaluation' | 'inference'): ClueFacts => ({ kind: 'phase', phase: name });

    it.each<readonly [string, FailureFacts, readonly ClueFacts[], boolean]>([
      ['as it stands', {}, [], true],
      ['but no error', { severity: 'error' }, [], false],
      ['but not beside a shape that differs', { mismatches: [['score.bias', [2], [3]]] }, [], false],
      ['but not beside a notice', { notices: [['nothing-matched', {}]] }, [], false],
      ['with the head behind the name of the model', { missing: ['roberta.classifier.out_proj.weight'] }, [], true],
      ['but not with a head further inside', { missing: ['a.b.classifier.weight'] }, [], false],
      ['but not with a name that only begins like a head', { missing: ['classifiers.weight'] }, [], false],
      ['but not where nothing is left over and nobody trains', { unexpected: [] }, [], false],
      ['where nothing is left over, but timm takes the head out by itself', { unexpected: [], dialect: 'timm' }, [], true],
      ['in a run that trains, and evaluates too', {}, [phase('evaluation'), phase('fine-tuning')], true],
      ['but not in one that only evaluates', {}, [phase('evaluation')], false],
      ['but not in one that only answers', {}, [phase('inference')], false],
      ['whatever else is known of it', {}, [{ kind: 'world-size', size: 8 }], true],
      ['but no clue of another kind tells of training', { unexpected: [] }, [{ kind: 'world-size', size: 8 }], false],
    ])('%s', (_, changed, clues, expected) => {
      expect(of(changed, clues)).toBe(expected);
    });

    it('only where all who speak announce new heads, and take heads out by themselves only where all do', () => {
      const { failure } = subject({ ...facts, unexpected: [] }, []);
      const trained = subject({}, [phase('fine-tuning')]).clues;
      expect(isOrdinaryHeadStart({ ...failure, dialects: ['torch', 'transformers'] }, trained)).toBe(false);
      expect(isOrdinaryHeadStart({ ...failure, dialects: ['timm', 'transformers'] }, [])).toBe(false);
    });
  });
});
