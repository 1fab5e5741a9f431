import type { Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { pathInCode } from './telling.js';

/** What PyTorch Geometric 2.0 renamed in GATConv; the numbers stayed (1.7.2 and 2.0, torch_geometric/nn/conv/gat_conv.py). */
export const ATTENTION: Readonly<Record<string, string>> = { att_l: 'att_src', att_r: 'att_dst', lin_l: 'lin_src', lin_r: 'lin_dst' };
interface Change {
  /** The file has the older names. */
  readonly olderFile: boolean;
  readonly transposed: boolean;
  readonly renamed: boolean;
}

export function graphRemedies({ checkpoint }: LoadFailure, { olderFile, transposed, renamed }: Change): readonly Remedy[] {
  return [
    {
      title: transposed ? 'Rename and transpose the weights before loading' : 'Rename the keys before loading',
      text: `Only names that the model does not know are touched.${transposed ? ' Without `.t()` weights that are not square are refused, and square ones compute nonsense.' : ' The numbers are the same.'}`,
      snippet: {
        language: 'python',
        code: [
          `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
          'own = model.state_dict()',
          ...(transposed ? transposing(olderFile) : []),
          ...(renamed ? renaming(olderFile) : []),
          'model.load_state_dict(state_dict)',
        ].join('\n'),
      },
    },
    {
      title: olderFile ? 'Or run with PyTorch Geometric 1.7.2' : 'Or upgrade PyTorch Geometric to 2.0 or newer',
      text: olderFile ? 'It is the last release with the older names; it needs a torch of its time.' : 'The file was saved with it.',
      snippet: { language: 'bash', code: olderFile ? 'pip install torch-geometric==1.7.2' : "pip install 'torch-geometric>=2.0'" },
    },
  ];
}

function transposing(olderFile: boolean): readonly string[] {
  const [from, to] = olderFile ? ['weight', 'lin.weight'] : ['lin.weight', 'weight'];
  return [
    `for key in [key for key in state_dict if key not in own and key.endswith('.${from}')]:`,
    `    name = key.removesuffix('${from}') + '${to}'`,
    '    if name in own:',
    '        state_dict[name] = state_dict.pop(key).t()',
  ];
}

function renaming(olderFile: boolean): readonly string[] {
  const names = Object.entries(ATTENTION).map(([old, now]) => (olderFile ? `'${old}': '${now}'` : `'${now}': '${old}'`));
  return [
    `names = {${names.join(', ')}}`,
    'for key in [key for key in state_dict if key not in own]:',
    "    name = '.'.join(names.get(part, part) for part in key.split('.'))",
    '    if name in own:',
    '        state_dict[name] = state_dict.pop(key)',
  ];
}
