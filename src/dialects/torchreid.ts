import { template } from '../model/template.js';
import { type Dialect, LISTING, message, readKeys, readNotice } from './dialect.js';

/**
 * torchreid and the many copies of its loader (torchreid/utils/torchtools.py): names without shapes. A list may break over lines, copies lose
 * blanks, colons and stars.
 */
export const torchreid: Dialect = {
  name: 'torchreid',
  library: 'Torchreid and its copies',
  severity: 'warning',
  patterns: [
    message(
      'discarded',
      'following layers are',
      template('following layers are discarded due to unmatched keys or layer size{colon:text} {keys:list}', LISTING),
      readKeys('missing-keys'),
      [
        {
          text: "** The following layers are discarded due to unmatched keys or layer size: ['classifier.weight', 'classifier.bias']",
          states: [{ kind: 'missing-keys', keys: ['classifier.weight', 'classifier.bias'] }],
        },
        {
          text: "The following layers are discarded due to unmatched keys or layer size\n['fc.weight', 'fc.bias',\n 'bn1.num_batches_tracked']",
          states: [{ kind: 'missing-keys', keys: ['fc.weight', 'fc.bias', 'bn1.num_batches_tracked'] }],
        },
      ],
    ),
    message(
      'nothing-matched',
      'manually',
      template('cannot be loaded, please check the key names manually'),
      readNotice('nothing-matched', () => ({})),
      [
        {
          text: 'The pretrained weights "osnet.pth" cannot be loaded, please check the key names manually (** ignored and continue **)',
          states: [{ kind: 'notice', topic: 'nothing-matched', values: {} }],
        },
      ],
    ),
  ],
};
