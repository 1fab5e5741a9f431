import { template } from '../model/template.js';
import { type Dialect, LISTING, message } from './dialect.js';
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
  ],
};
