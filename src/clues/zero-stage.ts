import { type ClueFact, type ClueSource, cluePattern } from './clue-pattern.js';

/**
 * The ZeRO stage of the run. The number decides, never the presence of `stage3_*` keys: Accelerate writes those for every stage, and
 * stage-2 files are often edited stage-3 files. Line numbers and log levels vary with the version; file and function names do not.
 */
export const zeroStage: ClueSource = {
  name: 'zero-stage',
  patterns: [
    cluePattern(
      'optimizer', // deepspeed/runtime/engine.py, 0.8.1 and later; says fp16 whatever the dtype
      'ZeRO stage',
      /Creating \S+ ZeRO stage (?<stage>[0-3]) optimizer/,
      (fields) => [stage(fields.int('stage'), 'strong', 'the engine created its optimizer')],
      [
        {
          text: '[2026-11-23 17:25:42,402] [INFO] [logging.py:128:log_dist] [Rank 0] Creating torch.float32 ZeRO stage 3 optimizer',
          states: [stage(3, 'strong', 'the engine created its optimizer')],
        },
      ],
    ),
  ],
};

function stage(number: number, strength: 'strong' | 'medium' | 'weak', form: string): ClueFact {
  return { kind: 'zero-stage', stage: number === 0 ? 0 : number === 1 ? 1 : number === 2 ? 2 : 3, strength, form };
}
