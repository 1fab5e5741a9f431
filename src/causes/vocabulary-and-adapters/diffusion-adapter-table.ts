/** Which image model an adapter in kohya's flat notation was made for, read from the blocks that it names. */
export interface KohyaFamily {
  readonly made: string;
  readonly source: string;
}

/** First match wins: the more special blocks stand first. */
const FAMILIES: readonly (readonly [RegExp, KohyaFamily])[] = [
  [
    /^lora_te2_/,
    {
      made: 'Stable Diffusion XL (two text encoders)',
      source: 'kohya-ss/sd-scripts, networks/lora.py: LORA_PREFIX_TEXT_ENCODER2; ComfyUI#1144',
    },
  ],
  [/^lora_unet_(double|single)_blocks_/, { made: 'Flux', source: 'black-forest-labs/flux, model.py: double_blocks, single_blocks' }],
  [
    /^lora_(unet|transformer)_single_transformer_blocks_/,
    { made: 'Flux', source: 'diffusers, transformer_flux.py: single_transformer_blocks' },
  ],
  [/^lora_unet_joint_blocks_/, { made: 'Stable Diffusion 3', source: 'Stability-AI/sd3.5, mmditx.py: joint_blocks' }],
  [
    /^lora_unet_\w*attentions_\d_transformer_blocks_[2-9]_/,
    {
      made: 'Stable Diffusion XL (up to ten transformer layers in a block)',
      source: 'diffusers, SDXL unet/config.json: transformer_layers_per_block',
    },
  ],
  [
    /^lora_unet_(down_blocks_0|up_blocks_3)_attentions_/,
    {
      made: 'Stable Diffusion 1 or 2 (attention in the outermost blocks)',
      source: 'diffusers, SD 1.5 unet/config.json: CrossAttnDownBlock2D first; SDXL: DownBlock2D first; ComfyUI#3518',
    },
  ],
  [
    /^lora_unet_(input_blocks_[12]|output_blocks_(9|10|11))_1_/,
    {
      made: 'Stable Diffusion 1 or 2 (attention in the outermost blocks)',
      source: 'CompVis/stable-diffusion, v1-inference.yaml: attention_resolutions',
    },
  ],
];

export function kohyaFamily(key: string): KohyaFamily | undefined {
  return FAMILIES.find(([blocks]) => blocks.test(key))?.[1];
}
