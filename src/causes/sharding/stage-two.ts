import { cluesOf } from '../../model/clue.js';
import type { Case, Question, Remedy, Snippet } from '../../model/diagnosis.js';
import { formatBytes } from './amounts.js';
import { usesLlavaScripts } from './llava-family.js';
import type { Setting } from './partition-setting.js';

/** Stage 2 as the way out: what to change, what it costs, and how to check both before the run. */

/**
 * Only the block that changes: the rest of a configuration is the user's. Every key is read by stage 2 and accepted since DeepSpeed 0.7.0 (DeepSpeedZeroConfig,
 * which refuses unknown keys); left-over stage3_* keys and offload_param are accepted and not read.
 */
const STAGE_TWO = `"zero_optimization": {
  "stage": 2,
  "overlap_comm": true, "contiguous_gradients": true, "reduce_scatter": true,
  "reduce_bucket_size": 200000000, "allgather_bucket_size": 200000000
}`;

/** Pydantic refuses unknown keys and bad values; "auto" passes, because it is taken out first (deepspeed/runtime/config_utils.py). */
const CHECK = `python -c "import json; from deepspeed.runtime.zero.config import DeepSpeedZeroConfig as Z; print(Z(**json.load(open('ds_config.json'))['zero_optimization']).stage)"   # must print 2`;

export function stageTwoRemedies(setting: Setting): readonly Remedy[] {
  const { subject, zero } = setting;
  const own = switchOf(setting);
  const first: Remedy = {
    title: 'Train with ZeRO stage 2',
    text: `Stages 0 to 2 never partition parameters, so any load works.${own === undefined ? ` Replace the zero_optimization block: ${LEFT_OVERS}` : ''}${zero.stage === undefined ? ' First make sure that the run is at stage 3 now: a deepspeed.zero.Init that the code opens by itself partitions at any stage, and then has to go.' : ''}`,
    snippet: own ?? { language: 'json', code: STAGE_TWO },
    cost: costOf(subject),
  };
  if (own === undefined) return [first];
  return [first, ownConfiguration()];
}

const LEFT_OVERS = 'stage3_* and offload_param are not read at stage 2; offload_optimizer may stay, but without "ratio".';

/** Where there is no ready file: the same block for any launcher. */
function ownConfiguration(): Remedy {
  return {
    title: 'The same with a configuration of your own',
    text: `Put this block in the place of zero_optimization in your DeepSpeed configuration and pass that file; ${LEFT_OVERS} To check the file: ${CHECK}`,
    snippet: { language: 'json', code: STAGE_TWO },
    cost: 'overlap_comm keeps about 4.5 times the bucket sizes in memory; leave it out where that is short.',
  };
}

/** The one switch to turn, where the launcher or the project has one of its own. */
function switchOf({ subject }: Setting): Snippet | undefined {
  const { failure, clues } = subject;
  const projects = cluesOf(clues, 'project').map(({ name }) => name);
  const commands = cluesOf(clues, 'command-line').map(({ command }) => command);
  if (usesLlavaScripts(subject)) {
    const seen = commands.some((command) => command.includes('zero3_offload.json')) ? 'zero3_offload.json' : 'zero3.json';
    return { language: 'bash', code: `# in the launch script, instead of --deepspeed ./scripts/${seen}\n--deepspeed ./scripts/zero2.json` };
  }
  if (projects.includes('LLaMA-Factory'))
    return { language: 'yaml', code: '# in the training yaml\ndeepspeed: examples/deepspeed/ds_z2_config.json' };
  if (projects.includes('ms-swift')) return { language: 'bash', code: '# instead of --deepspeed zero3\n--deepspeed zero2' };
  if (failure.traceback.some(({ file }) => /[\\/](pytorch_)?lightning[\\/]/.test(file)))
    return { language: 'python', code: 'trainer = Trainer(strategy="deepspeed_stage_2")   # instead of deepspeed_stage_3' };
  const accelerated = cluesOf(clues, 'launcher').some(({ name }) => name === 'accelerate');
  if (accelerated && !commands.some((command) => /deepspeed_config|--deepspeed[ =]/.test(command)))
    return { language: 'yaml', code: '# accelerate configuration, under deepspeed_config\nzero_stage: 2\nzero3_init_flag: false' };
  return undefined;
}

/**
 * Bytes on each GPU for P parameters on N GPUs, L those of the largest layer (estimate_zero2_model_states_mem_needs since DeepSpeed 0.14.3 and
 * estimate_zero3_model_states_mem_needs): stage 2 takes 2P + 18P/N, or 2P with the optimizer on the CPU; stage 3 takes 4L + 18P/N.
 */
function costOf(subject: Case): string {
  const elements = elementsOf(subject);
  const ranks = worldSize(subject);
  const count = ranks ?? 8;
  const formula = '2P + 18P/N bytes for P trained parameters on N GPUs (2P with offload_optimizer on the CPU)';
  const weights =
    elements === undefined ? '' : `, ${formatBytes(2 * elements)} for the ${billions(elements)} parameters that the log counts`;
  const trained = elements ?? 7e9;
  const all = formatBytes(2 * trained + (18 * trained) / count);
  const example = `${elements === undefined ? 'For 7e9 trained parameters' : 'With all of them trained'} on ${count} GPUs that is ${all} each, against 4L + 18P/N at stage 3 (L: the largest layer)`;
  return `Every GPU holds all 16-bit weights${weights}: ${formula}. ${example}; activations come on top. Frozen weights, LoRA's base among them, cost 2 bytes each on every GPU. offload_optimizer takes up to P × max(4N, 16) × 1.5 bytes of main memory per node. A stage-3 checkpoint cannot be resumed by a stage-2 engine; zero_to_fp32.py carries its weights over.`;
}

function billions(elements: number): string {
  return `${(elements / 1e9).toFixed(2)}e9`;
}

/** Elements under zero.Init in this process when the load failed; the counter is cumulative. */
function elementsOf({ clues, failure }: Case): number | undefined {
  const before = cluesOf(clues, 'zero-init').filter(({ at }) => at.source !== failure.at.source || at.line <= failure.at.line);
  return before.findLast(({ elements }) => elements !== undefined)?.elements;
}

/** As told; else one more than the highest rank that spoke. */
function worldSize({ clues, failure: { ranks } }: Case): number | undefined {
  return cluesOf(clues, 'world-size').at(-1)?.size ?? (ranks.length > 1 ? Math.max(...ranks) + 1 : undefined);
}

/** Whether stage 2 is possible at all, asked of DeepSpeed's own estimator. */
export function fitsQuestion(subject: Case): Question {
  const total = Math.round(elementsOf(subject) ?? 7e9);
  return {
    question: 'Does the model fit at stage 2? Compare with the memory of one GPU (put in the numbers of your model and machine).',
    command: `python -c "from deepspeed.runtime.zero.stage_1_and_2 import estimate_zero2_model_states_mem_needs_all_cold as e; e(total_params=${total}, num_gpus_per_node=${worldSize(subject) ?? 8}, num_nodes=1)"`,
  };
}

/** zero.Init partitions whatever stage the configuration says. */
export function closeInit(): Remedy {
  return {
    title: 'Do not open deepspeed.zero.Init by hand',
    text: 'The run is not at stage 3, yet parameters are partitioned: look for `deepspeed.zero.Init(` in your code (or an FSDP wrapper) and enter it only where the configuration says stage 3.',
    snippet: { language: 'bash', code: "grep -rn 'zero\\.Init\\|FullyShardedDataParallel\\|fully_shard' --include='*.py' ." },
  };
}
