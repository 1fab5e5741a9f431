import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';
import { ATTENTION, graphRemedies } from './graph-convolution-remedies.js';
import { amount, firstNames, modelInText } from './telling.js';

const ATTENTION_NEW = /(^|\.)(att_(src|dst)|lin_(src|dst)\.weight)$/;
const ATTENTION_OLD = /(^|\.)(att_[lr]|lin_[lr]\.weight)$/;
const CONVOLUTION = /(^|\.)\w*(conv|gcn|gnn|graph|gc\d)\w*(\.\d+)*\.weight$/i;

interface Found {
  readonly newer: 'checkpoint' | 'model';
  /** `[the older name, the newer]` of weights that were also transposed. */
  readonly transposed: readonly Pair[];
  readonly kept: readonly Pair[];
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}
type Pair = readonly [string, string];

/**
 * PyTorch Geometric 2.0 keeps the weight of GCNConv and its like in a layer of its own: `conv.weight` [in, out] became `conv.lin.weight`
 * [out, in] (1.7.2: gcn_conv.py `x @ self.weight`; 2.0: nn/dense/linear.py `F.linear`; pyg-team/pytorch_geometric#3244). The bias stayed where it was.
 */
export function graphConvolutions(failure: LoadFailure): Drift | undefined {
  if (failure.mismatches.length > 0) return undefined;
  const { missingKeys, unexpectedKeys } = failure;
  const found = pairedUp(unexpectedKeys, missingKeys, 'model') ?? pairedUp(missingKeys, unexpectedKeys, 'checkpoint') ?? alone(failure);
  return found === undefined ? undefined : tell(failure, found);
}

function pairedUp(older: readonly string[], newer: readonly string[], side: Found['newer']): Found | undefined {
  const known = new Set(newer);
  const both = (names: readonly Pair[]) => names.filter(([, name]) => known.has(name));
  const transposed = both(older.flatMap((name): Pair[] => (/\.weight$/.test(name) ? [[name, name.replace(/weight$/, 'lin.weight')]] : [])));
  const kept = both(older.flatMap((name): Pair[] => (ATTENTION_OLD.test(name) ? [[name, newAttention(name)]] : [])));
  // A layer put around the whole convolution would have taken its bias along.
  const moved = transposed.some(
    ([name, now]) => known.has(now.replace(/weight$/, 'bias')) || older.includes(name.replace(/weight$/, 'bias')),
  );
  const pairs = [...transposed, ...kept];
  if (pairs.length === 0 || moved || 2 * pairs.length < Math.min(older.length, newer.length)) return undefined;
  const [old, now] = [pairs.map(([name]) => name), pairs.map(([, name]) => name)];
  return { newer: side, transposed, kept, missing: side === 'model' ? now : old, unexpected: side === 'model' ? old : now };
}

/** Of a list that was cut only one side may be left; the names of the attention are nobody else's. */
function alone({ missingKeys, unexpectedKeys }: LoadFailure): Found | undefined {
  const isNew = (keys: readonly string[]) => keys.every((key) => ATTENTION_NEW.test(key)) && keys.some((key) => /att_(src|dst)$/.test(key));
  const rest = { transposed: [], kept: [], missing: missingKeys, unexpected: unexpectedKeys };
  if (isNew(missingKeys) && unexpectedKeys.every((key) => ATTENTION_OLD.test(key))) return { newer: 'model', ...rest };
  return isNew(unexpectedKeys) && missingKeys.every((key) => ATTENTION_OLD.test(key)) ? { newer: 'checkpoint', ...rest } : undefined;
}

function newAttention(name: string): string {
  return name
    .split('.')
    .map((part) => ATTENTION[part] ?? part)
    .join('.');
}

function tell(failure: LoadFailure, found: Found): Drift {
  const { newer, transposed, kept, missing, unexpected } = found;
  const older = newer === 'model' ? 'checkpoint' : 'model';
  const changes = [
    ...(transposed.length > 0 ? ['moved the weight of its graph convolutions to `lin.weight` and transposed it'] : []),
    ...(transposed.length === 0 || kept.length > 0
      ? ['renamed the attention of GATConv (`att_l`, `att_r`, `lin_l`, `lin_r` became `att_src`, `att_dst`, `lin_src`, `lin_dst`)']
      : []),
  ];
  const isNamedSo = kept.length > 0 || transposed.length === 0 || transposed.some(([name]) => CONVOLUTION.test(name));
  const names = (side: Found['newer']) =>
    side === newer ? 'the newer names' : `${missing.length * unexpected.length > 0 ? '' : 'most likely '}the older`;
  return {
    title: `PyTorch Geometric 2.0 ${changes.join(' and ')}: the ${newer} has ${names(newer)}, the ${older} ${names(older)}.${transposed.length > 0 ? ' Renaming alone is not enough.' : ''}`,
    confidence: isNamedSo ? 'likely' : 'possible',
    specificity: 86,
    explained: { mismatches: [], missingKeys: missing, unexpectedKeys: unexpected },
    evidence: evidenceOf(failure, found),
    remedies: graphRemedies(failure, {
      olderFile: newer === 'model',
      transposed: transposed.length > 0,
      renamed: transposed.length === 0 || kept.length > 0,
    }),
    ...(transposed.length > 0
      ? {
          afterwards: [
            'A square weight fits untransposed as well and nothing says so: compare an output, or the accuracy that the training reported.',
          ],
        }
      : {}),
    ...(isNamedSo
      ? {}
      : {
          wouldDecide: [
            {
              question: `Are these layers of ${modelInText(failure.modelClass)} graph convolutions of PyTorch Geometric?`,
              command: 'print(model)',
            },
          ],
        }),
  };
}

function evidenceOf({ at, missingKeys }: LoadFailure, { transposed, kept, newer, unexpected }: Found): Drift['evidence'] {
  const [pair] = [...transposed, ...kept];
  const [file, model] = newer === 'model' ? (pair ?? []) : (pair?.toReversed() ?? []);
  return [
    {
      statement:
        pair === undefined
          ? `${firstNames([...missingKeys, ...unexpected], 2)} are names of GATConv since 2.0`
          : `\`${file}\` (checkpoint) is \`${model}\` (model); ${amount(transposed.length + kept.length, 'such pair')}`,
      at,
    },
    ...(transposed.length > 0
      ? [
          {
            statement: 'no bias is listed: it kept its name, as it did in GCNConv, while a layer put around a module takes the bias along',
          },
          {
            statement:
              'the change is known: torch_geometric/nn/conv/gcn_conv.py, `x @ weight` [in, out] until 1.7, a Linear [out, in] since 2.0; pyg-team/pytorch_geometric#3244',
          },
        ]
      : [{ statement: 'the change is known: torch_geometric/nn/conv/gat_conv.py; pyg-team/pytorch_geometric#3139' }]),
  ];
}
