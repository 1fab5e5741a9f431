import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Explained } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type Role, roleOf } from '../roles.js';
import { pick, pictureOf, rankDependent, type Side, shapeOn, wholeShape } from './collapsed-shapes.js';
import {
  cutsOneWidthOnly,
  piecesThatAddUp,
  ranksByShare,
  rowShards,
  solveFlatGroup,
  unevenVocabularyShard,
  wholeFlats,
} from './flat-group.js';
import { libraryEvidence, traceEvidence } from './fsdp-evidence.js';
import { fsdpQuestions, fsdpRemedies, fsdpWarnings } from './fsdp-remedies.js';
import type { Trace } from './fsdp-trace.js';
import { hintsAtShards, readZero, saysZero3, type ZeroReading } from './zero-stage.js';

const ID = 'fsdp-sharded';

/** torch/distributed/fsdp, torch ≤ 1.12 and fairscale: names of flat parameters and wrappers. */
const WRAPPER_NAMES = ['_flat_param', '_fsdp_wrapped_module', '_fpw_module', 'flat_param_', '.flat_param', 'flat_params'];

/** Roles whose axis 0 tensor parallelism leaves whole: norms, and the projections that it cuts on axis 1. */
const WHOLE_ROWS: readonly Role[] = ['norm', 'attention-output', 'mlp-out', 'lora-a'];

export const fsdpSharded: Cause = {
  id: ID,
  diagnose: (subject) => {
    const zero = readZero(subject);
    const trace =
      flatTrace('model', subject, zero) ??
      flatTrace('checkpoint', subject, zero) ??
      rowTrace('checkpoint', subject, zero) ??
      rowTrace('model', subject, zero) ??
      emptyRows('checkpoint', subject) ??
      emptyRows('model', subject) ??
      keyTrace(subject) ??
      dtensorTrace(subject);
    if (trace !== undefined) return diagnosis(subject, zero, trace);
    return decline(ID, 'there are no flattened or sliced parameters, no sizes that differ by rank and no names of FSDP wrappers');
  },
};

function flatTrace(side: Side, { failure }: Case, zero: ZeroReading): Trace | undefined {
  const { mismatches } = failure;
  const picture = pictureOf(side, mismatches);
  const { flats, placeholders, fragments } = picture;
  const positions = [...flats, ...placeholders, ...fragments].toSorted((a, b) => a - b);
  const pieces = new Set(positions);
  const byRank = rankDependent(side, mismatches).some((position) => pieces.has(position));
  const fsdp = zero.fsdp !== undefined;
  if (flats.length === 0) {
    const onlyEmpty = placeholders.length > 0 && (byRank || (fsdp && !saysZero3(zero) && zero.deepspeed === undefined));
    return onlyEmpty ? { kind: 'flat', picture, positions, solved: false, certain: byRank } : undefined;
  }
  const group = solveFlatGroup(picture, mismatches);
  const solved = group !== undefined || piecesThatAddUp(side, mismatches) !== undefined;
  const mixed = placeholders.length > 0 || byRank;
  const distributed = failure.dialects.some((dialect) => /distributed|dcp/.test(dialect));
  // One or two flattened matrices and nothing else may be a library's other layout of the same numbers.
  if (!mixed && !solved && !fsdp && !distributed && wholeFlats(picture, mismatches).length < 3) return undefined;
  return { kind: 'flat', picture, positions, solved, certain: mixed || (solved && (group?.maybePacked !== true || distributed || fsdp)) };
}

function rowTrace(side: Side, { failure }: Case, zero: ZeroReading): Trace | undefined {
  const { mismatches, dialects } = failure;
  const dependent = rankDependent(side, mismatches).filter((position) =>
    pick(mismatches, [position]).every((mismatch) => differsInRowsOnly(side, mismatch)),
  );
  if (dependent.length > 0) return { kind: 'rows', side, positions: dependent, byRank: true };
  if (dialects.some((dialect) => /distributed|dcp/.test(dialect))) return droppedAxis(side, failure);
  const ranks = rowShards(side, mismatches);
  if (ranks === undefined) return undefined;
  const usual = cutsOneWidthOnly(side, mismatches, ({ parameter }) => WHOLE_ROWS.includes(roleOf(parameter)));
  if (!usual && zero.fsdp === undefined && !unevenVocabularyShard(side, mismatches, ranks)) return undefined;
  return { kind: 'rows', side, positions: mismatches.map((_, position) => position), ranks, byRank: false, vocabularyOnly: !usual };
}

/** A DTensor of fewer rows than ranks has none on some of them: [0, 17] against [1, 17]. Where nothing tells of shards, that is a width of 0. */
function emptyRows(side: Side, subject: Case): Trace | undefined {
  const { mismatches } = subject.failure;
  const { zeroWidths } = pictureOf(side, mismatches);
  const areRows = pick(mismatches, zeroWidths).every(
    (mismatch) => differsInRowsOnly(side, mismatch) && shapeOn(side, mismatch).lastIndexOf(0) === 0,
  );
  if (zeroWidths.length === 0 || !areRows || !hintsAtShards(subject)) return undefined;
  return { kind: 'rows', side, positions: zeroWidths, byRank: false, isEmpty: true };
}

/** A distributed checkpoint that describes a matrix and meets its first axis only (Lightning-AI/pytorch-lightning#20373). */
function droppedAxis(side: Side, { mismatches }: LoadFailure): Trace | undefined {
  const positions = mismatches.flatMap((mismatch, position) => {
    const [rows, second] = shapeOn(side, mismatch);
    const whole = wholeShape(side, mismatch);
    return second === undefined && rows !== undefined && whole.length > 1 && whole.includes(rows) ? [position] : [];
  });
  return positions.length === 0 ? undefined : { kind: 'rows', side, positions, byRank: false };
}

function differsInRowsOnly(side: Side, mismatch: Parameters<typeof shapeOn>[1]): boolean {
  const [, ...rest] = shapeOn(side, mismatch);
  const [, ...wholeRest] = wholeShape(side, mismatch);
  return shapeOn(side, mismatch).length > 1 && rest.length === wholeRest.length && rest.every((size, axis) => size === wholeRest[axis]);
}

function keyTrace({ failure: { missingKeys, unexpectedKeys, complete } }: Case): Trace | undefined {
  const isWrapped = (key: string): boolean => WRAPPER_NAMES.some((name) => key.includes(name)) || isFlat(key);
  const keys = [...missingKeys, ...unexpectedKeys].filter(isWrapped);
  if (keys.length === 0) return undefined;
  if (keys.some(isFlat)) return { kind: 'keys', keys, reason: 'flat' };
  const bare = new Set([...missingKeys, ...unexpectedKeys].filter((key) => !isWrapped(key)));
  const renamed = keys.some((key) => bare.has(withoutWrapper(key))) || !complete;
  return { kind: 'keys', keys, reason: renamed ? 'renamed' : 'one-sided' };
}

/** One tensor for all parameters of a unit. */
function isFlat(key: string): boolean {
  return /(^|\.)_?flat_params?(_\d+)?$/.test(key);
}

function withoutWrapper(key: string): string {
  return key.replaceAll('_fsdp_wrapped_module.', '').replaceAll('_fpw_module.', '');
}

function dtensorTrace({ failure: { notices } }: Case): Trace | undefined {
  const notice = notices.find(
    ({ topic, values }) => topic === 'copy-failed' && Object.values(values).some((value) => String(value).includes('DTensor')),
  );
  return notice === undefined ? undefined : { kind: 'dtensor', notice };
}

function diagnosis(subject: Case, zero: ZeroReading, trace: Trace): Diagnosis {
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(subject, trace),
    confidence: confidenceOf(zero, trace),
    specificity: 92,
    explained: explainedBy(subject.failure, trace),
    evidence: [...traceEvidence(subject, trace), ...libraryEvidence(zero)],
    remedies: fsdpRemedies(subject, trace),
    doesNotHelp: fsdpWarnings(subject.failure, trace),
    afterwards: afterwardsOf(trace),
    wouldDecide: zero.fsdp === undefined || trace.kind === 'keys' ? fsdpQuestions(trace) : [],
  };
}

/** Names are compared before pieces, and a DTensor shows its whole shape: neither list depends on the rank. */
function afterwardsOf({ kind }: Trace): readonly string[] {
  if (kind === 'dtensor') return [];
  const differences = 'once whole tensors meet whole parameters, true differences of shape surface.';
  return kind === 'keys'
    ? [`Only names were compared: ${differences}`]
    : [`Each rank sees only its own pieces, so the lists of other ranks differ; ${differences}`];
}

function confidenceOf({ fsdp }: ZeroReading, trace: Trace): Confidence {
  switch (trace.kind) {
    case 'flat':
      return trace.certain ? 'certain' : fsdp === undefined && !trace.solved ? 'possible' : 'likely';
    case 'rows':
      return trace.byRank || fsdp !== undefined ? 'certain' : 'likely';
    // Both sides may carry the wrapper and differ in something else (facebookresearch/fairseq#3464).
    case 'keys':
      return trace.reason === 'one-sided' ? 'possible' : 'certain';
    case 'dtensor':
      return 'certain';
  }
}

function explainedBy({ missingKeys, unexpectedKeys, mismatches }: LoadFailure, trace: Trace): Explained {
  // A flat parameter stands for all names of its unit, so every missing and unexpected name follows from it.
  if (trace.kind === 'keys') return { mismatches: [], missingKeys, unexpectedKeys };
  if (trace.kind === 'dtensor') return { mismatches: mismatches.map((_, position) => position), missingKeys: [], unexpectedKeys: [] };
  return { mismatches: trace.positions, missingKeys: [], unexpectedKeys: [] };
}

function titleOf({ failure }: Case, trace: Trace): string {
  const whose = failure.modelClass ?? 'The model';
  switch (trace.kind) {
    case 'flat': {
      const { side } = trace.picture;
      const ranks = solveFlatGroup(trace.picture, failure.mismatches)?.ranks ?? ranksByShare(trace.picture, failure.mismatches);
      const by = ranks === undefined ? '' : ` of ${ranks}`;
      return side === 'model'
        ? `${whose} is sharded by FSDP: each rank${by} holds flattened pieces of its parameters, and whole tensors were put into an inner module.`
        : `The checkpoint holds one rank's FSDP shard: flattened pieces${ranks === undefined ? '' : ` (1 of ${ranks})`} under the names of whole parameters.`;
    }
    case 'rows': {
      const owner = trace.side === 'model' ? 'the model' : 'the checkpoint';
      if (trace.isEmpty === true)
        return `The tensors of ${owner} are shards (FSDP2 or another DTensor): there are fewer rows than ranks, or they do not divide evenly, and this rank got none.`;
      const share = trace.ranks === undefined ? 'another number of rows on each rank' : `1/${trace.ranks} of the rows of every parameter`;
      return `The tensors of ${owner} are shards (FSDP2 or another DTensor), with ${share}, and meet whole ones.`;
    }
    case 'keys':
      return trace.reason === 'one-sided'
        ? `Keys on one side carry the names of FSDP's wrapper (${trace.keys[0] ?? ''}) and nothing on the other side answers to them: either that side is not wrapped, or both are and the model itself differs.`
        : `The names of FSDP's wrapper stand in the keys (${trace.keys[0] ?? ''}): a sharded or wrapped state dict meets an unwrapped model, or the other way round.`;
    case 'dtensor':
      return `${whose} is sharded by FSDP2: its parameters are DTensors, and plain tensors cannot be copied into them.`;
  }
}
