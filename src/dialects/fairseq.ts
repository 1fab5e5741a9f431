import { type Dialect, message } from './dialect.js';

/** fairseq wraps PyTorch's error, which stands in the first of two tracebacks (fairseq/trainer.py; utils.py before 0.7, without the path). */
export const fairseq: Dialect = {
  name: 'fairseq',
  library: 'fairseq',
  severity: 'error',
  patterns: [
    message(
      'architecture',
      'Cannot load',
      {
        expression:
          /Cannot load model parameters from checkpoint(?: (?<checkpoint>[^\n;]{1,1024}))?[;,] please ensure that the architectures match/,
        squeezed: /Cannotloadmodelparametersfromcheckpoint(?<checkpoint>[^\s;,]{1,1024})?[;,]pleaseensurethatthearchitecturesmatch/,
        opens: 'Cannot load model',
      },
      (fields) => {
        const checkpoint = fields.optional('checkpoint');
        return [{ kind: 'header', ...(checkpoint === undefined ? {} : { checkpoint }) }];
      },
      [
        {
          text: 'Exception: Cannot load model parameters from checkpoint checkpoint_best.pt; please ensure that the architectures match.',
          states: [{ kind: 'header', checkpoint: 'checkpoint_best.pt' }],
        },
        {
          text: 'Exception: Cannot load model parameters from checkpoint, please ensure that the architectures match',
          states: [{ kind: 'header' }],
        },
      ],
    ),
  ],
};
