import type { Cause } from '../../model/diagnosis.js';
import { expectedPartialLoad } from './expected-partial-load.js';
import { keyPrefix } from './key-prefix.js';
import { libraryVersionDrift } from './library-version-drift.js';
import { reshapeEquivalent } from './reshape-equivalent.js';
import { transposedLayout } from './transposed-layout.js';
import { truncatedCheckpoint } from './truncated-checkpoint.js';
import { untrainedBuffersCause } from './untrained-buffers.js';
import { wrapperDict } from './wrapper-dict.js';

/** The causes of this wing, most special first. */
export const layoutAndKeys: readonly Cause[] = [
  truncatedCheckpoint,
  transposedLayout,
  reshapeEquivalent,
  wrapperDict,
  libraryVersionDrift,
  keyPrefix,
  untrainedBuffersCause,
  expectedPartialLoad,
];
