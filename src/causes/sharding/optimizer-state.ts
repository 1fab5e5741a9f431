import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Evidence, type Question } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { plural } from './amounts.js';
import {
  freshOptimizer,
  sameParameters,
  sameWorldSize,
  universalCheckpoint,
  weightsFromShards,
  withoutAverage,
} from './optimizer-remedies.js';

const ID = 'optimizer-state';

/** What of the run's state does not fit, beside the weights. */
type Trace =
  | { readonly kind: 'groups' | 'shape' | 'empty' | 'world-size' | 'unreadable'; readonly notice: Notice }
  /** Every name in the list belongs to the optimizer or the scheduler. */
  | { readonly kind: 'names'; readonly positions: readonly number[]; readonly keys: readonly string[] }
  /** Every name is that of the averaged copy of the weights, and stands on one side only. */
  | { readonly kind: 'average'; readonly side: 'missing' | 'unexpected'; readonly keys: readonly string[] };

export const optimizerState: Cause = {
  id: ID,
  diagnose: (subject) => {
    const trace = noticeTrace(subject.failure) ?? namesTrace(subject.failure) ?? averageTrace(subject.failure);
    if (trace === undefined) return decline(ID, 'neither a message nor a name speaks of an optimizer, a scheduler or averaged weights');
    return diagnosis(subject, trace);
  },
};

function noticeTrace({ notices }: LoadFailure): Extract<Trace, { notice: Notice }> | undefined {
  const found = notices.find((notice) => kindOf(notice) !== undefined);
  const kind = found === undefined ? undefined : kindOf(found);
  return found === undefined || kind === undefined ? undefined : { kind, notice: found };
}

function kindOf({ topic, values }: Notice): Extract<Trace, { notice: Notice }>['kind'] | undefined {
  if (topic === 'optimizer-groups') return 'groups';
  if (topic === 'optimizer-shape') return 'shape';
  if (topic === 'optimizer-empty') return 'empty';
  if (topic === 'data-parallel-size') return 'world-size';
  return /optimizer (state|files)/.test(String(values.reason ?? '')) ? 'unreadable' : undefined;
}

/** PyTorch, Apex, Megatron and distributed checkpoints; `camera_optimizer.pose` of a model is none of them. */
const STATE_NAME =
  /(^|\.)(optimizers?|optim|optimizer_states?|lr_schedulers?|exp_avg|exp_avg_sq|momentum_buffer|max_exp_avg_sq|fp32_from_fp16_params)(\.|$)/;

function namesTrace({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): Trace | undefined {
  const keys = [...missingKeys, ...unexpectedKeys];
  const names = [...mismatches.map(({ parameter }) => parameter ?? ''), ...keys];
  if (names.length === 0 || !names.every((name) => STATE_NAME.test(name))) return undefined;
  return { kind: 'names', positions: mismatches.map((_, position) => position), keys };
}

/** Latent-diffusion code (`model_ema.`), fairseq and others (`ema.`), diffusers' EMAModel (`shadow_params`). */
const AVERAGE_NAME = /^(model_ema|ema_model|ema|averaged_model)\.|^shadow_params(\.|$)/;

function averageTrace({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): Trace | undefined {
  if (mismatches.length > 0 || (missingKeys.length > 0 && unexpectedKeys.length > 0)) return undefined;
  const keys = [...missingKeys, ...unexpectedKeys];
  if (keys.length === 0 || !keys.every((key) => AVERAGE_NAME.test(key))) return undefined;
  return { kind: 'average', side: missingKeys.length > 0 ? 'missing' : 'unexpected', keys };
}

function diagnosis(subject: Case, trace: Trace): Diagnosis {
  const { failure } = subject;
  const harmless = trace.kind === 'average' && trace.side === 'unexpected' && failure.severity === 'warning';
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(trace, harmless),
    confidence: confidenceOf(failure, trace),
    specificity: 82,
    ...(harmless ? { harmless } : {}),
    explained: explainedBy(failure, trace),
    evidence: evidenceOf(failure, trace),
    remedies: harmless ? [] : remediesOf(subject, trace),
    doesNotHelp: harmless || trace.kind === 'average' ? [] : WARNINGS,
    afterwards: afterwardsOf(failure, trace),
    wouldDecide: questionsOf(trace),
  };
}

/** Where weights differ too, the optimizer's complaint is their consequence. */
function confidenceOf({ mismatches, missingKeys, unexpectedKeys }: LoadFailure, trace: Trace): Confidence {
  if (trace.kind === 'names') return 'certain';
  if (trace.kind === 'average') return 'likely';
  if (mismatches.length + missingKeys.length + unexpectedKeys.length > 0) return 'possible';
  return trace.kind === 'unreadable' || trace.kind === 'empty' ? 'likely' : 'certain';
}

function explainedBy({ missingKeys, unexpectedKeys }: LoadFailure, trace: Trace): Diagnosis['explained'] {
  if (trace.kind === 'names') return { mismatches: trace.positions, missingKeys, unexpectedKeys };
  if (trace.kind === 'average') return { mismatches: [], missingKeys, unexpectedKeys };
  return { mismatches: [], missingKeys: [], unexpectedKeys: [] };
}

function titleOf(trace: Trace, harmless: boolean): string {
  switch (trace.kind) {
    case 'groups':
      return `The optimizer state of the checkpoint belongs to another set of trainable parameters (${String(trace.notice.values.reason)}); the message is not about the weights of the model.`;
    case 'shape':
      return `The optimizer state has another shape than its parameter (${String(trace.notice.values.optimizer)} against ${String(trace.notice.values.model)}): it was saved for other parameters or another division.`;
    case 'empty':
      return `The checkpoint holds no optimizer state for ${emptyNames(trace.notice)}: when it was saved they were frozen or had not met a gradient, and this run trains them.`;
    case 'world-size':
      return `The optimizer state was divided among ${trace.notice.values.checkpoint} data-parallel ranks and the run has ${trace.notice.values.run}: ZeRO cannot divide it again by itself.`;
    case 'unreadable':
      return `The optimizer state of the checkpoint could not be read (${String(trace.notice.values.reason)}); the weights are a matter of their own.`;
    case 'names':
      return `Only the state of the optimizer or scheduler does not fit: ${trace.positions.length + trace.keys.length === 1 ? 'the listed name belongs' : `all ${plural(trace.positions.length + trace.keys.length, 'listed name')} belong`} to it, none to the model.`;
    case 'average':
      return trace.side === 'missing'
        ? `The file has no averaged (EMA) copy of the weights, and the model was built with one: all ${plural(trace.keys.length, 'missing key')} ${trace.keys.length === 1 ? 'is' : 'are'} of that copy.`
        : `${harmless ? 'Harmless for using the model: the' : 'The'} file carries an averaged (EMA) copy of the weights that this model does not have; its own weights are complete.`;
  }
}

function emptyNames({ values }: Notice): string {
  const rest = Number(values.parameters) - 1;
  return `\`${values.parameter}\`${rest > 0 ? ` and ${plural(rest, 'more parameter')} of one FSDP unit` : ''}`;
}

function evidenceOf(failure: LoadFailure, trace: Trace): readonly Evidence[] {
  if (trace.kind === 'average') {
    return [
      {
        statement: `All ${plural(trace.keys.length, 'key')} begin with the name of the averaged copy (${trace.keys[0]}), and nothing else is ${trace.side}.`,
        at: failure.at,
      },
    ];
  }
  if (trace.kind === 'names') {
    const [first] = failure.mismatches;
    const example =
      first === undefined
        ? trace.keys[0]
        : `${first.parameter}: ${formatShape(first.checkpointShape)} in the checkpoint, ${formatShape(first.modelShape)} in the run`;
    return [{ statement: `Every listed name is one of the optimizer's or scheduler's state (${example}).`, at: first?.at ?? failure.at }];
  }
  return [{ statement: SAID[trace.kind], at: trace.notice.at }];
}

/** torch/optim/optimizer.py compares groups and their lengths and nothing else; deepspeed/runtime/engine.py compares numbers of ranks. */
const SAID = {
  groups:
    'PyTorch compares the number of parameter groups and of parameters in each group, nothing else: no name and no shape is looked at, so it cannot say which parameters differ.',
  shape: 'The loader compares the shape of the optimizer state with that of its parameter.',
  empty:
    'FSDP looks up the state of each flat parameter; where none of its parameters has one, it stops, although the weights themselves may all be there.',
  'world-size': 'The loader compares the number of data-parallel ranks that wrote the optimizer state with that of this run.',
  unreadable: 'The loader names the optimizer state, not a weight.',
} as const;

const WARNINGS = [
  { advice: 'strict=False', reason: 'optimizers do not know it.' },
  { advice: 'Looking for a wrong architecture', reason: 'weights were not compared in this message.' },
] as const;

function remediesOf(subject: Case, trace: Trace): Diagnosis['remedies'] {
  switch (trace.kind) {
    case 'world-size':
      return [sameWorldSize(Number(trace.notice.values.checkpoint)), universalCheckpoint(), weightsFromShards()];
    case 'average':
      return trace.side === 'missing' ? [withoutAverage()] : [];
    case 'groups':
    case 'empty':
      return [freshOptimizer(subject), sameParameters()];
    default:
      return [freshOptimizer(subject), sameParameters(), universalCheckpoint()];
  }
}

function afterwardsOf({ mismatches, missingKeys }: LoadFailure, trace: Trace): readonly string[] {
  if (trace.kind === 'average') return [];
  const notes = [
    'With a fresh optimizer the learning-rate schedule starts anew unless the scheduler is restored; expect a short rise of the loss while moments build up.',
  ];
  if (trace.kind !== 'names' && mismatches.length + missingKeys.length > 0)
    notes.push('Weights differ as well in this failure: mend these first, the optimizer follows them.');
  if (trace.kind === 'groups')
    notes.push(
      'Groups that agree in number may still be in another order: nothing would tell, and moments would go to the wrong parameters.',
    );
  return notes;
}

function questionsOf(trace: Trace): readonly Question[] {
  if (trace.kind !== 'groups') return [];
  return [
    {
      question: 'How many parameters does each group have in the file and in the run?',
      command:
        "print([len(g['params']) for g in checkpoint['optimizer']['param_groups']], [len(g['params']) for g in optimizer.param_groups])",
    },
  ];
}
