import { stockVocabulary, stockWeights } from '../vocabulary-and-adapters/vocabulary-table.js';
import { PADDING_UNIT } from './parallel-split.js';

/** How the larger row count came out of the smaller one, or both out of one vocabulary. */
export interface Padding {
  readonly small: number;
  readonly large: number;
  /** The multiple to which the larger side was padded. */
  readonly multiple: number;
  /** The same for the smaller side; absent where it is the bare vocabulary. */
  readonly smallMultiple?: number;
  /** A published vocabulary, bare, that both sides hold. */
  readonly known?: { readonly rows: number; readonly family: string };
}

/** Multiples in use: `make_vocab_size_divisible_by` 128 × tensor-parallel degree (Megatron, NeoX), `pad_to_multiple_of` 64 or 128 (transformers). */
const MEGATRON_MULTIPLES: readonly number[] = [1, 2, 4, 8, 16, 32, 64].map((degree) => PADDING_UNIT * degree);
const TRANSFORMERS_MULTIPLES: readonly number[] = [64, 128];

export function padTo(rows: number, multiple: number): number {
  return Math.ceil(rows / multiple) * multiple;
}

/** Megatron pads whole vocabularies, and by its degree: two runs of one tokenizer differ by a few hundred rows. */
export function readMegatronPadding(a: number, b: number): Padding | undefined {
  const [small, large] = a < b ? [a, b] : [b, a];
  const difference = large - small;
  const multiple = MEGATRON_MULTIPLES.find((each) => large % each === 0 && each > difference);
  if (multiple === undefined || small < 1000) return undefined;
  const smallMultiple = MEGATRON_MULTIPLES.findLast((each) => small % each === 0 && each < multiple);
  const known = knownBelow(small, large - multiple, smallMultiple);
  return { small, large, multiple, ...(smallMultiple === undefined ? {} : { smallMultiple }), ...(known === undefined ? {} : { known }) };
}

/** A published size that pads to both; the first one found below the smaller side. */
function knownBelow(small: number, above: number, smallMultiple = 1): Padding['known'] {
  for (let rows = small; rows > above && rows > small - smallMultiple; rows--) {
    const stock = stockVocabulary(rows);
    if (stock !== undefined) return { rows, family: stock.family };
  }
  return undefined;
}

/**
 * Outside Megatron only the plain case is sure: the smaller side is a published vocabulary and the larger one exactly that, rounded up. Where the larger side
 * itself is published and the smaller one is not (T5: 32100 tokens, 32128 rows) the file was cut to its tokenizer instead.
 */
export function readPlainPadding(a: number, b: number): Padding | undefined {
  const [small, large] = a < b ? [a, b] : [b, a];
  if ((stockWeights(large) !== undefined && stockWeights(small) === undefined) || small < 1000) return undefined;
  const multiple = TRANSFORMERS_MULTIPLES.find((each) => small % each !== 0 && padTo(small, each) === large);
  if (multiple === undefined) return undefined;
  const stock = stockVocabulary(small);
  return { small, large, multiple, ...(stock === undefined ? {} : { known: { rows: small, family: stock.family } }) };
}
