import { positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { isPairedByPlace } from '../architecture/foreign-pictures.js';
import type { Drift } from './drift.js';

/**
 * PaddleOCR held, before it went by names, the k-th parameter of the model against the k-th of the file (ppocr/utils/save_load.py: `zip(state_dict.keys(),
 * params.keys())`). Where the two names of a line differ, the order moved, and the shapes tell nothing about either parameter.
 */
export function pairedByPlace({ mismatches }: LoadFailure): Drift | undefined {
  const positions = positionsWhere(mismatches, isPairedByPlace);
  const [first] = positions.flatMap((position) => mismatches[position] ?? []);
  if (first?.stored === undefined || positions.length * 2 <= mismatches.length) return undefined;
  const paired = `\`${first.stored}\` of the file was held against \`${first.parameter}\` of the model`;
  return {
    title: `The loader paired parameters by their place in the list, and the two lists are not in the same order: ${paired}. Another version of the program wrote the file, or it is another model's; the shapes tell nothing about either.`,
    confidence: 'likely',
    specificity: 87,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      { statement: paired, at: first.at },
      { statement: `the names differ in ${positions.length} of ${mismatches.length} lines${sameNames(mismatches)}` },
    ],
    remedies: [
      {
        title: 'Use the version of PaddleOCR that wrote the file, or the file that belongs to this version',
        text: 'The page from which the file comes names the release; later releases compare by names.',
      },
      {
        title: 'Or load by name',
        text: 'What is printed are the names that do not agree: a few of a head are ordinary, all of them mean another model or other names.',
        snippet: {
          language: 'python',
          code: [
            "params = paddle.load('FILE.pdparams')",
            'own = model.state_dict()',
            'print([name for name in own if name not in params], [name for name in params if name not in own])',
            'model.set_state_dict({name: value for name, value in params.items() if name in own and value.shape == own[name].shape})',
          ].join('\n'),
        },
      },
    ],
    afterwards: [
      'Pairs whose shapes agreed by chance were loaded into other layers and nothing was printed: nothing of this load is to be trusted.',
    ],
    wouldDecide: [
      {
        question: 'Do the names of both sides agree in another order, or are they others?',
        command: 'print(sorted(params) == sorted(model.state_dict()))',
      },
    ],
  };
}

/** Names of the file that are also the model's show that the order alone moved. */
function sameNames(mismatches: readonly Mismatch[]): string {
  const ours = new Set(mismatches.map(({ parameter }) => parameter));
  const form = (name: string) => name.replace(/\d+/g, '*');
  const forms = new Set([...ours].map((name) => form(name ?? '')));
  const alike = mismatches.filter(({ stored }) => stored !== undefined && forms.has(form(stored))).length;
  return alike === 0 ? '; the file names its layers otherwise' : '';
}
