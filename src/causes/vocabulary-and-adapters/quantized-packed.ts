import { cluesOf } from '../../model/clue.js';
import type { Case, Cause, Decline, Diagnosis } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { roleOf } from '../roles.js';
import { isLoraName } from './adapter-tensors.js';
import { packedCopy, tellCopy } from './packed-copies.js';
import { packedUnderAdapter } from './packed-under-adapter.js';
import { packingRemedies } from './packing-remedies.js';
import { QUANTISED_TENSOR } from './packing-table.js';
import { type Packing, packingOf } from './packings.js';
import { type MarkedKeys, markedKeys, otherKeys } from './quantised-keys.js';
import { packedPatches } from './refused-patches.js';
import { counted, moreMaySurface, shownFirst } from './wording.js';

const ID = 'quantized-packed';

interface Packed extends Packing {
  readonly position: number;
}

export const quantizedPacked: Cause = { id: ID, diagnose };

function diagnose(subject: Case): Diagnosis | Decline {
  const { failure } = subject;
  const packed = packedTensors(failure);
  const keys = markedKeys(failure);
  const patches = packedPatches(failure);
  if (packed.length === 0 && patches.length > 0) return packedUnderAdapter(failure, patches);
  const copy = packedCopy(failure);
  if (copy !== undefined && keys === undefined) return tellCopy(failure, copy);
  if (packed.length === 0)
    return keys === undefined
      ? decline(ID, 'no shape is a packed form of the other, and no key belongs to a quantised layer')
      : otherKeys(failure, keys);
  const rival = rivalOf(failure, packed);
  return rival === undefined ? otherStorage(subject, packed, keys) : decline(ID, rival);
}

/** All mismatches of the leading form; shorter rows count only where they stand on several kinds of layers. */
function packedTensors({ mismatches }: LoadFailure): readonly Packed[] {
  const found = mismatches.flatMap((mismatch, position): readonly Packed[] => {
    const packing = mismatch.parameter !== undefined && isLoraName(mismatch.parameter) ? undefined : packingOf(mismatch);
    return packing === undefined ? [] : [{ ...packing, position }];
  });
  const columns = found.filter(({ form }) => form === 'column').length;
  const widths = new Set(found.flatMap(({ widths: each }) => each?.full ?? [])).size;
  const strong = found.filter((entry) => entry.form !== 'narrow' && isCredible(entry, columns, widths));
  return strong.length > 0 ? strong : found.filter(({ form }) => form === 'narrow');
}

/**
 * A single column without arithmetic may be anything ([768, 1]); a block format that turns one common width into another (768 of 1024) is
 * two models as well, so it has to fit several widths or give a size that is no width.
 */
function isCredible({ form, proof, widths }: Packed, columns: number, fullWidths: number): boolean {
  if (form === 'column') return proof !== undefined || columns > 1;
  if (form !== 'bytes' || widths === undefined) return true;
  return widths.stored % 64 !== 0 || fullWidths > 1;
}

function rivalOf(failure: LoadFailure, packed: readonly Packed[]): string | undefined {
  const { mismatches } = failure;
  const positions = new Set(packed.map(({ position }) => position));
  const others = mismatches.filter((_, position) => !positions.has(position));
  const isWidth = ({ parameter }: (typeof mismatches)[number]): boolean =>
    ['norm', 'token-embedding', 'position-embedding'].includes(roleOf(parameter)) ||
    (parameter !== undefined && QUANTISED_TENSOR.test(parameter));
  const isBias = ({ checkpointShape, modelShape }: (typeof mismatches)[number]): boolean =>
    checkpointShape.length === 1 && modelShape.length === 1;
  if (packed.every(({ form }) => form === 'narrow')) {
    if (others.some((mismatch) => isWidth(mismatch) || isBias(mismatch)))
      return 'norms, biases or embeddings change as well: another width (wrong-model-variant) or shards (tensor-parallel-degree)';
    if (others.length > 0 || !(standsOnAllLayers(mismatches, packed) || isQuantisedMlx(failure, packed)))
      return 'fewer columns on one kind of layer are what a shard of a row-parallel layer looks like (tensor-parallel-degree)';
  }
  if (
    packed.every(({ form }) => form !== 'column' && form !== 'tiles' && form !== 'blocks') &&
    others.some((mismatch) => isWidth(mismatch) || isBias(mismatch))
  ) {
    return 'quantised tensors, biases or norms change their widths as well: a model of another size (wrong-model-variant)';
  }
  return undefined;
}

/** MLX stops at the first difference, loads no shards, and packs into 32 bits; its scales and biases are named beside the weights. */
function isQuantisedMlx({ dialects, missingKeys, unexpectedKeys }: LoadFailure, packed: readonly Packed[]): boolean {
  const hasScales = [...missingKeys, ...unexpectedKeys].some((key) => /\.(scales|biases)$/.test(key));
  return packed.every(({ ratio = 0 }) => ratio >= 4) && (hasScales || dialects.includes('mlx'));
}

/** Column- and row-parallel layers both lose columns: no sharding does that. */
function standsOnAllLayers(mismatches: LoadFailure['mismatches'], packed: readonly Packed[]): boolean {
  const roles = packed.map(({ position }) => roleOf(mismatches[position]?.parameter));
  const isColumn = roles.some((role) =>
    ['attention-fused', 'attention-query', 'attention-key', 'attention-value', 'mlp-in'].includes(role),
  );
  return isColumn && roles.some((role) => role === 'attention-output' || role === 'mlp-out');
}

function otherStorage({ failure, clues }: Case, packed: readonly Packed[], keys: MarkedKeys | undefined): Diagnosis {
  const positions = packed.map(({ position }) => position);
  const proven = packed.filter(({ proof }) => proof !== undefined);
  const lead = proven[0] ?? packed[0];
  const side = lead?.packedSide ?? 'checkpoint';
  const options = cluesOf(clues, 'option').filter(({ name }) => /4bit|8bit|quant|wbits|groupsize/i.test(name));
  const ignored = cluesOf(clues, 'warning').filter(({ topic }) => topic === 'quantization-ignored');
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(packed, lead),
    confidence: confidenceOf(failure, packed, proven.length),
    specificity: 85,
    explained: { mismatches: positions, missingKeys: keys?.missing ?? [], unexpectedKeys: keys?.unexpected ?? [] },
    evidence: [
      ...(lead?.proof === undefined
        ? []
        : [
            {
              statement: `${lead.format}: ${lead.proof}${proven.length > 1 ? ` (so on ${proven.length} of ${packed.length} tensors)` : ''}`,
            },
          ]),
      ...(lead?.form === 'narrow'
        ? [
            {
              statement: `All ${counted(packed.length, 'matrix', 'matrices')} keep their rows and have 1/${lead.ratio} of the columns on one side, whatever kind of layer: ${lead.format}`,
            },
          ]
        : []),
      ...shownFirst(failure.mismatches, positions),
      ...options.map(({ name, value, at }) => ({ statement: `The run sets ${name}=${value}`, at })),
      ...ignored.map(({ at }) => ({ statement: 'The loader says that it ignores the quantisation configuration of the file', at })),
    ],
    remedies: packingRemedies(lead?.form ?? 'column', side, lead?.format ?? ''),
    doesNotHelp: [
      STRICT_FALSE,
      {
        advice: 'ignore_mismatched_sizes=True, or reshaping the tensors',
        reason: 'the numbers are packed; read with another shape they are noise.',
      },
    ],
    afterwards: afterwardsOf(failure, side),
    wouldDecide: [],
  };
}

function confidenceOf({ mismatches }: LoadFailure, packed: readonly Packed[], proven: number): Diagnosis['confidence'] {
  if (packed.every(({ form }) => form === 'narrow')) return packed.length > 2 ? 'certain' : 'likely';
  if (packed.every(({ form }) => form === 'blocks')) return packed.length > 1 ? 'certain' : 'likely';
  if (proven > 0) return 'certain';
  return packed.length * 2 >= mismatches.length && packed.length > 1 ? 'certain' : 'likely';
}

function afterwardsOf({ complete, incompleteReasons, mismatches }: LoadFailure, side: Packing['packedSide']): readonly string[] {
  const zeroWidth = mismatches.some(({ modelShape }) => modelShape.length > 1 && modelShape.includes(0));
  return [
    ...moreMaySurface({ complete, incompleteReasons }),
    ...(zeroWidth && side === 'checkpoint'
      ? ['The width 0 on the model side was computed from the packed shape; it goes away with the right loader.']
      : []),
  ];
}

function titleOf(packed: readonly Packed[], lead: Packed | undefined): string {
  const count = packed.length === 1 ? 'one tensor' : `${packed.length} tensors`;
  const fits = packed.every(({ proof, form }) => proof !== undefined || form === 'narrow');
  if (lead === undefined) return 'One side is stored in packed form.';
  if (lead.packedSide === 'both')
    return `File and model are both quantised (${lead.format}), with other settings: ${WHAT_DIFFERS[lead.form]} on ${count}.`;
  const [packedSide, other] =
    lead.packedSide === 'checkpoint'
      ? ['checkpoint', 'model was built with full-precision layers']
      : ['model', 'checkpoint holds full-precision weights'];
  return `The ${packedSide} stores its weights packed (${lead.format}), the ${other}: ${count} ${packed.length === 1 ? 'has' : 'have'} ${fits ? 'the same numbers in another storage' : 'the shape of packed storage'}.`;
}

const WHAT_DIFFERS: Readonly<Record<Packing['form'], string>> = {
  column: 'the packing differs',
  narrow: 'the packing differs',
  blocks: 'the block format differs',
  bytes: 'the block format differs',
  tiles: 'the padding of the input width differs',
  groups: 'the group size differs',
  orientation: 'the layout of the scales is that of another release',
  bits: 'the number of bits differs',
};
