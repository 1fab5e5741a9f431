import { type Clue, type ClueOf, cluesOf } from '../../model/clue.js';
import type { LoadFailure, Notice } from '../../model/failure.js';

/** What a message says outright about the degrees of model parallelism, whichever library words it. */
export interface ParallelSizes {
  readonly notice: Notice;
  /** `tensor`: how wide matrices are cut. `pipeline`: how layers are distributed. `unknown`: a loader that could not join the shards. */
  readonly kind: 'tensor' | 'pipeline' | 'expert-or-context' | 'unknown';
  readonly checkpoint?: number;
  readonly model?: number;
  /** Files given, where their number disagrees with the degree saved in them. */
  readonly files?: number;
}

export function readParallelSizes({ notices }: LoadFailure): readonly ParallelSizes[] {
  return notices.filter(({ topic }) => topic === 'model-parallel-size').flatMap(sizesIn);
}

function sizesIn(notice: Notice): readonly ParallelSizes[] {
  const { values } = notice;
  const number = (name: string): number | undefined => (typeof values[name] === 'number' ? values[name] : undefined);
  const pair = (kind: ParallelSizes['kind'], checkpoint?: number, model?: number): readonly ParallelSizes[] =>
    checkpoint === model && checkpoint !== undefined
      ? []
      : [{ notice, kind, ...(checkpoint === undefined ? {} : { checkpoint }), ...(model === undefined ? {} : { model }) }];
  // Megatron's "(TP, PP) mismatch after resume" tells both at once.
  if (number('checkpointTensorParallel') !== undefined) {
    return [
      ...pair('tensor', number('checkpointTensorParallel'), number('modelTensorParallel')),
      ...pair('pipeline', number('checkpointPipelineParallel'), number('modelPipelineParallel')),
    ];
  }
  const files = number('files');
  const [told] = pair(kindOf(String(values.argument ?? '')), number('checkpoint'), number('model'));
  if (told === undefined) return [];
  return [files === undefined ? told : { ...told, files }];
}

/** Names of Megatron-LM, Megatron-DeepSpeed and GPT-NeoX; without a name it is a count of shards, one for each tensor-parallel rank. */
function kindOf(argument: string): ParallelSizes['kind'] {
  if (/pipe/.test(argument)) return 'pipeline';
  if (/expert|context|sequence|data/.test(argument)) return 'expert-or-context';
  return argument === '' ? 'unknown' : 'tensor';
}

const TENSOR_OPTIONS = ['tensor_model_parallel_size', 'tensor_parallel_size', 'model_parallel_size'];
const PIPELINE_OPTIONS = ['pipeline_model_parallel_size', 'pipe_parallel_size'];

/** The degree of the run, where an option or a banner tells one above 1. */
export function tensorOption(clues: readonly Clue[]): ClueOf<'option'> | undefined {
  return optionAboveOne(clues, TENSOR_OPTIONS);
}

export function pipelineOption(clues: readonly Clue[]): ClueOf<'option'> | undefined {
  return optionAboveOne(clues, PIPELINE_OPTIONS);
}

function optionAboveOne(clues: readonly Clue[], names: readonly string[]): ClueOf<'option'> | undefined {
  return cluesOf(clues, 'option').findLast(({ name, value }) => names.includes(name) && Number(value) > 1);
}
