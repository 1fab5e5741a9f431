import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { amount, firstNames } from './telling.js';

/** One module for each expert: `experts.0.gate_proj.weight` (transformers 4, Mixtral's `w1`). */
const SINGLE = /(^|\.)experts\.(\d+|\{[^{}]*\})\.(gate_proj|up_proj|down_proj|w1|w2|w3|linear_fc1|linear_fc2)(\.|$)/;
/** All experts of a layer in one tensor: `experts.gate_up_proj` (transformers 5, Megatron's grouped experts). */
const STACKED =
  /(^|\.)experts\.(gate_up_proj|gate_proj|up_proj|down_proj|w13|w1|w2|w3|w13_weight|w2_weight|weight[12]|linear_fc[12]|experts\.linear_fc[12])(\.|_|$)/;

/** The experts are stacked on one side and single modules on the other. transformers#43319, Automodel#2595, Megatron-LM#5844. */
export function stackedExperts({ missingKeys, unexpectedKeys, severity, at }: LoadFailure): Drift | undefined {
  const of = (keys: readonly string[], name: RegExp) => keys.filter((key) => name.test(key));
  const isFileSingle = of(unexpectedKeys, SINGLE).length > 0 && of(missingKeys, STACKED).length > 0;
  const isFileStacked = of(unexpectedKeys, STACKED).length > 0 && of(missingKeys, SINGLE).length > 0;
  if (isFileSingle === isFileStacked) return undefined;
  const [theirs, ours] = isFileSingle ? [SINGLE, STACKED] : [STACKED, SINGLE];
  const [inFile, inModel] = [of(unexpectedKeys, theirs), of(missingKeys, ours)];
  const [one, other] = isFileSingle
    ? ['one module for each expert', 'all experts of a layer in one tensor']
    : ['all experts of a layer in one tensor', 'one module for each expert'];
  return {
    title: `The checkpoint has ${one}, the model ${other}: libraries changed to stacked experts (transformers in 5.0), and the two sides are of different releases.${severity === 'warning' ? ' No expert was loaded: they are random.' : ''}`,
    confidence: 'certain',
    specificity: 85,
    explained: { mismatches: [], missingKeys: inModel, unexpectedKeys: inFile },
    evidence: [
      {
        statement: `${firstNames(inFile, 1)} in the checkpoint, ${firstNames(inModel, 1)} in the model; ${amount(inFile.length, 'key')} against ${inModel.length}`,
        at,
      },
      { statement: 'the change is known: transformers#43319, Automodel#2595, Megatron-LM#5844' },
    ],
    remedies: [
      {
        title: isFileSingle ? 'Load with from_pretrained of the installed transformers' : 'Upgrade the code that builds the model',
        text: isFileSingle
          ? 'From 5.0 on it stacks the experts of older files while loading, for the models that it knows; a plain `load_state_dict`, or a class of your own, does not.'
          : 'transformers 5.0 or newer builds stacked experts; `save_pretrained` there writes the older names again for the models that it converts.',
      },
      {
        title: isFileSingle ? 'Or stack them before loading' : 'Or take them apart before loading',
        text: isFileSingle
          ? 'In the order of their numbers; where gate and up are one tensor, gate stands first. Compare one output.'
          : 'Along the first axis; where gate and up are one tensor, gate stands first. Compare one output.',
        snippet: {
          language: 'python',
          code: isFileSingle
            ? "gate_up = torch.stack([torch.cat([sd[f'{p}.experts.{i}.gate_proj.weight'], sd[f'{p}.experts.{i}.up_proj.weight']]) for i in range(experts)])\ndown = torch.stack([sd[f'{p}.experts.{i}.down_proj.weight'] for i in range(experts)])"
            : "gate, up = sd[f'{p}.experts.gate_up_proj'].chunk(2, dim=1)\n# gate[i], up[i] and sd[f'{p}.experts.down_proj'][i] are the weights of expert i",
        },
        cost: 'Some implementations keep the stacked weights transposed: compare the shapes first.',
      },
    ],
  };
}
