import type { Notice } from '../../model/failure.js';
import type { Side, SidePicture } from './collapsed-shapes.js';

/** Which of FSDP's traces the failure shows. */
export type Trace =
  /** FSDP1: one-dimensional pieces, their lengths and empty ones by rank. */
  | {
      readonly kind: 'flat';
      readonly picture: SidePicture;
      readonly positions: readonly number[];
      readonly solved: boolean;
      readonly certain: boolean;
    }
  /** FSDP2 or another DTensor: axis 0 cut, dimensions kept. */
  | {
      readonly kind: 'rows';
      readonly side: Side;
      readonly positions: readonly number[];
      readonly ranks?: number;
      readonly byRank: boolean;
      readonly vocabularyOnly?: boolean;
      /** No row at all on this rank: fewer rows than ranks. */
      readonly isEmpty?: boolean;
    }
  /** Names that only the wrapper makes. */
  | { readonly kind: 'keys'; readonly keys: readonly string[]; readonly reason: 'flat' | 'renamed' | 'one-sided' }
  /** A plain tensor copied into a DTensor. */
  | { readonly kind: 'dtensor'; readonly notice: Notice };
