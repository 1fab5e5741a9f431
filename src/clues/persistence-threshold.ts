import { readCount } from '../model/pattern.js';
import { type ClueSource, cluePattern, told } from './clue-pattern.js';

/** Parameters of at most this many elements stay whole after the first step of ZeRO-3. `auto` is no number and tells nothing. */
export const persistenceThreshold: ClueSource = {
  name: 'persistence-threshold',
  patterns: [
    cluePattern(
      'setting', // deepspeed/runtime/config.py: zero_config, print_user_config (figures above 1000 as %e); the user's JSON or YAML
      'param_persistence_threshold',
      /(?<![a-z])(?:stage3_)?param_persistence_threshold["'\\]{0,4}\s?[:=]\s?(?<elements>\d+(?:\.\d+)?(?:e\+?\d+)?)/i,
      (fields) => [{ kind: 'persistence-threshold', elements: Math.round(readCount(fields.text('elements'))) }],
      [
        told('prefetch_bucket_size=50000000 param_persistence_threshold=100000 model_persistence_threshold=9223372036854775807', {
          kind: 'persistence-threshold',
          elements: 100000,
        }),
        told('        "stage3_param_persistence_threshold": 1.000000e+04', { kind: 'persistence-threshold', elements: 10000 }),
      ],
    ),
  ],
};
