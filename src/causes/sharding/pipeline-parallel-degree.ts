import { cluesOf } from '../../model/clue.js';
import {
  type Case,
  type Cause,
  type Confidence,
  type Diagnosis,
  decline,
  type Evidence,
  type Question,
  type Remedy,
} from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { joinWords, plural } from './amounts.js';
import { type ParallelSizes, pipelineOption, readParallelSizes } from './parallel-sizes.js';
import { type AbsentStage, type NumberedNorm, readAbsentStage, readNumberedNorm } from './pipeline-stages.js';

const ID = 'pipeline-parallel-degree';

type Trace = { readonly kind: 'told'; readonly sizes: ParallelSizes; readonly randomStateOnly: boolean } | NumberedNorm | AbsentStage;

export const pipelineParallelDegree: Cause = {
  id: ID,
  diagnose: (subject) => {
    const { failure } = subject;
    const sizes = readParallelSizes(failure).find(({ kind }) => kind === 'pipeline');
    if (sizes !== undefined) return diagnosis(subject, { kind: 'told', sizes, randomStateOnly: failure.severity === 'warning' }, 'certain');
    if (failure.mismatches.length > 0) return decline(ID, 'shapes differ, which another division of layers among stages does not do');
    if (failure.missingKeys.length === 0) return decline(ID, 'no layers are missing and no message tells a number of stages');
    const norm = readNumberedNorm(failure);
    if (norm !== undefined) return diagnosis(subject, norm, isPipelineRun(subject) ? 'certain' : 'likely');
    const stage = readAbsentStage(failure);
    if (stage === undefined)
      return decline(ID, 'the missing keys are not whole layers together with the embedding, the final norm or the head beside them');
    if (stage.kind === 'part-of-a-layer')
      return decline(
        ID,
        'one layer is missing in part only, and a stage never cuts a layer: rather one of several files of the checkpoint was loaded',
      );
    return diagnosis(subject, stage, isPipelineRun(subject) ? 'likely' : 'possible');
  },
};

/** Megatron, NeoX, DeepSpeed's PipelineModule: by clue, dialect, class or names that only these give. */
function isPipelineRun({ failure, clues }: Case): boolean {
  if (cluesOf(clues, 'sharding-library').some(({ library, strength }) => library === 'megatron' && strength !== 'weak')) return true;
  if (pipelineOption(clues) !== undefined) return true;
  if (
    /Parallel|Pipe|^GPTModel$|Stage/.test(failure.modelClass ?? '') ||
    failure.dialects.some((dialect) => /^(megatron|nemo)/.test(dialect))
  )
    return true;
  return failure.missingKeys.some((key) =>
    /(^|\.)(language_model\.(encoder|embedding)|final_layernorm|self_attention\.linear_qkv)\./.test(key),
  );
}

function diagnosis(subject: Case, trace: Trace, confidence: Confidence): Diagnosis {
  const { failure } = subject;
  const harmless = trace.kind === 'told' && trace.randomStateOnly;
  const keys = new Set(trace.kind === 'told' ? [] : trace.keys);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(failure, trace),
    confidence,
    specificity: 80,
    ...(harmless ? { harmless } : {}),
    explained: {
      mismatches: [],
      missingKeys: failure.missingKeys.filter((key) => keys.has(key)),
      unexpectedKeys: failure.unexpectedKeys.filter((key) => keys.has(key)),
    },
    evidence: evidenceOf(failure, trace),
    remedies: harmless ? [] : remediesOf(trace),
    doesNotHelp: harmless
      ? []
      : [
          { advice: 'strict=False', reason: 'the run would go on with the missing layers at random.' },
          {
            advice: 'Raising or lowering num_layers until the error is gone',
            reason: 'the model would be cut to one stage, or filled up with untrained layers.',
          },
        ],
    afterwards:
      trace.kind === 'told' && !harmless ? ['Nothing was compared yet: other differences may surface once the degrees agree.'] : [],
    wouldDecide: harmless ? [] : questionsOf(trace),
  };
}

function titleOf({ modelClass = 'the model' }: LoadFailure, trace: Trace): string {
  switch (trace.kind) {
    case 'told': {
      const { checkpoint, model } = trace.sizes;
      if (trace.randomStateOnly)
        return `Harmless: the checkpoint was written with ${checkpoint} pipeline stages and the run has ${model}; layers are re-divided, only the random-number state is not resumed.`;
      return `The checkpoint was written with ${plural(checkpoint ?? 0, 'pipeline stage')} and the run has ${model}: its layers are divided among files in another way.`;
    }
    case 'numbered-norm':
      return `The file counts its final norm as pipeline layer ${trace.number} (${trace.stack}.${trace.number}) where ${modelClass} looks for it by name: it was written for pipeline stages and not converted to this degree.`;
    case 'absent-stage':
      return `The file lacks ${layersOf(trace)} and the ${joinWords(trace.ends)}: it is one pipeline stage (or one of several files) of what ${modelClass} expects.`;
  }
}

/** `layers 12 to 23` */
function layersOf({ first, last }: AbsentStage): string {
  return `layers ${first} to ${last}`;
}

function evidenceOf(failure: LoadFailure, trace: Trace): readonly Evidence[] {
  switch (trace.kind) {
    case 'told': {
      const { notice, checkpoint, model } = trace.sizes;
      const { argument = 'the number of pipeline stages' } = notice.values;
      return [
        { statement: `The loader itself compares ${argument}: ${checkpoint} in the checkpoint, ${model} in the run.`, at: notice.at },
      ];
    }
    case 'numbered-norm':
      return [
        {
          statement: `${trace.stack}.${trace.number} has a weight and a bias of its own and no attention: that is a norm, counted as a layer, as pipeline modules do.`,
          at: failure.at,
        },
        { statement: 'The model misses exactly its final norm, and no shape differs.' },
      ];
    case 'absent-stage':
      return [
        {
          statement: `Missing are ${layersOf(trace)} of ${trace.stack}, each of them whole, and what stands at that end of the model (${joinWords(trace.ends)}); nothing is unexpected.`,
          at: failure.at,
        },
        { statement: 'Another depth would lack layers only, because the end of a shallower model is there all the same.' },
      ];
  }
}

function remediesOf(trace: Trace): readonly Remedy[] {
  const degree = trace.kind === 'told' ? trace.sizes.checkpoint : undefined;
  const same: Remedy = {
    title: `Load with the number of stages at which the checkpoint was written${degree === undefined ? '' : ` (${degree})`}`,
    text: 'Every stage then reads its own file (mp_rank_XX_YYY: YYY is the stage).',
    snippet: {
      language: 'bash',
      code: `--pipeline-model-parallel-size ${degree ?? 'N'}      # GPT-NeoX: "pipe_parallel_size": ${degree ?? 'N'}`,
    },
    cost: 'Needs as many GPUs as stages × tensor-parallel ranks.',
  };
  const convert: Remedy = {
    title: 'Convert the checkpoint once to the degree of your run',
    text: 'The converter renumbers layers and puts the embedding, the final norm and the head where each stage expects them. Checkpoints of the format torch_dist are re-divided when they are loaded.',
    snippet: {
      language: 'bash',
      code: 'python tools/checkpoint/convert.py --model-type GPT --loader mcore --saver mcore \\\n  --load-dir CHECKPOINT --save-dir RESHARDED \\\n  --target-tensor-parallel-size 1 --target-pipeline-parallel-size 1',
    },
    cost: 'Needs the files of all stages and memory for the whole model; the optimizer state is usually not converted.',
  };
  if (trace.kind === 'numbered-norm') return [convert, renameNorm(trace), same];
  return trace.kind === 'told' ? [same, convert] : [loadAll(trace), same, convert];
}

/** deepspeedai/Megatron-DeepSpeed#329: a converter from stages to one model left the last numbers as they were. */
function renameNorm({ stack, number, keys }: NumberedNorm): Remedy {
  const target =
    keys.find((key) => /norm\.(weight|bias)$|ln_f\./.test(key) && !/\.\d+\./.test(key))?.replace(/\.(weight|bias)$/, '') ??
    'final_layernorm';
  return {
    title: 'Rename the numbered norm in the file',
    text: 'Only where every other layer has its place already; the head may hang beneath the norm and has to move to its own name as well.',
    snippet: {
      language: 'python',
      code: `for part in ("weight", "bias"):\n    if "${stack}.${number}." + part in state_dict:\n        state_dict["${target}." + part] = state_dict.pop("${stack}.${number}." + part)`,
    },
    cost: 'Compare the shapes first: it must be one-dimensional and as long as the model is wide.',
  };
}

function loadAll({ first }: AbsentStage): Remedy {
  return {
    title: 'Load all files of the checkpoint, not one',
    text: `The other ${first === 0 ? 'part (the beginning)' : 'part (the end)'} lies in the files of the other stages, or in the other numbered files of the folder; an index file (*.index.json) names them.`,
    snippet: { language: 'bash', code: 'ls -d CHECKPOINT/mp_rank_* CHECKPOINT/*-of-* CHECKPOINT/*.index.json 2>/dev/null' },
  };
}

function questionsOf(trace: Trace): readonly Question[] {
  if (trace.kind === 'told') return [];
  return [
    {
      question: 'Is the checkpoint one folder for each stage (mp_rank_XX_YYY), or one model in several files (model-00001-of-00002)?',
      command: 'ls CHECKPOINT; cat CHECKPOINT/latest_checkpointed_iteration.txt CHECKPOINT/*.index.json 2>/dev/null | head',
    },
  ];
}
