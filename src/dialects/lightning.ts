import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readFirstKeys, readKeys } from './dialect.js';

/** PyTorch Lightning and Fabric (pytorch/core/saving.py, fabric/strategies/strategy.py); shapes are told in PyTorch's words. */
export const lightning: Dialect = {
  name: 'lightning',
  library: 'PyTorch Lightning',
  severity: 'warning',
  patterns: [
    message(
      'missing',
      'Found keys that',
      template('Found keys that are in the model state dict but not in the checkpoint: {keys:list}', LISTING),
      readKeys('missing-keys'),
      [
        {
          text: "/opt/conda/lib/python3.10/site-packages/lightning/pytorch/core/saving.py:194: Found keys that are in the model state dict but not in the checkpoint: ['head.weight', 'head.bias']",
          states: [{ kind: 'missing-keys', keys: ['head.weight', 'head.bias'] }],
        },
      ],
    ),
    message(
      'unexpected',
      'Found keys that',
      template('Found keys that are not in the model state dict but in the checkpoint: {keys:list}', LISTING),
      readKeys('unexpected-keys'),
      [
        {
          text: "Found keys that are not in the model state dict but in the checkpoint: ['criterion.weight']",
          states: [{ kind: 'unexpected-keys', keys: ['criterion.weight'] }],
        },
      ],
    ),
    message(
      'strict',
      'requested state contains',
      // KeyError prints the repr() of its text, so that quotes may be escaped.
      {
        expression:
          /The requested state contains a key \\?['"](?<keys>[^'"\\\n]{1,1024})\\?['"] that does not exist in the loaded checkpoint/,
        squeezed: /Therequestedstatecontainsakey\\?['"](?<keys>[^'"\\\n]{1,1024})\\?['"]thatdoesnotexistintheloadedcheckpoint/,
        opens: 'requested state contains',
      },
      readFirstKeys('missing-keys'),
      [
        {
          text: `KeyError: "The requested state contains a key 'scheduler' that does not exist in the loaded checkpoint. To disable strict loading, set \`strict=False\`."`,
          states: [
            { kind: 'missing-keys', keys: ['scheduler'] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};
