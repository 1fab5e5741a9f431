/** What a known number of input channels of a known first layer means. */
export interface FirstLayer {
  readonly name: RegExp;
  readonly channels: number;
  readonly meaning: string;
  readonly source: string;
}

const SD_UNET = /(^|\.)(conv_in|input_blocks\.0\.0)\.weight$/;
const FLUX = /(^|\.)(img_in|x_embedder)\.weight$/;
const VIDEO = /(^|\.)(patch_embedding|img_in\.proj|x_embedder\.proj)\.weight$/;

export const firstLayers: readonly FirstLayer[] = [
  {
    name: SD_UNET,
    channels: 4,
    meaning: 'a plain Stable Diffusion UNet (4 latent channels)',
    source: 'diffusers 0.42, unets/unet_2d_condition.py: in_channels=4',
  },
  {
    name: SD_UNET,
    channels: 9,
    meaning: 'an inpainting UNet (latent 4, masked image 4, mask 1)',
    source: 'runwayml/stable-diffusion-inpainting, unet/config.json: in_channels 9',
  },
  {
    name: SD_UNET,
    channels: 8,
    meaning: 'an image-conditioned UNet such as InstructPix2Pix (latent 4 twice)',
    source: 'timbrooks/instruct-pix2pix, unet/config.json: in_channels 8',
  },
  {
    name: SD_UNET,
    channels: 5,
    meaning: 'a depth-conditioned UNet (latent 4, depth 1)',
    source: 'stabilityai/stable-diffusion-2-depth, unet/config.json: in_channels 5',
  },
  {
    name: SD_UNET,
    channels: 7,
    meaning: 'the x4 upscaler (latent 4, image 3)',
    source: 'stabilityai/stable-diffusion-x4-upscaler, unet/config.json: in_channels 7',
  },
  {
    name: FLUX,
    channels: 64,
    meaning: 'Flux (16 latent channels in 2 × 2 patches)',
    source: 'diffusers 0.42, transformers/transformer_flux.py: in_channels=64',
  },
  {
    name: FLUX,
    channels: 128,
    meaning: 'Flux Canny or Depth (latent twice)',
    source: 'black-forest-labs/FLUX.1-Canny-dev, transformer/config.json: in_channels 128',
  },
  {
    name: FLUX,
    channels: 384,
    meaning: 'Flux Fill (latent, masked image and mask)',
    source: 'black-forest-labs/FLUX.1-Fill-dev, transformer/config.json: in_channels 384',
  },
  {
    name: VIDEO,
    channels: 16,
    meaning: 'a text-to-video model (16 latent channels)',
    source: 'diffusers 0.42, transformers/transformer_wan.py: in_channels=16',
  },
  {
    name: VIDEO,
    channels: 36,
    meaning: 'an image-to-video Wan model (16 latent, 16 image, 4 mask)',
    source: 'Wan-AI/Wan2.1-I2V-14B-480P-Diffusers, transformer/config.json: in_channels 36',
  },
  {
    name: VIDEO,
    channels: 32,
    meaning: 'an image-to-video model (16 latent channels twice)',
    source: 'Skywork/SkyReels-V1-Hunyuan-I2V: in_channels 32',
  },
];

const PLAIN: ReadonlyMap<number, string> = new Map([
  [1, 'grey or single-channel input'],
  [2, 'two channels'],
  [3, 'RGB'],
  [4, 'four channels (RGB and one more, or RGBA)'],
  [6, 'two RGB images'],
]);

export function meaningOfChannels(parameter: string | undefined, channels: number): string | undefined {
  const special = firstLayers.find((layer) => layer.channels === channels && parameter !== undefined && layer.name.test(parameter));
  return special?.meaning ?? PLAIN.get(channels);
}
