import type { Strength } from '../model/clue.js';
import { type ClueFact, type ClueSource, cluePattern, fixedPattern, told } from './clue-pattern.js';

type Library = Extract<ClueFact, { readonly kind: 'sharding-library' }>['library'];

/** Libraries that spread parameters over processes. Being installed or imported is not being in use: only what a run prints or does counts. */
export const shardingLibrary: ClueSource = {
  name: 'sharding-library',
  patterns: [
    fixedPattern(
      'deepspeed-import', // deepspeed/accelerator/real_accelerator.py: the import alone prints it, and other libraries import it
      'Setting ds_accelerator',
      /Setting ds_accelerator to \w+/,
      uses('deepspeed', 'weak'),
      '[2026-11-23 17:15:05,864] [INFO] [real_accelerator.py:222:get_accelerator] Setting ds_accelerator to cuda (auto detect)',
    ),
    fixedPattern(
      'deepspeed-backend', // deepspeed/comm/comm.py
      'in DeepSpeed with backend',
      /Initializing TorchBackend in DeepSpeed with backend/,
      uses('deepspeed', 'strong'),
      '[2026-11-23 17:15:11,321] [INFO] [comm.py:689:init_distributed] Initializing TorchBackend in DeepSpeed with backend nccl',
    ),
    fixedPattern(
      'deepspeed-lightning', // lightning/pytorch/strategies/deepspeed.py
      'initializing deepspeed distributed',
      /initializing deepspeed distributed: GLOBAL_RANK/,
      uses('deepspeed', 'strong'),
      'initializing deepspeed distributed: GLOBAL_RANK: 0, MEMBER: 1/2',
    ),
    fixedPattern(
      'deepspeed-engine', // deepspeed/__init__.py
      'DeepSpeed info',
      /DeepSpeed info: version=/,
      uses('deepspeed', 'strong'),
      '[Rank 0] DeepSpeed info: version=0.9.2, git-hash=unknown, git-branch=unknown',
    ),
    fixedPattern(
      'deepspeed-frame',
      'deepspeed/runtime',
      /File "[^"\n]{0,300}deepspeed\/runtime\/[\w/]+\.py", line \d/,
      uses('deepspeed', 'strong'),
      '  File "/opt/conda/lib/python3.10/site-packages/deepspeed/runtime/zero/partition_parameters.py", line 473, in wrapper',
    ),
    fixedPattern(
      'deepspeed-command',
      '--deepspeed',
      /--deepspeed(?:_config)?(?:["'], ?["']|[ =])["']?[\w./-]{1,200}\.(?:json|ya?ml)\b/,
      uses('deepspeed', 'medium'),
      'train_mem.py --deepspeed ./scripts/zero3.json --bf16 True',
    ),
    fixedPattern(
      'accelerate-deepspeed', // accelerate/utils/dataclasses.py, accelerate/state.py: the configuration and what AcceleratorState prints
      'DEEPSPEED',
      /(?:distributed_type["']?:|Distributed environment:)\s{0,4}["']?(?:DistributedType\.)?DEEPSPEED\b/,
      uses('deepspeed', 'strong'),
      'distributed_type: DEEPSPEED',
      'Distributed environment: DistributedType.DEEPSPEED  Backend: nccl',
    ),
    fixedPattern(
      'accelerate-deepspeed-variable', // accelerate/utils/launch.py
      'ACCELERATE_USE_DEEPSPEED',
      /ACCELERATE_USE_DEEPSPEED["']?(?:=|: ?)["']?true/i,
      uses('deepspeed', 'strong'),
      'ACCELERATE_USE_DEEPSPEED=true',
    ),
    fixedPattern(
      'accelerate-fsdp',
      'FSDP',
      /(?:distributed_type["']?:|Distributed environment:)\s{0,4}["']?(?:DistributedType\.)?FSDP\b|FSDP_SHARDING_STRATEGY["']?(?:=|: ?)|ACCELERATE_USE_FSDP["']?(?:=|: ?)["']?true/i,
      uses('fsdp', 'strong'),
      'distributed_type: FSDP',
      'Distributed environment: DistributedType.FSDP  Backend: nccl',
      'export FSDP_SHARDING_STRATEGY=FULL_SHARD',
      'ACCELERATE_USE_FSDP=true',
    ),
    fixedPattern(
      'accelerate-fsdp-version', // accelerate/utils/dataclasses.py 1.6.0
      'fsdp_version',
      /fsdp_version["']?\s?[:=]\s?["']?2\b/i,
      uses('fsdp2', 'strong'),
      '  fsdp_version: 2',
    ),
    fixedPattern(
      'accelerate-fsdp-settings', // accelerate/commands/config: asked for under FSDP only
      'fsdp_',
      /(?:^\s{0,20}|fsdp_config["']?: \{[^\n]{0,300})["']?fsdp_(?:sharding_strategy|use_orig_params|state_dict_type|auto_wrap_policy|reshard_after_forward)["']?:\s{0,4}["']?\w/,
      uses('fsdp', 'medium'),
      '  fsdp_sharding_strategy: FULL_SHARD',
      '  fsdp_use_orig_params: true',
      "        - fsdp_config: {'fsdp_auto_wrap_policy': 'TRANSFORMER_BASED_WRAP', 'fsdp_version': 1}",
    ),
    fixedPattern(
      'trainer-fsdp', // transformers/training_args.py; `fsdp=[]` is every other run
      'full_shard',
      /fsdp["']?(?:\s{0,2}[:=]\s{0,2}|\s|["'], ?["'])\[?["']?(?:<FSDPOption\.FULL_SHARD: ["'])?full_shard|^\s{0,8}- full_shard\b/,
      uses('fsdp', 'strong'),
      'torchrun --nproc_per_node=4 train.py --fsdp "full_shard auto_wrap"',
      "fsdp=[<FSDPOption.FULL_SHARD: 'full_shard'>, <FSDPOption.AUTO_WRAP: 'auto_wrap'>],",
      '  - full_shard',
    ),
    fixedPattern(
      'fsdp-repr', // torch/distributed/fsdp/fully_sharded_data_parallel.py: the wrapped model, printed, or the call that wraps it
      'FullyShardedDataParallel',
      /(?<![\w.])(?:FSDP\.)?FullyShardedDataParallel\(/,
      uses('fsdp', 'strong'),
      'FullyShardedDataParallel(',
    ),
    fixedPattern(
      'fsdp-frame', // since 2.4 FSDP2 lives in _fully_shard, before in torch/distributed/_composable/fsdp
      'torch/distributed/fsdp',
      /torch\/distributed\/fsdp\/(?!_fully_shard)\w+\.py"?(?:, line |:)\d/,
      uses('fsdp', 'strong'),
      '  File "/opt/conda/lib/python3.10/site-packages/torch/distributed/fsdp/_state_dict_utils.py", line 150, in _enter_unshard_params_ctx',
    ),
    fixedPattern(
      'fsdp2-frame',
      'torch/distributed/fsdp/_fully_shard',
      /torch\/distributed\/fsdp\/_fully_shard\/\w+\.py"?(?:, line |:)\d/,
      uses('fsdp2', 'strong'),
      '  File "/opt/conda/lib/python3.11/site-packages/torch/distributed/fsdp/_fully_shard/_fsdp_state.py", line 62, in fsdp_hook_wrapper',
    ),
    fixedPattern(
      // torch/distributed/checkpoint/state_dict.py: for FSDP, tensor parallelism and plain models alike, so a hint only
      'distributed-state-dict-frame',
      'torch/distributed/checkpoint',
      /torch\/distributed\/checkpoint\/\w+\.py"?(?:, line |:)\d/,
      uses('fsdp2', 'weak'),
      '  File "/opt/conda/lib/python3.11/site-packages/torch/distributed/checkpoint/state_dict.py", line 1187, in set_model_state_dict',
    ),
    fixedPattern(
      'fsdp-command',
      '--use_fsdp',
      /--use_fsdp\b/,
      uses('fsdp', 'medium'),
      'accelerate launch --use_fsdp --fsdp_sharding_strategy 1 train.py',
    ),
    cluePattern(
      'fsdp-strategy', // lightning/pytorch/strategies/fsdp.py registers these names; verl's actor.strategy
      'strategy',
      /strategy\b["']?(?:\s{0,4}[:=]\s{0,4}|\s)["']?(?<name>fsdp2?)(?:_cpu_offload|_native)?(?:["',)\s]|$)/,
      (fields) => uses(fields.text('name') === 'fsdp2' ? 'fsdp2' : 'fsdp', 'strong'),
      [
        told('trainer = L.Trainer(devices=4, strategy="fsdp")', ...uses('fsdp', 'strong')),
        told('  strategy: fsdp', ...uses('fsdp', 'strong')),
        told('actor_rollout_ref.actor.strategy=fsdp2', ...uses('fsdp2', 'strong')),
      ],
    ),
    fixedPattern(
      'megatron-sizes', // megatron/training/arguments.py
      'tensor-model-parallel size',
      /using world size: \d+,.{0,200}tensor-model-parallel size: \d/,
      uses('megatron', 'strong'),
      'using world size: 8, data-parallel size: 2, context-parallel size: 1, tensor-model-parallel size: 2, pipeline-model-parallel size: 2',
    ),
    fixedPattern(
      'megatron-older-sizes', // megatron/arguments.py before 2021, GLM-130B
      'model-parallel size',
      /using world size: \d+ and model-parallel size: \d/,
      uses('megatron', 'strong'),
      'using world size: 1 and model-parallel size: 8',
    ),
    fixedPattern(
      'megatron-vocabulary', // megatron/training/tokenizer/tokenizer.py, _vocab_size_with_padding
      'padded vocab (size',
      /padded vocab \(size: \d+\) with \d+ dummy tokens/,
      uses('megatron', 'strong'),
      ' > padded vocab (size: 50257) with 47 dummy tokens (new size: 50304)',
    ),
    fixedPattern(
      'megatron-frame',
      'megatron/',
      /File "[^"\n]{0,300}\/megatron\/(?:core|training|legacy|model|arguments|checkpointing|initialize)[\w/]*\.py", line \d/,
      uses('megatron', 'strong'),
      '  File "/workspace/Megatron-LM/megatron/training/checkpointing.py", line 1320, in load_checkpoint',
    ),
    fixedPattern(
      'megatron-command',
      '--tensor-model-parallel-size',
      /--tensor-model-parallel-size["']?[\s=,]/,
      uses('megatron', 'medium'),
      'pretrain_gpt.py --tensor-model-parallel-size 8 --pipeline-model-parallel-size 1',
    ),
    fixedPattern(
      'colossalai-frame',
      'colossalai/',
      /File "[^"\n]{0,300}\/colossalai\/[\w/]+\.py", line \d/,
      uses('colossalai', 'strong'),
      '  File "/opt/conda/lib/python3.10/site-packages/colossalai/checkpoint_io/utils.py", line 680, in load_state_dict',
    ),
    fixedPattern(
      'colossalai-banner', // colossalai/initialize.py, legacy/initialize.py
      'Distributed environment is initialized',
      /Distributed environment is initialized, (?:world|data parallel) size: \d/,
      uses('colossalai', 'strong'),
      '                    INFO     colossalai - colossalai - INFO: Distributed environment is initialized, world size: 4',
    ),
    fixedPattern(
      'fairscale-frame',
      'fairscale/',
      /File "[^"\n]{0,300}\/fairscale\/nn\/(?:data_parallel|model_parallel)\/[\w/]+\.py", line \d/,
      uses('fairscale', 'strong'),
      '  File "/opt/conda/lib/python3.8/site-packages/fairscale/nn/data_parallel/fully_sharded_data_parallel.py", line 900, in load_state_dict',
    ),
    fixedPattern(
      'fairseq-fully-sharded', // fairseq/distributed/fully_sharded_data_parallel.py uses fairscale
      'fully_sharded',
      /ddp[-_]backend["']?[\s=:]{1,3}["']?fully_sharded\b/,
      uses('fairscale', 'strong'),
      'fairseq-train data --ddp-backend fully_sharded --fp16',
    ),
  ],
};

function uses(library: Library, strength: Strength): readonly ClueFact[] {
  return [{ kind: 'sharding-library', library, strength }];
}
