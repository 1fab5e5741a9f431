import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { amount, firstNames, pathInCode } from './telling.js';

const STATISTICS = /(^|\.)(running_mean|running_var|num_batches_tracked)$/;

/** Only running statistics stand on one side: a norm that keeps them there and does not here. InstanceNorm kept them until PyTorch 0.4. */
export function normStatistics({ mismatches, missingKeys, unexpectedKeys, checkpoint, at, complete }: LoadFailure): Drift | undefined {
  const keys = [...missingKeys, ...unexpectedKeys];
  const isOnlyStatistics = keys.length > 0 && keys.every((key) => STATISTICS.test(key)) && keys.some((key) => /running_/.test(key));
  if (!isOnlyStatistics || mismatches.length > 0 || (missingKeys.length > 0 && unexpectedKeys.length > 0)) return undefined;
  const isFile = unexpectedKeys.length > 0;
  return {
    title: isFile
      ? `The checkpoint has running statistics (${amount(keys.length, 'buffer')}) for norms that keep none in the model: InstanceNorm saved them before PyTorch 0.4, or \`track_running_stats\` was set in the training.`
      : `The model's norms keep running statistics (${amount(keys.length, 'buffer')}), and the checkpoint has none: its norms were InstanceNorm, or \`track_running_stats\` was off in the training.`,
    confidence: isFile && complete ? 'likely' : 'possible',
    specificity: 64,
    explained: { mismatches: [], missingKeys, unexpectedKeys },
    evidence: [
      { statement: `only ${firstNames(keys, 2)} differ; the weights of the norms were found`, at },
      { statement: 'the change is known: torch/nn/modules/instancenorm.py' },
    ],
    remedies: isFile
      ? [
          {
            title: 'Remove the statistics from the state dict',
            text: 'Right for InstanceNorm, which computes them from each image.',
            snippet: {
              language: 'python',
              code: `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')\nstate_dict = {key: value for key, value in state_dict.items() if not key.endswith(('running_mean', 'running_var', 'num_batches_tracked'))}\nmodel.load_state_dict(state_dict)`,
            },
          },
          {
            title: 'Or build the norms with track_running_stats=True',
            text: 'Where the training computed with the statistics; the results tell which of the two is right.',
          },
        ]
      : [
          {
            title: 'Build the norms as in the training',
            text: 'An option such as `norm=instance` or `track_running_stats=False` decides; in pix2pix and CycleGAN code it is `--norm`, which has to be the same in training and test.',
          },
        ],
    wouldDecide: [{ question: 'Which kind of norm did the training have?', command: 'print(model)' }],
  };
}
