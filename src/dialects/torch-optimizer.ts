import { template } from '../model/template.js';
import { type Dialect, message, readNotice } from './dialect.js';

/** `torch.optim.Optimizer.load_state_dict` compares the parameter groups and nothing else (torch/optim/optimizer.py, 0.1.12 to 2.14). */
export const torchOptimizer: Dialect = {
  name: 'torch-optimizer',
  library: 'PyTorch optimizers',
  severity: 'error',
  patterns: [
    message(
      'group-count',
      'loaded state dict',
      template('loaded state dict has a different number of parameter groups'),
      readNotice('optimizer-groups', () => ({ reason: 'different number of parameter groups' })),
      [
        {
          text: 'ValueError: loaded state dict has a different number of parameter groups',
          states: [{ kind: 'notice', topic: 'optimizer-groups', values: { reason: 'different number of parameter groups' } }],
        },
      ],
    ),
    message(
      'group-size',
      'loaded state dict',
      template('loaded state dict contains a parameter group that'),
      readNotice('optimizer-groups', () => ({ reason: 'different number of parameters in a group' })),
      [
        {
          text: "ValueError: loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
          states: [{ kind: 'notice', topic: 'optimizer-groups', values: { reason: 'different number of parameters in a group' } }],
        },
      ],
    ),
  ],
};
