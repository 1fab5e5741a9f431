import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/**
 * Marian, src/graph/expression_graph.h (`param`) and src/common/shape.h. What the options of the run ask for stands first; the parameter that
 * exists already was loaded from the file. Known to be misread: a graph that asks twice for one embedding, with two vocabularies.
 */
export const marian: Dialect = {
  name: 'marian',
  library: 'Marian',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'Requested',
      template(
        "Requested shape shape={modelShape:dims} size={modelSize:int} for existing parameter '{parameter}' does not match original shape shape={checkpointShape:dims} size={checkpointSize:int}",
      ),
      readFirstMismatch(),
      [
        {
          text: "[2022-06-01 10:11:12] Error: Requested shape shape=24000x256 size=6144000 for existing parameter 'decoder_Wemb' does not match original shape shape=32000x512 size=16384000",
          states: [
            { kind: 'mismatch', parameter: 'decoder_Wemb', checkpointShape: [32000, 512], modelShape: [24000, 256] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
  ],
};
