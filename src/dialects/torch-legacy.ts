import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch, readKeys, readMismatch, readNotice } from './dialect.js';

/**
 * Wordings of PyTorch before 1.0.0 and its development builds (source: torch/nn/modules/module.py through the history). Projects copied them,
 * so they also appear under a current torch.
 */
export const torchLegacy: Dialect = {
  name: 'torch-legacy',
  library: 'PyTorch `load_state_dict` before 1.0',
  severity: 'error',
  patterns: [
    // 0.4.1 (5f64484800) formats model and checkpoint in the wrong order; mended by pytorch#11200. XLM#61 and pytorch#15720 prove it.
    message(
      'size-swapped',
      'mismatch',
      template(
        'ize mismatch for {parameter}: copying a param of {modelShape} from checkpoint, where the shape is {checkpointShape} in current model',
      ),
      readMismatch(),
      [
        {
          text: '\tsize mismatch for pred_layer.proj.weight: copying a param of torch.Size([95000, 1024]) from checkpoint, where the shape is torch.Size([64699, 1024]) in current model.',
          states: [{ kind: 'mismatch', parameter: 'pred_layer.proj.weight', checkpointShape: [64699, 1024], modelShape: [95000, 1024] }],
        },
      ],
    ),
    // Master between 2018-06-18 and 2018-06-19 (f14887a63f): the same fault, and no name.
    message(
      'size-unnamed',
      'mismatch',
      template('Size mismatch: copying a param of {modelShape} from checkpoint, where the shape is {checkpointShape} in current model'),
      readMismatch(),
      [
        {
          text: 'Size mismatch: copying a param of torch.Size([10, 512]) from checkpoint, where the shape is torch.Size([1000, 512]) in current model.',
          states: [{ kind: 'mismatch', checkpointShape: [1000, 512], modelShape: [10, 512] }],
        },
      ],
    ),
    // 0.4.0 to 1.4.1: quoted name, the model first and truly so.
    message(
      'copying-quoted',
      'ing the parameter',
      template(
        'ing the parameter named "{parameter:text}", whose dimensions in the model are {modelShape} and whose dimensions in the checkpoint are {checkpointShape}.',
      ),
      readMismatch(),
      [
        {
          text: '\tWhile copying the parameter named "encoder.embed_tokens.weight", whose dimensions in the model are torch.Size([21, 512]) and whose dimensions in the checkpoint are torch.Size([22, 512]).',
          states: [{ kind: 'mismatch', parameter: 'encoder.embed_tokens.weight', checkpointShape: [22, 512], modelShape: [21, 512] }],
        },
      ],
    ),
    // 1.5 and 1.6 spell "occured"; here the shapes differ (equal ones are read by the dialect `torch`).
    message(
      'copying-occured',
      'ing the parameter',
      template(
        'ing the parameter named "{parameter:text}", whose dimensions in the model are {modelShape} and whose dimensions in the checkpoint are {checkpointShape}, an exception occured : {reason:text})',
      ),
      readMismatch(),
      [
        {
          text: 'While copying the parameter named "fc.bias", whose dimensions in the model are torch.Size([10]) and whose dimensions in the checkpoint are torch.Size([1000]), an exception occured : (\'The size of tensor a (10) must match the size of tensor b (1000) at non-singleton dimension 0\',).',
          states: [{ kind: 'mismatch', parameter: 'fc.bias', checkpointShape: [1000], modelShape: [10] }],
        },
      ],
    ),
    // 0.2 (printed, ends in ", ...") and 0.3 (raised): bare name, first offender only. mmcv 0.2.0 to 0.2.11 raises the same words.
    message(
      'copying-bare',
      'ing the parameter',
      template(
        'ing the parameter named {parameter}, whose dimensions in the model are {modelShape} and whose dimensions in the checkpoint are {checkpointShape}',
      ),
      (fields) => (fields.text('parameter').startsWith('"') ? [] : readFirstMismatch()(fields)),
      [
        {
          text: 'RuntimeError: While copying the parameter named fc.weight, whose dimensions in the model are torch.Size([2, 512]) and whose dimensions in the checkpoint are torch.Size([1000, 512]).',
          states: [
            { kind: 'mismatch', parameter: 'fc.weight', checkpointShape: [1000, 512], modelShape: [2, 512] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // Source builds of 2017-10-18 to 2017-11-10 (95556f4075): the braces are printed, the name stands where a shape should.
    message(
      'copying-braces',
      'ing the parameter',
      template(
        'ing the parameter named {}, whose dimensions in the model are {} and whose dimensions in the checkpoint are {parameter:word}',
      ),
      readNotice('copy-failed', (fields) => ({ parameter: fields.text('parameter'), reason: 'the shapes differ and are not told' })),
      [
        {
          text: 'RuntimeError: While copying the parameter named {}, whose dimensions in the model are {} and whose dimensions in the checkpoint are fc.weight.',
          states: [
            { kind: 'notice', topic: 'copy-failed', values: { parameter: 'fc.weight', reason: 'the shapes differ and are not told' } },
          ],
        },
      ],
    ),
    message(
      'unexpected-key',
      'state_dict',
      template('unexpected key "{keys:text}" in state_dict', { opens: false }),
      (fields) => [...readKeys('unexpected-keys')(fields), { kind: 'incomplete', reason: 'first-only' }],
      [
        {
          text: 'KeyError: \'unexpected key "module.features.0.weight" in state_dict\'',
          states: [
            { kind: 'unexpected-keys', keys: ['module.features.0.weight'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'missing-keys-set',
      'state_dict',
      template('missing keys in state_dict: "{keys:list}"', { opens: false }),
      readKeys('missing-keys'),
      [
        {
          text: "KeyError: 'missing keys in state_dict: \"{\\'fc.bias\\', \\'fc.weight\\'}\"'",
          states: [{ kind: 'missing-keys', keys: ['fc.bias', 'fc.weight'] }],
        },
      ],
    ),
  ],
};
