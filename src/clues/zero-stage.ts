import type { Strength } from '../model/clue.js';
import type { Fields } from '../model/pattern.js';
import { type ClueFact, type ClueSource, cluePattern, fixedPattern, told } from './clue-pattern.js';
import { configFileNames } from './config-file-names.js';
import { stageOf, zero } from './stage-fact.js';

const OPTIMIZER = 'the engine created its optimizer';
const OFFLOAD = 'lines that only the stage-3 engine prints';
const DUMP = 'the configuration as the engine prints it';
const CONFIG = 'zero_optimization.stage in a printed configuration';
const SETTING = 'zero_stage as a setting of the run';
const LIGHTNING = 'the strategy of Lightning';
const TRANSFORMERS = 'transformers switched ZeRO-3 on';
const PLACEHOLDER = 'a message about partitioned parameters';
const SHARDS = 'model states of every rank in the checkpoint folder';
const CHECKPOINT = 'the checkpoint that zero_to_fp32 met';
const EARLY = 'lines of the engine of stages 1 and 2';
const ACCELERATE = "Accelerate's stage-3 settings, which other stages may carry along";

/** Nested objects may stand between the opening brace and the stage, in any order of keys. */
const WITHIN = String.raw`(?:[^{}]|\{[^{}]{0,1500}\}){0,1500}?`;
const STAGE_KEY = String.raw`(?<!\w)["'\\]{0,4}stage["'\\]{0,4}\s{0,4}[:=]\s{0,4}["']?(?:<?ZeroStageEnum\.\w{1,30}: )?(?<stage>[0-3])(?![\d.\w])`;

/**
 * The ZeRO stage of the run. The number decides, never the presence of `stage3_*` keys: Accelerate writes those for every stage, and
 * stage-2 files are often edited stage-3 files. Line numbers and log levels vary with the version; file and function names do not.
 */
export const zeroStage: ClueSource = {
  name: 'zero-stage',
  patterns: [
    cluePattern(
      'optimizer', // deepspeed/runtime/engine.py; the dtype since 0.8.1, "fp16" whatever it is before
      'ZeRO stage',
      /Creating (?:\S{1,40} )?ZeRO stage (?<stage>[0-3]) optimizer/,
      (fields) => [stage(fields, 'strong', OPTIMIZER)],
      [
        told(
          '[2026-11-23 17:25:42,402] [INFO] [logging.py:128:log_dist] [Rank 0] Creating torch.float32 ZeRO stage 3 optimizer',
          zero(3, 'strong', OPTIMIZER),
        ),
        told('[Rank 0] Creating fp16 ZeRO stage 2 optimizer', zero(2, 'strong', OPTIMIZER)),
        told(
          '[Rank 0] Creating fp16 ZeRO stage 3 optimizer, MiCS is enabled False, Hierarchical params gather False',
          zero(3, 'strong', OPTIMIZER),
        ),
      ],
    ),
    fixedPattern(
      'inference-engine', // deepspeed/runtime/engine.py 0.7.0: stage 3 without an optimizer
      'Creating ZeRO Offload',
      /Creating ZeRO Offload\b/,
      [zero(3, 'strong', OPTIMIZER)],
      '[2024-03-09 10:20:30,123] [INFO] [logging.py:96:log_dist] [Rank 0] Creating ZeRO Offload',
    ),
    fixedPattern(
      'bf16-optimizer', // deepspeed/runtime/engine.py: bf16 with stage 1
      'Creating BF',
      /Creating BF16 optimizer/,
      [zero(1, 'medium', OPTIMIZER)],
      '[2024-03-09 10:20:30,123] [INFO] [logging.py:96:log_dist] [Rank 0] Creating BF16 optimizer',
    ),
    fixedPattern(
      'final-optimizer', // deepspeed/runtime/engine.py 0.14.3
      'DeepSpeedZeroOptimizer_Stage',
      /Final Optimizer = DeepSpeedZeroOptimizer_Stage3/,
      [zero(3, 'strong', OPTIMIZER)],
      '[Rank 0] DeepSpeed Final Optimizer = DeepSpeedZeroOptimizer_Stage3',
    ),
    fixedPattern(
      'persistent-parameters', // deepspeed/runtime/zero/parameter_offload.py, a plain print of 0.7.0 to 0.17.0, another wording to 0.18.7
      'Parameter Offload',
      /Parameter Offload(?:: Total persistent parameters: \d| - Persistent parameters statistics: param_count)/,
      [zero(3, 'strong', OFFLOAD)],
      'Parameter Offload: Total persistent parameters: 7552 in 46 params',
      'Parameter Offload - Persistent parameters statistics: param_count = 46, numel = 7552',
    ),
    fixedPattern(
      'offload-engine', // deepspeed/runtime/zero/parameter_offload.py 0.7.0 to 0.18.7
      'DeepSpeedZeRoOffload initialize',
      /DeepSpeedZeRoOffload initialize \[/,
      [zero(3, 'strong', OFFLOAD)],
      '[2026-11-23 17:15:23,455] [INFO] [utils.py:781:see_memory_usage] DeepSpeedZeRoOffload initialize [begin]',
    ),
    fixedPattern(
      'engine-begins', // deepspeed/runtime/zero/stage3.py
      'initialize beginning',
      /Stage 3 initialize beginning/,
      [zero(3, 'strong', OFFLOAD)],
      '[2026-11-23 17:15:23,260] [INFO] [utils.py:781:see_memory_usage] Stage 3 initialize beginning',
    ),
    fixedPattern(
      'engine-file', // any record of deepspeed/runtime/zero/stage3.py, and frames of it
      'stage3.py',
      /\[stage3\.py:\d+:\w+\]|deepspeed\/runtime\/zero\/stage3\.py", line \d/,
      [zero(3, 'strong', OFFLOAD)],
      '[2026-11-23 17:15:23,261] [INFO] [stage3.py:171:__init__] Prefetch bucket size 50000000',
      '  File "/opt/conda/lib/python3.10/site-packages/deepspeed/runtime/zero/stage3.py", line 2312, in step',
    ),
    fixedPattern(
      'earlier-engine-file', // deepspeed/runtime/zero/stage_1_and_2.py serves both stages; weak, so that a line with the number decides
      'stage_1_and_2.py',
      /\[stage_1_and_2\.py:\d+:\w+\]|deepspeed\/runtime\/zero\/stage_1_and_2\.py", line \d/,
      [zero(2, 'weak', EARLY)],
      '[2024-03-09 10:20:30,123] [INFO] [stage_1_and_2.py:146:__init__] Reduce bucket size 500000000',
    ),
    cluePattern(
      'engine-dump-stage', // deepspeed/runtime/config.py, print: dots up to column 29
      'zero_optimization_stage',
      /zero_optimization_stage \.{2,30} (?<stage>[0-3])\b/,
      (fields) => [stage(fields, 'strong', DUMP)],
      [told('[2026-11-23 17:25:44,760] [INFO] [config.py:1005:print]   zero_optimization_stage ...... 3', zero(3, 'strong', DUMP))],
    ),
    cluePattern(
      'engine-dump-config', // deepspeed/runtime/config.py, print; before 0.7.0 the value is JSON over several lines
      'zero_config ..',
      () => new RegExp(String.raw`zero_config \.{2,30} (?:\{${WITHIN})?${STAGE_KEY}`),
      (fields) => [stage(fields, 'strong', DUMP)],
      [
        told(
          '[config.py:1005:print]   zero_config .................. stage=3 contiguous_gradients=True reduce_scatter=True',
          zero(3, 'strong', DUMP),
        ),
        told(
          '[config.py:888:print]   zero_config .................. {\n    "allgather_bucket_size": 5.000000e+08, \n    "stage": 2, \n    "stage3_max_reuse_distance": 1e9',
          zero(2, 'strong', DUMP),
        ),
      ],
      30,
    ),
    cluePattern(
      'config', // ds_config.json as JSON or Python dict (Accelerate's state, TRL, user prints, print_user_config), on one line or many; Hydra's and OmegaConf's YAML
      'zero_optimization',
      () =>
        new RegExp(
          String.raw`zero_optimization(?:["'\\]{0,4}\s{0,4}[:=]\s{0,4}\{${WITHIN}|:(?:\n\s{1,20}(?!stage\b)\w{1,60}:[^\n]{0,200}){0,30}\n\s{1,20}|\.)${STAGE_KEY}`,
        ),
      (fields) => [stage(fields, 'strong', CONFIG)],
      [
        told(
          "ds_config: {'train_batch_size': 'auto', 'zero_optimization': {'stage': 3, 'offload_optimizer': {}}}",
          zero(3, 'strong', CONFIG),
        ),
        told(
          '"zero_optimization": {"offload_optimizer": {"device": "cpu"}, "stage": 2, "stage3_prefetch_bucket_size": 5e7}',
          zero(2, 'strong', CONFIG),
        ),
        told('    "zero_optimization": {\n        "stage3_max_live_parameters": 1e9, \n        "stage": 2, ', zero(2, 'strong', CONFIG)),
        told('  zero_optimization:\n    overlap_comm: true\n    stage: 3', zero(3, 'strong', CONFIG)),
        told('zero_optimization: {stage: 2, overlap_comm: true}', zero(2, 'strong', CONFIG)),
      ],
      30,
    ),
    cluePattern(
      'setting', // Accelerate's YAML, its plugin's repr, argparse Namespaces, Megatron's dots, --zero_stage of DeepSpeed-Chat and OpenRLHF
      'zero_stage',
      /\bzero_stage["']?(?:\s{0,4}[:=]\s{0,4}["']?|\s{1,4}|["'], ["']|\s?\.{3,60}\s)(?<stage>[0-3])(?![\w.]|\s*[<>=])/,
      (fields) => [stage(fields, 'strong', SETTING)],
      [
        told('  zero_stage: 3', zero(3, 'strong', SETTING)),
        told(
          'DeepSpeedPlugin(hf_ds_config=None, gradient_accumulation_steps=1, gradient_clipping=1.0, zero_stage=2, is_train_batch_min=True)',
          zero(2, 'strong', SETTING),
        ),
        told('deepspeed --module openrlhf.cli.train_sft --zero_stage 3 --bf16', zero(3, 'strong', SETTING)),
        told('  zero_stage ...................................... 1', zero(1, 'strong', SETTING)),
      ],
    ),
    cluePattern(
      'part-setting', // DeepSpeed-Chat step 3: one stage for the actor, one for the critic, so that neither is that of the whole run
      '_zero_stage',
      /(?:actor|critic|ref|reward)_zero_stage["']?(?:\s{0,4}[:=]\s{0,4}|\s{1,4}|["'], ["'])(?<stage>[0-3])(?![\w.])/,
      (fields) => [stage(fields, 'medium', SETTING)],
      [told('main.py --actor_zero_stage 3 --critic_zero_stage 3', zero(3, 'medium', SETTING), zero(3, 'medium', SETTING))],
    ),
    cluePattern(
      'hyphen-setting', // Megatron-DeepSpeed
      '--zero-stage',
      /--zero-stage(?:[= ]|["'], ["'])(?<stage>[0-3])\b/,
      (fields) => [stage(fields, 'strong', SETTING)],
      [told('pretrain_gpt.py --deepspeed --zero-stage 1 --bf16', zero(1, 'strong', SETTING))],
    ),
    cluePattern(
      'environment', // accelerate/utils/launch.py
      'DEEPSPEED_ZERO_STAGE',
      /ACCELERATE_DEEPSPEED_ZERO_STAGE["']?(?:=|:\s?)["']?(?<stage>[0-3])\b/,
      (fields) => [stage(fields, 'strong', SETTING)],
      [told('ACCELERATE_DEEPSPEED_ZERO_STAGE=3', zero(3, 'strong', SETTING))],
    ),
    fixedPattern(
      'accelerate-flags', // accelerate/commands/config: asked for stage 3 only, but left behind when the stage is edited
      'zero3_',
      /zero3_(?:init_flag|save_16bit_model)["']?\s?[:=]\s?["']?[Tt]rue/,
      [zero(3, 'weak', ACCELERATE)],
      '  zero3_init_flag: true',
      'DeepSpeedPlugin(zero3_init_flag=True)',
    ),
    cluePattern(
      'lightning-strategy', // lightning/pytorch/strategies/deepspeed.py registers these names
      'deepspeed_stage_',
      /strategy\b["']?(?:\s{0,4}[:=]\s{0,4}|\s|["'], ["'])["']?deepspeed_stage_(?<stage>[1-3])(?:_offload(?:_nvme)?)?(?![\w/])/,
      (fields) => [stage(fields, 'strong', LIGHTNING)],
      [
        told('trainer = pl.Trainer(strategy="deepspeed_stage_3", devices=4)', zero(3, 'strong', LIGHTNING)),
        told('  strategy: deepspeed_stage_2_offload', zero(2, 'strong', LIGHTNING)),
      ],
    ),
    fixedPattern(
      'transformers-switch', // transformers/modeling_utils.py, at INFO
      'Detected DeepSpeed ZeRO',
      /Detected DeepSpeed ZeRO-3: activating zero\.init\(\)/,
      [zero(3, 'strong', TRANSFORMERS)],
      'Detected DeepSpeed ZeRO-3: activating zero.init() for this model',
    ),
    fixedPattern(
      'llama-factory', // LLaMA-Factory src/llamafactory/model/adapter.py
      'DeepSpeed ZeRO3 detected',
      /DeepSpeed ZeRO3 detected, remaining trainable params/,
      [zero(3, 'strong', TRANSFORMERS)],
      '[INFO|2026-01-27 18:34:09] llamafactory.model.adapter:143 >> DeepSpeed ZeRO3 detected, remaining trainable params in float32.',
    ),
    fixedPattern(
      'transformers-refusal', // transformers/modeling_utils.py: device_map and low_cpu_mem_usage
      'DeepSpeed Zero-',
      /DeepSpeed Zero-3 is not compatible with/,
      [zero(3, 'strong', TRANSFORMERS)],
      'ValueError: DeepSpeed Zero-3 is not compatible with passing a `device_map`.',
    ),
    fixedPattern(
      'parameter-status', // deepspeed/runtime/zero/partition_parameters.py, ds_summary and assertions
      'ZeroParamStatus',
      /ZeroParamStatus\.(?:NOT_AVAILABLE|INFLIGHT)/,
      [zero(3, 'strong', PLACEHOLDER)],
      "RuntimeError: {'id': 0, 'status': <ZeroParamStatus.NOT_AVAILABLE: 2>, 'numel': 0, 'shape': (0,), 'requires_grad': True}",
    ),
    fixedPattern(
      'model-shards', // deepspeed/runtime/engine.py: every rank writes model states in stage 3 only; the optimizer states say nothing
      'zero_pp_rank_',
      /zero_pp_rank_\d+_mp_rank_\d+_model_states\.pt/,
      [zero(3, 'medium', SHARDS)],
      'loading global_step500/zero_pp_rank_0_mp_rank_00_model_states.pt',
    ),
    cluePattern(
      'zero-to-fp32', // deepspeed/utils/zero_to_fp32.py: the stage of the run that saved
      'Detected checkpoint of type zero stage',
      /Detected checkpoint of type zero stage (?:ZeroStageEnum\.)?(?<stage>[0-3]|weights|gradients|optimizer_states)\b/,
      (fields) => [zero(stageOf(fields.text('stage')), 'medium', CHECKPOINT)],
      [
        told('Detected checkpoint of type zero stage ZeroStageEnum.weights, world_size: 2', zero(3, 'medium', CHECKPOINT)),
        told('Detected checkpoint of type zero stage 2, world_size: 8', zero(2, 'medium', CHECKPOINT)),
      ],
    ),
    ...configFileNames,
  ],
};

function stage(fields: Fields, strength: Strength, form: string): ClueFact {
  return zero(stageOf(fields.text('stage')), strength, form);
}
