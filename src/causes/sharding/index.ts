import type { Cause } from '../../model/diagnosis.js';
import { emptyLayerConfig } from './empty-layer-config.js';
import { fsdpSharded } from './fsdp-sharded.js';
import { metaDevice } from './meta-device.js';
import { optimizerState } from './optimizer-state.js';
import { paddedVocab } from './padded-vocab.js';
import { pipelineParallelDegree } from './pipeline-parallel-degree.js';
import { tensorParallelDegree } from './tensor-parallel-degree.js';
import { zero3PartitionedModel } from './zero3-partitioned-model.js';
import { zero3PlaceholderCheckpoint } from './zero3-placeholder-checkpoint.js';

/** The causes of this wing, most special first. */
export const sharding: readonly Cause[] = [
  zero3PartitionedModel,
  zero3PlaceholderCheckpoint,
  fsdpSharded,
  emptyLayerConfig,
  tensorParallelDegree,
  pipelineParallelDegree,
  paddedVocab,
  optimizerState,
  metaDevice,
];
