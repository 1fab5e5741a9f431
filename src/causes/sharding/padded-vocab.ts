import { cluesOf } from '../../model/clue.js';
import {
  type Case,
  type Cause,
  type Confidence,
  type Decline,
  type Diagnosis,
  decline,
  type Evidence,
  type Remedy,
} from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { type VocabularyRows, vocabularyRows } from '../vocabulary-and-adapters/vocabulary-rows.js';
import { formatCount, plural } from './amounts.js';
import { type Padding, padTo, readMegatronPadding, readPlainPadding } from './vocabulary-padding.js';

const ID = 'padded-vocab';

export const paddedVocab: Cause = {
  id: ID,
  diagnose: (subject) => {
    const { failure } = subject;
    const told = toldPadding(failure);
    if (told !== undefined) return told;
    const rows = vocabularyRows(failure);
    const [lead] = rows;
    if (lead === undefined) return decline(ID, 'no parameter differs in the number of its vocabulary rows alone');
    if (rows.length < failure.mismatches.length) return decline(ID, 'parameters without a vocabulary axis differ as well');
    if (lead.naming === 'symbols') return decline(ID, 'the table counts symbols, which nobody pads');
    return fromRows(subject, rows, lead);
  },
};

function fromRows(subject: Case, rows: readonly VocabularyRows[], lead: VocabularyRows): Diagnosis | Decline {
  const { checkpoint, model } = lead;
  const megatron = isMegatron(subject);
  const padding = megatron ? readMegatronPadding(checkpoint, model) : readPlainPadding(checkpoint, model);
  if (padding === undefined) return decline(ID, 'the larger row count is no rounding of the smaller one to a multiple that is in use');
  // Without Megatron a handful of rows may as well be tokens that were added.
  if (!megatron && padding.large - padding.small < 8)
    return decline(ID, `${padding.large - padding.small} rows more are as well tokens that were added`);
  return diagnosis(subject.failure, rows, padding, confidenceOf(padding, megatron), checkpoint > model, megatron);
}

/** A published vocabulary and exactly its rounding is no accident; two padded sizes may also come from tokens that were added across a border. */
function confidenceOf({ known, small, large, multiple }: Padding, megatron: boolean): Confidence {
  if (known?.rows === small && small % 64 !== 0 && padTo(small, multiple) === large) return 'certain';
  return megatron ? 'likely' : 'possible';
}

/** A class of transformers may keep Megatron's names; its words, its dialect or names under `embedding.` and `output_layer` are Megatron's own. */
function isMegatron({ failure, clues }: Case): boolean {
  if (cluesOf(clues, 'sharding-library').some(({ library, strength }) => library === 'megatron' && strength !== 'weak')) return true;
  if (failure.dialects.some((name) => /^(megatron|nemo)/.test(name))) return true;
  if (/For(Causal|Conditional|Masked|Sequence)/.test(failure.modelClass ?? '')) return false;
  return failure.mismatches.some(({ parameter }) =>
    /(^|(?<!transformer)\.)(embedding\.word_embeddings\.weight|language_model\.(embedding|output_layer)\.|output_layer\.weight|final_linear\.weight)/.test(
      parameter ?? '',
    ),
  );
}

function diagnosis(
  failure: LoadFailure,
  rows: readonly VocabularyRows[],
  padding: Padding,
  confidence: Confidence,
  fileIsLarger: boolean,
  megatron: boolean,
): Diagnosis {
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(padding, fileIsLarger, confidence === 'certain'),
    confidence,
    specificity: 76,
    explained: { mismatches: rows.map(({ position }) => position), missingKeys: [], unexpectedKeys: [] },
    evidence: evidenceOf(failure, rows, padding),
    remedies: megatron
      ? [samePadding(padding, fileIsLarger), cutOrFill(padding, fileIsLarger)]
      : [resize(padding, fileIsLarger), cutOrFill(padding, fileIsLarger)],
    doesNotHelp: [
      { advice: 'ignore_mismatched_sizes=True', reason: 'it throws the whole embedding away, while only rows without a token differ.' },
      STRICT_FALSE,
      { advice: 'Adding tokens to the tokenizer', reason: 'the surplus rows belong to no token.' },
    ],
    afterwards: failure.complete
      ? []
      : ['The loader stopped at its first difference: the output layer has as many rows as the embedding and will differ too.'],
    wouldDecide: [
      {
        question: `How many tokens does the tokenizer have? At most ${formatCount(padding.small)} means padding, more means that tokens were added.`,
        command: 'python -c "from transformers import AutoTokenizer; print(len(AutoTokenizer.from_pretrained(\'TOKENIZER\')))"',
      },
    ],
  };
}

function titleOf({ small, large, multiple, known }: Padding, fileIsLarger: boolean, sure: boolean): string {
  const [file, model] = fileIsLarger ? [large, small] : [small, large];
  const of = known === undefined || known.rows % 64 === 0 ? 'One vocabulary' : `The vocabulary of ${formatCount(known.rows)} tokens`;
  return `${of} was padded differently: the checkpoint has ${formatCount(file)} rows and the model ${formatCount(model)}, ${formatCount(large)} being a rounding up to a multiple of ${multiple}; ${sure ? 'no token was added or removed' : 'no token need have been added or removed'}.`;
}

function evidenceOf({ mismatches }: LoadFailure, rows: readonly VocabularyRows[], padding: Padding): readonly Evidence[] {
  const { small, large, multiple, smallMultiple, known } = padding;
  const [first] = rows.flatMap(({ position }) => mismatches[position] ?? []);
  const from = known?.rows ?? small;
  const smaller =
    smallMultiple === undefined || from === small
      ? `${formatCount(small)} is what was rounded`
      : `${formatCount(small)} = ${formatCount(from)} rounded up to a multiple of ${smallMultiple}`;
  const sum =
    padTo(from, multiple) === large
      ? `${formatCount(large)} = ${formatCount(from)} rounded up to a multiple of ${multiple}`
      : `${formatCount(large)} is a multiple of ${multiple}`;
  return [
    {
      statement: `${plural(rows.length, 'tensor')} with one row for each token ${rows.length === 1 ? 'differs' : 'differ'}, by ${formatCount(large - small)} rows, and nothing else does.`,
      ...(first === undefined ? {} : { at: first.at }),
    },
    { statement: `${sum}; ${smaller}.` },
    ...(known === undefined ? [] : [{ statement: `${formatCount(known.rows)} is the vocabulary of ${known.family}.` }]),
    ...(multiple >= 128 && multiple % 128 === 0 && smallMultiple !== undefined
      ? [
          {
            statement: `Megatron rounds up to ${128} × the tensor-parallel degree, so a change of the degree changes the padding: ${multiple} is 128 × ${multiple / 128}.`,
          },
        ]
      : []),
  ];
}

/** Megatron-LM: megatron/training/tokenizer, `_vocab_size_with_padding`; the checkpoint converter's `--true-vocab-size`. */
function samePadding({ large, small, known }: Padding, fileIsLarger: boolean): Remedy {
  const file = fileIsLarger ? large : small;
  const divisor = largestDivisor(file);
  return {
    title: `Pad the model to the checkpoint's ${formatCount(file)} rows`,
    text: `The padded size is the vocabulary rounded up to make-vocab-size-divisible-by × tensor-parallel degree. Choose the divisor so that ${formatCount(file)} comes out at your degree. A converter needs the true vocabulary instead${known === undefined ? '' : ` (${known.rows})`}.`,
    snippet: {
      language: 'bash',
      code: `# tensor-parallel degree × this divisor must give ${file} from the tokenizer's length\n--make-vocab-size-divisible-by ${divisor}\n# tools/checkpoint/convert.py:  --true-vocab-size ${known?.rows ?? 'TOKENIZER_LENGTH'}`,
    },
  };
}

function largestDivisor(rows: number): number {
  return [1024, 512, 256, 128, 64, 32, 16, 8, 4, 2].find((each) => rows % each === 0) ?? 1;
}

function resize({ large, small, multiple }: Padding, fileIsLarger: boolean): Remedy {
  return {
    title: `Give the model the checkpoint's ${formatCount(fileIsLarger ? large : small)} rows before loading`,
    text: fileIsLarger
      ? `Set vocab_size to ${large} in the configuration that builds the model, or resize it with the same rounding.`
      : `Set vocab_size to ${small}, load, and pad afterwards if you want the rounding for speed.`,
    snippet: {
      language: 'python',
      code: fileIsLarger
        ? `model.resize_token_embeddings(${small}, pad_to_multiple_of=${multiple})   # ${large} rows\nmodel.load_state_dict(state_dict)`
        : `model.resize_token_embeddings(${small})\nmodel.load_state_dict(state_dict)\nmodel.resize_token_embeddings(${small}, pad_to_multiple_of=${multiple})   # ${large} rows`,
    },
    cost: 'A few rows of memory.',
  };
}

function cutOrFill({ small, large }: Padding, fileIsLarger: boolean): Remedy {
  const code = fileIsLarger
    ? `for name, tensor in state_dict.items():\n    if tensor.dim() > 0 and tensor.shape[0] == ${large}:\n        state_dict[name] = tensor[:${small}].clone()`
    : `import torch\n\nfor name, tensor in state_dict.items():\n    if tensor.dim() > 0 and tensor.shape[0] == ${small}:\n        rows = tensor.new_zeros(${large - small}, *tensor.shape[1:])\n        state_dict[name] = torch.cat([tensor, rows])`;
  return {
    title: fileIsLarger ? `Or cut the padding off the file` : 'Or add the padding to the file',
    text: `Rows beyond the tokenizer's length are never looked up. First make sure that the tokenizer has at most ${formatCount(small)} tokens.`,
    snippet: { language: 'python', code },
    cost: 'Whole (unsharded) tensors only; with tensor parallelism the padding lies in the last shard.',
  };
}

/** DeepSpeed's universal checkpoint says it outright (checkpoint/universal_checkpoint.py). */
function toldPadding({ notices, mismatches }: LoadFailure): Diagnosis | undefined {
  const notice = notices.find(
    ({ topic, values }) => topic === 'element-count' && (values.what === 'padded vocabulary' || isNearlyWhole(values)),
  );
  if (notice === undefined || mismatches.length > 0) return undefined;
  const { what, checkpoint, model, tensorParallel } = notice.values;
  const whole = Number(model) * Number(tensorParallel ?? 1);
  const told = what === 'padded vocabulary';
  const numbers = `${formatCount(Number(checkpoint))} in the checkpoint, ${formatCount(whole)} in the run${tensorParallel === undefined ? '' : ` (${formatCount(Number(model))} × ${tensorParallel} ranks)`}`;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: `The vocabulary was padded for another tensor-parallel degree: ${numbers}${told ? ' rows' : ' elements'}.`,
    confidence: told ? 'certain' : 'likely',
    specificity: 80,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [
      {
        statement: told
          ? `The loader itself compares padded vocabulary sizes: ${numbers}.`
          : `The two element counts are less than 2 % apart: ${numbers}. A difference so small is padding, not another model.`,
        at: notice.at,
      },
    ],
    remedies: [
      {
        title: 'Pad both runs to the same number of rows',
        text: 'Megatron rounds the vocabulary up to make-vocab-size-divisible-by × tensor-parallel degree. Choose the divisor of this run so that the product is the one at which the checkpoint was written.',
        snippet: {
          language: 'bash',
          code: '# e.g. saved at degree 8 with 128: 1024; at degree 4 that takes\n--make-vocab-size-divisible-by 256',
        },
      },
    ],
    doesNotHelp: [],
    afterwards: ['The loader stops at its first difference; the output layer has the same rows.'],
    wouldDecide: [{ question: 'Which padded sizes do the two runs print?', command: 'grep -h "padded vocab" *.log' }],
  };
}

function isNearlyWhole({ checkpoint, model, tensorParallel }: Notice['values']): boolean {
  if (tensorParallel === undefined) return false;
  const whole = Number(model) * Number(tensorParallel);
  return whole > 0 && Number(checkpoint) !== whole && Math.abs(Number(checkpoint) - whole) / whole < 0.02;
}
