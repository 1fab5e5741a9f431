import { cluesOf } from '../../model/clue.js';
import type { Case, Remedy, Warning } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { roleOf } from '../roles.js';
import { formatCount } from './amounts.js';

/** Recovery of a file that holds placeholders, in the order in which it is worth trying. */
export function recoveryRemedies(subject: Case, listed: readonly Mismatch[]): readonly Remedy[] {
  const folder = checkpointFolder(subject);
  return [consolidate(folder, isAdapter(listed)), intermediate(), retrain(), prevention(listed)];
}

export function isAdapter(listed: readonly Mismatch[]): boolean {
  return listed.some(({ parameter }) => roleOf(parameter) === 'lora-a' || roleOf(parameter) === 'lora-b');
}

/** The folder of the file, where the message prints a path. */
function checkpointFolder({ failure: { checkpoint } }: Case): string {
  const parts = (checkpoint ?? '').split('/');
  return parts.length > 1 ? parts.slice(0, -1).join('/') : 'CHECKPOINT_DIR';
}

/** deepspeed/utils/zero_to_fp32.py is copied into every DeepSpeed checkpoint folder; --safe_serialization since 0.15.3. */
function consolidate(folder: string, adapter: boolean): Remedy {
  const cut = adapter
    ? ' For an adapter keep only the keys that contain "lora_" of its output, without the base_model prefix your loader adds itself.'
    : '';
  return {
    title: 'Rebuild the weights from the sharded DeepSpeed checkpoint, if it still exists',
    text: `Look for global_step*/ with zero_pp_rank_*_optim_states.pt beside a file named latest. zero_to_fp32.py puts the partitions of all ranks together; frozen weights are included.${cut}`,
    snippet: {
      language: 'bash',
      code: `cd ${folder} && ls -d global_step*/ latest zero_to_fp32.py\npython zero_to_fp32.py . consolidated/`,
    },
    cost: 'Memory of one machine for the whole model in fp32 (4 bytes per parameter); needs the files of every rank.',
  };
}

function intermediate(): Remedy {
  return {
    title: 'Else use an intermediate checkpoint that the Trainer or accelerator saved',
    text: 'Trainer and accelerator.save_state gather, or write the sharded folder. Check a candidate before you rely on it: no tensor may be empty.',
    snippet: {
      language: 'python',
      code: 'import torch\nsd = torch.load("pytorch_model.bin", map_location="cpu")   # or safetensors.torch.load_file\nprint([k for k, v in sd.items() if v.numel() == 0][:5], "of", len(sd))',
    },
  };
}

function retrain(): Remedy {
  return {
    title: 'Else the weights are gone: save again from the live process, or train again',
    text: 'Nothing can be read out of an empty tensor. If the training process still runs, save from it with the code of the next remedy.',
  };
}

/** The flag alone was not enough in peft#1328, peft#1710 and DeepSpeed#3841, because model.save_pretrained bypasses it; gathering by hand: peft#2071. */
function prevention(listed: readonly Mismatch[]): Remedy {
  const code = isAdapter(listed)
    ? 'lora = [p for n, p in model.named_parameters() if "lora_" in n or "modules_to_save" in n]\nwith deepspeed.zero.GatheredParameters(lora):   # every rank enters\n    if rank == 0:\n        model.save_pretrained("adapter/")'
    : 'state_dict = accelerator.get_state_dict(model)   # every rank; gathers, whole on rank 0\naccelerator.unwrap_model(model).save_pretrained(\n    "out/", state_dict=state_dict, is_main_process=accelerator.is_main_process)';
  return {
    title: 'So that it does not happen again: gather when saving',
    text: 'Set "stage3_gather_16bit_weights_on_model_save": true (Accelerate: zero3_save_16bit_model: true) and save through trainer.save_model or engine.save_16bit_model on every rank. A bare model.save_pretrained or torch.save(model.state_dict()) bypasses that flag; gather by hand there.',
    snippet: { language: 'python', code },
    cost: 'An all-gather per save and the 16-bit model in the memory of rank 0. A model that fits without partitioning is safer at stage 0 to 2.',
  };
}

export function recoveryWarnings({ clues }: Case, count: number): readonly Warning[] {
  const hinted = cluesOf(clues, 'library-hint').some(({ hint }) => hint === 'ignore-mismatched-sizes')
    ? 'the log itself suggests it, but '
    : '';
  return [
    {
      advice: 'ignore_mismatched_sizes=True',
      reason: `${hinted}it would initialise the ${formatCount(count)} listed parameter${count === 1 ? '' : 's'} at random: the run goes on with an untrained part.`,
    },
    { advice: 'strict=False or assign=True', reason: 'neither skips the shape check, and there is nothing in the file to load.' },
    {
      advice: 'Loading under DeepSpeed again',
      reason: 'a [0] goes into a [0] without a word and nothing is loaded: the error is gone, the weights are not back.',
    },
    {
      advice: 'Changing rank, base model, target modules or vocabulary',
      reason: 'the true shapes are not in the file, so they cannot disagree.',
    },
    { advice: 'Starting the same command again', reason: 'the file stays as it is.' },
  ];
}
