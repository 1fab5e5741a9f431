import type { Mismatch } from '../../model/failure.js';

/** Parameters whose one size names the variant, where the body of the model is not in the list. */
export interface SingleWidth {
  readonly parameter: RegExp;
  readonly axis: number;
  readonly sizes: ReadonlyMap<number, string>;
  /** Lengths of the vocabulary that go with the sizes: such an embedding beside it differs for the same reason. */
  readonly vocabularies?: ReadonlySet<number>;
  /** What has to be chosen, in words. */
  readonly choose: string;
  readonly source: string;
}

export const singleWidths: readonly SingleWidth[] = [
  {
    parameter: /(^|\.)enc_p\.emb_phone\.weight$/,
    axis: 1,
    sizes: new Map([
      [256, 'RVC v1 (HuBERT layer 9, projected to 256)'],
      [768, 'RVC v2 (HuBERT layer 12, width 768)'],
    ]),
    choose: 'the version (v1 or v2) of the model',
    source: 'RVC-Project/Retrieval-based-Voice-Conversion-WebUI, lib/infer_pack/models.py: TextEncoder256, TextEncoder768',
  },
  {
    parameter: /decode_head\.(linear_pred|linear_fuse\S*|linear_c\d?\S*)\.weight$/,
    axis: 1,
    sizes: new Map([
      [256, 'SegFormer B0 or B1'],
      [768, 'SegFormer B2 to B5'],
    ]),
    choose: 'the variant (B0 to B5)',
    source: 'transformers 4.57, segformer/configuration_segformer.py and nvidia/segformer-b3-finetuned-ade-512-512: decoder_hidden_size',
  },
  {
    parameter: /(^|\.)(image_proj|image_proj_model|ip_image_proj)?\.?proj\.weight$/,
    axis: 1,
    sizes: new Map([
      [768, 'the image embedding of CLIP ViT-L'],
      [1024, 'the image embedding of CLIP ViT-H'],
      [1280, 'the image embedding of CLIP ViT-bigG'],
      [512, 'the image embedding of CLIP ViT-B'],
    ]),
    choose: 'the image encoder',
    source:
      'projection_dim in config.json of openai/clip-vit-large-patch14 (768), laion/CLIP-ViT-H-14-laion2B-s32B-b79K (1024), laion/CLIP-ViT-bigG-14-laion2B-39B-b160k (1280)',
  },
  {
    parameter: /mm_projector\.(0\.)?weight$|multi_modal_projector\.linear_1\.weight$/,
    axis: 1,
    sizes: new Map([
      [1024, 'a projector behind CLIP ViT-L'],
      [1152, 'a projector behind SigLIP so400m'],
      [1408, 'a projector behind EVA-CLIP ViT-g'],
      [3200, 'a projector behind InternViT-6B'],
      [1280, 'a projector behind CLIP ViT-H'],
    ]),
    choose: 'the vision tower',
    source:
      'hidden_size in config.json of openai/clip-vit-large-patch14-336, google/siglip-so400m-patch14-384, OpenGVLab/InternViT-6B-448px-V1-5',
  },
  {
    parameter: /(^|\.)(conv_pre|ups\.0)\.(weight(_[gv])?|bias)$|(^|\.)generator\.conv_pre\./,
    axis: 0,
    sizes: new Map([
      [512, 'HiFi-GAN V1 (512 channels)'],
      [256, 'HiFi-GAN V3 (256 channels)'],
      [128, 'HiFi-GAN V2 (128 channels)'],
    ]),
    choose: 'the configuration (V1, V2, V3)',
    source: 'jik876/hifi-gan, config_v1.json to config_v3.json: upsample_initial_channel',
  },
  {
    parameter: /(^|\.)encoder\.conv1\.weight$/,
    axis: 0,
    sizes: new Map([
      [96, 'the VAE of Wan 2.1 (96 channels)'],
      [160, 'the VAE of Wan 2.2 (160 channels)'],
    ]),
    choose: 'the VAE',
    source:
      'Wan-Video/Wan2.1, wan/modules/vae.py (dim=96) and Wan-Video/Wan2.2, wan/modules/vae2_2.py (dim=160); diffusers 0.42, autoencoder_kl_wan.py: base_dim=96',
  },
  {
    parameter: /(^|\.)encoder\.conv1\.weight$/,
    axis: 1,
    sizes: new Map([
      [80, 'Whisper up to large-v2 (80 mel bins)'],
      [128, 'Whisper large-v3 or turbo (128 mel bins)'],
    ]),
    vocabularies: new Set([51864, 51865, 51866]),
    choose: 'the version',
    source: 'config.json of openai/whisper-large-v2 and openai/whisper-large-v3: num_mel_bins, vocab_size',
  },
];

export interface SingleReading {
  readonly entry: SingleWidth;
  readonly checkpoint: string;
  readonly model: string;
}

/** Both sides by one parameter; `undefined` where the table knows only one of them. */
export function readSingleWidth({ parameter, checkpointShape, modelShape }: Mismatch): SingleReading | undefined {
  if (parameter === undefined) return undefined;
  for (const entry of singleWidths) {
    if (!entry.parameter.test(parameter)) continue;
    const [checkpoint, model] = [entry.sizes.get(checkpointShape[entry.axis] ?? 0), entry.sizes.get(modelShape[entry.axis] ?? 0)];
    if (checkpoint !== undefined && model !== undefined && checkpoint !== model) return { entry, checkpoint, model };
  }
  return undefined;
}
