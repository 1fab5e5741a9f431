import { type Clue, type ClueOf, cluesOf } from '../../model/clue.js';
import type { Case } from '../../model/diagnosis.js';
import type { Place } from '../../model/place.js';

/** What the clues say about ZeRO at the moment of the failure. A log may hold several runs: a pre-training under stage 2, then a fine-tuning under stage 3. */
export interface ZeroReading {
  /** The stage that counts for this failure. */
  readonly stage?: ClueOf<'zero-stage'>;
  /** A clue for another stage before the failure: another run, or a file name that its content contradicts. */
  readonly otherStage?: ClueOf<'zero-stage'>;
  /** Parameters were partitioned at construction. */
  readonly init?: ClueOf<'zero-init'>;
  readonly engine?: ClueOf<'engine-live'>;
  readonly deepspeed?: ClueOf<'sharding-library'>;
  readonly fsdp?: ClueOf<'sharding-library'>;
  /** Version as [major, minor]. */
  readonly version?: readonly [number, number];
}

export function readZero({ failure, clues }: Case): ZeroReading {
  const stages = cluesOf(clues, 'zero-stage').filter(({ strength }) => strength !== 'weak');
  const stage = nearest(stages, failure.at) ?? nearest(cluesOf(clues, 'zero-stage'), failure.at);
  const otherStage = stages.find((other) => stage !== undefined && other.stage !== stage.stage && isBefore(other.at, failure.at));
  const libraries = cluesOf(clues, 'sharding-library');
  const version = versionOf(cluesOf(clues, 'version'), 'deepspeed');
  return defined({
    stage,
    otherStage,
    init: cluesOf(clues, 'zero-init').findLast(({ at }) => isBefore(at, failure.at)) ?? cluesOf(clues, 'zero-init').at(0),
    engine: liveEngine(clues, failure.at),
    deepspeed: libraries.find(({ library, strength }) => library === 'deepspeed' && strength !== 'weak'),
    fsdp: libraries.find(
      ({ library, strength }) => (library === 'fsdp' || library === 'fsdp2' || library === 'fairscale') && strength !== 'weak',
    ),
    version,
  });
}

/** A word of FSDP or of torch's distributed checkpoints, be it only a frame of a traceback: parameters may be pieces. */
export function hintsAtShards({ clues }: Case): boolean {
  return cluesOf(clues, 'sharding-library').some(({ library }) => library === 'fsdp' || library === 'fsdp2' || library === 'fairscale');
}

/** True where the run is known to shard parameters the ZeRO way, whatever the list looks like. */
export function saysZero3(zero: ZeroReading): boolean {
  return zero.stage?.stage === 3 || zero.init !== undefined;
}

/**
 * The last one before the failure; else the strongest after it (the launcher repeats its command line when a process dies).
 * In one run the engine's own lines follow the command line, so the last one is also the one that decides.
 */
function nearest(stages: readonly ClueOf<'zero-stage'>[], at: Place): ClueOf<'zero-stage'> | undefined {
  const here = stages.filter((stage) => stage.at.source === at.source);
  const before = here.findLast((stage) => isBefore(stage.at, at));
  return (
    before ??
    here.find(({ strength }) => strength === 'strong') ??
    here[0] ??
    stages.find(({ strength }) => strength === 'strong') ??
    stages[0]
  );
}

/** An engine is that of an earlier run where a launch or the building of a model stands between it and the failure. */
function liveEngine(clues: readonly Clue[], at: Place): ClueOf<'engine-live'> | undefined {
  const engine = cluesOf(clues, 'engine-live').findLast((clue) => isBefore(clue.at, at));
  const restarts = clues.some(
    (clue) =>
      ['command-line', 'launcher', 'zero-init'].includes(clue.kind) &&
      clue.at.source === at.source &&
      engine?.at.source === at.source &&
      clue.at.line > engine.at.line &&
      clue.at.line < at.line,
  );
  return restarts ? undefined : engine;
}

/** Lines of another source (another rank's file) are taken to be of the same run. */
function isBefore(at: Place, failure: Place): boolean {
  return at.source !== failure.source || at.line <= failure.line;
}

/** Major and minor number of a library, where the log names one. */
export function versionOf(versions: readonly ClueOf<'version'>[], library: string): readonly [number, number] | undefined {
  const text = versions.findLast((version) => version.library.toLowerCase() === library)?.version;
  const [major, minor] = (text ?? '').split('.').map((part) => Number.parseInt(part, 10));
  // Builds without version information call themselves 0.0.0.
  if (major === undefined || minor === undefined || Number.isNaN(major) || Number.isNaN(minor) || major + minor === 0) return undefined;
  return [major, minor];
}

export function isBelow([major, minor]: readonly [number, number], limit: readonly [number, number]): boolean {
  return major < limit[0] || (major === limit[0] && minor < limit[1]);
}

type Optional<T> = { readonly [K in keyof T]: T[K] | undefined };

function defined(reading: Optional<Required<ZeroReading>>): ZeroReading {
  const { stage, otherStage, init, engine, deepspeed, fsdp, version } = reading;
  return {
    ...(stage && { stage }),
    ...(otherStage && { otherStage }),
    ...(init && { init }),
    ...(engine && { engine }),
    ...(deepspeed && { deepspeed }),
    ...(fsdp && { fsdp }),
    ...(version && { version }),
  };
}
