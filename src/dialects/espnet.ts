import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch } from './dialect.js';

/** ESPnet, espnet2/torch_utils/load_pretrained_model.py (icefall has a copy). The model stands first, for all that both are in one bracket. */
export const espnet: Dialect = {
  name: 'espnet',
  library: 'ESPnet',
  severity: 'warning',
  patterns: [
    message(
      'size',
      'from pretrained dict',
      template('Filter out {parameter} from pretrained dict because of size mismatch({modelShape}-{checkpointShape})'),
      readMismatch(),
      [
        {
          text: 'WARNING:root:Filter out decoder.output_layer.weight from pretrained dict because of size mismatch(torch.Size([4233, 256])-torch.Size([5000, 256]))',
          states: [{ kind: 'mismatch', parameter: 'decoder.output_layer.weight', checkpointShape: [5000, 256], modelShape: [4233, 256] }],
        },
      ],
    ),
    message(
      'unexpected',
      'from pretrained dict',
      template('Filter out {keys:tail} from pretrained dict because of name not found'),
      readKeys('unexpected-keys'),
      [
        {
          text: 'WARNING:root:Filter out ctc.ctc_lo.weight from pretrained dict because of name not found in target dict',
          states: [{ kind: 'unexpected-keys', keys: ['ctc.ctc_lo.weight'] }],
        },
      ],
    ),
  ],
};
