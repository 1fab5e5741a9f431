import { type ClueFact, type ClueSource, cluePattern, told } from './clue-pattern.js';

/** `deepspeed.zero.Init` says so when its block closes, on rank 0, also where an exception closes it (deepspeed/runtime/zero/partition_parameters.py, `__exit__`). */
export const zeroInit: ClueSource = {
  name: 'zero-init',
  patterns: [
    cluePattern(
      'closed', // 0.10.1 and later; both counters are those of the whole process
      'finished initializing model -',
      /finished initializing model - num_params = (?<parameters>\d+), num_elems =/,
      (fields) => [{ kind: 'zero-init', parameters: fields.int('parameters') }],
      [
        told(
          '[2026-11-23 17:25:42,393] [INFO] [partition_parameters.py:348:__exit__] finished initializing model - num_params = 4, num_elems = 0.00B',
          {
            kind: 'zero-init',
            parameters: 4,
          },
        ),
      ],
    ),
    cluePattern(
      'closed-with-elements', // 0.6.0 to 0.10.0: elements in billions, not a number of parameters
      'finished initializing model with',
      /finished initializing model with [\d.]+B parameters/,
      (): readonly ClueFact[] => [{ kind: 'zero-init' }],
      [told('[partition_parameters.py:416:__exit__] finished initializing model with 6.74B parameters', { kind: 'zero-init' })],
    ),
  ],
};
