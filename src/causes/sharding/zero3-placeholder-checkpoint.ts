import { type Clue, cluesOf } from '../../model/clue.js';
import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Evidence, type Question } from '../../model/diagnosis.js';
import { type LoadFailure, type Mismatch, mayHideMore } from '../../model/failure.js';
import { elementCount, formatShape } from '../../model/shape.js';
import { roleOf } from '../roles.js';
import { formatCount, joinWords, plural } from './amounts.js';
import { pick, pictureOf, rankDependent, type SidePicture, standForMatrices } from './collapsed-shapes.js';
import { agreementEvidence, collapseEvidence, timingEvidence } from './partition-evidence.js';
import { readThreshold, type ThresholdReading } from './persistence-threshold.js';
import { isAdapter, recoveryRemedies, recoveryWarnings } from './placeholder-remedies.js';
import { isBelow, readZero, saysZero3, type ZeroReading } from './zero-stage.js';

const ID = 'zero3-placeholder-checkpoint';

/** Positions of placeholders on the checkpoint side; `[1]` only for files of DeepSpeed before 0.6.0. */
function placeholders(picture: SidePicture, zero: ZeroReading, mismatches: readonly Mismatch[]): readonly number[] {
  if (picture.placeholders.length > 0) return picture.placeholders;
  const old = zero.version !== undefined ? isBelow(zero.version, [0, 6]) : saysZero3(zero);
  if (zero.version === undefined && standForMatrices(picture, mismatches)) return picture.ones;
  return old && picture.ones.length > 1 && picture.others.length === 0 ? picture.ones : [];
}

export const zero3PlaceholderCheckpoint: Cause = {
  id: ID,
  diagnose: (subject) => {
    const { mismatches } = subject.failure;
    const picture = pictureOf('checkpoint', mismatches);
    const zero = readZero(subject);
    const positions = placeholders(picture, zero, mismatches);
    if (positions.length === 0) return decline(ID, 'no tensor of the checkpoint is an empty [0] placeholder');
    if (picture.flats.length > 0)
      return decline(
        ID,
        'the checkpoint also has a long one-dimensional tensor in the place of a matrix: a flat FSDP shard, whose other tensors lie on other ranks',
      );
    if (rankDependent('checkpoint', mismatches).length > 0)
      return decline(ID, 'ranks read different sizes for one tensor; placeholders are [0] in every copy');
    if (picture.zeroWidths.length > 0 && picture.collapsed.length === 0)
      return decline(ID, 'the checkpoint has a 0 among several dimensions: it was saved from a model with a width of 0');
    const listed = pick(mismatches, positions);
    if (listed.every(({ parameter }) => roleOf(parameter) === 'buffer' || /(^|\.)(min_val|max_val)$/.test(parameter ?? ''))) {
      return decline(ID, 'only buffers are empty in the file, and ZeRO-3 never partitions buffers');
    }
    if (zero.fsdp !== undefined && !saysZero3(zero) && zero.deepspeed === undefined)
      return decline(ID, 'the log tells of FSDP and nothing of DeepSpeed');
    return diagnosis(subject, zero, picture, positions);
  },
};

function diagnosis(subject: Case, zero: ZeroReading, picture: SidePicture, positions: readonly number[]): Diagnosis {
  const { failure } = subject;
  const listed = pick(failure.mismatches, positions);
  const reading = readThreshold('checkpoint', listed, subject.clues, failure.complete);
  const synced = isWeightSync(failure);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: synced ? SYNC_TITLE : titleOf(failure, listed),
    confidence: confidenceOf(subject.clues, zero, picture, reading),
    specificity: 90,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence: [
      collapseEvidence(subject, picture, positions, picture.placeholders.length > 0 ? '[0]' : '[1]'),
      lostEvidence(failure, positions, synced ? 'Empty' : 'Lost'),
      ...saveEvidence(subject.clues),
      ...stageOfSave(zero),
      ...halvesEvidence(listed, reading),
      ...timingEvidence(reading, 'save'),
      ...agreementEvidence(subject),
    ],
    remedies: synced ? [SYNC_REMEDY, ...recoveryRemedies(subject, listed)] : recoveryRemedies(subject, listed),
    doesNotHelp: recoveryWarnings(subject, positions.length),
    afterwards: afterwardsOf(failure, listed, reading),
    wouldDecide: synced ? [SYNC_QUESTION, ...questionsOf(failure)] : questionsOf(failure),
  };
}

/** Three collapsed tensors are proof by themselves; fewer need a word of DeepSpeed or of the saver. */
function confidenceOf(
  clues: readonly Clue[],
  zero: ZeroReading,
  { collapsed, ones }: SidePicture,
  { timing }: ThresholdReading,
): Confidence {
  const told =
    saysZero3(zero) || zero.deepspeed !== undefined || cluesOf(clues, 'warning').some(({ topic }) => topic === 'save-without-gather');
  if (collapsed.length === 0) return told || ones.length > 1 ? 'likely' : 'possible';
  if (zero.fsdp !== undefined) return 'likely';
  return collapsed.length >= 3 || told || timing === 'above-threshold' ? 'certain' : 'likely';
}

function titleOf({ severity }: LoadFailure, listed: readonly Mismatch[]): string {
  const what = isAdapter(listed) ? 'adapter file' : 'checkpoint';
  const verb = listed.length === 1 ? 'is an empty placeholder' : 'are empty placeholders';
  const form = listed.every(({ checkpointShape }) => checkpointShape[0] === 1) ? '[1]' : '[0]';
  const went = severity === 'warning' ? '; the run went on with these parameters at random' : '';
  return `The weights are not in this file: ${plural(listed.length, 'tensor')} of the ${what} ${verb} (${form}) that ZeRO-3 left because it was saved without gathering${went}.`;
}

const SYNC_TITLE =
  'An empty ZeRO-3 placeholder ([0]) reached the inference engine: the trainer did not gather the policy before handing it over, or the file that the engine reads holds placeholders.';

/** vLLM's loader meets [0] when a reinforcement-learning trainer pushes an ungathered policy into it (Deep-Agent/R1-V#191). */
function isWeightSync({ dialects, mismatches }: LoadFailure): boolean {
  return dialects.some((dialect) => /vllm|sglang/.test(dialect)) && mismatches.every(({ parameter }) => parameter === undefined);
}

const SYNC_REMEDY = {
  title: 'Gather the policy before it goes to the inference engine',
  text: 'In a reinforcement-learning run nothing on disk is wrong: gather each parameter, then load_weights. Trainers have a switch for it (TRL: ds3_gather_for_generation).',
  snippet: {
    language: 'python',
    code: 'for name, param in model.named_parameters():\n    with deepspeed.zero.GatheredParameters([param]):   # every rank enters\n        if rank == 0:\n            llm.load_weights([(name, param.data)])',
  },
} as const;

const SYNC_QUESTION = {
  question: 'Does the engine read a folder, or does a running trainer hand the weights over?',
  command: 'grep -nE "load_weights|update_weights|collective_rpc|Loading safetensors|Loading model weights" *.log | head',
} as const;

/** What is lost, by layer group, the largest first. */
function lostEvidence({ groups, mismatches }: LoadFailure, positions: readonly number[], word: 'Lost' | 'Empty'): Evidence {
  const empty = new Set(positions);
  const lost = groups.filter(({ members }) => members.some((member) => empty.has(member)));
  const names =
    lost.length > 0
      ? lost
          .toSorted((a, b) => b.count - a.count)
          .map(({ pattern, count, modelShape }) => `${count} × ${pattern} ${formatShape(modelShape)}`)
      : pick(mismatches, positions).map(({ parameter, modelShape }) => `${parameter ?? 'a tensor'} ${formatShape(modelShape)}`);
  const more = names.length > 6 ? ` and ${names.length - 6} more ${names.length === 7 ? 'group' : 'groups'}` : '';
  const elements = pick(mismatches, positions).reduce((sum, { modelShape }) => sum + elementCount(modelShape), 0);
  return { statement: `${word}: ${joinWords(names.slice(0, 6))}${more}; ${formatCount(elements)} elements in all.` };
}

function saveEvidence(clues: readonly Clue[]): readonly Evidence[] {
  const warned = cluesOf(clues, 'warning').find(({ topic }) => topic === 'save-without-gather');
  return warned === undefined ? [] : [{ statement: 'The saver itself said that the 16-bit weights were not gathered.', at: warned.at }];
}

function stageOfSave({ stage, deepspeed }: ZeroReading): readonly Evidence[] {
  if (stage?.stage === 3) return [{ statement: 'The log tells of ZeRO stage 3.', at: stage.at }];
  if (stage !== undefined)
    return [
      {
        statement: `The log tells of ZeRO stage ${stage.stage}: that is the run that loads; the file comes from another one.`,
        at: stage.at,
      },
    ];
  return deepspeed === undefined ? [] : [{ statement: 'DeepSpeed is in use.', at: deepspeed.at }];
}

/** An adapter's halves differ in size, so a threshold cuts between lora_A and lora_B; that looks like a choice of modules and is none. */
function halvesEvidence(listed: readonly Mismatch[], { timing, smallest }: ThresholdReading): readonly Evidence[] {
  const names = new Set(listed.flatMap(({ parameter }) => parameter ?? []));
  const single = [...names].filter((name) => !names.has(otherHalf(name)));
  const [example] = single;
  if (!isAdapter(listed) || example === undefined || timing !== 'above-threshold') return [];
  return [
    {
      statement: `Of ${plural(single.length, 'adapter pair')} only one half is empty (${shortName(example)}): the other half has fewer than ${formatCount(smallest)} elements and was saved whole. The odd-looking subset is no sign of other target modules or of grouped key heads.`,
    },
  ];
}

function otherHalf(name: string): string {
  return name.includes('lora_A') ? name.replace('lora_A', 'lora_B') : name.replace('lora_B', 'lora_A');
}

/** `gate_proj.lora_B` */
function shortName(name: string): string {
  return /(?<![^.])[^.]+\.lora_[AB]/.exec(name)?.[0] ?? name;
}

function afterwardsOf(failure: LoadFailure, listed: readonly Mismatch[], { timing }: ThresholdReading): readonly string[] {
  const notes = ['After recovery load again: true differences of shape, if there are any, surface only then.'];
  if (timing === 'above-threshold')
    notes.push('The small tensors in the file are real, the large ones are not: do not mix this file with others of the same run.');
  if (isAdapter(listed))
    notes.push('If each rank wrote its own adapter file with the same size and another hash, all of them are empty in the same way.');
  if (mayHideMore(failure)) notes.push('The list is not complete: more tensors are probably empty.');
  return notes;
}

function questionsOf({ checkpoint }: LoadFailure): readonly Question[] {
  const file = checkpoint?.split('/').at(-1) ?? 'pytorch_model.bin';
  const load = file.endsWith('.safetensors')
    ? `from safetensors.torch import load_file; sd=load_file('${file}')`
    : `import torch; sd=torch.load('${file}', map_location='cpu')`;
  return [
    {
      question: 'How many tensors of the file are empty?',
      command: `python -c "${load}; print(sum(v.numel()==0 for v in sd.values()), 'of', len(sd))"`,
    },
    {
      question: 'Is the file far smaller than the model, or cut while it was copied? Compare its size and hash with the original.',
      command: 'ls -l; sha256sum *.bin *.safetensors',
    },
  ];
}
