import type { Cause } from '../model/diagnosis.js';
import { architecture } from './architecture/index.js';
import { layoutAndKeys } from './layout-and-keys/index.js';
import { sharding } from './sharding/index.js';
import { vocabularyAndAdapters } from './vocabulary-and-adapters/index.js';

/** All causes, in the order in which a tie is settled. */
export const causes: readonly Cause[] = [...sharding, ...vocabularyAndAdapters, ...architecture, ...layoutAndKeys];
