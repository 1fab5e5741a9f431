import type { ClueSource } from './clue-pattern.js';
import { zeroStage } from './zero-stage.js';

/** Everything that is read beside the messages of failure. */
export const clueSources: readonly ClueSource[] = [zeroStage];
