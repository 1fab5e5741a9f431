import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstMismatch } from './dialect.js';
import { readIncompatibleKeys } from './torch.js';

/** Which file PyTorch's answer belongs to, said on the same line (open_clip src/open_clip/factory.py; LLaVA's projector and tower loaders). */
export const openClip: Dialect = {
  name: 'open-clip',
  library: 'OpenCLIP, LLaVA',
  severity: 'warning',
  patterns: [
    message(
      'incompatible-keys',
      'ncompatible keys:',
      template(
        'weights from {checkpoint:text}. Incompatible keys: _IncompatibleKeys(missing_keys={missing:list}, unexpected_keys={unexpected:list})',
        LISTING,
      ),
      readIncompatibleKeys,
      [
        {
          text: "Loaded image tower weights from /models/vit.pt. Incompatible keys: _IncompatibleKeys(missing_keys=['proj'], unexpected_keys=['head.weight', 'head.bias'])",
          states: [
            { kind: 'header', checkpoint: '/models/vit.pt' },
            { kind: 'missing-keys', keys: ['proj'] },
            { kind: 'unexpected-keys', keys: ['head.weight', 'head.bias'] },
          ],
        },
      ],
    ),
    // load_checkpoint brings logit_scale and logit_bias to the model's number of dimensions before load_state_dict is asked (factory.py, 3.3.0):
    // an empty placeholder of ZeRO-3 has one, the file's scalar none, and PyTorch answers for the reshape. Printed by a run under ZeRO-3.
    message(
      'scalar-into-placeholder',
      'is invalid for input of size',
      { expression: /shape '\[(?<modelShape>0)\]' is invalid for input of size 1(?<checkpointShape>)(?!\d)/ },
      readFirstMismatch(),
      [
        {
          text: "[rank0]: RuntimeError: shape '[0]' is invalid for input of size 1",
          states: [
            { kind: 'mismatch', checkpointShape: [], modelShape: [0] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
    // open_clip/model.py, resize_text_pos_embed: lengths are interpolated, another width is refused before load_state_dict is asked.
    message(
      'text-width',
      'pos_embed width changed',
      { expression: /AssertionError: text pos_embed width changed!/ },
      () => [
        { kind: 'notice', topic: 'argument-differs', values: { argument: "the text encoder's width" } },
        { kind: 'incomplete', reason: 'first-only' },
      ],
      [
        {
          text: 'AssertionError: text pos_embed width changed!',
          states: [
            { kind: 'notice', topic: 'argument-differs', values: { argument: "the text encoder's width" } },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};
