import type { Case, Cause, Confidence, Decline, Diagnosis, Evidence, Question } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { onlyDifferingAxis, wholeRatio } from '../pairs.js';
import { roleOf } from '../roles.js';
import { isAdapterKey } from './adapter-keys.js';
import { modelsWith } from './language-model-table.js';
import { counted, listed, moreMaySurface, shownFirst } from './wording.js';

const ID = 'kv-heads';

interface Grouping {
  /** Rows of keys in the whole model, on each side; `width` is the number of columns, where there is one. */
  readonly checkpoint: number;
  readonly model: number;
  readonly width?: number;
  readonly tensorParallel: number;
  /** Neither a name nor a known model says that these are keys or values. */
  readonly isGuess?: boolean;
  readonly how: string;
}

export const kvHeads: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case): Diagnosis | Decline {
  const { mismatches } = failure;
  const weights = positionsWhere(mismatches, (mismatch) => groupingOf(mismatch) !== undefined);
  const positions = withBiases(mismatches, weights);
  const [first] = weights.flatMap((position) => mismatches[position] ?? []);
  const grouping = first === undefined ? undefined : groupingOf(first);
  if (grouping === undefined) return decline(ID, 'no key or value projection differs in its rows by a whole factor');
  const grouped = new Set(positions);
  const others = mismatches.filter((_, position) => !grouped.has(position));
  if (failure.complete && isOneSided(mismatches, positions))
    return decline(ID, 'keys and values do not change together, as they do with the number of their heads');
  if (others.some(isAttentionQuery))
    return decline(ID, 'the query projection differs too: another width or a shard (wrong-model-variant, tensor-parallel-degree)');
  if (others.some(isWidthOfModel))
    return decline(
      ID,
      'embeddings, norms or feed-forward layers differ as well: another model or its default configuration (wrong-model-variant, default-config)',
    );
  return otherGrouping(failure, positions, grouping);
}

/** A fused bias has no columns to tell the width; it goes with a weight of its rows. */
function withBiases(mismatches: readonly Mismatch[], weights: readonly number[]): readonly number[] {
  const rowsOf = ({ checkpointShape, modelShape }: Mismatch): string => `${checkpointShape[0]}/${modelShape[0]}`;
  const [known, rows] = [
    new Set(weights),
    new Set(weights.flatMap((position) => (mismatches[position] ? [rowsOf(mismatches[position])] : []))),
  ];
  return mismatches.flatMap((mismatch, position) => {
    const isBias = mismatch.checkpointShape.length === 1 && roleOf(mismatch.parameter) === 'attention-fused' && rows.has(rowsOf(mismatch));
    return known.has(position) || isBias ? [position] : [];
  });
}

const isAttentionQuery = ({ parameter }: Mismatch): boolean => roleOf(parameter) === 'attention-query';
const isWidthOfModel = ({ parameter }: Mismatch): boolean =>
  ['token-embedding', 'norm', 'mlp-in', 'mlp-out', 'attention-output', 'attention-fused'].includes(roleOf(parameter));

/** Several layers, and only one of the two projections in each. */
function isOneSided(mismatches: readonly Mismatch[], positions: readonly number[]): boolean {
  const roles = positions.map((position) => roleOf(mismatches[position]?.parameter));
  const [keys, values] = [roles.filter((role) => role === 'attention-key'), roles.filter((role) => role === 'attention-value')];
  return keys.length + values.length > 1 && (keys.length === 0 || values.length === 0);
}

/** Attention to another sequence, whose columns are that sequence's width; heads are not grouped there. */
const CROSS_ATTENTION = /(^|[._])(attn2|encoder_attn|cross_?attn|crossattention|EncDecAttention|multihead_attn)([._]|$)/i;

function groupingOf(mismatch: Mismatch): Grouping | undefined {
  const { parameter, checkpointShape, modelShape } = mismatch;
  const [checkpoint = 0, width] = checkpointShape;
  const [model = 0] = modelShape;
  if (onlyDifferingAxis(mismatch) !== 0 || checkpointShape.length > 2 || (parameter !== undefined && isAdapterKey(parameter)))
    return undefined;
  if (parameter !== undefined && CROSS_ATTENTION.test(parameter)) return undefined;
  const role = roleOf(parameter);
  const sizes = { checkpoint, model, ...(width === undefined ? {} : { width }) };
  if (role === 'attention-key' || role === 'attention-value') {
    return wholeRatio(checkpoint, model) === undefined ? undefined : { ...sizes, tensorParallel: 1, how: 'rows of k_proj and v_proj' };
  }
  if (role === 'attention-fused' && width !== undefined) return fusedGrouping(checkpoint, model, width);
  return role === 'other' && isNameless(parameter) ? namelessGrouping(sizes) : undefined;
}

const isNameless = (parameter: string | undefined): boolean => parameter === undefined || parameter === 'weight';

/** Without a name, a square matrix against one of the same columns is read as keys or values. That is a guess unless a known model has these widths. */
function namelessGrouping({
  checkpoint,
  model,
  width,
}: {
  readonly checkpoint: number;
  readonly model: number;
  readonly width?: number;
}): Grouping | undefined {
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  const ratio = wholeRatio(small, large);
  if (width === undefined || large !== width || ratio === undefined || ratio > 16 || small % 8 !== 0) return undefined;
  const isKnown = modelsWith({ hidden: width, kv: small }).length > 0;
  return {
    checkpoint,
    model,
    width,
    tensorParallel: 1,
    isGuess: !isKnown,
    how: isKnown
      ? 'a square matrix on one side and the key and value rows of a known model on the other'
      : 'the message prints no name; a square matrix on one side and a whole fraction of its rows on the other is what keys and values look like',
  };
}

/** One fused projection: (h + 2·kv)/t rows with grouped keys against 3·h/t without, t the tensor-parallel degree. Megatron-LLaMA#21. */
function fusedGrouping(checkpoint: number, model: number, width: number): Grouping | undefined {
  const groups = twoGroupings(checkpoint, model, width);
  if (groups !== undefined) return groups;
  const large = Math.max(checkpoint, model);
  const degree = (3 * width) / large;
  if (!Number.isInteger(degree) || degree > 64) return undefined;
  const kv = (Math.min(checkpoint, model) * degree - width) / 2;
  if (!Number.isInteger(kv) || kv <= 0 || width % kv !== 0 || kv === width || kv % 8 !== 0) return undefined;
  const sides = checkpoint > model ? { checkpoint: width, model: kv } : { checkpoint: kv, model: width };
  const shards = degree === 1 ? '' : ` / ${degree}`;
  return {
    ...sides,
    width,
    tensorParallel: degree,
    how: `(${width} + 2 × ${kv})${shards} = ${Math.min(checkpoint, model)} rows with grouped keys, 3 × ${width}${shards} = ${large} without`,
  };
}

/** Both sides fused and grouped, with another number of groups: h + 2·kv rows each. ChatGLM's multi_query_group_num, llama.cpp#8467. */
export function twoGroupings(checkpoint: number, model: number, width: number): Grouping | undefined {
  const [file, built] = [(checkpoint - width) / 2, (model - width) / 2];
  const isKv = (kv: number): boolean => Number.isInteger(kv) && kv > 0 && kv < width && kv % 32 === 0 && width % kv === 0;
  if (!isKv(file) || !isKv(built) || wholeRatio(file, built) === undefined) return undefined;
  return {
    checkpoint: file,
    model: built,
    width,
    tensorParallel: 1,
    how: `${checkpoint} = ${width} + 2 × ${file} rows in the file, ${model} = ${width} + 2 × ${built} in the model: query, key and value together on both sides`,
  };
}

const WHICH_LAYER: Question = {
  question: 'Which parameter is it? A shard of any square projection has the same two shapes (tensor-parallel-degree).',
  command:
    "python -c \"from safetensors import safe_open; f = safe_open('model.safetensors', 'pt'); print([(k, f.get_slice(k).get_shape()) for k in f.keys()][:20])\"",
};

const sentence = (words: string): string => `${words[0]?.toUpperCase()}${words.slice(1)}`;

function otherGrouping(failure: LoadFailure, positions: readonly number[], grouping: Grouping): Diagnosis {
  const { checkpoint, model, how } = grouping;
  const isFileGrouped = checkpoint < model;
  const factor = wholeRatio(checkpoint, model) ?? 1;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: isFileGrouped
      ? `The checkpoint uses grouped-query attention (${checkpoint} key and value rows), the model was built with ${model}: ${factor} times as many key and value heads.`
      : `The model was built for grouped-query attention (${model} key and value rows), the checkpoint has ${checkpoint}: ${factor} times as many key and value heads.`,
    confidence: confidenceOf(failure, positions, grouping),
    specificity: grouping.isGuess === true ? 55 : 80,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement:
          grouping.isGuess === true
            ? sentence(how)
            : `${counted(positions.length, 'tensor')}, key and value projections only; query, output and feed-forward layers fit. ${sentence(how)}`,
      },
      ...shownFirst(failure.mismatches, positions),
      ...knownModels(grouping),
    ],
    remedies: remediesOf(failure, grouping),
    doesNotHelp: [
      STRICT_FALSE,
      {
        advice: 'ignore_mismatched_sizes=True',
        reason: 'it fills keys and values with random numbers in every layer; the model then writes noise.',
      },
    ],
    afterwards: moreMaySurface(failure),
    wouldDecide: [
      ...(grouping.isGuess === true ? [WHICH_LAYER] : []),
      {
        question: 'Which num_key_value_heads does the configuration of the checkpoint have, and was it read?',
        command: "grep -E 'num_(key_value|attention)_heads|head_dim|hidden_size' config.json",
      },
    ],
  };
}

/** Keys and values together, beside queries that fit: only the number of their heads does that. A short cut list may hide the query. */
function confidenceOf(
  { mismatches, complete }: LoadFailure,
  positions: readonly number[],
  { tensorParallel, isGuess }: Grouping,
): Confidence {
  if (isGuess === true) return 'possible';
  const roles = positions.map((position) => roleOf(mismatches[position]?.parameter));
  const hasBoth = roles.includes('attention-key') && roles.includes('attention-value');
  const isFused = roles.includes('attention-fused') && (positions.length > 1 || tensorParallel > 1);
  const isFolded = positions.some((position) => mismatches[position]?.folded === true);
  return isFused || (hasBoth && (complete || isFolded || positions.length > 2)) ? 'certain' : 'likely';
}

function knownModels({ checkpoint, model, width }: Grouping): readonly Evidence[] {
  const kv = Math.min(checkpoint, model);
  const known = width === undefined ? [] : modelsWith({ hidden: width, kv });
  if (known.length === 0) return [];
  return [
    {
      statement: `Width ${width} with ${kv} key and value rows is what ${listed(known.map((entry) => entry.model))} have (${known[0]?.source})`,
    },
  ];
}

/** The exact number of heads needs head_dim, which no shape tells: 128 in most grouped models, 64 in the small ones (Llama 3.2 1B, Qwen2 0.5B). */
function headsOf(rows: number): string {
  return rows % 128 === 0 ? `${rows / 128} with heads of 128, ${rows / 64} with heads of 64` : `${rows} divided by head_dim`;
}

function remediesOf({ dialects }: LoadFailure, grouping: Grouping): Diagnosis['remedies'] {
  if (dialects.includes('ggml')) return GGML_REMEDIES;
  return grouping.checkpoint < grouping.model ? remediesForGroupedFile(grouping) : remediesForGroupedModel(grouping);
}

/** ggjt files do not tell their number of key and value heads: llama.cpp took it as --gqa (n_gqa) in July and August 2023, GGUF has it inside. */
const GGML_REMEDIES: Diagnosis['remedies'] = [
  {
    title: 'Update llama.cpp, or the program that has it inside',
    text: 'A build from before this model, or before grouped-query attention, computes other key and value heads than the file has.',
  },
  {
    title: 'Or convert the model again with the converter of that build',
    text: 'The number of key and value heads stands in the GGUF file (`*.attention.head_count_kv`); an early conversion may lack it or have it wrong. The older .ggml files need the option `n_gqa` (`--gqa 8` for Llama-2 70B), or better a GGUF file.',
    snippet: { language: 'bash', code: 'gguf-dump MODEL.gguf | grep head_count' },
  },
];

function remediesForGroupedFile({ checkpoint, tensorParallel }: Grouping): Diagnosis['remedies'] {
  return [
    {
      title: 'Upgrade the library that builds the model',
      text: 'A release from before grouped-query attention ignores num_key_value_heads and builds full keys and values: Llama-2 70B needs transformers 4.31 or newer, Llama-3 loads since 4.40.',
      snippet: { language: 'bash', code: 'pip install -U transformers' },
    },
    {
      title: `Set the number of key and value heads: ${headsOf(checkpoint)}`,
      text: `num_key_value_heads (n_kv_heads in Meta's params.json${tensorParallel > 1 ? '; in Megatron --group-query-attention with --num-query-groups' : ''}) must be the value of the configuration that belongs to the weights.`,
    },
  ];
}

function remediesForGroupedModel({ checkpoint }: Grouping): Diagnosis['remedies'] {
  return [
    {
      title: `Build the model with the key and value heads of the file: ${headsOf(checkpoint)}`,
      text: 'Point to the config.json that belongs to these weights, or set num_key_value_heads to that number.',
    },
    {
      title: 'Take the weights that belong to the configuration',
      text: 'Several generations of a family differ only in this; keys and values of one cannot be loaded into the other without a conversion that averages heads.',
    },
  ];
}
