import { cluesOf } from '../../model/clue.js';
import type { Case, Remedy } from '../../model/diagnosis.js';

/** Switches by project: detectron2 engine/defaults.py, Megatron-LM arguments.py, DeepSpeed engine.load_checkpoint, Lightning, transformers Trainer. */
export function freshOptimizer(subject: Case): Remedy {
  const megatron = subject.failure.dialects.some((dialect) => dialect.startsWith('megatron'));
  const text =
    'If the run only starts from these weights (fine-tuning, other classes, other frozen layers), the old moments are of no use: load the model and leave the optimizer and the scheduler out.';
  const code = megatron
    ? '--no-load-optim          # or --finetune, which also resets the iteration'
    : '# plain PyTorch: leave out  optimizer.load_state_dict(checkpoint["optimizer"])\n# detectron2: trainer.resume_or_load(resume=False)\n# Lightning: Model.load_from_checkpoint(path) instead of trainer.fit(ckpt_path=path)\n# Trainer (transformers): remove optimizer.pt and scheduler.pt from the checkpoint folder\n# torch.distributed.checkpoint: leave the entry of the optimizer out of the dict given to load()\n# DeepSpeed: engine.load_checkpoint(path, load_optimizer_states=False, load_lr_scheduler_states=False)';
  return {
    title: isResume(subject) ? 'If moments may be lost: resume the weights alone' : 'Load the weights alone, with a fresh optimizer',
    text,
    snippet: { language: megatron ? 'bash' : 'python', code },
    cost: 'Moments and schedule start from zero.',
  };
}

export function sameParameters(): Remedy {
  return {
    title: 'For a true resume: build the optimizer over the same parameters, in the same groups',
    text: 'What changes them: layers frozen or thawed (requires_grad), a layer added or removed, weight decay split into other groups, an adapter or fine-tuning switch, another version of the code, load before instead of after freezing. Set it as it was when the file was saved.',
    snippet: {
      language: 'python',
      code: 'saved = checkpoint["optimizer"]["param_groups"]      # the key of your project\nprint([len(g["params"]) for g in saved])\nprint([len(g["params"]) for g in optimizer.param_groups])',
    },
  };
}

export function sameWorldSize(ranks: number): Remedy {
  return {
    title: `Resume on ${ranks} data-parallel ranks`,
    text: 'The number of data-parallel ranks is that of all GPUs divided by tensor- and pipeline-parallel degrees. On the same number everything is restored.',
    cost: 'Needs as many GPUs as before.',
  };
}

/** deepspeed/checkpoint/ds_to_universal.py; stages 1 and 2 since 0.12, stage 3 since 0.14.5 (DeepSpeed pull request 5475). */
export function universalCheckpoint(): Remedy {
  return {
    title: 'Or convert to a universal checkpoint, which fits any number of ranks',
    text: 'Convert once, then resume with load_universal.',
    snippet: {
      language: 'bash',
      code: 'python -m deepspeed.checkpoint.ds_to_universal \\\n  --input_folder CHECKPOINT/global_step1000 --output_folder CHECKPOINT/global_step1000_universal\necho global_step1000_universal > CHECKPOINT/latest_universal\n# in ds_config.json:  "checkpoint": { "load_universal": true }',
    },
    cost: 'Needs the files of every rank; ZeRO-3 from DeepSpeed 0.14.5 on.',
  };
}

export function weightsFromShards(): Remedy {
  return {
    title: 'Or take the weights alone and start a fresh optimizer',
    text: 'zero_to_fp32.py in the checkpoint folder puts the weights together without any GPU.',
    snippet: {
      language: 'bash',
      code: 'cd CHECKPOINT && python zero_to_fp32.py . consolidated/\n# or, without converting:  engine.load_checkpoint(path, load_optimizer_states=False)',
    },
    cost: 'Moments and schedule start from zero; memory for the model in fp32.',
  };
}

export function withoutAverage(): Remedy {
  return {
    title: 'Build the model without the averaged copy, or take the full file',
    text: 'Pruned and "ema-only" files keep one set of weights, already averaged. Set use_ema to False (or its like) for using the model; to continue training with averaging, start the average anew from the loaded weights.',
    snippet: { language: 'yaml', code: 'use_ema: False' },
  };
}

/** A run that only starts from the weights needs no optimizer state; a resumed one does. */
function isResume({ clues }: Case): boolean {
  return cluesOf(clues, 'phase').some(({ phase }) => phase === 'resume');
}
