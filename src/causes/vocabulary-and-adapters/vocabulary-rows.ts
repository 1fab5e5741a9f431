import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { elementCount } from '../../model/shape.js';
import { onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';
import { isAdapterKey } from './adapter-keys.js';
import { isLoraName } from './adapter-tensors.js';
import { nearestVocabulary } from './vocabulary-table.js';

/** A parameter whose two shapes differ on the axis that counts tokens, and on no other. */
export interface VocabularyRows {
  readonly position: number;
  readonly checkpoint: number;
  readonly model: number;
  readonly naming: Naming;
}

/**
 * `words`: the name says token embedding or output head. `symbols`: an embedding of a speech, caption or translation model. `sizes`: the
 * name says nothing, only the sizes tell. `unnamed`: the message prints no name at all.
 */
export type Naming = 'words' | 'symbols' | 'sizes' | 'unnamed';

/**
 * Names beyond those that `roleOf` knows: Meta's and GGUF's `output`, TransformerLens, GPT-NeoX, OpenNMT's generator, fairseq's convolutional
 * decoder (fc3), BERT's tied decoder, TensorFlow ports.
 */
const WORDS =
  /(^|\.)(output\.weight|embed\.W_E|unembed\.W_U|unembed\.b_U|embed_out\.weight|generator\.(proj|linear|0)\.(weight|bias)|decoder\.fc3\.(weight|bias)|cls\.predictions\.(bias|decoder\.(weight|bias))|vocab_projector\.(weight|bias)|lm_head\.(bias|decoder\.(weight|bias))|(mlm|lm|generator)_(head|predictions)\.(weight|bias)|tokens?_emb(ed)?(ding)?s?(\.weight)?|word_embed(ding)?s?(\.\d)?(\.weight)?|embedding\.word_embeddings\.weight|lookup_table|emb(ed)?_tokens\.weight|(input|output)_embedding\.weight)$/;

/** VITS and its kin (`enc_p.emb`), Tacotron and encoder-decoder models (`embedding`), F5-TTS, XTTS (`text_head`), captioning (`embed`). */
const SYMBOLS =
  /(^|\.)((src|trg|tgt|txt|text|symbol|char|phone|phoneme|caption|question|word)_?(word_)?emb(ed(ding)?)?s?(\.(weight|\w+\.weight))?|text_head\.(weight|bias)|embeddings?\.weight|embed\.weight|embs?\.weight|label_embs_concat|decoder\.out\.(weight|bias)|lut\.weight|emb_luts\.\d+\.weight|(enc|dec)_emb(ed(ding)?)?\.\w+|embedding_layer\.weight|embedder\.weight)$/;

/** Tables that count something else: positions, speakers, users, cluster codes, atoms. Matched at the start of a word. */
const OTHER_TABLES =
  /(^|[._])(rel|abs)?_?(position|pos_|token_type|segment|speaker|spk|emb_g|style|user|item|node|ent_|entity|relation|appearance|label(?!_embs_concat)|patch|time|depth|camera|pose|frame|class_emb|lang_|language_emb|prefix_encoder|prompt|tone|pitch|energy|video|image|quanti[sz]|codebook|vq|atom|bond|residue)/i;

const GGUF_OR_LENS = /(^|\.)(token_embd\.weight|output\.weight|unembed\.W_U)$/;

export function vocabularyRows({ mismatches, modelClass }: LoadFailure): readonly VocabularyRows[] {
  // A prefix or prompt table is sized by an option of the tuning, not by a vocabulary (ChatGLM's PrefixEncoder, PEFT's PromptEncoder).
  // Face recognition ends in a table of persons that has no name of its own (ArcFace, CosFace, partial FC).
  if (/Prefix|Prompt|Arc(Face|Margin)|Margin|CosFace|PartialFC/.test(modelClass ?? '')) return [];
  const named = mismatches.flatMap((mismatch, position): readonly VocabularyRows[] => {
    if (elementCount(mismatch.checkpointShape) === 0 || elementCount(mismatch.modelShape) === 0) return [];
    const naming = namingOf(mismatch);
    const rows = naming === undefined ? undefined : rowsOf(mismatch, naming);
    return naming === undefined || rows === undefined ? [] : [{ position, naming, ...rows }];
  });
  return withCompanions(mismatches, withoutWidths(mismatches, named));
}

/** Where a layer's inputs and outputs differ by the very pair, it is a hidden width and counts nothing (a policy's 64 and 128). */
function withoutWidths(mismatches: readonly Mismatch[], named: readonly VocabularyRows[]): readonly VocabularyRows[] {
  if (!named.some(({ naming }) => naming === 'sizes')) return named;
  const widths = new Set(
    mismatches.flatMap(({ checkpointShape, modelShape }) =>
      checkpointShape.length === modelShape.length &&
      checkpointShape.every((size, axis) => size !== modelShape[axis] && checkpointShape.length > 1)
        ? checkpointShape.map((size, axis) => `${size}/${modelShape[axis]}`)
        : [],
    ),
  );
  return named.filter(({ naming, checkpoint, model }) => naming !== 'sizes' || !widths.has(`${checkpoint}/${model}`));
}

/** Output layers have any name (`fc`, `out`, `W_o`); where both their sizes are those of the embedding, they count the same entries. */
function withCompanions(mismatches: readonly Mismatch[], named: readonly VocabularyRows[]): readonly VocabularyRows[] {
  if (named.every(({ naming }) => naming === 'unnamed')) return named;
  const known = new Set(named.map(({ position }) => position));
  const owners = new Map(named.toReversed().map((entry) => [`${entry.checkpoint}/${entry.model}`, entry]));
  const companions = mismatches.flatMap((mismatch, position): readonly VocabularyRows[] => {
    const axis = known.has(position) ? undefined : onlyDifferingAxis(mismatch);
    const owner = axis === undefined ? undefined : owners.get(`${mismatch.checkpointShape[axis]}/${mismatch.modelShape[axis]}`);
    return owner === undefined ? [] : [{ ...owner, position }];
  });
  return [...named, ...companions].toSorted((a, b) => a.position - b.position);
}

/** The last layer at these positions is as long as an embedding of the same list, on both sides. */
export function countsTokens(failure: LoadFailure, positions: readonly number[]): boolean {
  const rows = vocabularyRows(failure);
  const [asked, counted] = [new Set(positions), new Set(rows.map(({ position }) => position))];
  const isTable = ({ position, naming }: VocabularyRows): boolean => !asked.has(position) && (naming === 'words' || naming === 'symbols');
  return positions.length > 0 && rows.some(isTable) && positions.every((position) => counted.has(position));
}

/** `words` or `symbols` by the name; `unnamed` where the message prints none. */
export function namingOf({ parameter }: Pick<Mismatch, 'parameter'>): Naming | undefined {
  if (parameter === undefined || parameter === 'weight') return 'unnamed';
  if (isLoraName(parameter) || isAdapterKey(parameter)) return isVocabularyAdapter(parameter) ? 'words' : undefined;
  const role = roleOf(parameter);
  if (role === 'token-embedding' || role === 'output-head') return 'words';
  if (OTHER_TABLES.test(parameter) || role === 'position-embedding') return undefined;
  if (WORDS.test(parameter)) return 'words';
  if (SYMBOLS.test(parameter)) return 'symbols';
  return role === 'other' && parameter.endsWith('weight') ? 'sizes' : undefined;
}

/** The half of an adapter on an embedding or head that has one row or column for each token. */
function isVocabularyAdapter(parameter: string): boolean {
  return /lora_embedding_A/.test(parameter) || /(lm_head|embed_out|output_layer)\.lora_B/.test(parameter);
}

function rowsOf(mismatch: Mismatch, naming: Naming): { readonly checkpoint: number; readonly model: number } | undefined {
  const { parameter = '', checkpointShape, modelShape } = mismatch;
  const axis = onlyDifferingAxis(mismatch);
  if (axis === undefined) return flatRows(mismatch, naming);
  const [checkpoint = 0, model = 0] = [checkpointShape[axis], modelShape[axis]];
  const others = checkpointShape.filter((_, index) => index !== axis);
  if (Math.min(checkpoint, model) < 2) return undefined;
  if (naming === 'unnamed' || naming === 'sizes')
    return axis === 0 && others.length === 1 && looksLikeVocabulary(checkpoint, model, others[0] ?? 0) ? { checkpoint, model } : undefined;
  // Axis 0 counts the tokens, except in [1, V] biases, in lora_embedding_A and where a library stores heads or all tensors transposed.
  const isLast = axis === checkpointShape.length - 1;
  const isTransposed =
    /lora_embedding_A|final_logits_bias/.test(parameter) ||
    (GGUF_OR_LENS.test(parameter) && Math.min(checkpoint, model) > (others[0] ?? 0));
  return axis === 0 || (isLast && isTransposed) ? { checkpoint, model } : undefined;
}

/** No other axis of a language model is so long for its width: feed-forward layers have at most about four rows for each column. */
function looksLikeVocabulary(checkpoint: number, model: number, width: number): boolean {
  const [small, large] = [Math.min(checkpoint, model), Math.max(checkpoint, model)];
  if (isCount(small, large) && small > 2 * width) return true;
  if (nearestVocabulary(small, 64) !== undefined || nearestVocabulary(large, 64) !== undefined) return small > 5 * width || small > 25_000;
  return small > 5 * width && small > 20_000;
}

/** Widths are multiples of 8. A few rows more that are not, and that are no table of positions (a power of two and two more), were counted. */
function isCount(small: number, large: number): boolean {
  const isPositions = [small, large].some((size) => size >= 64 && Number.isInteger(Math.log2(size)));
  return (small % 8 !== 0 || large % 8 !== 0) && large - small <= Math.max(16, small / 50) && !isPositions;
}

/** One side flattened: 38597376 = 50257 × 768 against [50258, 768]. A slice of a sharded parameter is far from the row count. ModelCenter#33. */
function flatRows(
  { checkpointShape, modelShape }: Mismatch,
  naming: Naming,
): { readonly checkpoint: number; readonly model: number } | undefined {
  const [flat, whole] = checkpointShape.length < modelShape.length ? [checkpointShape, modelShape] : [modelShape, checkpointShape];
  const [rows = 0, width = 0] = whole;
  if (naming !== 'words' || flat.length !== 1 || whole.length !== 2 || width < 2 || elementCount(flat) % width !== 0) return undefined;
  const flatCount = elementCount(flat) / width;
  if (flatCount === rows || Math.abs(flatCount - rows) > Math.max(64, rows / 100)) return undefined;
  return flat === checkpointShape ? { checkpoint: flatCount, model: rows } : { checkpoint: rows, model: flatCount };
}
