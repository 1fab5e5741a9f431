import type { Mismatch } from '../../model/failure.js';

/** Width of the text that a diffusion model attends to: dimension 1 of `attn2.to_k` and `attn2.to_v`. */
export interface TextWidth {
  readonly width: number;
  readonly generation: string;
  readonly source: string;
}

export const textWidths: readonly TextWidth[] = [
  {
    width: 768,
    generation: 'Stable Diffusion 1.x',
    source: 'CompVis/stable-diffusion, configs/stable-diffusion/v1-inference.yaml: context_dim 768',
  },
  {
    width: 1024,
    generation: 'Stable Diffusion 2.x',
    source: 'Stability-AI/stablediffusion, configs/stable-diffusion/v2-inference.yaml: context_dim 1024',
  },
  {
    width: 2048,
    generation: 'Stable Diffusion XL',
    source: 'Stability-AI/generative-models, configs/inference/sd_xl_base.yaml: context_dim 2048',
  },
  {
    width: 1280,
    generation: 'the SDXL refiner (or the default of diffusers, cross_attention_dim=1280)',
    source: 'Stability-AI/generative-models, configs/inference/sd_xl_refiner.yaml: context_dim 1280; diffusers 0.42, unet_2d_condition.py',
  },
];

export function generationOfText(width: number): string | undefined {
  return textWidths.find((entry) => entry.width === width)?.generation;
}

/** Where these widths are written down. */
export function textSource(...widths: readonly (number | undefined)[]): string {
  return textWidths
    .filter(({ width }) => widths.includes(width))
    .map((entry) => entry.source)
    .join('; ');
}

/** Attention over the text, in diffusers', CompVis' and ControlNet's names. */
export function isCrossAttention(parameter: string | undefined): boolean {
  return parameter !== undefined && /(^|[._])attn2\.(to_k|to_v|processor\.to_[kv]_ip)(\.weight)?$/.test(parameter);
}

/** A part of a diffusion UNet or of a ControlNet, in both traditions of names. */
export function isUnetName(parameter: string): boolean {
  return /(^|\.)(down_blocks|up_blocks|mid_block|input_blocks|output_blocks|middle_block|label_emb|add_embedding|controlnet_\w+|time_embed|time_embedding)\./.test(
    parameter,
  );
}

/** Widths by place: SD 1 and 2 have four levels (320, 640, 1280, 1280), XL three (320, 640, 1280), the refiner 384 to 1536. */
export interface BlockWidths {
  readonly block: RegExp;
  readonly plain: number;
  readonly xl: number;
  readonly source: string;
}

const SOURCE = 'unet/config.json of runwayml/stable-diffusion-v1-5 and stabilityai/stable-diffusion-xl-base-1.0: block_out_channels';

export const blockWidths: readonly BlockWidths[] = [
  { block: /(^|\.)up_blocks\.1\.(attentions|resnets|upsamplers)\./, plain: 1280, xl: 640, source: SOURCE },
  { block: /(^|\.)up_blocks\.2\.(attentions|resnets)\./, plain: 640, xl: 320, source: SOURCE },
  { block: /(^|\.)output_blocks\.[345]\./, plain: 1280, xl: 640, source: SOURCE },
  { block: /(^|\.)output_blocks\.[678]\./, plain: 640, xl: 320, source: SOURCE },
];

/** The first or last width of the latent space: 4 channels in SD 1, 2 and XL, 16 in SD 3 and Flux (their vae/config.json: latent_channels). */
export function isVaeLatent({ parameter, checkpointShape, modelShape }: Mismatch): boolean {
  if (parameter === undefined) return false;
  const pair = (axis: number): readonly number[] => [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0].toSorted((a, b) => a - b);
  const is = (axis: number, small: number, large: number): boolean => pair(axis)[0] === small && pair(axis)[1] === large;
  if (/decoder\.conv_in\.weight$/.test(parameter)) return checkpointShape[0] === modelShape[0] && is(1, 4, 16);
  if (/encoder\.conv_out\.(weight|bias)$/.test(parameter)) return is(0, 8, 32);
  return /(^|\.)(post_)?quant_conv\.(weight|bias)$/.test(parameter) && (is(0, 8, 32) || is(0, 4, 16));
}
