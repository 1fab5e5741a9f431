import { cluesOf } from '../../model/clue.js';
import type { Warning } from '../../model/diagnosis.js';
import { formatCount } from './amounts.js';
import { strictFlag } from './load-call.js';
import { accelerateVersion } from './partition-remedies.js';
import type { Setting } from './partition-setting.js';
import { isBelow, versionOf } from './zero-stage.js';

/** What circulates about [0] and does not help; each was tried or read in source (DeepSpeed 0.16.4/0.19.5, transformers 4.29–5.18, accelerate 0.34/1.15). */
export function partitionWarnings(setting: Setting): readonly Warning[] {
  const { subject, listed } = setting;
  const tried = strictFlag(subject) === 'False';
  return [
    {
      advice: 'strict=False',
      reason: `it waives missing and unexpected keys only; the shapes are compared before${tried ? ' — this run already had it and failed' : ''}.`,
    },
    { advice: 'ignore_mismatched_sizes=True', reason: ignoreReason(setting, listed.length) },
    { advice: 'assign=True', reason: 'the shape check comes before the assignment.' },
    {
      advice: 'deepspeed.zero.Init(enabled=False) around this part',
      reason: 'inside an outer zero.Init it does nothing; the outer one still partitions.',
    },
    ...initFlag(setting),
    {
      advice: 'stage3_param_persistence_threshold',
      reason: 'it acts only after an optimizer step; at construction every parameter, however small, is partitioned.',
    },
    { advice: 'Starting the same command again, or on one GPU', reason: 'the same code partitions before it loads, at world size 1 too.' },
  ];
}

function ignoreReason({ subject: { clues, failure } }: Setting, count: number): string {
  const hinted = cluesOf(clues, 'library-hint').some(({ hint }) => hint === 'ignore-mismatched-sizes')
    ? 'the log itself suggests it, but '
    : '';
  if (failure.severity === 'warning')
    return `it is what let this run go on: ${formatCount(count)} listed tensors were thrown away and initialised at random.`;
  const version = versionOf(cluesOf(clues, 'version'), 'transformers');
  const wiped = `transformers 4.x would drop ${count === 1 ? 'the 1 listed tensor' : `all ${formatCount(count)} listed tensors`} and initialise the parameters at random`;
  if (version === undefined) return `${hinted}${wiped}; 5.x does not honour it under ZeRO-3; a plain load_state_dict does not know it.`;
  return isBelow(version, [5, 0]) ? `${hinted}${wiped}.` : `${hinted}transformers 5.x does not honour it under ZeRO-3.`;
}

/** Accelerate 1.0.0 (pull request 3097) registers the configuration whatever the flag says; before, false did help. */
function initFlag({ subject }: Setting): readonly Warning[] {
  const version = accelerateVersion(subject);
  if (version !== undefined && isBelow(version, [1, 0])) return [];
  return [
    {
      advice: 'zero3_init_flag: false',
      reason: 'without effect since Accelerate 1.0, and it never applied to TrainingArguments(deepspeed=…).',
    },
  ];
}
