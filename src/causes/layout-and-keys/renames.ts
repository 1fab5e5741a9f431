import type { Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { type Rename, renames } from './renames-table.js';
import { amount, firstNames, pathInCode } from './telling.js';

interface Found {
  readonly rename: Rename;
  readonly newer: 'checkpoint' | 'model';
  /** `[the checkpoint's, the model's]`; empty where the names of one side alone show the change. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly alone: readonly string[];
}

/** Names that a known change turns into each other, or that only one side of the change has. */
export function renamed(failure: LoadFailure): Drift | undefined {
  if (failure.missingKeys.length + failure.unexpectedKeys.length === 0) return undefined;
  const paired = renames.flatMap((rename) => pairedBy(rename, failure)).toSorted((a, b) => b.pairs.length - a.pairs.length)[0];
  const found = paired ?? renames.flatMap((rename) => aloneBy(rename, failure) ?? [])[0];
  return found === undefined ? undefined : tell(failure, found);
}

function pairedBy(rename: Rename, { missingKeys, unexpectedKeys }: LoadFailure): readonly Found[] {
  const [model, file] = [new Set(missingKeys), new Set(unexpectedKeys)];
  const olderFile = unexpectedKeys.flatMap((key) => pairWith(key, rename.toNew(key), model));
  const olderModel = missingKeys.flatMap((key) => pairWith(key, rename.toNew(key), file)).map(([ours, theirs]) => [theirs, ours] as const);
  const [newer, pairs] = olderFile.length >= olderModel.length ? ['model' as const, olderFile] : ['checkpoint' as const, olderModel];
  // Names that merely come along with a change (heads, norms) do not show it.
  const telling = pairs.filter(
    ([theirs, ours]) => (newer === 'model' ? rename.isOld.test(theirs) : rename.isNew.test(theirs)) || rename.isNew.test(ours),
  );
  return telling.length > 0 && 4 * pairs.length >= Math.min(model.size, file.size) ? [{ rename, newer, pairs, alone: [] }] : [];
}

function pairWith(key: string, other: string | undefined, others: ReadonlySet<string>): readonly (readonly [string, string])[] {
  return other !== undefined && others.has(other) ? [[key, other]] : [];
}

/** One list is empty or was cut, and the other has the names of one release throughout. */
function aloneBy(rename: Rename, { missingKeys, unexpectedKeys }: LoadFailure): Found | undefined {
  const all = (keys: readonly string[], name: RegExp) => keys.length > 0 && keys.every((key) => name.test(key));
  if (rename.decidesAlone === true) {
    if (all(unexpectedKeys, rename.isNew) && missingKeys.every((key) => rename.isOld.test(key)))
      return { rename, newer: 'checkpoint', pairs: [], alone: unexpectedKeys };
    if (all(missingKeys, rename.isNew) && unexpectedKeys.every((key) => rename.isOld.test(key)))
      return { rename, newer: 'model', pairs: [], alone: missingKeys };
  }
  if (rename.oldDecidesAlone === true && all(unexpectedKeys, rename.isOld) && missingKeys.every((key) => rename.isNew.test(key)))
    return { rename, newer: 'model', pairs: [], alone: unexpectedKeys };
  // PEFT warns of adapter names that the file lacks; under the newer names of a multimodal model that is the renaming at work.
  const isAdapter = missingKeys.length > 0 && unexpectedKeys.length === 0 && missingKeys.every((key) => /lora_/.test(key));
  const movedAlone =
    isAdapter &&
    rename.library === 'transformers' &&
    rename.needsConverter === undefined &&
    missingKeys.some((key) => rename.isNew.test(key) || rename.isOld.test(key));
  if (!movedAlone) return undefined;
  return { rename, newer: missingKeys.some((key) => rename.isNew.test(key)) ? 'model' : 'checkpoint', pairs: [], alone: missingKeys };
}

function tell(failure: LoadFailure, found: Found): Drift {
  const { rename, newer, pairs, alone } = found;
  const { missingKeys, unexpectedKeys, severity } = failure;
  const [pair] = pairs;
  const names = rename.whose ?? { older: 'the older ones', newer: 'the newer' };
  const older = newer === 'model' ? 'checkpoint' : 'model';
  const isAdapter = alone.some((key) => /lora_/.test(key));
  const outcome =
    severity === 'warning'
      ? isAdapter
        ? ' The adapter is not applied, and only this warning tells.'
        : ' These weights were not loaded by name.'
      : '';
  const most = pairs.length >= 0.8 * Math.min(missingKeys.length, unexpectedKeys.length);
  return {
    title: `${rename.library} ${rename.change}: the ${newer} has ${names.newer} names, the ${older} ${pairs.length > 0 ? '' : 'most likely '}${names.older}.${outcome}`,
    confidence: pairs.length > 0 && most && failure.mismatches.length <= pairs.length ? 'certain' : 'likely',
    specificity: 84,
    explained: {
      mismatches: [],
      unexpectedKeys: pairs.length > 0 ? pairs.map(([theirs]) => theirs) : unexpectedKeys,
      missingKeys: pairs.length > 0 ? [...new Set(pairs.map(([, ours]) => ours))] : missingKeys,
    },
    evidence: [
      {
        statement:
          pair === undefined
            ? `${amount(alone.length, 'key')} such as ${firstNames(alone, 2)}`
            : `\`${pair[0]}\` (checkpoint) is \`${pair[1]}\` (model); ${amount(pairs.length, 'such pair')}`,
        at: failure.at,
      },
      { statement: `the change is known: ${rename.source}` },
    ],
    remedies: remediesOf(failure, found),
    afterwards: ['Shapes are compared only under equal names: mismatches may surface after the renaming.'],
    ...(pairs.length > 0
      ? {}
      : {
          wouldDecide: [
            {
              question: 'Which releases saved and load the file?',
              command: 'pip list | grep -i -E "^(torch|timm|transformers|diffusers|peft) "',
            },
          ],
        }),
  };
}

function remediesOf({ checkpoint }: LoadFailure, { rename, newer, alone }: Found): readonly Remedy[] {
  const key = newer === 'model' ? rename.newerKey : rename.olderKey;
  if (alone.some((name) => /lora_/.test(name))) return adapterRemedies(rename, newer);
  const [title, text] =
    newer === 'model'
      ? ['Let a loader that knows both names do it', rename.checkpointOlder]
      : [rename.whose === undefined ? 'Use the release that saved the file' : 'Use a file and code of one kind', rename.checkpointNewer];
  if (rename.needsConverter !== undefined) return [{ title, text: `${text} ${rename.needsConverter}` }];
  return [
    { title, text },
    {
      title: 'Or rename the keys before loading',
      text: 'The numbers are the same; only the names differ.',
      snippet: {
        language: 'python',
        code: [
          ...(key.includes('re.sub') ? ['import re'] : []),
          `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
          'own = model.state_dict()',
          `state_dict = {key if key in own else ${key}: value for key, value in state_dict.items()}`,
          'model.load_state_dict(state_dict)',
        ].join('\n'),
      },
    },
  ];
}

function adapterRemedies(rename: Rename, newer: Found['newer']): readonly Remedy[] {
  return [
    {
      title: newer === 'model' ? 'Use a PEFT that converts the names of older adapters' : 'Use the transformers that saved the adapter',
      text: newer === 'model' ? rename.checkpointOlder : rename.checkpointNewer,
      snippet: {
        language: 'bash',
        code:
          newer === 'model'
            ? 'pip install -U peft transformers   # or, for the old names: pip install "transformers<4.52"'
            : 'pip install -U transformers',
      },
    },
    {
      title: 'Check that the adapter has an effect',
      text: 'The two outputs must differ.',
      snippet: {
        language: 'python',
        code: 'on = model(**inputs).logits\nwith model.disable_adapter():\n    off = model(**inputs).logits\nassert not torch.equal(on, off)',
      },
    },
  ];
}
