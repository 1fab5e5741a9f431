import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/** MindSpore, python/mindspore/train/serialization.py. The network stands first. mindnlp prints PyTorch's words. */
export const mindspore: Dialect = {
  name: 'mindspore',
  library: 'MindSpore',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'load_param_into_net',
      template(
        "For 'load_param_into_net', {parameter:text} in the argument 'net' should have the same shape as {stored} in the argument 'parameter_dict'. But got its shape {modelShape} in the argument 'net' and shape {checkpointShape} in the argument 'parameter_dict'",
      ),
      readFirstMismatch(),
      [
        {
          text: "RuntimeError: For 'load_param_into_net', fc.weight in the argument 'net' should have the same shape as fc.weight in the argument 'parameter_dict'. But got its shape (10, 2048) in the argument 'net' and shape (1000, 2048) in the argument 'parameter_dict'.May you need to check whether the checkpoint you loaded is correct or the batch size and so on in the 'net' and 'parameter_dict' are same.",
          states: [
            { kind: 'mismatch', parameter: 'fc.weight', checkpointShape: [1000, 2048], modelShape: [10, 2048] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // 1.0 to 1.3
    message(
      'shape-before-1-5',
      'parameter_dict',
      {
        expression:
          /[Nn]et parameters (?<parameter>\S{1,2048}) shape\((?<modelShape>\([\d, ]*\))\) different from parameter_dict'?s ?\((?<checkpointShape>\([\d, ]*\))\)/,
      },
      readFirstMismatch(),
      [
        {
          text: "RuntimeError: Net parameters end_point.weight shape((10, 512)) different from parameter_dict's((1001, 512))",
          states: [
            { kind: 'mismatch', parameter: 'end_point.weight', checkpointShape: [1001, 512], modelShape: [10, 512] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // A count, then one record per parameter.
    message(
      'not-loaded',
      'are not loaded',
      {
        expression: /'load_param_into_net', (?<count>\d+) parameters in the 'net' are not loaded(?<rows>[^\n]*(?:\n[^\n]*)*)/,
        maxLines: 20_000,
        continues: (line) => /\S is not loaded\.\s*$/.test(line),
      },
      readNotLoaded,
      [
        {
          text: "[WARNING] ME(4121:140,MainProcess):2023-04-12-10:11:12.123 [mindspore/train/serialization.py:712] For 'load_param_into_net', 2 parameters in the 'net' are not loaded, because they are not in the 'parameter_dict', please check whether the network structure is consistent when training and loading checkpoint.\n[WARNING] ME(4121:140,MainProcess):2023-04-12-10:11:12.124 [mindspore/train/serialization.py:714] head.weight is not loaded.\n[WARNING] ME(4121:140,MainProcess):2023-04-12-10:11:12.125 [mindspore/train/serialization.py:714] head.bias is not loaded.",
          states: [
            { kind: 'header' },
            { kind: 'notice', topic: 'object-count', values: { objects: 'parameters', notLoaded: 2 } },
            { kind: 'missing-keys', keys: ['head.weight', 'head.bias'] },
          ],
        },
      ],
      { severity: 'warning', reach: 4000 },
    ),
  ],
};

function readNotLoaded(fields: Fields): readonly Statement[] {
  const keys = [...fields.text('rows').matchAll(/(?<!\S)(\S+) is not loaded\.\s*(?=\n|$)/g)].map(([, key = '']) => key);
  return [
    { kind: 'header' },
    { kind: 'notice', topic: 'object-count', values: { objects: 'parameters', notLoaded: fields.int('count') } },
    ...(keys.length === 0 ? [] : [{ kind: 'missing-keys' as const, keys }]),
    ...(keys.length < fields.int('count') ? [{ kind: 'incomplete' as const, reason: 'cut' as const }] : []),
  ];
}
