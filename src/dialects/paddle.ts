import { type Dialect, message, readFirstKeys, readFirstMismatch, readKeys, readMismatch } from './dialect.js';

/**
 * PaddlePaddle `set_state_dict` (nn/layer/layers.py, fluid/dygraph/layers.py): a warning per parameter, in 1.x an error without its first
 * sentence. The source line of the warning is echoed behind it.
 */
export const paddle: Dialect = {
  name: 'paddle',
  library: 'PaddlePaddle',
  severity: 'warning',
  patterns: [
    message(
      'shape',
      'Skip loading',
      {
        expression:
          /Skip loading for (?<parameter>\S{1,1024})\.\s{1,80}\k<parameter> receives a shape (?<checkpointShape>\[[\d,\s]*\]), but the expected shape is (?<modelShape>\[[\d,\s]*\])/,
        squeezed:
          /Skiploadingfor(?<parameter>\S{1,512}?)\.\k<parameter>receivesashape(?<checkpointShape>\[[\d,]*\]),buttheexpectedshapeis(?<modelShape>\[[\d,]*\])/,
        opens: 'Skip loading for',
      },
      readMismatch(),
      [
        {
          text: '/usr/lib/python3/paddle/nn/layer/layers.py:1492: UserWarning: Skip loading for linear_3.weight. linear_3.weight receives a shape [2048, 1000], but the expected shape is [2048, 102].',
          states: [{ kind: 'mismatch', parameter: 'linear_3.weight', checkpointShape: [2048, 1000], modelShape: [2048, 102] }],
        },
      ],
    ),
    message(
      'shape-raised',
      'receives a shape',
      {
        expression:
          /Error: (?<parameter>\S{1,2048}) receives a shape (?<checkpointShape>\[[\d, ]*\]), but the expected shape is (?<modelShape>\[[\d, ]*\])/,
      },
      readFirstMismatch(),
      [
        {
          text: 'ValueError: conv1.weight receives a shape [64, 3, 7, 7], but the expected shape is [64, 1, 7, 7].',
          states: [
            { kind: 'mismatch', parameter: 'conv1.weight', checkpointShape: [64, 3, 7, 7], modelShape: [64, 1, 7, 7] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
    message(
      'missing',
      'not found in the provid',
      { expression: /(?<!Error: )(?<!\S)(?<keys>\S{1,2048}) is not found in the provid(?:ed dict|ing file)/ },
      readKeys('missing-keys'),
      [
        {
          text: 'UserWarning: Skip loading for backbone.bn1._mean. backbone.bn1._mean is not found in the provided dict.',
          states: [{ kind: 'missing-keys', keys: ['backbone.bn1._mean'] }],
        },
      ],
    ),
    message(
      'missing-raised',
      'not found in the provid',
      { expression: /Error: (?<keys>\S{1,2048}) is not found in the provid(?:ed dict|ing file)/ },
      readFirstKeys('missing-keys'),
      [
        {
          text: 'RuntimeError: conv2d_0.w_0 is not found in the providing file.',
          states: [
            { kind: 'missing-keys', keys: ['conv2d_0.w_0'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
    // Static programs: fluid/io.py (`load_vars`; "the shape of" since 2.0) and fleet's utils. The program stands first; Python 2 prints long
    // integers.
    message(
      'program-shape',
      'Program requires',
      {
        expression:
          /the Program requires a parameter with (?:a|the) shape of \((?<modelShape>\([\dL, ]*\))\), while the loaded parameter \(namely \[ (?<parameter>\S{1,2048}) \]\) has a shape of {1,2}\((?<checkpointShape>\([\dL, ]*\))\)/,
      },
      readFirstMismatch(),
      [
        {
          text: 'RuntimeError: Shape not matching: the Program requires a parameter with a shape of ((2048L, 612L)), while the loaded parameter (namely [ fc_3.w_0 ]) has a shape of  ((2048, 1480)).',
          states: [
            { kind: 'mismatch', parameter: 'fc_3.w_0', checkpointShape: [2048, 1480], modelShape: [2048, 612] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
        {
          text: "RuntimeError: Variable's shape does not match, the Program requires a parameter with the shape of ((9,)), while the loaded parameter (namely [ fc_0.b_0 ]) has a shape of  ((21,)).",
          states: [
            { kind: 'mismatch', parameter: 'fc_0.b_0', checkpointShape: [21], modelShape: [9] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};
