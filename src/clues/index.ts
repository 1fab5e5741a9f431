import type { ClueSource } from './clue-pattern.js';
import { commandLine } from './command-line.js';
import { engineLive } from './engine-live.js';
import { launcher } from './launcher.js';
import { libraryHint } from './library-hint.js';
import { option } from './option.js';
import { persistenceThreshold } from './persistence-threshold.js';
import { phase } from './phase.js';
import { project } from './project.js';
import { shardingLibrary } from './sharding-library.js';
import { versions } from './version.js';
import { warning } from './warning.js';
import { worldSize } from './world-size.js';
import { zeroInit } from './zero-init.js';
import { zeroStage } from './zero-stage.js';

/** Everything that is read beside the messages of failure: how the run was started first, what it then told about itself after. */
export const clueSources: readonly ClueSource[] = [
  commandLine,
  launcher,
  worldSize,
  zeroStage,
  zeroInit,
  engineLive,
  persistenceThreshold,
  shardingLibrary,
  versions,
  phase,
  option,
  libraryHint,
  warning,
  project,
];
