import { type ClueSource, cluePattern, told } from './clue-pattern.js';

/** Where a project's code is known by: folders of its own, in frames and in commands. Source: the projects' repositories on GitHub. */
const PROJECTS: readonly (readonly [name: string, literal: string, path: string, sample: string])[] = [
  [
    'LLaVA',
    'llava/',
    String.raw`llava\/(?:train|model|eval|serve)\/[\w/]{1,200}\.py`,
    '  File "/home/user/LLaVA/llava/train/train.py", line 969, in train',
  ],
  [
    'LLaVA',
    'LLaVA',
    String.raw`\/LLaVA[\w.+-]{0,200}\/[\w./-]{1,200}\.(?:py|sh)\b`,
    '  File "/home/user/LLaVA-NeXT/tools/train.py", line 9, in <module>',
  ],
  [
    'axolotl',
    'axolotl',
    String.raw`axolotl\/(?:cli|core|utils|monkeypatch|train)[\w/]{0,200}\.py|axolotl\.cli\.\w{1,60}|\[axolotl\.\w{1,60}`,
    'python -m axolotl.cli.train config.yml',
  ],
  [
    'LLaMA-Factory',
    'llamafactory',
    String.raw`llamafactory(?:\.(?:model|train|data|hparams|cli|extras)\b|\/[\w/]{1,200}\.py|-cli\b)`,
    '  File "/home/user/LLaMA-Factory/src/llamafactory/train/tuner.py", line 50, in run_exp',
  ],
  [
    'LLaMA-Factory',
    'llmtuner',
    String.raw`llmtuner\/[\w/]{1,200}\.py`,
    '  File "/home/user/LLaMA-Factory/src/llmtuner/tuner/tune.py", line 26, in run_exp',
  ],
  [
    'ms-swift',
    'swift/',
    String.raw`\/swift\/(?:llm|cli|trainers|tuners)\/[\w/]{0,200}\.py`,
    '  File "/home/user/swift/swift/llm/sft.py", line 20, in llm_sft',
  ],
  [
    'FastChat',
    'fastchat/',
    String.raw`fastchat\/[\w/]{1,200}\.py`,
    '  File "/home/user/FastChat/fastchat/train/train.py", line 250, in train',
  ],
  [
    'DeepSpeed-Chat',
    'DeepSpeed-Chat',
    String.raw`DeepSpeed-Chat\/[\w/.-]{0,200}\.py`,
    '  File "/home/user/applications/DeepSpeed-Chat/training/step3/main.py", line 5, in <module>',
  ],
  ['OpenRLHF', 'openrlhf', String.raw`openrlhf(?:\/[\w/]{1,200}\.py|\.cli\.\w{1,60})`, 'deepspeed --module openrlhf.cli.train_ppo --bf16'],
  [
    'verl',
    'verl/',
    String.raw`\/verl\/(?:trainer|workers|utils|models)\/[\w/]{1,200}\.py`,
    '  File "/home/user/verl/verl/workers/fsdp_workers.py", line 200, in init_model',
  ],
  [
    'trl',
    'trl/',
    String.raw`\/trl\/(?:trainer|scripts|extras)\/[\w/]{1,200}\.py`,
    '  File "/opt/conda/lib/python3.10/site-packages/trl/trainer/sft_trainer.py", line 361, in train',
  ],
  [
    'Megatron-LM',
    'Megatron-',
    String.raw`\/Megatron-(?:LM|DeepSpeed)[\w.-]{0,200}\/[\w/]{1,200}\.py`,
    '  File "/workspace/Megatron-LM/pretrain_gpt.py", line 9, in <module>',
  ],
  [
    'NeMo',
    'nemo/',
    String.raw`\/nemo\/(?:core|collections|utils|lightning)\/[\w/]{1,200}\.py`,
    '  File "/opt/NeMo/nemo/core/connectors/save_restore_connector.py", line 200, in restore_from',
  ],
  [
    'open_clip',
    'open_clip/',
    String.raw`open_clip\/\w{1,60}\.py`,
    '  File "/opt/conda/lib/python3.10/site-packages/open_clip/factory.py", line 160, in load_checkpoint',
  ],
  [
    'ComfyUI',
    'ComfyUI',
    String.raw`ComfyUI[\w-]{0,200}[\\/][\w\\/.-]{0,200}\.py`,
    '  File "C:\\ComfyUI\\comfy\\sd.py", line 500, in load_unet',
  ],
  [
    'stable-diffusion-webui',
    'stable-diffusion-webui',
    String.raw`stable-diffusion-webui[\w-]{0,200}[\\/][\w\\/.-]{0,200}\.py`,
    '  File "/home/user/stable-diffusion-webui/modules/sd_models.py", line 20, in load_model',
  ],
  [
    'sd-scripts',
    'sd-scripts',
    String.raw`(?:sd-scripts|kohya_ss)[\\/][\w\\/.-]{0,200}\.py`,
    '  File "/home/user/sd-scripts/train_network.py", line 996, in <module>',
  ],
  [
    'text-generation-webui',
    'text-generation-webui',
    String.raw`text-generation-webui[\\/][\w\\/.-]{0,200}\.py`,
    '  File "/home/user/text-generation-webui/modules/models.py", line 84, in load_model',
  ],
  [
    'mmdetection',
    'mmdet/',
    String.raw`\/mmdet\/[\w/]{1,200}\.py`,
    '  File "/home/user/mmdetection/mmdet/apis/train.py", line 10, in train_detector',
  ],
  [
    'detectron2',
    'detectron2/',
    String.raw`detectron2\/(?:engine|checkpoint|modeling|tools)\/[\w/]{1,200}\.py`,
    '  File "/home/user/detectron2/engine/defaults.py", line 410, in __init__',
  ],
  [
    'fairseq',
    'fairseq',
    String.raw`fairseq_cli\/\w{1,60}\.py|fairseq\/(?:checkpoint_utils|trainer|models|tasks)[\w/]{0,200}\.py`,
    '  File "/home/user/fairseq/fairseq/checkpoint_utils.py", line 471, in load_model_ensemble',
  ],
  ['nanoGPT', 'nanoGPT', String.raw`nanoGPT[\w-]{0,200}\/\w{1,60}\.py`, '  File "/home/user/nanoGPT/train.py", line 176, in <module>'],
];

/** Loggers and banners that name a project without a path. */
const BANNERS: readonly (readonly [name: string, literal: string, expression: RegExp, sample: string])[] = [
  [
    'LLaVA',
    'llava.',
    /(?:^|[\s[-])llava\.(?:train|model|eval|serve)\b/,
    '11/23/2026 17:14:58 - INFO - llava.train - Loading finetuned vision tower weights',
  ],
  ['LLaVA', 'MedCLIP', /\bin load_from_medclip\b|MedCLIPVisionTower/, '    return MedCLIPVisionTower(cfg["mm_vision_tower"])'],
  ['LLaMA-Factory', 'train_bash.py', /\bsrc\/train_bash\.py\b/, 'deepspeed --num_gpus 8 src/train_bash.py --stage sft'],
];

/** Whose habits explain the failure: which towers are loaded by hand, which configuration goes with which script. A model's name (`llava-v1.5-7b`) is no project. */
export const project: ClueSource = {
  name: 'project',
  patterns: [
    ...PROJECTS.map(([name, literal, path, sample]) =>
      cluePattern(
        `path-${literal}`,
        literal,
        () => new RegExp(path),
        () => [{ kind: 'project', name }],
        [told(sample, { kind: 'project', name })],
      ),
    ),
    ...['sft', 'rlhf', 'infer', 'export'].map((command) =>
      cluePattern(
        `command-swift-${command}`, // ms-swift's own command
        `swift ${command}`,
        () => new RegExp(String.raw`(?:^|[$+] ?)(?:[A-Z_]{1,40}=\S{1,80} ){0,10}swift ${command}(?: |$)`),
        () => [{ kind: 'project', name: 'ms-swift' }],
        [told(`NPROC_PER_NODE=4 swift ${command} --deepspeed zero3`, { kind: 'project', name: 'ms-swift' })],
      ),
    ),
    ...BANNERS.map(([name, literal, expression, sample]) =>
      cluePattern(`banner-${literal}`, literal, expression, () => [{ kind: 'project', name }], [told(sample, { kind: 'project', name })]),
    ),
  ],
};
