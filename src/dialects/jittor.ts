import { template } from '../model/template.js';
import { type Dialect, message, readMismatch } from './dialect.js';

/** Jittor, python/jittor/__init__.py: told as an error for every parameter, and the run goes on. Shapes end in a comma: `[1000,100,]`. */
export const jittor: Dialect = {
  name: 'jittor',
  library: 'Jittor',
  severity: 'warning',
  patterns: [
    message(
      'shape',
      'expect the shape of',
      template('load parameter {parameter} failed: expect the shape of {again} to be {modelShape}, but got {checkpointShape}', {
        opens: false,
      }),
      readMismatch(),
      [
        {
          text: '[e 0612 10:11:12.131415 64 __init__.py:1047] load parameter fc.weight failed: expect the shape of fc.weight to be [10,512,], but got [1000,512,]',
          states: [{ kind: 'mismatch', parameter: 'fc.weight', checkpointShape: [1000, 512], modelShape: [10, 512] }],
        },
      ],
    ),
  ],
};
