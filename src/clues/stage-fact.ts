import type { Strength } from '../model/clue.js';
import type { ClueFact } from './clue-pattern.js';

export type Stage = 0 | 1 | 2 | 3;

/** Numbers, and the names that DeepSpeed's `ZeroStageEnum` gives them (deepspeed/runtime/zero/config.py). */
const STAGES: Readonly<Record<string, Stage>> = { 0: 0, 1: 1, 2: 2, 3: 3, optimizer_states: 1, gradients: 2, weights: 3 };

/** Expressions let no other text pass. */
export function stageOf(text: string): Stage {
  return STAGES[text] ?? 0;
}

export function zero(stage: Stage, strength: Strength, form: string): ClueFact {
  return { kind: 'zero-stage', stage, strength, form };
}
