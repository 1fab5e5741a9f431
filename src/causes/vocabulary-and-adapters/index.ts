import type { Cause } from '../../model/diagnosis.js';
import { adapterOnlyCheckpoint } from './adapter-only-checkpoint.js';
import { expertCount } from './expert-count.js';
import { fusedQkv } from './fused-qkv.js';
import { kvHeads } from './kv-heads.js';
import { loraRank } from './lora-rank.js';
import { loraTargetModules } from './lora-target-modules.js';
import { loraWrongBase } from './lora-wrong-base.js';
import { quantizedPacked } from './quantized-packed.js';
import { tiedWeights } from './tied-weights.js';
import { vocabResized } from './vocab-resized.js';

/** The causes of this wing, most special first. */
export const vocabularyAndAdapters: readonly Cause[] = [
  loraRank,
  loraWrongBase,
  loraTargetModules,
  adapterOnlyCheckpoint,
  quantizedPacked,
  kvHeads,
  fusedQkv,
  expertCount,
  vocabResized,
  tiedWeights,
];
