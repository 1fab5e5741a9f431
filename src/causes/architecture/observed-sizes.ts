import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { roleOf } from '../roles.js';

/** Sizes of a model as far as the differing parameters show them, in elements. */
export interface ObservedSizes {
  readonly hidden?: number;
  readonly ffn?: number;
  readonly vocabulary?: number;
  readonly positions?: number;
}

export type Side = 'checkpoint' | 'model';

/** The sizes on one side; where parameters disagree, what most of them say. */
export function observedSizes({ mismatches }: Pick<LoadFailure, 'mismatches'>, side: Side): ObservedSizes {
  const votes = mismatches.map((mismatch) => sizesShownBy(mismatch, side));
  const most = (key: keyof ObservedSizes): number | undefined => mostFrequent(votes.flatMap((vote) => vote[key] ?? []));
  const entries = (['hidden', 'ffn', 'vocabulary', 'positions'] as const).flatMap((key) => {
    const size = most(key);
    return size === undefined ? [] : [[key, size] as const];
  });
  return Object.fromEntries(entries);
}

/** Swin and its like double their width with every stage: the base width is what names the variant. */
const STAGE =
  /(^|\.)(?:layers|stages)\.(\d)\.(?:blocks\.|layers\.)?\d+\.(?:norm[12]?|layernorm(?:_before|_after)?|gamma|layer_scale_parameter)(?:\.(?:weight|bias))?$/;

function sizesShownBy({ parameter, checkpointShape, modelShape }: Mismatch, side: Side): ObservedSizes {
  if (parameter === undefined) return {};
  const shape = side === 'checkpoint' ? checkpointShape : modelShape;
  const [first, second] = shape;
  const stage = STAGE.exec(parameter);
  if (stage !== null) return first === undefined ? {} : { hidden: first / 2 ** Number(stage[2]) };
  if (/(cls_token|class_token|dist_token|mask_token|register_tokens)$/.test(parameter)) return sized('hidden', shape[shape.length - 1]);
  if (shape.length > 2) return patchWidth(parameter, shape);
  switch (roleOf(parameter)) {
    case 'norm':
      return shape.length === 1 && !isInnerNorm(parameter) ? sized('hidden', first) : {};
    case 'token-embedding':
      return { ...sized('vocabulary', first), ...sized('hidden', second) };
    case 'output-head':
      return { ...sized('vocabulary', first), ...sized('hidden', second) };
    case 'position-embedding':
      return shape.length === 2 ? { ...sized('positions', first), ...sized('hidden', second) } : {};
    case 'mlp-in':
      return feedForward(parameter, first, second);
    case 'mlp-out':
      return shape.length !== 2
        ? sized('hidden', first)
        : isConv1D(parameter, first, second)
          ? { ...sized('ffn', first), ...sized('hidden', second) }
          : { ...sized('hidden', first), ...sized('ffn', second) };
    case 'attention-query':
    case 'attention-key':
    case 'attention-value':
      return shape.length === 2 ? sized('hidden', second) : {};
    case 'attention-fused':
      return shape.length === 2 ? sized('hidden', isConv1D(parameter, first, second) ? first : second) : {};
    case 'attention-output':
      return sized('hidden', first);
    default:
      return {};
  }
}

/** GPT-2 of transformers stores its linear layers as [in, out] (pytorch_utils.py, Conv1D). */
function isConv1D(parameter: string, first = 0, second = 0): boolean {
  if (/(attn\.c_attn|mlp\.c_fc)\./.test(parameter)) return second > first;
  return /mlp\.c_proj\./.test(parameter) && first > second;
}

function feedForward(parameter: string, first: number | undefined, second: number | undefined): ObservedSizes {
  if (second === undefined) return sized('ffn', first);
  if (isConv1D(parameter, first, second)) return { ...sized('hidden', first), ...sized('ffn', second) };
  const fused = /gate_up_proj/.test(parameter) && first !== undefined ? first / 2 : first;
  return { ...sized('ffn', fused), ...sized('hidden', second) };
}

/** Norms of a head's width or of an inner width say nothing about the hidden one. */
function isInnerNorm(parameter: string): boolean {
  return /(q_norm|k_norm|query_norm|key_norm|out_norm|ffn_layernorm|inner_attn_ln|downsample|kv_a_|q_a_|bn\d|batch_?norm)/.test(parameter);
}

function patchWidth(parameter: string, shape: readonly number[]): ObservedSizes {
  return /patch_embed/.test(parameter) && shape.length >= 4 ? sized('hidden', shape[0]) : {};
}

function sized(key: keyof ObservedSizes, size: number | undefined): ObservedSizes {
  return size === undefined || size <= 1 ? {} : { [key]: size };
}

export function mostFrequent<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}
