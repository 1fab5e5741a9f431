import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { otherHead } from './other-head.js';
import { amount, listed, pathInCode } from './telling.js';

type Pair = readonly [string, string];

/** A segment of the checkpoint's names, what it is called in the model, and the names that agree otherwise. */
interface Renamed {
  readonly theirs: string;
  readonly ours: string;
  readonly pairs: readonly Pair[];
}

/** Long lists are read up to here; the renaming shows in every layer. */
const MOST = 20_000;

/** One segment inside the names reads differently on the two sides, the same way in most of them: somebody renamed modules. */
export function innerRename(failure: LoadFailure): Drift | undefined {
  const { missingKeys, unexpectedKeys, checkpoint, at } = failure;
  const [missing, unexpected] = [missingKeys.slice(0, MOST), unexpectedKeys.slice(0, MOST)];
  const shorter = Math.min(missing.length, unexpected.length);
  if (shorter < 2) return undefined;
  if (otherHead(failure) !== undefined) return undefined;
  const found = renamedSegments(missing, unexpected);
  const pairs = found.flatMap((renamed) => renamed.pairs);
  const [pair] = pairs;
  if (pair === undefined || 2 * pairs.length < shorter) return undefined;
  const most = pairs.length >= 0.8 * shorter;
  const words = found.slice(0, 4).map(({ theirs, ours }) => `\`.${theirs}.\` in the checkpoint is \`.${ours}.\` in the model`);
  return {
    title: `${found.length === 1 ? 'One module has another name' : `${found.length} modules have other names`}: ${listed(words)} (${amount(pairs.length, 'name')} agree otherwise), as after a change of the code that builds the model.`,
    confidence: most && pairs.length > 2 ? 'likely' : 'possible',
    specificity: 50,
    explained: { mismatches: [], unexpectedKeys: pairs.map(([file]) => file), missingKeys: [...new Set(pairs.map(([, model]) => model))] },
    evidence: [
      {
        statement: `\`${pair[0]}\` (checkpoint) is \`${pair[1]}\` (model), and so ${pairs.length} of ${missingKeys.length} missing and ${unexpectedKeys.length} unexpected keys`,
        at,
      },
    ],
    remedies: [
      {
        title: 'Use the release or commit that saved the file',
        text: 'If modules were renamed and nothing else was changed, the renaming below does as well.',
      },
      {
        title: 'Or rename the keys before loading',
        text: 'Strict loading says whether other names are still wrong.',
        snippet: {
          language: 'python',
          code: [
            `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
            `names = {${found.map(({ theirs, ours }) => `'${theirs}': '${ours}'`).join(', ')}}`,
            'own = model.state_dict()',
            "state_dict = {key if key in own else '.'.join(names.get(part, part) for part in key.split('.')): value for key, value in state_dict.items()}",
            'model.load_state_dict(state_dict)',
          ].join('\n'),
        },
        cost: 'Right only if the modules compute the same under their new names: compare one output.',
      },
    ],
    wouldDecide: [
      { question: 'Which version of the code saved the file?', command: `git log --oneline -S "${found[0]?.theirs}" -- MODEL_CODE` },
    ],
  };
}

/** Renamings that at least two names agree on, the commonest first; one old name has one new name. */
function renamedSegments(missing: readonly string[], unexpected: readonly string[]): readonly Renamed[] {
  const all = [...votes(missing, unexpected).values()]
    .filter(({ pairs }) => pairs.length > 1)
    .toSorted((a, b) => b.pairs.length - a.pairs.length);
  const taken = new Set<string>();
  return all.filter(({ theirs, ours }) => {
    const isFree = !taken.has(theirs) && !taken.has(ours);
    taken.add(theirs).add(ours);
    return isFree;
  });
}

/** Pairs of names that differ in one segment, which is no number, by the two segments. The first segment is a prefix's matter. */
function votes(missing: readonly string[], unexpected: readonly string[]): ReadonlyMap<string, Renamed> {
  const open = new Map<string, string>();
  for (const name of missing) for (const { blank, segment } of blanks(name)) open.set(blank, open.has(blank) ? AMBIGUOUS : segment);
  const found = new Map<string, { theirs: string; ours: string; pairs: Pair[] }>();
  for (const name of unexpected) {
    for (const { blank, segment, before, after } of blanks(name)) {
      const ours = open.get(blank);
      if (ours === undefined || ours === AMBIGUOUS || ours === segment) continue;
      const key = `${segment} ${ours}`;
      const renamed = found.get(key) ?? { theirs: segment, ours, pairs: [] };
      renamed.pairs.push([name, `${before}${ours}${after}`]);
      found.set(key, renamed);
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
