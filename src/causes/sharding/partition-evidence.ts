import type { Case, Evidence } from '../../model/diagnosis.js';
import type { Frame, Mismatch } from '../../model/failure.js';
import { formatShape, type Shape } from '../../model/shape.js';
import { formatCount, formatFrame, formatRanks, joinWords, plural } from './amounts.js';
import { pick, type SidePicture, wholeShape } from './collapsed-shapes.js';
import { frameOf } from './load-call.js';
import type { ThresholdReading } from './persistence-threshold.js';
import type { ZeroReading } from './zero-stage.js';

/** What speaks for partitioned parameters: the list itself first, then the lines around it. */

/** Which side is empty, how much of the list, and that the number of dimensions collapsed. */
export function collapseEvidence(
  { failure }: Case,
  picture: SidePicture,
  positions: readonly number[],
  placeholder: '[0]' | '[1]',
): Evidence {
  const { mismatches } = failure;
  const listed = pick(mismatches, positions);
  const whole = joinWords(examples(listed.map((mismatch) => wholeShape(picture.side, mismatch))).map(formatShape));
  const other = picture.side === 'model' ? 'checkpoint' : 'model';
  const all = positions.length === 1 ? 'the' : `all ${formatCount(positions.length)}`;
  const share = positions.length === mismatches.length ? all : `${formatCount(positions.length)} of ${formatCount(mismatches.length)}`;
  const collapse =
    picture.collapsed.length + picture.ones.length > 0 ? ', so the number of dimensions collapsed too, which a width of 0 cannot do' : '';
  const statement = `On the ${picture.side} side ${share} listed ${positions.length === 1 ? 'parameter is' : 'parameters are'} exactly ${placeholder}; the ${other} has ${whole}${collapse}.`;
  const at = listed[0]?.at;
  return at === undefined ? { statement } : { statement, at };
}

/** One shape of each number of dimensions, fewest first. */
function examples(shapes: readonly Shape[]): readonly Shape[] {
  const byLength = new Map<number, Shape>();
  for (const shape of shapes) if (!byLength.has(shape.length)) byLength.set(shape.length, shape);
  return [...byLength].toSorted((a, b) => a[0] - b[0]).map(([, shape]) => shape);
}

/** Ranks that print the same list: the opposite of FSDP, where each holds other pieces. */
export function ranksAgree({ failure: { ranks, mismatches } }: Case): boolean {
  return ranks.length > 1 && mismatches.every((mismatch) => mismatch.ranks === undefined);
}

export function agreementEvidence(subject: Case): readonly Evidence[] {
  if (!ranksAgree(subject)) return [];
  return [
    { statement: `${capital(formatRanks(subject.failure.ranks))} print the same list; under FSDP each rank would show other pieces.` },
  ];
}

/** The log's own words on ZeRO. `proven`: a frame has told already that parameters are partitioned. */
export function stageEvidence(zero: ZeroReading, proven: boolean): readonly Evidence[] {
  const { stage, otherStage, init, deepspeed } = zero;
  const evidence: Evidence[] = [];
  if (stage?.stage === 3) evidence.push({ statement: `The run uses ZeRO stage 3 (${STRENGTH[stage.strength]}).`, at: stage.at });
  if (init !== undefined)
    evidence.push({
      statement: 'A deepspeed.zero.Init block closed: parameters were partitioned while the model was being built.',
      at: init.at,
    });
  if (stage !== undefined && stage.stage !== 3) {
    const statement = `The log tells ZeRO stage ${stage.stage} (${STRENGTH[stage.strength]}), which leaves parameters whole; a hand-opened deepspeed.zero.Init partitions them whatever the stage.`;
    evidence.push({ statement, at: stage.at });
  }
  if (otherStage !== undefined)
    evidence.push({
      statement: `An earlier line tells stage ${otherStage.stage}: another run, or a file name that its content contradicts.`,
      at: otherStage.at,
    });
  if (evidence.length === 0 && deepspeed !== undefined && !proven)
    evidence.push({ statement: 'DeepSpeed is in use; the log does not tell the stage.', at: deepspeed.at });
  return evidence;
}

const STRENGTH = { strong: 'printed by the library', medium: 'by the name of its configuration', weak: 'only hinted at' } as const;

/** Frames that tell at which moment the load ran. */
export function frameEvidence({ failure }: Case): readonly Evidence[] {
  const told = (frame: Frame | undefined, statement: string): readonly Evidence[] =>
    frame === undefined ? [] : [{ statement, at: frame.at }];
  return [
    ...told(
      frameOf('inside-zero-init', failure),
      'A frame of partition_parameters.py (wrapper): the load runs inside a constructor under an open zero.Init.',
    ),
    ...told(frameOf('engine-load', failure), 'The load goes through the DeepSpeed engine, so deepspeed.initialize had run.'),
    ...told(frameOf('best-model-reload', failure), 'The Trainer reloads its best model into the live engine (load_best_model_at_end).'),
  ];
}

export function originEvidence({ failure: { origin, modelClass } }: Case): readonly Evidence[] {
  if (origin === undefined) return [];
  return [
    {
      statement: `The load was asked for at ${formatFrame(origin)}${modelClass === undefined ? '' : `, on an object of class ${modelClass}`}.`,
      at: origin.at,
    },
  ];
}

/** Dates the partitioning by the smallest tensor in the list. */
export function timingEvidence(reading: ThresholdReading, act: 'load' | 'save'): readonly Evidence[] {
  const { smallest, timing, excluded, fitting } = reading;
  if (timing === 'all-sizes') {
    const limit = Math.min(...excluded.map(({ elements }) => elements));
    const before =
      act === 'load'
        ? 'the load came before the first optimizer step'
        : 'the state was read before the first step, or from a raw per-rank file';
    return [
      {
        statement: `Small tensors are empty too (the smallest has ${plural(smallest, 'element')}, the persistence threshold is ${formatCount(limit)}): ${before}.`,
      },
    ];
  }
  if (timing === 'open') return [];
  const fits = fitting.map(({ name, elements }) => `${formatCount(elements)} (${name})`).join(' and ');
  const not =
    excluded.length === 0 ? '' : `, not ${excluded.map(({ name, elements }) => `${formatCount(elements)} (${name})`).join(' or ')}`;
  const meaning = act === 'load' ? 'the engine is alive and has made a step or a save' : 'weights are taken from a live engine';
  return [
    {
      statement: `Only tensors of ${formatCount(smallest)} elements or more are empty and no small one: this fits a persistence threshold below ${formatCount(smallest)}, such as ${fits}${not}, as it is once ${meaning}.`,
    },
  ];
}

/** What the names have in common: the part that is partitioned, while the rest of the class may be whole. */
export function partEvidence(modelClass: string | undefined, listed: readonly Mismatch[], complete: boolean): readonly Evidence[] {
  const prefix = commonPrefix(listed.flatMap(({ parameter }) => parameter ?? []));
  if (prefix === '' || !complete || listed.length < 3) return [];
  return [
    {
      statement: `Every listed name begins with ${prefix} — if ${modelClass ?? 'the class'} has parameters beside it (a projection head, say), they were built where zero.Init did not reach.`,
    },
  ];
}

/** The dotted prefix that all names share, with its last dot; empty where there is none. */
export function commonPrefix(names: readonly string[]): string {
  const [first, ...more] = names.map((name) => name.split('.').slice(0, -1));
  if (first === undefined || more.length === 0) return '';
  const length = first.findIndex((part, index) => more.some((other) => other[index] !== part));
  const shared = length < 0 ? first : first.slice(0, length);
  return shared.length === 0 ? '' : `${shared.join('.')}.`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
