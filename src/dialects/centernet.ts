import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch } from './dialect.js';

/**
 * CenterNet and the projects that copied its loader: CenterTrack, FairMOT, NanoDet, TraDeS (src/lib/models/model.py). No blank before the
 * shapes, the model's first. Copies leave out the advice behind the first sentence.
 */
export const centernet: Dialect = {
  name: 'centernet',
  library: 'CenterNet, FairMOT, CenterTrack, NanoDet',
  severity: 'warning',
  patterns: [
    message(
      'skip',
      'Skip loading',
      template('Skip loading parameter {parameter}, required shape{modelShape}, loaded shape{checkpointShape}'),
      readMismatch(),
      [
        {
          text: 'Skip loading parameter hm.2.weight, required shapetorch.Size([1, 256, 1, 1]), loaded shapetorch.Size([80, 256, 1, 1]). If you see this, your model does not fully load the pre-trained weight. Please make sure you have correctly specified --arch xxx or set the correct --num_classes for your own dataset.',
          states: [{ kind: 'mismatch', parameter: 'hm.2.weight', checkpointShape: [80, 256, 1, 1], modelShape: [1, 256, 1, 1] }],
        },
      ],
    ),
    message(
      'drop',
      'Drop parameter',
      { expression: /Drop parameter (?<keys>[\w-]+(?:\.[\w-]+)*)\.(?=\s*$|If you see this)/ },
      readKeys('unexpected-keys'),
      [
        {
          text: 'Drop parameter hm_hp.2.weight.If you see this, your model does not fully load the pre-trained weight.',
          states: [{ kind: 'unexpected-keys', keys: ['hm_hp.2.weight'] }],
        },
        { text: 'Drop parameter head.gfl_cls.0.bias.', states: [{ kind: 'unexpected-keys', keys: ['head.gfl_cls.0.bias'] }] },
      ],
    ),
    message(
      'absent',
      'No param',
      { expression: /No param (?<keys>[\w-]+(?:\.[\w-]+)*)\.(?=\s*$|If you see this)/ },
      readKeys('missing-keys'),
      [
        {
          text: 'No param id.0.weight.If you see this, your model does not fully load the pre-trained weight.',
          states: [{ kind: 'missing-keys', keys: ['id.0.weight'] }],
        },
        { text: 'No param head.gfl_cls.0.bias.', states: [{ kind: 'missing-keys', keys: ['head.gfl_cls.0.bias'] }] },
      ],
    ),
  ],
};
