import type { LoadFailure } from '../../model/failure.js';
import type { Shape } from '../../model/shape.js';
import { isPlaceholder } from '../pairs.js';
import { type Role, roleOf } from '../roles.js';

interface Sides {
  readonly checkpoint: number;
  readonly model: number;
}

/** One half of a low-rank adapter whose two shapes differ. `a` leads down to the rank, `b` up from it. */
export interface AdapterTensor {
  readonly position: number;
  readonly half: 'a' | 'b';
  /** The module that the adapter sits on: `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  readonly role: Role;
  readonly rank: Sides;
  readonly width: Sides;
  /** One side is a 1x1 convolution or a grouped layer: the number of dimensions differs. */
  readonly dimensions: Sides;
  /** The shape in which one side stores a grouped 1-D convolution: three dimensions, the last of them 1. */
  readonly isGrouped: boolean;
}

/**
 * `lora_A`, `lora_embedding_B` (PEFT), `lora_E` (the diagonal of AdaLoRA, [r, 1]), `lora_down` (kohya), `lora.up`, `to_q_lora.down`
 * and, before its PEFT backend, `lora_linear_layer.up` and `lora_layer.up` (diffusers, models/lora.py), `lora_a` (MLX), `hada_w1_a` and `lokr_w2_b` (LyCORIS, whose `_a` is [out, r] and `_b` [r, in]).
 */
const HALF =
  /(?:^|[._])(?:lora(?:(?:_linear)?_layer)?[._](?<lora>embedding_A|embedding_B|A|B|E|down|up|a|b)|(?:hada|lokr)_(?<lycoris>w[12]_[ab]))(?=[._]|$)/;

export function isLoraName(name: string): boolean {
  return HALF.test(name);
}

/** The halves of adapters among the mismatches; placeholders and vectors are left out, they have no rank to compare. */
export function adapterTensors({ mismatches }: LoadFailure): readonly AdapterTensor[] {
  return mismatches.flatMap(({ parameter, checkpointShape, modelShape }, position): readonly AdapterTensor[] => {
    const found = parameter === undefined ? null : HALF.exec(parameter);
    if (parameter === undefined || found === null) return [];
    if (checkpointShape.length < 2 || modelShape.length < 2) return [];
    // With the experts on an axis of their own on one side only, neither axis of the other is their rank or their width.
    if (isStackedOnOneSide(parameter, checkpointShape, modelShape)) return [];
    const marker = found.groups?.lora ?? found.groups?.lycoris ?? '';
    const half = halfOf(marker);
    const rankAxis = rankAxisOf(marker, half, checkpointShape);
    const module = parameter.slice(0, found.index);
    return [
      {
        position,
        half,
        module,
        role: roleOf(module),
        rank: sidesOn(rankAxis, checkpointShape, modelShape),
        width: sidesOn(1 - rankAxis, checkpointShape, modelShape),
        dimensions: { checkpoint: checkpointShape.length, model: modelShape.length },
        isGrouped: [checkpointShape, modelShape].some((shape) => shape.length === 3 && shape[2] === 1),
      },
    ];
  });
}

/** Adapters over stacked experts: [experts, r, width] on one side and, as PEFT has them, [r, width] on the other. transformers#43319. */
export function isStackedOnOneSide(parameter: string, checkpointShape: Shape, modelShape: Shape): boolean {
  return /(^|\.)experts\./.test(parameter) && isLoraName(parameter) && (checkpointShape.length === 3) !== (modelShape.length === 3);
}

function halfOf(marker: string): 'a' | 'b' {
  if (marker.startsWith('w')) return marker.endsWith('b') ? 'a' : 'b';
  return /A$|^E$|down|a$/.test(marker) ? 'a' : 'b';
}

/** MLX stores `lora_a` as [in, r] and others of that spelling do not, so there the smaller side is the rank. */
function rankAxisOf(marker: string, half: 'a' | 'b', shape: Shape): 0 | 1 {
  if (marker === 'a' || marker === 'b') return (shape[0] ?? 0) <= (shape[1] ?? 0) ? 0 : 1;
  return half === 'a' ? 0 : 1;
}

function sidesOn(axis: number, checkpoint: Shape, model: Shape): Sides {
  return { checkpoint: checkpoint[axis] ?? 0, model: model[axis] ?? 0 };
}

export const hasOtherRank = ({ rank }: AdapterTensor): boolean => rank.checkpoint !== rank.model;
export const hasOtherWidth = ({ width }: AdapterTensor): boolean => width.checkpoint !== width.model;

/**
 * The old fused adapters of PEFT (MergedLinear, `enable_lora`, before 0.3): `lora_B` is a grouped 1-D convolution, three-dimensional,
 * and `lora_A` holds the ranks of all enabled slices. peft#372, #554, #1337.
 */
export function isMergedLinear({ half, dimensions, isGrouped }: AdapterTensor): boolean {
  return half === 'b' && isGrouped && dimensions.checkpoint !== dimensions.model;
}

/** Rows that are counted in tokens or labels and say nothing about the width of the base model. */
export function sitsOnVocabularyOrLabels({ role }: AdapterTensor): boolean {
  return role === 'token-embedding' || role === 'output-head' || role === 'class-head';
}

export function hasPlaceholder({ mismatches }: LoadFailure): boolean {
  return mismatches.some(({ checkpointShape, modelShape }) => isPlaceholder(checkpointShape) || isPlaceholder(modelShape));
}
