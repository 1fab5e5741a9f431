import { cluesOf } from '../../model/clue.js';
import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Question } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { elementCount } from '../../model/shape.js';
import { common } from '../pairs.js';
import { stockWeights } from '../vocabulary-and-adapters/vocabulary-table.js';
import { joinWords, plural } from './amounts.js';
import { pick } from './collapsed-shapes.js';
import { readParallelSizes, tensorOption } from './parallel-sizes.js';
import { readOtherWidthToo, readSplit, type Split, smallerIsWholeAttention, splitRole } from './parallel-split.js';
import { degreeEvidence } from './tensor-parallel-evidence.js';
import { degreeRemedies, degreeWarnings } from './tensor-parallel-remedies.js';
import type { Trace } from './tensor-parallel-trace.js';

const ID = 'tensor-parallel-degree';

export const tensorParallelDegree: Cause = {
  id: ID,
  diagnose: (subject) => {
    const told = toldTrace(subject.failure);
    if (told !== undefined)
      return diagnosis(subject, told, told.sizes.kind === 'tensor' || told.sizes.checkpoint !== undefined ? 'certain' : 'likely');
    const { mismatches } = subject.failure;
    const asserted = assertedTrace(subject);
    if (asserted !== undefined) return diagnosis(subject, asserted, 'possible');
    if (mismatches.length === 0) return decline(ID, 'no shapes differ and no message tells a degree of model parallelism');
    const reading = readOtherWidthToo(mismatches);
    if (reading !== undefined) return diagnosis(subject, { kind: 'cut-and-width', reading }, mismatches.length > 1 ? 'likely' : 'possible');
    return fromShapes(subject);
  },
};

function toldTrace(failure: LoadFailure): Extract<Trace, { kind: 'told' }> | undefined {
  const sizes = readParallelSizes(failure).find(({ kind }) => kind === 'tensor' || kind === 'unknown');
  if (sizes === undefined) return undefined;
  return {
    kind: 'told',
    sizes,
    randomStateOnly: failure.severity === 'warning' && failure.mismatches.length === 0 && sizes.model !== undefined,
  };
}

/** vLLM's loaders assert equal shapes without telling them; with several tensor-parallel ranks a loader that does not cut is the first suspect. */
function assertedTrace({ failure, clues }: Case): Trace | undefined {
  const notice = failure.notices.find(
    ({ topic, values }) => topic === 'copy-failed' && /^assert .*loaded_weight/.test(String(values.reason ?? '')),
  );
  const option = tensorOption(clues);
  const several = option !== undefined || failure.ranks.some((rank) => rank > 0);
  if (notice === undefined || !several || failure.mismatches.length > 0 || /vocab_size/.test(String(notice.values.reason)))
    return undefined;
  return { kind: 'asserted', notice, ...(option === undefined ? {} : { option }) };
}

function fromShapes(subject: Case): Diagnosis | ReturnType<typeof decline> {
  const { mismatches } = subject.failure;
  if (mismatches.every(({ dialect }) => dialect === 'megatron'))
    return decline(ID, "Megatron's distributed checkpoints compare global shapes, which no tensor-parallel degree changes");
  const norm = mismatches.find(isKeptWhole);
  if (norm !== undefined)
    return decline(
      ID,
      `${norm.parameter ?? 'a parameter'} differs too, which tensor parallelism leaves whole: the model has another width`,
    );
  const read = mismatches.flatMap((mismatch, position) => readSplit(mismatch, position) ?? []);
  const usual = mostFrequentPieces(read);
  const splits = read.filter(({ pieces }) => pieces === usual);
  const pieces = splits[0]?.pieces;
  const smaller = common(splits.map((split) => split.smaller));
  const strangers = mismatches.length - splits.length - replicated(mismatches, splits);
  if (pieces === undefined || smaller === undefined || strangers > 0)
    return decline(ID, 'the sizes do not differ by one whole ratio on the axes that tensor parallelism cuts');
  if (!isPowerOfTwo(pieces) && !isModelParallelRun(subject) && !splits.some(({ family }) => family === 'vocabulary'))
    return decline(
      ID,
      `${pieces} is no usual degree of tensor parallelism, and nothing in the log tells of one: heads may have been pruned`,
    );
  const confidence = confidenceOf(subject, splits, mismatches);
  return typeof confidence === 'string' ? diagnosis(subject, { kind: 'cut', pieces, splits }, confidence) : decline(ID, confidence.reason);
}

const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count));

/** Norms, and the biases of the layers that are cut on their inputs. */
function isKeptWhole({ parameter, modelShape }: Mismatch): boolean {
  const role = splitRole(parameter);
  return role === 'norm' || ((role === 'attention-output' || role === 'mlp-out') && modelShape.length === 1);
}

function mostFrequentPieces(splits: readonly Split[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { pieces } of splits) counts.set(pieces, (counts.get(pieces) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0];
}

/** Grouped key and value heads are repeated where there are fewer of them than ranks: their ratio is smaller than that of the rest. */
function replicated(mismatches: readonly Mismatch[], splits: readonly Split[]): number {
  const taken = new Set(splits.map(({ position }) => position));
  const grouped = ['attention-key', 'attention-value', 'attention-fused'];
  return splits.length < 3
    ? 0
    : mismatches.filter(
        (mismatch, position) =>
          !taken.has(position) && grouped.includes(splitRole(mismatch.parameter)) && mismatch.checkpointShape[1] === mismatch.modelShape[1],
      ).length;
}

/**
 * Both kinds of axis by one ratio in two families of layers, a vocabulary among them: nothing else does that. Fewer signs have rivals: a feed-forward width alone is an option of the
 * configuration, rows of query, key and value alone are a number of heads, rows of a vocabulary alone may be another vocabulary.
 */
function confidenceOf(subject: Case, splits: readonly Split[], mismatches: readonly Mismatch[]): Confidence | { readonly reason: string } {
  const families = new Set(splits.map(({ family }) => family).filter((family) => family !== 'other'));
  const axes = new Set(splits.map(({ axis }) => axis));
  const parallel = isModelParallelRun(subject);
  // Half the heads and half the feed-forward width, as in a pruned model, leave the vocabulary alone.
  if (families.size >= 2 && axes.size === 2) return parallel || families.has('vocabulary') ? 'certain' : 'likely';
  if (families.size >= 2) return parallel || families.has('vocabulary') ? 'likely' : 'possible';
  if (families.has('vocabulary')) return vocabularyConfidence(splits, mismatches);
  if (families.has('attention')) return attentionConfidence(splits, mismatches, parallel, axes.size === 2);
  if (parallel && families.has('mlp')) return axes.size === 2 ? 'likely' : 'possible';
  return {
    reason: families.has('mlp')
      ? 'only the width of feed-forward layers differs, which an option of the configuration sets'
      : 'no layer that tensor parallelism cuts is among them',
  };
}

function attentionConfidence(
  splits: readonly Split[],
  mismatches: readonly Mismatch[],
  parallel: boolean,
  both: boolean,
): Confidence | { readonly reason: string } {
  const listed = pick(
    mismatches,
    splits.map(({ position }) => position),
  );
  const roles = new Set(listed.map(({ parameter }) => splitRole(parameter)));
  if (both || roles.has('attention-output')) {
    const output = listed.find(({ parameter, modelShape }) => splitRole(parameter) === 'attention-output' && modelShape.length === 2);
    if (smallerIsWholeAttention(listed))
      return { reason: 'the smaller side has the square output of a whole attention layer: another number or width of heads' };
    // A split cuts feed-forward layers too: several attention layers and none of those is rather another number of heads.
    const square = output !== undefined && largerIsSquare(output);
    return parallel || (square && mismatches.length === 1) ? 'likely' : 'possible';
  }
  if (areQueriesAndKeysAlone(listed))
    return {
      reason: 'queries and keys differ and the values between them do not: another width of queries and keys, not a share of the heads',
    };
  if (!roles.has('attention-query') && !roles.has('attention-fused'))
    return { reason: 'only key and value projections differ, which is a matter of key-value heads' };
  return parallel && roles.size > 1 ? 'likely' : 'possible';
}

/** A split takes whole heads, so values go with keys; UniMERNet squeezes queries and keys alone (qk_squeeze). A list that is cut may lack the last values. */
function areQueriesAndKeysAlone(listed: readonly Mismatch[]): boolean {
  const roles = listed.map(({ parameter }) => splitRole(parameter));
  const count = (role: string): number => roles.filter((each) => each === role).length;
  return count('attention-query') > 1 && count('attention-key') > 1 && count('attention-value') === 0;
}

/** A whole attention layer usually writes as wide as it reads. */
function largerIsSquare({ checkpointShape, modelShape }: Mismatch): boolean {
  const [rows, columns] = elementCount(checkpointShape) > elementCount(modelShape) ? checkpointShape : modelShape;
  return rows === columns;
}

/** Two published vocabularies may be a whole ratio apart by chance (32,000 and 64,000); tables of a few hundred rows are something else. */
function vocabularyConfidence(splits: readonly Split[], mismatches: readonly Mismatch[]): Confidence | { readonly reason: string } {
  const listed = pick(
    mismatches,
    splits.map(({ position }) => position),
  );
  if (splits.every(({ axis }) => axis === 1)) return 'possible';
  const rows = listed.map(({ checkpointShape, modelShape }) => [checkpointShape[0] ?? 0, modelShape[0] ?? 0] as const);
  if (rows.every(([a, b]) => stockWeights(a) !== undefined && stockWeights(b) !== undefined))
    return { reason: 'both row counts are published vocabularies: two models, not shards of one' };
  if (rows.some(([a, b]) => Math.min(a, b) < 1000)) return { reason: 'the table is too small to be a share of a vocabulary' };
  return 'likely';
}

/** Megatron and its kin by a clue, by the words of its dialect or by names that only it gives. */
function isModelParallelRun({ failure, clues }: Case): boolean {
  const libraries = cluesOf(clues, 'sharding-library').some(({ library, strength }) => library === 'megatron' && strength !== 'weak');
  const names = failure.mismatches.some(({ parameter }) =>
    /(query_key_value|dense_h_to_4h|dense_4h_to_h|linear_(qkv|proj|fc1|fc2)|word_embeddings)\./.test(parameter ?? ''),
  );
  return (
    libraries ||
    tensorOption(clues) !== undefined ||
    names ||
    failure.dialects.some((dialect) => /^(megatron|sglang|vllm|nemo|llama)/.test(dialect))
  );
}

function diagnosis(subject: Case, trace: Trace, confidence: Confidence): Diagnosis {
  const { failure } = subject;
  const harmless = trace.kind === 'told' && trace.randomStateOnly;
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(failure, trace),
    confidence,
    specificity: 85,
    ...(harmless ? { harmless } : {}),
    explained: { mismatches: positionsOf(failure, trace), missingKeys: [], unexpectedKeys: [] },
    evidence: degreeEvidence(subject, trace),
    remedies: harmless ? [] : degreeRemedies(subject, trace),
    doesNotHelp: harmless ? [] : degreeWarnings(trace),
    afterwards: afterwardsOf(failure, trace),
    wouldDecide: harmless ? [] : questionsOf(trace),
  };
}

function positionsOf({ mismatches }: LoadFailure, trace: Trace): readonly number[] {
  if (trace.kind === 'cut-and-width') return trace.reading.positions;
  return mismatches.map((_, position) => position);
}

function titleOf(failure: LoadFailure, trace: Trace): string {
  const whose = failure.modelClass ?? 'the model';
  if (trace.kind === 'told') return toldTitle(trace);
  if (trace.kind === 'asserted')
    return `A weight did not have the shape that its ${trace.option?.value ?? 'several'} tensor-parallel ranks expect; the message tells neither name nor shapes.`;
  if (trace.kind === 'cut-and-width') {
    const { pieces, smaller, checkpointWidth, modelWidth } = trace.reading;
    return `Two faults at once: the rows on the ${smaller} side are cut ${pieces} times finer, as for another tensor-parallel degree, and the file comes from a model of width ${checkpointWidth} where ${whose} has ${modelWidth}.`;
  }
  const smaller = trace.splits[0]?.smaller ?? 'checkpoint';
  const by = `1/${trace.pieces}`;
  return smaller === 'checkpoint'
    ? `The checkpoint file is one tensor-parallel shard: it holds ${by} of each matrix that ${whose} expects, and was loaded as if it were the whole (or as a larger share).`
    : `${whose} was built as one tensor-parallel shard: it expects ${by} of each matrix, and the checkpoint holds the whole (or a larger share).`;
}

function toldTitle({ sizes: { checkpoint, model, files }, randomStateOnly }: Extract<Trace, { kind: 'told' }>): string {
  if (randomStateOnly)
    return `Harmless: the checkpoint was written at tensor-parallel degree ${checkpoint} and the run uses ${model}; the weights are re-divided, only the random-number state is not resumed.`;
  if (files !== undefined)
    return `${plural(files, 'shard file')} ${files === 1 ? 'was' : 'were'} given, and the checkpoint says that it was cut into ${checkpoint} for tensor parallelism.`;
  if (checkpoint === 0) return 'No shard was found where the checkpoint should be: the loader counts 0 model-parallel files.';
  if (checkpoint !== undefined && model !== undefined)
    return `The checkpoint was cut for ${plural(checkpoint, 'model-parallel rank')}, and the run has ${model}.`;
  return 'The shards of the checkpoint do not fit the number of tensor-parallel ranks and could not be joined or divided.';
}

function afterwardsOf({ complete }: LoadFailure, trace: Trace): readonly string[] {
  if (trace.kind === 'asserted') return ['Only the first weight that did not fit was met.'];
  const notes: string[] = [];
  if (trace.kind === 'cut-and-width')
    notes.push('With the degree right the width still differs: that needs the configuration or the file of the other model size.');
  if (trace.kind === 'told' && !trace.randomStateOnly)
    notes.push('Nothing was compared yet: differences of shape, if there are any, surface once the degrees agree.');
  if (trace.kind !== 'told' && !complete) notes.push('The list is not complete; a split cuts the other layers too.');
  if (trace.kind === 'cut' && trace.splits[0]?.smaller === 'checkpoint')
    notes.push('After merging, check one row of the vocabulary and one output: shards joined in the wrong order load without an error.');
  return notes;
}

function questionsOf(trace: Trace): readonly Question[] {
  const files: Question = {
    question: 'How many shards belong to the checkpoint? Their number is the degree at which it was saved.',
    command: 'ls -d CHECKPOINT/*mp_rank_* CHECKPOINT/consolidated.*.pth CHECKPOINT/*model-*-of-* 2>/dev/null | wc -l',
  };
  if (trace.kind === 'told') return trace.sizes.checkpoint === undefined || trace.sizes.checkpoint === 0 ? [files] : [];
  if (trace.kind === 'asserted') return [{ question: 'Does the same model load on one rank?', command: '--tensor-parallel-size 1' }];
  const families = trace.kind === 'cut' ? joinWords([...new Set(trace.splits.map(({ family }) => family))]) : '';
  const config: Question = {
    question: `Does the configuration of the model hold local sizes (divided by the degree) or global ones${families === '' ? '' : `, for ${families}`}?`,
    command:
      'grep -nE "vocab_size|intermediate_size|ffn|num_attention_heads|model_parallel|tensor_parallel|mp_size" config.json *.yaml *.yml',
  };
  return [files, config];
}
