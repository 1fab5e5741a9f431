import type { Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readKeys, readMismatch, readNotice } from './dialect.js';

/** ComfyUI, comfy/lora.py, sd.py, sd1_clip.py, model_base.py: warnings without a prefix, a line per weight; Forge prints the same LoRA lines. */
export const comfyui: Dialect = {
  name: 'comfyui',
  library: 'ComfyUI',
  severity: 'warning',
  patterns: [
    message(
      'lora-shape',
      'SHAPE MISMATCH',
      template('WARNING SHAPE MISMATCH {parameter} WEIGHT NOT MERGED {checkpointShape} != {modelShape}'),
      readMismatch(),
      [
        {
          text: 'WARNING SHAPE MISMATCH diffusion_model.input_blocks.0.0.weight WEIGHT NOT MERGED torch.Size([320, 4, 3, 3]) != torch.Size([320, 9, 3, 3])',
          states: [
            {
              kind: 'mismatch',
              parameter: 'diffusion_model.input_blocks.0.0.weight',
              checkpointShape: [320, 4, 3, 3],
              modelShape: [320, 9, 3, 3],
            },
          ],
        },
      ],
    ),
    // Only the widths of the vectors.
    message(
      'embedding-width',
      'mismatch',
      template('shape mismatch when trying to apply embedding, embedding will be ignored {checkpoint:int} != {model:int}', {
        opens: 'shape mismatch when trying',
      }),
      readNotice('element-count', (fields) => ({
        parameter: 'textual inversion',
        checkpoint: fields.int('checkpoint'),
        model: fields.int('model'),
      })),
      [
        {
          text: 'WARNING: shape mismatch when trying to apply embedding, embedding will be ignored 768 != 1280',
          states: [{ kind: 'notice', topic: 'element-count', values: { parameter: 'textual inversion', checkpoint: 768, model: 1280 } }],
        },
      ],
    ),
    // Until 2024 `print` put the two widths side by side.
    message(
      'embedding-width-bare',
      'mismatch',
      {
        expression:
          /shape mismatch when trying to apply embedding, embedding will be ignored (?<checkpoint>\d{1,9}) (?<model>\d{1,9})(?!\d)/,
      },
      readNotice('element-count', (fields) => ({
        parameter: 'textual inversion',
        checkpoint: fields.int('checkpoint'),
        model: fields.int('model'),
      })),
      [
        {
          text: 'WARNING: shape mismatch when trying to apply embedding, embedding will be ignored 1024 768',
          states: [{ kind: 'notice', topic: 'element-count', values: { parameter: 'textual inversion', checkpoint: 1024, model: 768 } }],
        },
      ],
    ),
    message('lora-key', 'lora key not loaded', template('lora key not loaded: {keys:tail}'), readKeys('unexpected-keys'), [
      {
        text: 'lora key not loaded: lora_te2_text_model_encoder_layers_0_mlp_fc1.alpha',
        states: [{ kind: 'unexpected-keys', keys: ['lora_te2_text_model_encoder_layers_0_mlp_fc1.alpha'] }],
      },
    ]),
    // comfy/weight_adapter: the line itself says that an adapter was being merged, which makes ATen's words a load failure. In 2023 model_patcher.py
    // printed the weight without the kind of adapter.
    message(
      'lora-elements',
      'is invalid for input',
      { expression: adapterError(String.raw`shape '(?<model>\[[-\d, ]*\])' is invalid for input of size (?<checkpoint>\d+)`) },
      readNotice('element-count', (fields) => ({
        parameter: fields.text('parameter'),
        checkpoint: fields.int('checkpoint'),
        model: fields.text('model'),
      })),
      [
        {
          text: "ERROR lora diffusion_model.double_blocks.0.img_attn.qkv.weight shape '[9216, 3072]' is invalid for input of size 14155776",
          states: [
            {
              kind: 'notice',
              topic: 'element-count',
              values: { parameter: 'diffusion_model.double_blocks.0.img_attn.qkv.weight', checkpoint: 14155776, model: '[9216, 3072]' },
            },
          ],
        },
        {
          text: "ERROR diffusion_model.middle_block.1.transformer_blocks.3.attn2.to_v.weight shape '[1280, 1024]' is invalid for input of size 983040",
          states: [
            {
              kind: 'notice',
              topic: 'element-count',
              values: {
                parameter: 'diffusion_model.middle_block.1.transformer_blocks.3.attn2.to_v.weight',
                checkpoint: 983040,
                model: '[1280, 1024]',
              },
            },
          ],
        },
      ],
    ),
    message(
      'lora-broadcast',
      'must match the size of tensor',
      { expression: adapterError(String.raw`(?<reason>The size of tensor a \(\d+\) must match the size of tensor b \(\d+\))`) },
      readNotice('copy-failed', (fields) => ({ parameter: fields.text('parameter'), reason: fields.text('reason') })),
      [
        {
          text: 'ERROR loha diffusion_model.middle_block.1.proj_in.weight The size of tensor a (1280) must match the size of tensor b (640) at non-singleton dimension 0',
          states: [
            {
              kind: 'notice',
              topic: 'copy-failed',
              values: {
                parameter: 'diffusion_model.middle_block.1.proj_in.weight',
                reason: 'The size of tensor a (1280) must match the size of tensor b (640)',
              },
            },
          ],
        },
      ],
    ),
    message('missing', 'missing: ', keyList('(?:unet|clip|vae) missing:'), readKeys('missing-keys'), [
      { text: "clip missing: ['text_projection.weight']", states: [{ kind: 'missing-keys', keys: ['text_projection.weight'] }] },
    ]),
    message('unexpected', 'unexpected: ', keyList('(?:unet|clip|vae) unexpected:'), readKeys('unexpected-keys'), [
      { text: "unet unexpected: ['label_emb.0.0.weight']", states: [{ kind: 'unexpected-keys', keys: ['label_emb.0.0.weight'] }] },
    ]),
    message('left-over', 'left over keys', keyList(String.raw`left over keys(?: in [\w ]{1,40})?:`), readKeys('unexpected-keys'), [
      {
        text: "left over keys in diffusion model: ['img_in.weight', 'txt_in.weight']",
        states: [{ kind: 'unexpected-keys', keys: ['img_in.weight', 'txt_in.weight'] }],
      },
    ]),
    message('controlnet-missing', 'controlnet keys', keyList('missing controlnet keys:'), readKeys('missing-keys'), [
      {
        text: "missing controlnet keys: ['input_hint_block.0.weight']",
        states: [{ kind: 'missing-keys', keys: ['input_hint_block.0.weight'] }],
      },
    ]),
    message('controlnet-unexpected', 'controlnet keys', keyList('unexpected controlnet keys:'), readKeys('unexpected-keys'), [
      { text: "unexpected controlnet keys: ['task_embedding']", states: [{ kind: 'unexpected-keys', keys: ['task_embedding'] }] },
    ]),
    message('clip-vision-missing', 'missing clip vision', keyList('missing clip vision:'), readKeys('missing-keys'), [
      { text: "missing clip vision: ['visual_projection.weight']", states: [{ kind: 'missing-keys', keys: ['visual_projection.weight'] }] },
    ]),
    message('vae-missing', 'VAE keys', keyList('Missing VAE keys'), readKeys('missing-keys'), [
      { text: "Missing VAE keys ['encoder.conv_in.weight']", states: [{ kind: 'missing-keys', keys: ['encoder.conv_in.weight'] }] },
    ]),
    message('vae-left-over', 'VAE keys', keyList('Leftover VAE keys'), readKeys('unexpected-keys'), [
      { text: "Leftover VAE keys ['model_ema.decay']", states: [{ kind: 'unexpected-keys', keys: ['model_ema.decay'] }] },
    ]),
    message(
      'unknown-model',
      'Could not detect model type',
      { expression: /Could not detect model type of: (?<checkpoint>[^\n]{1,1024})/ },
      readNotice('architecture-unknown', (fields) => ({ checkpoint: fields.text('checkpoint').trim() })),
      [
        {
          text: 'RuntimeError: ERROR: Could not detect model type of: /models/checkpoints/flux1-dev-Q4_K_S.safetensors',
          states: [
            { kind: 'notice', topic: 'architecture-unknown', values: { checkpoint: '/models/checkpoints/flux1-dev-Q4_K_S.safetensors' } },
          ],
        },
      ],
      { severity: 'error' },
    ),
  ],
};

function keyList(heading: string): Form {
  return { expression: new RegExp(String.raw`(?<![\w.])${heading} (?<keys>\[(?:(?!${heading})[^\]])*\])`) };
}

function adapterError(reason: string): RegExp {
  return new RegExp(String.raw`ERROR (?:(?:lora|loha|lokr|glora|oft|boft|dora|diff) )?(?<parameter>\w[^\s.]{0,255}\.\S{1,2048}) ${reason}`);
}
