import { cluesOf } from '../../model/clue.js';
import type { Case, Cause, Confidence, Decline, Diagnosis } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { wholeRatio } from '../pairs.js';
import { roleOf } from '../roles.js';
import { hasPlaceholder, isLoraName } from './adapter-tensors.js';
import { toldSizes } from './told-options.js';
import { type VocabularyAdvice, vocabularyAdvice } from './vocabulary-advice.js';
import { namingOf, type VocabularyRows, vocabularyRows } from './vocabulary-rows.js';
import { type Story, storyOf } from './vocabulary-story.js';
import { stockVocabulary, stockWeights } from './vocabulary-table.js';
import { counted, distinct, listed, moreMaySurface, shownFirst } from './wording.js';

const ID = 'vocab-resized';

export const vocabResized: Cause = { id: ID, diagnose };

function diagnose(subject: Case): Diagnosis | Decline {
  const { failure } = subject;
  const rows = vocabularyRows(failure);
  const [lead] = rows;
  if (lead === undefined) return decline(ID, 'no parameter differs in the number of its vocabulary rows alone');
  if (hasPlaceholder(failure))
    return decline(
      ID,
      'parameters of shape [0] or flattened ones stand in the list (zero3-partitioned-model, zero3-placeholder-checkpoint, fsdp-sharded)',
    );
  const rival = rivalOf(subject, rows);
  return rival === undefined ? otherVocabulary(subject, rows, lead) : decline(ID, rival);
}

function rivalOf({ failure }: Case, rows: readonly VocabularyRows[]): string | undefined {
  const counted = new Set(rows.map(({ position }) => position));
  const others = failure.mismatches.filter((_, position) => !counted.has(position));
  if (others.some(isOtherWidth)) return 'embeddings or heads differ in another axis too (wrong-model-variant, default-config)';
  if (others.some(isHiddenLayer))
    return 'attention, feed-forward or norm layers differ as well: another model (wrong-model-variant, default-config) or shards (tensor-parallel-degree)';
  if (isOutputOfClasses(failure, rows)) return 'an output layer alone, with a bias and few rows, counts classes (classifier-head)';
  if (rows.every((entry) => isShard(entry)))
    return 'one side is a whole fraction of the other, which is what one of several tensor-parallel shards holds (tensor-parallel-degree)';
  return undefined;
}

/** Vocabularies of a few hundred entries have an embedding that differs with the output layer; a `lm_head` may be that of a recogniser. */
function isOutputOfClasses({ mismatches }: LoadFailure, rows: readonly VocabularyRows[]): boolean {
  const names = rows.flatMap(({ position }) => mismatches[position]?.parameter ?? []);
  return (
    names.length === rows.length &&
    names.some((name) => name.endsWith('bias')) &&
    names.every((name) => /(^|\.)(output|output_layer|output_projection|generator\.\w+|decoder\.out)\.(weight|bias)$/.test(name)) &&
    rows.every(({ checkpoint, model }) => Math.max(checkpoint, model) <= 1000)
  );
}

/** The width of an embedding differs as well. */
function isOtherWidth(mismatch: Mismatch): boolean {
  const naming = namingOf(mismatch);
  const axes = differingAxes(mismatch.checkpointShape, mismatch.modelShape);
  return (naming === 'words' || naming === 'symbols') && axes?.some((axis) => axis > 0) === true;
}

const HIDDEN = ['norm', 'attention-query', 'attention-key', 'attention-value', 'attention-fused', 'attention-output', 'mlp-in', 'mlp-out'];

function isHiddenLayer({ parameter, checkpointShape, modelShape }: Mismatch): boolean {
  if (parameter === undefined || isLoraName(parameter)) return false;
  return HIDDEN.includes(roleOf(parameter)) && checkpointShape.length > 0 && modelShape.length > 0;
}

/** Degrees of tensor parallelism. A vocabulary that was padded first is a fraction only up to the padding: 25216 × 2 against 50304 (gpt-neox#645). */
function isShard({ checkpoint, model }: VocabularyRows): boolean {
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  if (stockWeights(small) !== undefined && stockWeights(large) !== undefined) return false;
  const exact = wholeRatio(small, large);
  if (exact !== undefined) return [2, 4, 8, 16, 32, 64].includes(exact) && small >= 1000;
  return [2, 4, 8, 16].some(
    (degree) => small % 64 === 0 && large % 64 === 0 && small > 4000 && Math.abs(small * degree - large) <= 128 * degree,
  );
}

/** Megatron and what was converted from it: names, or a clue. `word_embeddings` with `output_layer`, `language_model.embedding`. */
function isMegatron({ mismatches, dialects, modelClass }: LoadFailure, libraries: readonly { readonly library: string }[]): boolean {
  if (libraries.some(({ library }) => library === 'megatron') || dialects.some((name) => /megatron/i.test(name))) return true;
  if (/For(Causal|Conditional|Masked|Sequence)/.test(modelClass ?? '')) return false; // a class of transformers that kept Megatron's names
  return mismatches.some(
    ({ parameter }) =>
      parameter !== undefined &&
      /(^|(?<!transformer)\.)(embedding\.word_embeddings\.weight|language_model\.embedding\.|language_model\.output_layer\.|output_layer\.weight)/.test(
        parameter,
      ),
  );
}

/** Megatron pads the vocabulary to a multiple of 128 for each tensor-parallel rank: then no token need have been added (padded-vocab). */
function isPaddedPair({ checkpoint, model }: VocabularyRows): boolean {
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  return large % 128 === 0 && large - small < 128 * 64;
}

function otherVocabulary({ failure, clues }: Case, rows: readonly VocabularyRows[], lead: VocabularyRows): Diagnosis {
  const story = storyOf(failure, lead);
  const mayBePadding = isMegatron(failure, cluesOf(clues, 'sharding-library')) && isPaddedPair(lead);
  const advice = vocabularyAdvice(story, lead);
  const positions = rows.map(({ position }) => position);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: advice.title,
    confidence: mayBePadding ? 'possible' : confidenceOf(failure, story, rows, lead),
    specificity: story === 'two-vocabularies' || story === 'ctc' ? 30 : story === 'siblings' ? 45 : 70,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [...evidenceOf(failure, rows, lead, advice), ...toldSizes(clues, ['vocab_size'], lead)],
    remedies: advice.remedies,
    doesNotHelp: [
      ...(advice.doesNotHelp ?? []),
      STRICT_FALSE,
      {
        advice: 'ignore_mismatched_sizes=True',
        reason: 'it replaces the whole embedding by random numbers, not only the rows that differ.',
      },
    ],
    afterwards: [
      ...moreMaySurface(failure),
      ...(lead.naming === 'unnamed'
        ? ['The message names no parameter and stops at the first: the output head will differ by the same rows.']
        : []),
    ],
    wouldDecide: advice.wouldDecide ?? [
      {
        question: 'How many tokens does the tokenizer of the checkpoint have, and what does its configuration say?',
        command: 'grep vocab_size config.json; cat added_tokens.json',
      },
    ],
  };
}

function confidenceOf(
  { mismatches }: LoadFailure,
  story: Story,
  rows: readonly VocabularyRows[],
  { naming, checkpoint, model }: VocabularyRows,
): Confidence {
  if (story === 'two-vocabularies' || story === 'ctc') return 'possible';
  // One published size and another far from it: as well another model as a vocabulary of the user's own.
  if (story === 'rebuilt' && [checkpoint, model].some((count) => stockWeights(count) !== undefined)) return 'possible';
  if (naming === 'sizes') return hasBothEnds(mismatches, rows) ? 'likely' : 'possible';
  if (naming === 'unnamed' && Math.min(checkpoint, model) < 20_000) return 'possible';
  if (naming === 'unnamed' || story === 'extended' || story === 'siblings' || story === 'rounded') return 'likely';
  if (naming === 'symbols' || story === 'rebuilt' || story === 'symbols') return hasBothEnds(mismatches, rows) ? 'certain' : 'likely';
  return 'certain';
}

/** An input table and an output layer of one length on both sides: nothing but a vocabulary has both. */
function hasBothEnds(mismatches: LoadFailure['mismatches'], rows: readonly VocabularyRows[]): boolean {
  const modules = new Map<string, Set<string | undefined>>();
  for (const { checkpoint, model, position } of rows) {
    const pair = `${checkpoint}/${model}`;
    const found = modules.get(pair) ?? new Set();
    modules.set(pair, found.add(mismatches[position]?.parameter?.replace(/\.(weight|bias)$/, '')));
  }
  return [...modules.values()].some(({ size }) => size > 1);
}

/** Sizes worth naming: the smaller published one, and tokenizer lengths. A few added tokens may hit another model's size by chance. */
function publishedSides({ checkpoint, model }: VocabularyRows): readonly number[] {
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  const isBase = stockWeights(small) !== undefined;
  return isBase && stockWeights(large)?.base !== small ? [small] : [small, large];
}

function evidenceOf(
  failure: LoadFailure,
  rows: readonly VocabularyRows[],
  lead: VocabularyRows,
  advice: VocabularyAdvice,
): Diagnosis['evidence'] {
  const positions = rows.map(({ position }) => position);
  const pairs = distinct(rows.map(({ checkpoint, model }) => `${checkpoint} against ${model}`));
  // A few hundred entries are a table of symbols, which no language model has: such a number hits one by chance.
  const known = publishedSides(lead).flatMap((count) => (count >= 1000 || lead.naming === 'symbols' ? (stockVocabulary(count) ?? []) : []));
  const ofAll = rows.length === failure.mismatches.length ? 'and nothing else differs' : `of ${failure.mismatches.length} in the list`;
  return [
    {
      statement: `${counted(rows.length, 'tensor differs', 'tensors differ')} in the vocabulary axis only (${listed(pairs, 3)}), ${ofAll}; the width agrees`,
    },
    ...shownFirst(failure.mismatches, positions),
    ...(advice.evidence ??
      known.map(({ rows: count, family, what, source }) => ({
        statement: `${count} is the ${what === 'tokenizer' ? 'tokenizer length' : 'vocabulary'} of ${family} (${source})`,
      }))),
  ];
}
