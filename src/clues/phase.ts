import type { Phase } from '../model/clue.js';
import { type ClueFact, type ClueSource, cluePattern, fixedPattern, told } from './clue-pattern.js';
import { isInstalled } from './traceback.js';

/**
 * What the run is for. Only what names the purpose counts: a `train.py` may evaluate, and every training evaluates now and then, so that
 * neither tells. Resuming, evaluating and converting want every weight of the checkpoint; fine-tuning may want a new head.
 */
export const phase: ClueSource = {
  name: 'phase',
  patterns: [
    cluePattern(
      'script', // the outermost frame of a traceback; rich writes it without words
      'in <module>',
      /(?:File "(?<file>[^"\n]{1,500}\.py)", line \d+,|^(?<rich>(?:\/|[A-Za-z]:\\|\.\/)\S{1,500}?\.py):\d+) in <module>/,
      (fields) => {
        const file = fields.optional('file') ?? fields.text('rich');
        return isInstalled(file) ? [] : phasesOfScript(file);
      },
      [
        told('  File "/home/user/project/infer.py", line 10, in <module>', is('inference')),
        told('  File "/home/user/LLaVA/scripts/finetune_lora.py", line 14, in <module>', is('lora')),
        told('./tools/test.py:14 in <module>', is('evaluation')),
        told('  File "/home/user/project/train.py", line 10, in <module>'),
      ],
    ),
    fixedPattern(
      'trainer', // transformers/trainer.py and the examples of accelerate and diffusers: what was loaded before is trained on
      '***** Running training',
      /\*{5} Running training \*{5}/,
      [is('fine-tuning')],
      '***** Running training *****',
    ),
    fixedPattern(
      'trainer-losses', // transformers/trainer.py, log of a training step, and loops that print alike; an evaluation (Keras) prints a score beside it
      "{'loss': ",
      /\{'loss': '?\d(?![^{}\n]{0,400}(?:acc|eval|val_|auc|f1|precision|recall))/,
      [is('fine-tuning')],
      "{'loss': 1.09, 'grad_norm': 2.1, 'learning_rate': 2e-05, 'epoch': 0.33}",
      "{'loss': '0.6931', 'grad_norm': '2.1', 'learning_rate': '2e-05', 'epoch': '0.33'}",
      "{'loss': 1.0986, 'step': 10}",
    ),
    fixedPattern(
      'epoch-meter', // torchvision's and PyTorch's references, and MAE, DINO and DeiT after them; an evaluation prints "Test:"
      'Epoch: [',
      /(?:^|[\s\]:>-])Epoch: \[\d+\] ?\s*\[ *\d+\/\d+\]/,
      [is('fine-tuning')],
      'Epoch: [0]  [  0/120]  eta: 0:01:29  lr: 0.000500  loss: 2.4800 (2.4800)  time: 0.7412',
      'Epoch: [0][  0/5005]\tTime  6.5 ( 6.5)\tLoss 7.0 (7.0)',
    ),
    fixedPattern(
      'ultralytics', // ultralytics/engine/trainer.py
      'mode=train',
      /engine[\\/]trainer: task=\w+, mode=train\b/,
      [is('fine-tuning')],
      'engine/trainer: task=detect, mode=train, model=yolov8n.pt, data=coco128.yaml, epochs=50, imgsz=640',
    ),
    fixedPattern(
      'yolox', // yolox/core/trainer.py
      'checkpoint for fine tuning',
      /loading checkpoint for fine tuning/,
      [is('fine-tuning')],
      '2022-05-04 11:02:50 | INFO     | yolox.core.trainer:324 - loading checkpoint for fine tuning',
    ),
    cluePattern(
      'detectron2', // detectron2/engine/train_loop.py: from 0 a training of its own, from a later one a run taken up again
      'training from iteration',
      /Starting training from iteration (?<iteration>\d+)/,
      (fields) => [is(fields.int('iteration') > 0 ? 'resume' : 'fine-tuning')],
      [
        told('[06/14 10:22:31 d2.engine.train_loop]: Starting training from iteration 0', is('fine-tuning')),
        told('[06/14 10:22:31 d2.engine.train_loop]: Starting training from iteration 5000', is('resume')),
      ],
    ),
    fixedPattern(
      'mmcv', // mmcv/runner/epoch_based_runner.py up to 1.x
      'workflow: [(',
      /workflow: \[\('train', \d+\)/,
      [is('fine-tuning')],
      "2022-11-12 18:44:44,479 - mmdet - INFO - workflow: [('train', 1)], max: 12 epochs",
    ),
    cluePattern(
      'resume-option', // transformers/training_args.py, diffusers' and timm's examples
      '--resume',
      /--resume(?:_from_checkpoint|_from|_path|-from)?(?:[= ]|["'], ?["'])["']?(?<value>[^\s"',\]]{1,300})/,
      (fields) => (/^(?:None|False|false|no|null|-.*|""|'')$/.test(fields.text('value')) ? [] : [is('resume')]),
      [
        told('python train.py --resume_from_checkpoint ./out/checkpoint-500', is('resume')),
        told('python train.py --resume_from_checkpoint False --bf16'),
      ],
    ),
    fixedPattern(
      'resume-trainer', // transformers/trainer.py
      'training from checkpoint, will skip',
      /Continuing training from checkpoint, will skip to saved global_step/,
      [is('resume')],
      '  Continuing training from checkpoint, will skip to saved global_step',
    ),
    fixedPattern(
      'resume-report', // transformers/trainer.py, _issue_warnings_after_load: the checkpoint is one of the run's own
      'in the checkpoint model loaded',
      /There were (?:missing|unexpected) keys in the checkpoint model loaded/,
      [is('resume')],
      "There were missing keys in the checkpoint model loaded: ['score.weight'].",
    ),
    fixedPattern(
      'resume-frame', // transformers/trainer.py
      '_load_from_checkpoint',
      /transformers\/trainer\.py", line \d+, in _load_from_checkpoint/,
      [is('resume')],
      '  File "/opt/conda/lib/python3.10/site-packages/transformers/trainer.py", line 2070, in _load_from_checkpoint',
    ),
    fixedPattern(
      'resume-lightning', // lightning/pytorch/trainer/connectors/checkpoint_connector.py
      'states from the checkpoint',
      /Restoring states from the checkpoint path at|Restored all states from the checkpoint/,
      [is('resume')],
      'Restoring states from the checkpoint path at lightning_logs/version_0/checkpoints/last.ckpt',
    ),
    fixedPattern(
      'resuming', // examples of diffusers and accelerate, NeMo's exp_manager, timm
      'esuming from',
      /(?:^|[\s\]:>-])[Rr]esuming from (?:the )?(?:(?:checkpoint|epoch|step|iteration)\b|\S{0,200}\.(?:ckpt|pth?|bin|safetensors|tar)\b)/,
      [is('resume')],
      'Resuming from checkpoint checkpoint-500',
      '[NeMo I 2023-05-02 08:11:00 exp_manager:568] Resuming from /out/checkpoints/gpt--val_loss=2.0-last.ckpt',
      '=> resuming from model_best.pth.tar',
    ),
    fixedPattern(
      'resuming-training',
      'esuming training from',
      /(?:^|[\s\]:>-])[Rr]esuming training from \S/,
      [is('resume')],
      'Resuming training from out/checkpoint-500',
    ),
    fixedPattern(
      'resumed', // examples of accelerate
      'esumed from checkpoint',
      /(?:^|[\s\]:>-])[Rr]esumed from checkpoint/,
      [is('resume')],
      'Resumed from checkpoint: out/epoch_2',
    ),
    fixedPattern(
      'resumed-epoch', // mmengine/runner/runner.py
      'resumed epoch',
      /resumed epoch: \d/,
      [is('resume')],
      '06/14 10:22:31 - mmengine - INFO - resumed epoch: 12, iter: 87972',
    ),
    fixedPattern(
      'evaluation-option', // detectron2, timm, torchvision's references
      '--eval',
      /--(?:eval[-_]only|evaluate)(?:[ "',\]]|$)/,
      [is('evaluation')],
      'python train_net.py --eval-only MODEL.WEIGHTS model_final.pth',
    ),
    fixedPattern(
      'test-option', // torchvision's references
      '--test-only',
      /--test-only\b/,
      [is('evaluation')],
      'torchrun --nproc_per_node=8 train.py --test-only --weights x',
    ),
    ...['lora_enable', 'use_lora'].map((name) =>
      fixedPattern(
        `option-${name}`, // LLaVA; Qwen, ChatGLM, Llama recipes
        name,
        () => new RegExp(String.raw`--${name}(?:(?:[= ]|["'], ?["'])[Tt]rue\b| --|$)`),
        [is('lora')],
        `deepspeed train.py --${name} True --lora_r 128`,
      ),
    ),
    fixedPattern(
      'finetuning-type', // LLaMA-Factory, options and YAML
      'finetuning_type',
      /finetuning_type["']?(?:[= :]{1,2}|, ?)["']?lora\b/,
      [is('lora')],
      "['python', 'src/train_bash.py', '--finetuning_type', 'lora']",
    ),
    cluePattern(
      'llama-factory-stage', // LLaMA-Factory src/llamafactory/hparams/finetuning_args.py: what is trained for, nothing to do with ZeRO
      '--stage',
      /--stage(?:[= ]|["'], ?["'])(?<stage>sft|pt)\b/,
      (fields) => [is(fields.text('stage') === 'pt' ? 'pre-training' : 'fine-tuning')],
      [told('python src/train_bash.py --stage sft --do_train', is('fine-tuning'))],
    ),
    cluePattern(
      'peft', // peft/peft_model.py, print_trainable_parameters; LLaMA-Factory prints it for every method, so that the share decides
      'trainable params: ',
      /trainable params: (?<trained>[\d,]+) \|\| all params: (?<all>[\d,]+)/,
      (fields) => [is(fields.int('trained') < fields.int('all') / 2 ? 'lora' : 'fine-tuning')],
      [
        told('trainable params: 4,194,304 || all params: 6,742,609,920 || trainable%: 0.0622', is('lora')),
        told('trainable params: 1,543,714,304 || all params: 1,543,714,304 || trainable%: 100.0000', is('fine-tuning')),
      ],
    ),
    cluePattern(
      'llama-factory-method', // LLaMA-Factory src/llamafactory/model/adapter.py
      'Fine-tuning method: ',
      /Fine-tuning method: (?<method>\w+)/,
      (fields) => [is(/lora/i.test(fields.text('method')) ? 'lora' : 'fine-tuning')],
      [
        told('[INFO|2026-01-27 18:34:09] llamafactory.model.adapter:143 >> Fine-tuning method: Full', is('fine-tuning')),
        told('08/14/2024 10:00:00 - INFO - llamafactory.model.adapter - Fine-tuning method: LoRA', is('lora')),
      ],
    ),
    fixedPattern(
      'vllm', // vllm/engine/llm_engine.py, vllm/entrypoints/openai/api_server.py
      'vLLM API server',
      /vLLM API server version/,
      [is('inference')],
      'INFO 06-24 11:39:09 api_server.py:585] vLLM API server version 0.6.3',
    ),
    fixedPattern(
      'vllm-engine',
      ' LLM engine (',
      /Initializing an? (?:V1 )?LLM engine \(/,
      [is('inference')],
      'INFO 06-24 11:39:09 llm_engine.py:161] Initializing an LLM engine (v0.5.1) with config: model=x',
    ),
    fixedPattern(
      'zero-to-fp32', // deepspeed/utils/zero_to_fp32.py
      'Processing zero checkpoint',
      /Processing zero checkpoint '/,
      [is('conversion')],
      "Processing zero checkpoint './out/checkpoint-500/global_step500'",
    ),
  ],
};

/** `--do_train` and its sisters (transformers' examples) count together: a training that also evaluates is a training. */
export function phasesOfCommand(words: readonly string[], script: string | undefined): readonly ClueFact[] {
  const asks = (option: string): boolean => {
    const place = words.findIndex((word) => word === option || word.startsWith(`${option}=`));
    return place >= 0 && !/^(?:False|false|0)$/.test(words[place]?.split('=')[1] ?? words[place + 1] ?? '');
  };
  const named = script === undefined ? [] : phasesOfScript(script);
  if (named.length > 0) return named;
  if (asks('--do_train')) return [is('fine-tuning')];
  return asks('--do_eval') || asks('--do_predict') ? [is('evaluation')] : [];
}

const TRAINS: readonly (readonly [Phase, RegExp])[] = [
  ['lora', /^q?lora$/],
  ['pre-training', /^pretrain(?:ing)?$/],
  ['fine-tuning', /^(?:finetun(?:e|ing)|sft|glue|squad|ner)$/],
];
const USES: readonly (readonly [Phase, RegExp])[] = [
  ['conversion', /^(?:convert(?:er)?|conversion|export|merge|zero_to_fp)$/],
  ['evaluation', /^(?:eval|evaluate|evaluation|test|val|validate|benchmark)$/],
  ['inference', /^(?:infer|inference|predict|prediction|demo|generate|serve|server)$/],
];

/** By the words of the script's own name: `finetune_lora.py`, `tools/test.py`, `llava.serve.cli`. A name that says train and test tells nothing. */
function phasesOfScript(script: string): readonly ClueFact[] {
  const name = script.split(/[\\/]/).at(-1) ?? '';
  const words = name
    .replace(/\.(?:py|sh)$/, '')
    .replace(/fine[-_]?tun/gi, 'finetun')
    .replace(/pre[-_]?train/gi, 'pretrain')
    .toLowerCase()
    .replace('zero_to_fp32', 'convert')
    .split(/[^a-z]+/);
  const among = (table: typeof TRAINS): Phase | undefined => table.find(([, word]) => words.some((each) => word.test(each)))?.[0];
  if (words.some((word) => /^convert|^merge$|^export$/.test(word))) return [is('conversion')];
  const trains = among(TRAINS);
  if (trains !== undefined) return words.some((word) => USES.some(([, use]) => use.test(word))) ? [] : [is(trains)];
  const uses = words.some((word) => /^train/.test(word)) ? undefined : among(USES);
  return uses === undefined ? [] : [is(uses)];
}

function is(name: Phase): ClueFact {
  return { kind: 'phase', phase: name };
}
