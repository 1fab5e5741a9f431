import type { LoadFailure } from '../../model/failure.js';
import { roleOf } from '../roles.js';

/** A numbered layer in a key: what stands before the number, the number, and what follows. */
interface LayerKey {
  readonly stack: string;
  readonly number: number;
  readonly rest: string;
}

/** `model.layers.12.mlp.up_proj.weight`: the first number behind the name of a stack. */
const LAYER =
  /^(?<stack>(?:[\w-]+\.)*?(?:layers|layer|h|blocks|block|decoder|encoder|sequential|transformer))\.(?<number>\d{1,4})\.(?<rest>.+)$/;

function layerOf(key: string): LayerKey | undefined {
  const { stack, number, rest } = LAYER.exec(key)?.groups ?? {};
  return stack === undefined || number === undefined || rest === undefined ? undefined : { stack, number: Number(number), rest };
}

/** The ends of a model: what the first and the last stage hold beside their layers. */
const ENDS: readonly (readonly [End, RegExp])[] = [
  ['embedding', /(^|\.)(embed_tokens|word_embeddings|wte|tok_embeddings|embed_in|embedding)(\.|$)/],
  [
    'final norm',
    /(^|\.)(final_layernorm|final_layer_norm|final_norm|ln_f|norm_f|last_norm)(\.|$)|^(model\.|transformer\.)?norm\.(weight|bias)$/,
  ],
  ['output head', /(^|\.)(lm_head|output_layer|embed_out|output_projection|final_linear)(\.|$)/],
];
export type End = 'embedding' | 'final norm' | 'output head';

export function endOf(key: string): End | undefined {
  return layerOf(key) === undefined ? ENDS.find(([, expression]) => expression.test(key))?.[0] : undefined;
}

/** A final norm that the file keeps under the number of a pipeline layer: `layers.24.weight`, while the model misses `final_layernorm.weight`. */
export interface NumberedNorm {
  readonly kind: 'numbered-norm';
  readonly number: number;
  readonly stack: string;
  readonly keys: readonly string[];
}

/** Whole layers from one number on, together with what stands at that end of the model. */
export interface AbsentStage {
  readonly kind: 'absent-stage';
  readonly first: number;
  readonly last: number;
  readonly stack: string;
  readonly ends: readonly End[];
  readonly keys: readonly string[];
}

export function readNumberedNorm({ missingKeys, unexpectedKeys }: LoadFailure): NumberedNorm | undefined {
  const norm = missingKeys.filter((key) => endOf(key) === 'final norm');
  const numbered = unexpectedKeys.filter((key) => /^(weight|bias|lm_head\.weight)$/.test(layerOf(key)?.rest ?? ''));
  const first = numbered.map(layerOf)[0];
  if (norm.length === 0 || first === undefined) return undefined;
  const heads = unexpectedKeys.filter((key) => /final_layernorm\.lm_head/.test(key));
  return { kind: 'numbered-norm', number: first.number, stack: first.stack, keys: [...norm, ...numbered, ...heads] };
}

/**
 * Only missing keys: layers a to b of one stack, each of them whole, and at least one end. Layers alone are another depth; a layer that is missing in part lies on the
 * border between two files of one checkpoint, which a stage never cuts.
 */
export function readAbsentStage({
  missingKeys,
  unexpectedKeys,
}: LoadFailure): AbsentStage | { readonly kind: 'part-of-a-layer' } | undefined {
  if (unexpectedKeys.length > 0) return undefined;
  const layers = missingKeys.flatMap((key) => layerOf(key) ?? []).filter(({ rest }) => roleOf(rest) !== 'buffer');
  const ends = [...new Set(missingKeys.flatMap((key) => endOf(key) ?? []))];
  const stacks = new Set(layers.map(({ stack }) => stack));
  const [stack] = stacks;
  const counts = new Map<number, number>();
  for (const { number } of layers) counts.set(number, (counts.get(number) ?? 0) + 1);
  const numbers = [...counts.keys()].toSorted((a, b) => a - b);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (stack === undefined || stacks.size > 1 || first === undefined || last === undefined || numbers.length < 2) return undefined;
  if (ends.length === 0 || last - first + 1 !== numbers.length) return undefined;
  if (new Set(counts.values()).size > 1) return { kind: 'part-of-a-layer' };
  // The beginning goes with the embedding, the end with the final norm; both at once is a whole other model.
  const fits = first === 0 ? ends.every((end) => end === 'embedding') : !(ends.includes('embedding') && ends.length > 1);
  const explained = missingKeys.filter((key) => layerOf(key) !== undefined || endOf(key) !== undefined);
  return fits && explained.length === missingKeys.length ? { kind: 'absent-stage', first, last, stack, ends, keys: explained } : undefined;
}
