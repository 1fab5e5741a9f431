import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Evidence, type Question } from '../../model/diagnosis.js';
import { type Mismatch, mayHideMore } from '../../model/failure.js';
import { roleOf } from '../roles.js';
import { formatCount, plural } from './amounts.js';
import { pick, pictureOf, rankDependent, type SidePicture, standForMatrices } from './collapsed-shapes.js';
import { isLlavaFamily, towerCheck } from './llava-family.js';
import { frameOf, readLoadCall } from './load-call.js';
import {
  agreementEvidence,
  collapseEvidence,
  frameEvidence,
  originEvidence,
  partEvidence,
  ranksAgree,
  stageEvidence,
  timingEvidence,
} from './partition-evidence.js';
import { partitionRemedies } from './partition-remedies.js';
import type { Setting } from './partition-setting.js';
import { partitionWarnings } from './partition-warnings.js';
import { readThreshold, type ThresholdReading } from './persistence-threshold.js';
import { fitsQuestion } from './stage-two.js';
import { isBelow, readZero, saysZero3, type ZeroReading } from './zero-stage.js';

const ID = 'zero3-partitioned-model';

/** Positions of placeholders on the model side: `[0]`, or `[1]` where DeepSpeed before 0.6.0 is the better reading. */
function partitioned(
  picture: SidePicture,
  zero: ZeroReading,
  mismatches: readonly Mismatch[],
): { readonly positions: readonly number[]; readonly old: boolean } {
  if (picture.placeholders.length > 0) return { positions: picture.placeholders, old: false };
  const old = areOldPlaceholders(picture, zero) || (zero.version === undefined && standForMatrices(picture, mismatches));
  return { positions: old ? picture.ones : [], old: true };
}

/** One `[1]` is a scalar's twin or a buffer; several against large tensors, in a DeepSpeed run that is not known to be newer, are placeholders. */
function areOldPlaceholders({ ones, others, flats }: SidePicture, { version, deepspeed, stage, init }: ZeroReading): boolean {
  if (ones.length < 2 || others.length + flats.length > 0) return false;
  if (version !== undefined) return isBelow(version, [0, 6]);
  return deepspeed !== undefined || stage?.stage === 3 || init !== undefined;
}

/** Placeholders are 1-d whatever the parameter is; a list of vectors alone may as well be a width of 0. */
function confidenceOf(setting: Setting, collapsed: number): Confidence {
  const { zero, subject, engineTold, engineInferred, insideInit, llava } = setting;
  const engineLive = engineTold || engineInferred;
  const told = saysZero3(zero) || insideInit || engineLive;
  const contradicted =
    (zero.stage !== undefined && zero.stage.stage !== 3 && zero.init === undefined && !insideInit) || zero.fsdp !== undefined;
  if (collapsed === 0 && !setting.old) return told || (llava && subject.failure.mismatches.length > 1) ? 'likely' : 'possible';
  if (contradicted || (setting.old && zero.version === undefined)) return 'likely';
  if (collapsed >= 3) return 'certain';
  // Ranks that print one list exclude FSDP, whose ranks hold different pieces.
  if (setting.listed.length >= 3 && ranksAgree(subject)) return 'certain';
  return zero.stage?.strength === 'strong' || zero.init !== undefined || insideInit || engineLive ? 'certain' : 'likely';
}

export const zero3PartitionedModel: Cause = {
  id: ID,
  diagnose: (subject) => {
    const { mismatches } = subject.failure;
    const picture = pictureOf('model', mismatches);
    const zero = readZero(subject);
    const { positions, old } = partitioned(picture, zero, mismatches);
    if (positions.length === 0) return decline(ID, 'no parameter of the model is an empty [0] placeholder');
    if (picture.flats.length > 0)
      return decline(ID, 'the model side also has flattened parameters of one dimension, as FSDP makes them; ZeRO-3 leaves [0] everywhere');
    if (rankDependent('model', mismatches).length > 0)
      return decline(ID, 'ranks print different sizes for one parameter; ZeRO-3 leaves [0] on every rank');
    if (picture.zeroWidths.length > 0 && picture.collapsed.length === 0) {
      return decline(
        ID,
        'the model side has a 0 among several dimensions; a placeholder has one dimension, so a width of 0 explains the [0] vectors too',
      );
    }
    const listed = pick(mismatches, positions);
    if (listed.every(({ parameter }) => isBuffer(parameter)))
      return decline(ID, 'only buffers are empty, and ZeRO-3 never partitions buffers');
    if (zero.fsdp !== undefined && !saysZero3(zero) && zero.deepspeed === undefined)
      return decline(ID, 'the log tells of FSDP and nothing of DeepSpeed');
    return diagnosis(settingOf(subject, zero, positions, old), picture, positions);
  },
};

/** Buffers by name: those of the role table, and the statistics of quantisation observers, which begin empty. */
function isBuffer(parameter: string | undefined): boolean {
  return roleOf(parameter) === 'buffer' || /(^|\.)(min_val|max_val|zero_point|histogram|scaling_factor)$/.test(parameter ?? '');
}

function settingOf(subject: Case, zero: ZeroReading, positions: readonly number[], old: boolean): Setting {
  const { failure } = subject;
  const listed = pick(failure.mismatches, positions);
  const timing = readThreshold('model', listed, subject.clues, failure.complete).timing;
  const loaderFrames = frameOf('inside-from-pretrained', failure) !== undefined;
  const engineFrames = frameOf('engine-load', failure) ?? frameOf('best-model-reload', failure);
  return {
    subject,
    zero,
    listed,
    old,
    llava: isLlavaFamily(subject),
    engineTold: engineFrames !== undefined || zero.engine !== undefined,
    engineInferred: timing === 'above-threshold',
    insideInit: frameOf('inside-zero-init', failure) !== undefined,
    insideFromPretrained: loaderFrames || failure.dialects.some((dialect) => dialect.startsWith('transformers')),
  };
}

function diagnosis(setting: Setting, picture: SidePicture, positions: readonly number[]): Diagnosis {
  const { subject, zero, listed, old } = setting;
  const { failure } = subject;
  const reading = readThreshold('model', listed, subject.clues, failure.complete);
  const evidence: readonly Evidence[] = [
    collapseEvidence(subject, picture, positions, old ? '[1]' : '[0]'),
    ...frameEvidence(subject),
    ...stageEvidence(zero, setting.insideInit || setting.engineTold),
    ...engineEvidence(zero),
    ...agreementEvidence(subject),
    ...(old ? oldEvidence(zero) : timingEvidence(reading, 'load')),
    ...originEvidence(subject),
    ...(setting.insideFromPretrained ? [] : partEvidence(failure.modelClass, listed, failure.complete)),
  ];
  const confidence = confidenceOf(setting, picture.collapsed.length + (old ? picture.ones.length : 0));
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(setting, confidence),
    confidence,
    specificity: 90,
    explained: { mismatches: positions, missingKeys: [], unexpectedKeys: [] },
    evidence,
    remedies: partitionRemedies(setting),
    doesNotHelp: partitionWarnings(setting),
    afterwards: afterwardsOf(setting, reading, picture),
    wouldDecide: questionsOf(setting),
  };
}

function titleOf({ subject: { failure }, listed, engineTold, insideFromPretrained, old }: Setting, confidence: Confidence): string {
  const whose = failure.modelClass === undefined ? 'the model' : failure.modelClass;
  const shown = old ? '[1]' : '[0]';
  if (failure.severity === 'warning') {
    return `${plural(listed.length, 'tensor')} of the checkpoint ${listed.length === 1 ? 'was' : 'were'} thrown away and the parameters of ${whose} initialised at random: ZeRO-3 had partitioned them to ${shown} before the load.`;
  }
  if (confidence === 'possible')
    return `${plural(listed.length, 'one-dimensional parameter')} of ${whose} ${listed.length === 1 ? 'is' : 'are'} empty (${shown}), as ZeRO-3 leaves what it has partitioned; a width of 0 in the configuration would look the same.`;
  const moment = insideFromPretrained
    ? 'from_pretrained read the file, and it did not gather'
    : engineTold
      ? 'a plain file was loaded into the live DeepSpeed engine'
      : 'a plain load_state_dict ran';
  const count = listed.length === 1 ? 'The listed parameter' : `All ${formatCount(listed.length)} listed parameters`;
  const scope =
    listed.length === failure.mismatches.length
      ? count
      : `${formatCount(listed.length)} of ${formatCount(failure.mismatches.length)} listed parameters`;
  return `${scope} of ${whose} ${listed.length === 1 ? 'was' : 'were'} empty (${shown}) because ZeRO-3 had partitioned ${listed.length === 1 ? 'it' : 'them'} before ${moment}; the checkpoint is not at fault.`;
}

function engineEvidence({ engine }: ZeroReading): readonly Evidence[] {
  return engine === undefined
    ? []
    : [{ statement: 'deepspeed.initialize had run before the load: the engine and its optimizer hold the parameters.', at: engine.at }];
}

function oldEvidence({ version }: ZeroReading): readonly Evidence[] {
  const who = version === undefined ? 'DeepSpeed before 0.6.0' : `DeepSpeed ${version.join('.')}`;
  return [{ statement: `${who} leaves one element, shape [1], in the place of a partitioned parameter; since 0.6.0 it is [0].` }];
}

function afterwardsOf(
  { llava, listed, engineTold, zero, subject: { failure } }: Setting,
  reading: ThresholdReading,
  picture: SidePicture,
): readonly string[] {
  const notes: string[] = [];
  if (llava) {
    notes.push(towerCheck(listed));
    notes.push(
      'Go in two steps: first make the run load and train at stage 2, then return to stage 3 with the gather; so a second fault is not mistaken for the first.',
    );
    notes.push(
      "If pre-training passed, that was because of its configuration, not because of LoRA: LLaVA's pretrain.sh uses zero2.json, its finetune.sh and finetune_lora.sh use zero3.json.",
    );
  } else {
    notes.push('Nothing was compared yet: true differences, if there are any, surface only once the parameters are whole.');
    if (zero.otherStage !== undefined && zero.otherStage.stage < 3)
      notes.push(`An earlier line tells stage ${zero.otherStage.stage}: a run that passed there passed because its parameters were whole.`);
  }
  const real = picture.others.length + picture.fragments.length;
  if (real > 0)
    notes.push(
      `${plural(real, 'other mismatch', 'other mismatches')} of this list ${real === 1 ? 'shows its' : 'show their'} true sizes and will remain.`,
    );
  if (mayHideMore(failure)) notes.push('The list is not complete: more parameters are probably affected.');
  if (!engineTold && reading.timing === 'all-sizes')
    notes.push(
      'Loading after deepspeed.initialize instead would be undone by the first step, unless engine.optimizer.refresh_fp32_params() follows.',
    );
  return notes;
}

function questionsOf(setting: Setting): readonly Question[] {
  const { subject, zero, llava } = setting;
  const receiver = readLoadCall(subject.failure)?.receiver ?? (llava ? 'vision_tower' : 'module');
  const proof: Question = {
    question: 'Are the parameters placeholders? Log this line just before the load: it prints shape [0] beside the true ds_shape.',
    command: `print([p.ds_summary() if hasattr(p, "ds_id") else tuple(p.shape) for p in ${receiver}.parameters()][:3])`,
  };
  const fits = zero.stage === undefined || zero.stage.stage === 3 ? [fitsQuestion(subject)] : [];
  if (zero.stage !== undefined) return [proof, ...fits];
  return [
    proof,
    {
      question: 'Which ZeRO stage does the run use?',
      command: 'grep -n \'"stage"\' ds_config.json   # or: grep -n zero_stage accelerate.yaml',
    },
    ...fits,
  ];
}
