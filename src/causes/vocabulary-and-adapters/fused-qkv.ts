import type { Case, Cause, Decline, Diagnosis } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';
import { isAdapterKey } from './adapter-keys.js';
import { type Fusion, fusionsBetween } from './fused-projections.js';
import { twoGroupings } from './kv-heads.js';
import { modelsWith } from './language-model-table.js';
import { counted, distinct, listed, moreMaySurface, shownFirst } from './wording.js';

const ID = 'fused-qkv';

export const fusedQkv: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  const { missingKeys, unexpectedKeys } = failure;
  const inFile = fusionsBetween(unexpectedKeys, missingKeys);
  const inModel = fusionsBetween(missingKeys, unexpectedKeys);
  const isFileFused = weight(inFile) >= weight(inModel);
  const fusions = isFileFused ? inFile : inModel;
  if (fusions.length > 0) return otherNames(failure, fusions, isFileFused);
  return otherRows(failure) ?? decline(ID, 'no fused projection stands on one side where the other has the split ones');
}

const weight = (fusions: readonly Fusion[]): number => fusions.reduce((sum, { fused, split }) => sum + fused.length + split.length, 0);

function otherNames(failure: LoadFailure, fusions: readonly Fusion[], isFileFused: boolean): Diagnosis {
  const fused = distinct(fusions.flatMap((fusion) => fusion.fused));
  const split = distinct(fusions.flatMap((fusion) => fusion.split));
  const rest = failure.missingKeys.length + failure.unexpectedKeys.length - fused.length - split.length;
  const [one, several] = [distinct(fusions.map(({ fusedName }) => fusedName)), distinct(fusions.flatMap(({ splitNames }) => splitNames))];
  const isAdapter = fused.some(isAdapterKey) || split.some(isAdapterKey);
  const [missing, unexpected] = isFileFused ? [split, fused] : [fused, split];
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `${isFileFused ? 'The checkpoint' : 'The model'} keeps ${distinct(fusions.map(({ what }) => what)).join(', and ')} in one projection (${listed(one)}), ${isFileFused ? 'the model' : 'the checkpoint'} in separate ones (${listed(several, 6)}).`,
    confidence: rest <= fused.length + split.length ? 'certain' : 'possible',
    specificity: 78,
    explained: { mismatches: [], missingKeys: missing, unexpectedKeys: unexpected },
    evidence: [
      {
        statement: `\`${fused[0]}\` on the ${isFileFused ? "checkpoint's" : "model's"} side, \`${split[0]}\` and its siblings in the same layer on the other`,
        at: failure.at,
      },
      {
        statement: `${counted(fused.length, 'fused key')} against ${counted(split.length, 'split key')}${rest > 0 ? `; ${counted(rest, 'other key')} ${rest === 1 ? 'has' : 'have'} another reason` : ', and no other key differs'}`,
      },
    ],
    remedies: nameRemedies(isFileFused, isAdapter),
    doesNotHelp: [{ advice: 'strict=False', reason: 'attention then stays randomly initialised in every layer, without an error.' }],
    afterwards: [
      'Rows are interleaved by head in Megatron, GPT-NeoX, BLOOM and Falcon (query, key and value of head 0 first): concatenating there loads without an error and computes nonsense. Compare one output.',
      ...moreMaySurface(failure),
    ],
    wouldDecide:
      rest > fused.length + split.length
        ? [
            {
              question: 'Is it the same implementation of the model at all? Most keys differ in other ways too.',
              command: "python -c \"import torch; print(list(torch.load('checkpoint.pt', map_location='cpu'))[:40])\"",
            },
          ]
        : [],
  };
}

function nameRemedies(isFileFused: boolean, isAdapter: boolean): Diagnosis['remedies'] {
  const convert = isFileFused
    ? {
        title: 'Split the fused tensors before loading',
        text: 'Cut along axis 0 into h, kv and kv rows (h each without grouped keys), where the order is query, key, value.',
        code: 'q, k, v = weight.split([hidden, kv_rows, kv_rows], dim=0)',
      }
    : {
        title: 'Concatenate the split tensors before loading',
        text: 'Join along axis 0 in the order query, key, value (gate, then up).',
        code: 'qkv = torch.cat([q, k, v], dim=0)',
      };
  return [
    {
      title: 'Use the release and the class that the checkpoint was saved with, or its conversion script',
      text: isAdapter
        ? 'An adapter on a fused layer cannot be split exactly; merge it into the base with the release that trained it.'
        : 'Libraries changed this between releases and ship converters (convert_*_checkpoint); a model loaded with trust_remote_code may differ from the built-in class of the same name.',
    },
    { title: convert.title, text: convert.text, snippet: { language: 'python', code: convert.code } },
  ];
}

interface Rows {
  readonly fused: number;
  readonly single: number;
  readonly width: number;
}

/** The rows of one projection meet those of all three under one name: [q, h] against [q + 2·kv, h]. ms-swift#8086. */
function rowsOf(mismatch: Mismatch): Rows | undefined {
  const { parameter, checkpointShape, modelShape } = mismatch;
  if (onlyDifferingAxis(mismatch) !== 0 || checkpointShape.length !== 2) return undefined;
  const [checkpoint = 0, width = 0] = checkpointShape;
  const model = modelShape[0] ?? 0;
  const [single, fused] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  const kv = (fused - single) / 2;
  // Equal columns: the width is the same. Without a name, a known model has to have these keys and values (vLLM's loader prints none).
  const isKnown = parameter === undefined && checkpoint === single && modelsWith({ hidden: width, kv }).length > 0;
  if (roleOf(parameter) !== 'attention-fused' && !isKnown) return undefined;
  const isWhole = kv > 0 && Number.isInteger(kv) && kv % 16 === 0 && single % kv === 0;
  // More rows than the width are no query alone where both sides are a query with its keys and values.
  if (twoGroupings(checkpoint, model, width) !== undefined) return undefined;
  // Twice as many rows are rather the two shards of a tensor-parallel pair than two query heads for each key.
  return isWhole && fused !== 2 * single && (single === width || single % width !== 0) ? { fused, single, width } : undefined;
}

function otherRows(failure: LoadFailure): Diagnosis | undefined {
  const positions = positionsWhere(failure.mismatches, (mismatch) => rowsOf(mismatch) !== undefined);
  const first = failure.mismatches[positions[0] ?? -1];
  const rows = first === undefined ? undefined : rowsOf(first);
  if (first === undefined || rows === undefined || positions.length < failure.mismatches.length) return undefined;
  const isFileSingle = (first.checkpointShape[0] ?? 0) === rows.single;
  const kv = (rows.fused - rows.single) / 2;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `${isFileSingle ? 'The checkpoint' : 'The model'} has the rows of the query alone (${rows.single}), ${isFileSingle ? 'the model' : 'the checkpoint'} those of query, key and value together (${rows.fused} = ${rows.single} + 2 × ${kv}).`,
    confidence: 'likely',
    specificity: 70,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      { statement: `${counted(positions.length, 'fused projection')} and nothing else` },
      ...shownFirst(failure.mismatches, positions),
    ],
    remedies: [
      {
        title: 'Let the loader map q_proj, k_proj and v_proj onto the fused layer',
        text: 'It wrote one of them over the whole. Upgrade the library, or use the conversion that belongs to this pair of formats.',
      },
    ],
    doesNotHelp: [STRICT_FALSE],
    afterwards: moreMaySurface(failure),
    wouldDecide: [
      {
        question: 'Does the file have q_proj, k_proj and v_proj, or one fused tensor?',
        command:
          "python -c \"from safetensors import safe_open; print([k for k in safe_open('model.safetensors','pt').keys() if 'attn' in k][:8])\"",
      },
    ],
  };
}
