import type { Case, Remedy, Warning } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { pick } from './collapsed-shapes.js';
import { knownVocabulary, type Split } from './parallel-split.js';
import type { Trace } from './tensor-parallel-trace.js';

/** Whose tools to name. */
type Maker = 'megatron' | 'meta' | 'glm' | 'other';

export function degreeRemedies(subject: Case, trace: Trace): readonly Remedy[] {
  const { failure } = subject;
  const maker = makerOf(subject);
  const degree = degreeOf(trace, failure);
  if (trace.kind === 'told' && trace.sizes.checkpoint === 0) return [findFiles()];
  if (trace.kind === 'asserted') return [showShapes(), fewerRanks()];
  const modelIsShard = trace.kind === 'cut' && trace.splits[0]?.smaller === 'model';
  const start = startWithDegree(maker, degree, trace);
  if (modelIsShard) return [sliceOrWiden(trace, failure), reshard(maker, degree)];
  return [start, reshard(maker, degree), ...(trace.kind === 'cut' && showsEveryCut(failure, trace) ? [mergeByHand(failure, trace)] : [])];
}

/** Ranks to start, where a message or a known vocabulary tells them. */
function degreeOf(trace: Trace, failure: LoadFailure): number | undefined {
  if (trace.kind === 'told') return trace.sizes.checkpoint;
  if (trace.kind !== 'cut') return undefined;
  const split = trace.splits.find(({ family, axis, exact }) => family === 'vocabulary' && axis === 0 && exact);
  const [mismatch] = pick(failure.mismatches, split === undefined ? [] : [split.position]);
  if (split === undefined || mismatch === undefined || split.smaller === 'model') return undefined;
  return knownVocabulary(mismatch.checkpointShape[0] ?? 0, split.pieces)?.smaller;
}

function makerOf({ failure }: Case): Maker {
  const names = failure.mismatches.map(({ parameter }) => parameter ?? '').join(' ');
  if (failure.dialects.includes('llama') || /tok_embeddings|\.wq\.|feed_forward\.w[123]/.test(names)) return 'meta';
  if (/GLM/.test(failure.modelClass ?? '')) return 'glm';
  return failure.dialects.some((dialect) => /^(megatron|nemo|deepspeed)/.test(dialect)) ||
    /query_key_value|dense_h_to_4h|linear_qkv|linear_fc|word_embeddings/.test(names)
    ? 'megatron'
    : 'other';
}

const START: Readonly<Record<Maker, (degree: string) => string>> = {
  // meta-llama/llama README: one consolidated.*.pth for each rank.
  meta: (degree) =>
    `ls CHECKPOINT/consolidated.*.pth | wc -l        # this many ranks\ntorchrun --nproc_per_node ${degree} example.py --ckpt_dir CHECKPOINT`,
  megatron: (degree) =>
    `# Megatron-LM: as when the checkpoint was saved\n--tensor-model-parallel-size ${degree}\n# GPT-NeoX, in the yaml:  "model_parallel_size": ${degree}`,
  glm: (degree) =>
    `# in the launch script, as many ranks as there are mp_rank_* files\n--nproc_per_node ${degree} … --model-parallel-size ${degree}`,
  other: (degree) => `torchrun --nproc_per_node ${degree} …      # one rank for each shard file of the checkpoint`,
};

function startWithDegree(maker: Maker, degree: number | undefined, trace: Trace): Remedy {
  const ratio = trace.kind === 'cut' ? `, ${trace.pieces} times the degree of this run` : '';
  const shown = degree === undefined ? 'N' : String(degree);
  return {
    title: `Load at the degree at which the checkpoint was saved${degree === undefined ? '' : ` (${degree})`}`,
    text: `Every shard is loaded by its own rank.${degree === undefined ? ` N is the number of shard files${ratio} (mp_rank_00, mp_rank_01, …; consolidated.00.pth, …).` : ''}`,
    snippet: { language: 'bash', code: START[maker](shown) },
    cost: 'Needs that many GPUs (or processes); the optimizer state fits only with the same data-parallel size as well.',
  };
}

const RESHARD: Readonly<Record<Maker, string>> = {
  // NVIDIA/Megatron-LM tools/checkpoint/convert.py; docs of dist_checkpointing.
  megatron:
    'python tools/checkpoint/convert.py --model-type GPT --loader mcore --saver mcore \\\n  --load-dir CHECKPOINT --save-dir RESHARDED \\\n  --target-tensor-parallel-size 1 --target-pipeline-parallel-size 1',
  // huggingface/transformers src/transformers/models/llama/convert_llama_weights_to_hf.py
  meta: 'python -m transformers.models.llama.convert_llama_weights_to_hf \\\n  --input_dir CHECKPOINT --model_size 7B --output_dir HF_FOLDER   # the size of your model',
  // zai-org/GLM-130B tools/convert_tp.py
  glm: 'python tools/convert_tp.py --input-folder CHECKPOINT --output-folder RESHARDED --target-tp 2   # the degree of your run',
  other:
    '# look for the converter of the project that wrote the shards, for instance:\nls tools/ scripts/ | grep -iE "convert|merge|reshard|consolidate"',
};

function reshard(maker: Maker, degree: number | undefined): Remedy {
  const live =
    maker === 'megatron'
      ? ' Megatron checkpoints of the format torch_dist re-divide by themselves when they are loaded; save with --ckpt-format torch_dist next time.'
      : '';
  return {
    title: 'Or convert the shards once to the degree of your run',
    text: `The converter of the project that wrote the file knows how fused matrices are laid out${degree === undefined ? '' : ` across the ${degree} shards`}.${live}`,
    snippet: { language: 'bash', code: RESHARD[maker] },
    cost: 'Needs all shards and memory for the whole model once; the optimizer state is usually not converted.',
  };
}

/** A table of axes is safe only where the whole list was printed: a name that is absent from it would be taken from shard 0. */
function showsEveryCut({ complete }: LoadFailure, { splits }: Extract<Trace, { kind: 'cut' }>): boolean {
  return complete && new Set(splits.map(({ axis }) => axis)).size === 2 && new Set(splits.map(({ family }) => family)).size >= 2;
}

/** Names by the axis on which they are cut, as the list shows them. */
function mergeByHand(failure: LoadFailure, { splits }: Extract<Trace, { kind: 'cut' }>): Remedy {
  const code = `import torch

files = ["mp_rank_00.pt", "mp_rank_01.pt"]           # all shards, in the order of the ranks
shards = [torch.load(f, map_location="cpu") for f in files]
AXIS = {${axisTable(failure, splits)}}

def axis_of(name):
    return next((a for part, a in AXIS.items() if part in name), None)

merged = {}
for name, first in shards[0].items():
    axis = axis_of(name)
    cut = axis is not None and axis < first.dim()   # biases of layers that narrow stay whole
    merged[name] = torch.cat([s[name] for s in shards], dim=axis) if cut else first`;
  return {
    title: 'Or join the shards by hand, where no converter exists',
    text: 'Layers that widen are joined on axis 0 with their biases, layers that narrow on axis 1; norms and other parameters are the same in all shards.',
    snippet: { language: 'python', code },
    cost: 'A fused query-key-value or gate-up matrix is right only if each shard holds whole heads in a row; where it holds [q|k|v] blocks, join the blocks one by one. The vocabulary may carry padding rows at its end.',
  };
}

function axisTable(failure: LoadFailure, splits: readonly Split[]): string {
  const entries = new Map<string, number>();
  for (const { position, axis } of splits) {
    const [mismatch] = pick(failure.mismatches, [position]);
    const parts = (mismatch?.parameter ?? '').split('.');
    const leaf = parts.at(-1) === 'weight' || parts.at(-1) === 'bias' ? parts.at(-2) : parts.at(-1);
    const owner = leaf === 'dense' ? `${parts.at(-3) ?? ''}.dense` : (leaf ?? '');
    if (owner !== '') entries.set(owner, axis);
  }
  return [...entries]
    .slice(0, 12)
    .map(([name, axis]) => `"${name}": ${axis}`)
    .join(', ');
}

function sliceOrWiden({ splits, pieces }: Extract<Trace, { kind: 'cut' }>, failure: LoadFailure): Remedy {
  const [first] = pick(
    failure.mismatches,
    splits.slice(0, 1).map(({ position }) => position),
  );
  const axis = splits[0]?.axis ?? 0;
  const example =
    first === undefined ? '' : ` (${first.parameter ?? 'the first'}: ${first.modelShape[axis]} of ${first.checkpointShape[axis]})`;
  return {
    title: `Load through a loader that slices for each rank, or build the model whole`,
    text: `The model expects 1/${pieces} of each matrix${example}. In a tensor-parallel run the framework's own loader cuts the whole file for each rank; a plain load_state_dict does not. Outside such a run the configuration holds sizes that were already divided by ${pieces}: put the global sizes back.`,
    cost: 'Slicing by hand must follow the same axes and the layout of fused matrices.',
  };
}

function showShapes(): Remedy {
  return {
    title: 'Let the loader print what it compares',
    text: 'Put this line in front of the assertion that the traceback names, and run again: the name of the parameter and the two shapes decide.',
    snippet: {
      language: 'python',
      code: 'print(getattr(param, "prefix", ""), tuple(param.shape), tuple(loaded_weight.shape), flush=True)',
    },
  };
}

function fewerRanks(): Remedy {
  return {
    title: 'Try one rank, or a degree that divides every width',
    text: 'Heads, key-value heads, the feed-forward width and quantisation groups must divide by the degree. If one rank loads and several do not, the loader of this architecture does not cut that weight: look for a newer version. If one rank fails too, the degree is not the cause.',
    snippet: { language: 'bash', code: '--tensor-parallel-size 1      # with a small --max-model-len, only to see whether it loads' },
    cost: 'One GPU must hold the whole model for this test.',
  };
}

function findFiles(): Remedy {
  return {
    title: 'Point the loader at the folder that holds the shards',
    text: 'The loader counts the files that match its pattern (consolidated.*.pth, mp_rank_*) and found none: a wrong path, an unfinished download, or a folder in another format (Hugging Face instead of the original one).',
    snippet: { language: 'bash', code: 'ls -la CHECKPOINT/        # expected: consolidated.00.pth … and params.json' },
  };
}

export function degreeWarnings(trace: Trace): readonly Warning[] {
  const shapes: readonly Warning[] =
    trace.kind === 'told' || trace.kind === 'asserted'
      ? []
      : [
          STRICT_FALSE,
          { advice: 'ignore_mismatched_sizes=True', reason: 'it would initialise every matrix at random, since all of them are cut.' },
          {
            advice: 'Resizing the embedding, or padding and repeating the shard',
            reason: 'the missing rows and columns are real weights that lie in the other shards.',
          },
        ];
  return [
    ...shapes,
    {
      advice: 'Loading shard 0 on every rank',
      reason: 'the sizes fit then, and the model computes nonsense: each rank needs its own shard.',
    },
  ];
}
