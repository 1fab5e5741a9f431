import type { Cause } from '../../model/diagnosis.js';
import { classifierHead } from './classifier-head.js';
import { configChanged } from './config-changed.js';
import { datasetSizedParameters } from './dataset-sized-parameters.js';
import { defaultConfig } from './default-config.js';
import { depthMismatch } from './depth-mismatch.js';
import { environmentSpaces } from './environment-spaces.js';
import { headNotSaved } from './head-not-saved.js';
import { inChannels } from './in-channels.js';
import { patchSize } from './patch-size.js';
import { positionEmbeddingLength } from './position-embedding-length.js';
import { sdVersionMix } from './sd-version-mix.js';
import { windowSize } from './window-size.js';
import { wrongModelVariant } from './wrong-model-variant.js';

/** The causes of this wing, most special first. */
export const architecture: readonly Cause[] = [
  windowSize,
  sdVersionMix,
  environmentSpaces,
  patchSize,
  positionEmbeddingLength,
  inChannels,
  datasetSizedParameters,
  classifierHead,
  headNotSaved,
  depthMismatch,
  wrongModelVariant,
  defaultConfig,
  configChanged,
];
