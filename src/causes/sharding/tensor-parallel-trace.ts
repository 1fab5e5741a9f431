import type { ClueOf } from '../../model/clue.js';
import type { Notice } from '../../model/failure.js';
import type { ParallelSizes } from './parallel-sizes.js';
import type { OtherWidthToo, Split } from './parallel-split.js';

/** What the failure shows of a split. */
export type Trace =
  | { readonly kind: 'told'; readonly sizes: ParallelSizes; readonly randomStateOnly: boolean }
  | { readonly kind: 'cut'; readonly pieces: number; readonly splits: readonly Split[] }
  | { readonly kind: 'cut-and-width'; readonly reading: OtherWidthToo }
  | { readonly kind: 'asserted'; readonly notice: Notice; readonly option?: ClueOf<'option'> };
