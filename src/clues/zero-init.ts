import { type Fields, readCount } from '../model/pattern.js';
import { type ClueFact, type ClueSource, cluePattern, told } from './clue-pattern.js';

/** `deepspeed.zero.Init` says so when its block closes, on rank 0, also where an exception closes it (deepspeed/runtime/zero/partition_parameters.py, `__exit__`). */
export const zeroInit: ClueSource = {
  name: 'zero-init',
  patterns: [
    cluePattern(
      'closed', // 0.10.1 and later; both counters are those of the whole process
      'finished initializing model -',
      /finished initializing model - num_params = (?<parameters>\d+), num_elems = (?<billions>\d+\.\d+)B/,
      (fields) => [{ kind: 'zero-init', parameters: fields.int('parameters'), ...elements(fields) }],
      [
        told(
          '[2026-11-23 17:25:42,393] [INFO] [partition_parameters.py:348:__exit__] finished initializing model - num_params = 4, num_elems = 0.00B',
          {
            kind: 'zero-init',
            parameters: 4,
          },
        ),
        told('[partition_parameters.py:345:__exit__] finished initializing model - num_params = 295, num_elems = 6.74B', {
          kind: 'zero-init',
          parameters: 295,
          elements: 6.74e9,
        }),
      ],
    ),
    cluePattern(
      'closed-with-elements', // 0.6.0 to 0.10.0: elements in billions, not a number of parameters
      'finished initializing model with',
      /finished initializing model with (?<billions>\d+\.\d+)B parameters/,
      (fields): readonly ClueFact[] => [{ kind: 'zero-init', ...elements(fields) }],
      [
        told('[partition_parameters.py:416:__exit__] finished initializing model with 6.74B parameters', {
          kind: 'zero-init',
          elements: 6.74e9,
        }),
      ],
    ),
  ],
};

/** Printed in billions with two decimals: nothing for models of less than five million. */
function elements(fields: Fields): { readonly elements?: number } {
  const count = Math.round(readCount(fields.text('billions')) * 100) * 1e7;
  return count > 0 ? { elements: count } : {};
}
