import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch } from './dialect.js';

const LIST = { maxLines: 20_000, goesOn: (line: string) => /,\s*$/.test(line) };

/**
 * `load_state_dict` of mmcv up to 1.7 and of mmengine (mmengine/runner/checkpoint.py): a warning of rank 0, or with `strict` an error, whose
 * items follow a blank line. Sizes are told in PyTorch's words, by mmcv 0.2.12 to 0.2.15 in a table, the model's shape first.
 */
export const mmengine: Dialect = {
  name: 'mmengine',
  library: 'MMEngine, MMCV, MMDetection3D',
  severity: 'warning',
  patterns: [
    message(
      'head',
      'loaded state dict',
      { expression: /(?<!Error: )The model and loaded state dict do not match exactly/ },
      () => [{ kind: 'header' }],
      [
        {
          text: '2024-01-01 12:00:00,000 - mmdet - WARNING - The model and loaded state dict do not match exactly',
          states: [{ kind: 'header' }],
        },
      ],
    ),
    message(
      'strict-head',
      'loaded state dict',
      { expression: /Error: The model and loaded state dict do not match exactly/ },
      () => [{ kind: 'header' }],
      [{ text: 'RuntimeError: The model and loaded state dict do not match exactly', states: [{ kind: 'header' }] }],
      { severity: 'error' },
    ),
    message(
      'unexpected',
      'source state_dict',
      template('unexpected key in source state_dict: {keys:commas}', LIST),
      readKeys('unexpected-keys'),
      [
        {
          text: 'unexpected key in source state_dict: fc.weight, fc.bias',
          states: [{ kind: 'unexpected-keys', keys: ['fc.weight', 'fc.bias'] }],
        },
      ],
    ),
    message('missing', 'source state_dict', template('missing keys in source state_dict: {keys:commas}', LIST), readKeys('missing-keys'), [
      {
        text: 'missing keys in source state_dict: bbox_head.fc_cls.weight, bbox_head.fc_cls.bias',
        states: [{ kind: 'missing-keys', keys: ['bbox_head.fc_cls.weight', 'bbox_head.fc_cls.bias'] }],
      },
    ]),
    message(
      'table',
      'mismatched shape',
      { expression: /these keys have mismatched shape:/ },
      () => [{ kind: 'header' }],
      [{ text: 'these keys have mismatched shape:', states: [{ kind: 'header' }] }],
      { reach: 2000 },
    ),
    message(
      'table-row',
      'mismatched shape',
      {
        expression:
          /\|\s{1,80}(?<parameter>[^\s|]{1,1024})\s{1,2048}\|\s{1,80}(?<modelShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)\s{1,80}\|\s{1,80}(?<checkpointShape>(?:torch\.Size\()?[[(][\d\s,]*[\])]\)?)\s{1,80}\|/,
      },
      readMismatch(),
      [
        {
          text: '| bbox_head.fc_cls.weight | torch.Size([21, 1024]) | torch.Size([81, 1024]) |',
          states: [{ kind: 'mismatch', parameter: 'bbox_head.fc_cls.weight', checkpointShape: [81, 1024], modelShape: [21, 1024] }],
        },
      ],
      { within: 'table' },
    ),
    // mmdetection3d's own load for spconv 2 prints a pair of name and shape, and no blank behind "checkpoint," (mmdetection3d#2584).
    message(
      'spconv',
      'mismatch',
      template(
        "ize mismatch for {parameter}: copying a param with shape ('{again:text}', {checkpointShape}) from checkpoint,the shape in current model is {modelShape}",
      ),
      readMismatch(),
      [
        {
          text: "\tsize mismatch for middle_encoder.conv_input.0.weight: copying a param with shape ('middle_encoder.conv_input.0.weight', torch.Size([3, 3, 3, 4, 16])) from checkpoint,the shape in current model is torch.Size([16, 3, 3, 3, 4]).",
          states: [
            {
              kind: 'mismatch',
              parameter: 'middle_encoder.conv_input.0.weight',
              checkpointShape: [3, 3, 3, 4, 16],
              modelShape: [16, 3, 3, 3, 4],
            },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};
