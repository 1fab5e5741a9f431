import type { WarningTopic } from '../model/clue.js';
import { type ClueFact, type ClueSource, fixedPattern } from './clue-pattern.js';

/** Warnings that foretell a failure or explain it. */
export const warning: ClueSource = {
  name: 'warning',
  patterns: [
    fixedPattern(
      'zero-elements', // torch/nn/init.py
      'Initializing zero-element tensors',
      /Initializing zero-element tensors is a no-op/,
      about('zero-element-init'),
      '/opt/conda/lib/python3.10/site-packages/torch/nn/init.py:405: UserWarning: Initializing zero-element tensors is a no-op',
    ),
    fixedPattern(
      'engine-did-not-save', // deepspeed/runtime/engine.py, save_16bit_model; backticks in older versions
      'Did not save the model',
      /Did not save the model \S{1,300} because `?stage3_gather_(?:16bit|fp16)_weights_on_model_save`? is False/,
      about('save-without-gather'),
      'Did not save the model out/pytorch_model.bin because stage3_gather_16bit_weights_on_model_save is False',
      'Did not save the model out/pytorch_model.bin because `stage3_gather_fp16_weights_on_model_save` is False',
    ),
    fixedPattern(
      'accelerate-cannot-gather', // accelerate/accelerator.py, get_state_dict
      'bit model weights because',
      /Cannot get 16bit model weights because/,
      about('save-without-gather'),
      'ValueError: Cannot get 16bit model weights because `stage3_gather_16bit_weights_on_model_save` in DeepSpeed config is False.',
    ),
    fixedPattern(
      'trainer-saves-shards', // transformers/trainer.py, save_model
      'to recover weights',
      /stage3_gather_(?:16bit|fp16)_weights_on_model_save=false\. Saving the full checkpoint instead, use zero_to_fp32\.py to recover weights/,
      about('save-without-gather'),
      ' stage3_gather_16bit_weights_on_model_save=false. Saving the full checkpoint instead, use zero_to_fp32.py to recover weights',
    ),
    fixedPattern(
      'quantization-ignored', // diffusers configuration_utils.py, transformers quantizers
      'quantization_config',
      /quantization_config(?:(?!quantization_config)[^\n]){0,2000}will be ignored/,
      about('quantization-ignored'),
      "The config attributes {'quantization_config': {'quant_method': 'bitsandbytes'}} were passed to HiDreamImageTransformer2DModel, but are not expected and will be ignored.",
    ),
    fixedPattern(
      'config-not-found', // huggingface_hub/hub_mixin.py; loaders of projects
      'not found',
      /\bconfig(?:uration)?(?:\.json|\.ya?ml| file)?[`'"]? (?:was |is )?not found\b(?! in HuggingFace Hub for tokenizer)/i,
      about('missing-config'),
      'config.json not found in HuggingFace Hub.',
      'WARNING: Config file not found, using defaults',
    ),
    fixedPattern(
      'default-config',
      'default config',
      /\b(?:using|falling back to|fall back to|use|loading) (?:the )?default config(?:uration)?\b(?!\S*[/_]|[\w-]*\.\w)/i,
      about('missing-config'),
      'No config given, using default configuration.',
    ),
    fixedPattern(
      'space-not-read', // stable_baselines3/common/save_util.py, json_to_data; schedules fail for other reasons and are not the space
      'Could not deserialize object',
      /Could not deserialize object (?:observation|action)_space\b/,
      about('deserialization'),
      '/opt/conda/lib/python3.10/site-packages/stable_baselines3/common/save_util.py:166: UserWarning: Could not deserialize object observation_space. Consider using `custom_objects` argument to replace this object.',
    ),
    fixedPattern(
      'train-it', // transformers/modeling_utils.py up to 4.57: some weights start anew
      'on a down-stream task',
      /You should probably TRAIN this model on a down-stream task/,
      about('from-scratch-after-partial-load'),
      'You should probably TRAIN this model on a down-stream task to be able to use it for predictions and inference.',
    ),
  ],
};

function about(topic: WarningTopic): readonly ClueFact[] {
  return [{ kind: 'warning', topic }];
}
