import { type Case, type Cause, type Diagnosis, decline } from '../../model/diagnosis.js';
import { answer } from '../architecture/answer.js';
import { chunkedBlocks } from './chunked-blocks.js';
import type { Drift, DriftReader } from './drift.js';
import { driftingBuffers } from './drifting-buffers.js';
import { expertAdapters } from './expert-adapters.js';
import { graphConvolutions } from './graph-convolutions.js';
import { innerRename } from './inner-rename.js';
import { normStatistics } from './norm-statistics.js';
import { originalFiles } from './original-files.js';
import { otherCode } from './other-code.js';
import { otherKernels } from './other-kernels.js';
import { pairedByPlace } from './paired-by-place.js';
import { renamed } from './renames.js';
import { otherShapes } from './shape-drifts.js';
import { shiftedLayers } from './shifted-layers.js';
import { stackedExperts } from './stacked-experts.js';
import { unreadableSpaces } from './unreadable-spaces.js';
import { weightNorm } from './weight-norm.js';

const ID = 'library-version-drift';

/** The tell-tales, the surest first: known changes, then names and places that moved in a way that only a change of the code explains. */
const READERS: readonly DriftReader[] = [
  pairedByPlace,
  driftingBuffers,
  otherShapes,
  stackedExperts,
  graphConvolutions,
  expertAdapters,
  renamed,
  weightNorm,
  chunkedBlocks,
  unreadableSpaces,
  normStatistics,
  shiftedLayers,
  otherKernels,
  originalFiles,
  innerRename,
  otherCode,
];

export const libraryVersionDrift: Cause = { id: ID, diagnose };

function diagnose({ failure, clues }: Case) {
  for (const read of READERS) {
    const drift = read(failure, clues);
    if (drift !== undefined) return tell(drift, failure.severity === 'warning' && drift.lossless === true);
  }
  return decline(ID, 'neither the names nor the shapes show a change that a library is known for');
}

function tell({ lossless: _lossless, ...drift }: Drift, isHarmless: boolean): Diagnosis {
  return answer({ cause: ID, ...drift, ...(isHarmless ? { harmless: true } : { doesNotHelp: WARNINGS }) });
}

const WARNINGS = [
  {
    advice: 'trying releases at random',
    reason:
      'each change was made in one release; the file fits the release that saved it, whose number is often in the file or beside it (`meta`, `pytorch-lightning_version`, config.json `transformers_version`).',
  },
] as const;
