import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { amount, pathInCode } from './telling.js';

type Pair = readonly [string, string];

/** Long lists are read up to here; the renaming shows in every layer. */
const MOST = 20_000;

/** One segment inside the names reads differently on the two sides, the same way in most of them: somebody renamed a module. */
export function innerRename(failure: LoadFailure): Drift | undefined {
  const { missingKeys, unexpectedKeys, checkpoint } = failure;
  const [missing, unexpected] = [missingKeys.slice(0, MOST), unexpectedKeys.slice(0, MOST)];
  const shorter = Math.min(missing.length, unexpected.length);
  if (shorter < 2) return undefined;
  const [best] = [...votes(missing, unexpected)].toSorted((a, b) => b[1].length - a[1].length);
  if (best === undefined || best[1].length < 2 || 2 * best[1].length < shorter) return undefined;
  const [parts, pairs] = best;
  const [theirs = '', ours = ''] = parts.split(' ');
  const [pair] = pairs;
  const most = pairs.length >= 0.8 * shorter;
  return {
    title: `One module has another name: \`.${theirs}.\` in the checkpoint is \`.${ours}.\` in the model (${amount(pairs.length, 'name')} agree otherwise), as after a change of the code that builds the model.`,
    confidence: most && pairs.length > 2 ? 'likely' : 'possible',
    specificity: 50,
    explained: { mismatches: [], unexpectedKeys: pairs.map(([file]) => file), missingKeys: [...new Set(pairs.map(([, model]) => model))] },
    evidence:
      pair === undefined
        ? []
        : [
            {
              statement: `\`${pair[0]}\` (checkpoint) is \`${pair[1]}\` (model), and so ${pairs.length} of ${missingKeys.length} missing and ${unexpectedKeys.length} unexpected keys`,
              at: failure.at,
            },
          ],
    remedies: [
      {
        title: 'Use the release or commit that saved the file',
        text: 'If the module was renamed and nothing else was changed, the renaming below does as well.',
      },
      {
        title: 'Or rename the keys before loading',
        text: 'Strict loading says whether other names are still wrong.',
        snippet: {
          language: 'python',
          code: [
            `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
            `state_dict = {('.' + key).replace('.${theirs}.', '.${ours}.')[1:]: value for key, value in state_dict.items()}`,
            'model.load_state_dict(state_dict)',
          ].join('\n'),
        },
        cost: 'Right only if the module computes the same under its new name: compare one output.',
      },
    ],
    wouldDecide: [{ question: 'Which version of the code saved the file?', command: `git log --oneline -S "${theirs}" -- MODEL_CODE` }],
  };
}

/** Pairs of names that differ in one segment, which is no number, by the two segments. The first segment is a prefix's matter. */
function votes(missing: readonly string[], unexpected: readonly string[]): ReadonlyMap<string, readonly Pair[]> {
  const open = new Map<string, string>();
  for (const name of missing) for (const { blank, segment } of blanks(name)) open.set(blank, open.has(blank) ? AMBIGUOUS : segment);
  const found = new Map<string, Pair[]>();
  for (const name of unexpected) {
    for (const { blank, segment, before, after } of blanks(name)) {
      const other = open.get(blank);
      if (other === undefined || other === AMBIGUOUS || other === segment) continue;
      const key = `${segment} ${other}`;
      const pairs = found.get(key);
      const pair: Pair = [name, `${before}${other}${after}`];
      if (pairs) pairs.push(pair);
      else found.set(key, [pair]);
      break;
    }
  }
  return found;
}

/** Stands for several; no segment has a blank in it. */
const AMBIGUOUS = ' ';

interface Blank {
  readonly blank: string;
  readonly segment: string;
  readonly before: string;
  readonly after: string;
}

function blanks(name: string): readonly Blank[] {
  const segments = name.split('.');
  return segments.flatMap((segment, at): readonly Blank[] => {
    if (at === 0 || at === segments.length - 1 || /^\d+$/.test(segment)) return [];
    const before = `${segments.slice(0, at).join('.')}.`;
    const after = `.${segments.slice(at + 1).join('.')}`;
    return [{ blank: `${before} ${after}`, segment, before, after }];
  });
}
