import type { Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readNotice } from './dialect.js';

/**
 * Stable Diffusion WebUI Forge: backend/state_dict.py, extensions-builtin/sd_forge_lora/networks.py. Its and A1111's own
 * `loading stable diffusion model: RuntimeError` is followed by PyTorch's words in a traceback, which say everything.
 */
export const forge: Dialect = {
  name: 'forge',
  library: 'Stable Diffusion WebUI Forge',
  severity: 'warning',
  patterns: [
    message('missing', 'Missing: ', keyList('Missing'), readKeys('missing-keys'), [
      {
        text: "IntegratedCLIP Missing: ['transformer.text_model.embeddings.position_ids']",
        states: [{ kind: 'missing-keys', keys: ['transformer.text_model.embeddings.position_ids'] }],
      },
    ]),
    message('unexpected', 'Unexpected: ', keyList('Unexpected'), readKeys('unexpected-keys'), [
      {
        text: "IntegratedAutoencoderKL Unexpected: ['model_ema.decay', 'model_ema.num_updates']",
        states: [{ kind: 'unexpected-keys', keys: ['model_ema.decay', 'model_ema.num_updates'] }],
      },
    ]),
    message(
      'lora-keys',
      'mismatch',
      template('[LORA] Mismatch {checkpoint} for {model} with {notLoaded:int} keys mismatched in {loaded:int} keys'),
      readNotice('partial-transfer', (fields) => ({
        checkpoint: fields.text('checkpoint'),
        model: fields.text('model'),
        notLoaded: fields.int('notLoaded'),
        loaded: fields.int('loaded'),
      })),
      [
        {
          text: '[LORA] Mismatch /models/Lora/detail_tweaker_xl.safetensors for KModel-UNet with 264 keys mismatched in 722 keys',
          states: [
            {
              kind: 'notice',
              topic: 'partial-transfer',
              values: { checkpoint: '/models/Lora/detail_tweaker_xl.safetensors', model: 'KModel-UNet', notLoaded: 264, loaded: 722 },
            },
          ],
        },
      ],
    ),
    message(
      'lora-version',
      'mismatch',
      { expression: /\[LORA\] LoRA version mismatch for (?<model>[^\n:]{1,256}): (?<checkpoint>[^\n]{1,1024})/ },
      readNotice('nothing-matched', (fields) => ({ checkpoint: fields.text('checkpoint').trim(), model: fields.text('model') })),
      [
        {
          text: '[LORA] LoRA version mismatch for KModel: /models/Lora/sd15_style.safetensors',
          states: [
            { kind: 'notice', topic: 'nothing-matched', values: { checkpoint: '/models/Lora/sd15_style.safetensors', model: 'KModel' } },
          ],
        },
      ],
    ),
  ],
};

/** The name in front is that of a class or component, and names of parameters have dots: sentences about anything else that is missing stay out. */
function keyList(word: string): Form {
  return {
    expression: new RegExp(
      String.raw`(?<![\w.-])[A-Z]\w{0,128} ${word}: (?<keys>\[(?:(?! ${word}: )[^\].])*\w\.\w(?:(?! ${word}: )[^\]])*\])`,
    ),
  };
}
