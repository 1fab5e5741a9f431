import type { Mismatch } from '../../model/failure.js';

/** Parameters whose one size names the variant, where the body of the model is not in the list. */
export interface SingleWidth {
  readonly parameter: RegExp;
  /** Where the name alone says too little. */
  readonly modelClass?: RegExp;
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
    parameter: /(^|\.)(image_proj|image_proj_model|ip_image_proj)\.proj\.weight$|^proj\.weight$/,
    axis: 1,
    sizes: new Map([
      [768, 'an adapter for the image embedding of CLIP ViT-L (width 768)'],
      [1024, 'an adapter for the image embedding of CLIP ViT-H (width 1024)'],
      [1280, 'an adapter for the image embedding of CLIP ViT-bigG (width 1280)'],
      [512, 'an adapter for the image embedding of CLIP ViT-B (width 512)'],
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
    parameter: /(^|\.)(_?conv_head|features\.8\.0)\.weight$/,
    axis: 0,
    sizes: new Map([
      [1280, 'EfficientNet B0 or B1'],
      [1408, 'EfficientNet B2'],
      [1536, 'EfficientNet B3'],
      [1792, 'EfficientNet B4'],
      [2048, 'EfficientNet B5'],
      [2304, 'EfficientNet B6'],
      [2560, 'EfficientNet B7'],
    ]),
    choose: 'the variant (B0 to B7)',
    source: 'torchvision, models/efficientnet.py; timm, models/efficientnet.py: 1280 channels times the width multiplier',
  },
  {
    parameter: /(^|\.)conv5\.0\.weight$/,
    axis: 1,
    sizes: new Map([
      [192, 'ShuffleNetV2 x0.5'],
      [464, 'ShuffleNetV2 x1.0'],
      [704, 'ShuffleNetV2 x1.5'],
      [976, 'ShuffleNetV2 x2.0'],
    ]),
    choose: 'the variant (x0.5 to x2.0)',
    source: 'torchvision, models/shufflenetv2.py: stages_out_channels',
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
  {
    parameter: /(^|\.)(image_proj\.)?proj_in\.weight$/,
    modelClass: /Resampler|IPAdapter|ImageProj/i,
    axis: 1,
    sizes: new Map([
      [1024, 'an adapter for the hidden states of CLIP ViT-L (width 1024)'],
      [1280, 'an adapter for the hidden states of CLIP ViT-H (width 1280)'],
      [1664, 'an adapter for the hidden states of CLIP ViT-bigG (width 1664)'],
    ]),
    choose: 'the image encoder',
    source: 'tencent-ailab/IP-Adapter, ip_adapter/ip_adapter.py: Resampler(embedding_dim=image_encoder.config.hidden_size)',
  },
  {
    parameter: /(^|\.)visual\.merger\.mlp\.2\.(weight|bias)$/,
    axis: 0,
    sizes: new Map([
      [1280, 'a Qwen2-VL class with a Qwen2.5-VL config (its vision width 1280 taken for that of the output)'],
      [1536, 'Qwen2-VL-2B (output 1536)'],
      [2048, 'Qwen2.5-VL-3B (output 2048)'],
      [3584, 'Qwen2-VL-7B or Qwen2.5-VL-7B (output 3584)'],
      [5120, 'Qwen2.5-VL-32B (output 5120)'],
      [8192, 'Qwen2-VL-72B or Qwen2.5-VL-72B (output 8192)'],
    ]),
    choose:
      'the class: weights of Qwen2.5-VL need Qwen2_5_VLForConditionalGeneration and a library that knows it; scripts often pick the class by the name of the folder',
    source:
      'transformers 4.57, qwen2_vl/configuration_qwen2_vl.py: hidden_size; qwen2_5_vl/configuration_qwen2_5_vl.py: out_hidden_size; MindAct#1943, Qwen-VL-Series-Finetune#37',
  },
  {
    parameter: /(^|\.)proposal_generator\.rpn_head\.conv\.(weight|bias)$/,
    axis: 0,
    sizes: new Map([
      [256, 'a detector with a feature pyramid (FPN, 256 channels)'],
      [512, 'a C4 detector on ResNet-18 or -34 (512 channels)'],
      [1024, 'a C4 detector without a pyramid (1024 channels), which is what detectron2 builds by default'],
      [2048, 'a DC5 detector (2048 channels)'],
    ]),
    choose: 'the configuration (merge the yaml file that belongs to these weights before setting MODEL.WEIGHTS)',
    source: 'detectron2, configs/Base-RCNN-FPN.yaml, Base-RCNN-C4.yaml and Base-RCNN-DilatedC5.yaml; detectron2#1542',
  },
  {
    parameter: /(^|\.)model\.0\.conv\.weight$/,
    axis: 0,
    sizes: new Map([
      [16, 'a YOLO of size n (first layer 16)'],
      [32, 'a YOLO of size s (first layer 32)'],
      [48, 'a YOLO of size m (first layer 48)'],
      [64, 'a YOLO of size l (first layer 64)'],
      [80, 'a YOLO of size x (first layer 80)'],
      [96, 'a YOLO11 of size x (first layer 96)'],
    ]),
    choose: 'the size (n, s, m, l, x) in the yaml file',
    source: 'ultralytics, cfg/models/v5/yolov5.yaml, v8/yolov8.yaml and 11/yolo11.yaml: width of the scales',
  },
  {
    parameter: /(^|\.)backbone\.(backbone\.)?stem\.conv\.conv\.weight$/,
    axis: 0,
    sizes: new Map([
      [16, 'YOLOX-nano (stem 16)'],
      [24, 'YOLOX-tiny (stem 24)'],
      [32, 'YOLOX-s (stem 32)'],
      [48, 'YOLOX-m (stem 48)'],
      [64, 'YOLOX-l (stem 64)'],
      [80, 'YOLOX-x (stem 80)'],
    ]),
    choose: 'the size: the -n name or the exp file',
    source: 'Megvii-BaseDetection/YOLOX, exps/default: width 0.25 to 1.25 times 64',
  },
  {
    parameter: /(^|\.)stage[234]\.0\.branches\.0\.0\.(conv1\.weight|bn1\.(weight|bias))$/,
    axis: 0,
    sizes: new Map([
      [18, 'HRNet-W18'],
      [30, 'HRNet-W30'],
      [32, 'HRNet-W32'],
      [40, 'HRNet-W40'],
      [44, 'HRNet-W44'],
      [48, 'HRNet-W48'],
      [64, 'HRNet-W64'],
    ]),
    choose: 'the width (w18 to w64)',
    source: 'HRNet/HRNet-Image-Classification, experiments/cls_hrnet_w*.yaml: STAGE2.NUM_CHANNELS',
  },
  {
    parameter: /(^|\.)(_conv_stem|conv_stem|features\.0\.0)\.weight$/,
    modelClass: /Efficient/i,
    axis: 0,
    sizes: new Map([
      [32, 'EfficientNet-B0, -B1 or -B2 (stem 32)'],
      [40, 'EfficientNet-B3 (stem 40)'],
      [48, 'EfficientNet-B4 or -B5 (stem 48)'],
      [56, 'EfficientNet-B6 (stem 56)'],
      [64, 'EfficientNet-B7 (stem 64)'],
    ]),
    choose: 'the size (b0 to b7)',
    source: 'torchvision, models/efficientnet.py; lukemelas/EfficientNet-PyTorch, utils.py: 32 times the width coefficient',
  },
  {
    parameter: /(^|\.)(patch_embed1\.proj|patch_embeddings\.0\.proj)\.(weight|bias)$/,
    axis: 0,
    sizes: new Map([
      [32, 'the smallest of its family (MiT-B0, PVTv2-B0, LSKNet-T: first width 32)'],
      [64, 'a larger one (MiT or PVTv2 B1 to B5, LSKNet-S: first width 64)'],
    ]),
    choose: 'the size (B0 to B5, T or S)',
    source: 'NVlabs/SegFormer, mmseg/models/backbones/mix_transformer.py; whai362/PVT, v2; zcablii/LSKNet: embed_dims',
  },
  {
    parameter: /(mm_projector\.(0\.)?|llama_proj\.|multi_modal_projector\.linear_1\.)(weight|bias)$/,
    axis: 0,
    sizes: new Map([
      [2048, 'a projector for a language model of width 2048'],
      [2560, 'a projector for a language model of width 2560 (phi-2)'],
      [3584, 'a projector for a language model of width 3584 (Qwen2.5-7B)'],
      [4096, 'a projector for a language model of width 4096 (7B and 8B of Llama, Vicuna and Mistral)'],
      [5120, 'a projector for a language model of width 5120 (13B of Llama and Vicuna)'],
      [8192, 'a projector for a language model of width 8192 (70B of Llama)'],
    ]),
    choose: 'the language model',
    source:
      'hidden_size in config.json of liuhaotian/llava-v1.5-7b (4096) and llava-v1.5-13b (5120); haotian-liu/LLaVA, multimodal_projector/builder.py',
  },
  {
    parameter: /Qformer\.bert\.encoder\.layer\.\d+\.crossattention\.self\.(key|value)\.weight$/,
    axis: 1,
    sizes: new Map([
      [768, 'a Q-Former behind an image encoder of width 768 (ViT-B)'],
      [1024, 'a Q-Former behind an image encoder of width 1024 (CLIP ViT-L)'],
      [1280, 'a Q-Former behind an image encoder of width 1280 (ViT-H)'],
      [1408, 'a Q-Former behind EVA-CLIP ViT-g (width 1408)'],
    ]),
    choose: 'the image encoder (vit_model)',
    source: 'salesforce/LAVIS, lavis/models/blip2_models/blip2.py: init_Qformer(num_query_token, vision_width)',
  },
  {
    parameter: /(^|\.)image_encoder\.trunk\.patch_embed\.proj\.(weight|bias)$/,
    axis: 0,
    sizes: new Map([
      [96, 'SAM 2 tiny or small (width 96)'],
      [112, 'SAM 2 base_plus (width 112)'],
      [144, 'SAM 2 large (width 144)'],
    ]),
    choose: 'the configuration (sam2_hiera_t, _s, _b+ or _l)',
    source: 'facebookresearch/sam2, sam2/configs: image_encoder.trunk.embed_dim',
  },
  {
    parameter: /(^|\.)patch_embedding\.(weight|bias)$/,
    modelClass: /^Wan/,
    axis: 0,
    sizes: new Map([
      [1536, 'a Wan model of 1.3B (width 1536)'],
      [3072, 'Wan 2.2 TI2V-5B (width 3072)'],
      [5120, 'a Wan model of 14B (width 5120)'],
    ]),
    choose: 'the size (1.3B, 5B, 14B)',
    source: 'Wan-Video/Wan2.1 and Wan2.2, wan/configs: dim',
  },
  {
    parameter: /(^|\.)(x_embedder|pos_embed)\.proj\.(weight|bias)$/,
    modelClass: /^(DiT|SiT|PixArt|SD3|MMDiT)/,
    axis: 0,
    sizes: new Map([
      [384, 'a DiT of size S (width 384)'],
      [768, 'a DiT of size B (width 768)'],
      [1024, 'a DiT of size L (width 1024)'],
      [1152, 'a DiT of size XL (width 1152)'],
      [1536, 'Stable Diffusion 3 or 3.5 medium (width 1536)'],
      [2432, 'Stable Diffusion 3.5 large (width 2432)'],
    ]),
    choose: 'the size',
    source: 'facebookresearch/DiT, models.py; transformer/config.json of stabilityai/stable-diffusion-3.5-large: 38 heads of 64',
  },
  {
    parameter: /(^|\.)ref_enc\.spectral\.0\.fc\.weight$/,
    modelClass: /^SynthesizerTrn/,
    axis: 1,
    sizes: new Map([
      [1025, 'GPT-SoVITS v1 (1025 bins of the spectrogram, 322 symbols)'],
      [704, 'GPT-SoVITS v2 (704 bins of the spectrogram, 732 symbols)'],
    ]),
    vocabularies: new Set([322, 732]),
    choose: 'the version (v1 or v2), in the config and in the file names of both models',
    source: 'RVC-Boss/GPT-SoVITS, GPT_SoVITS/module/models.py: MelStyleEncoder(704) except in v1; text/symbols.py and symbols2.py',
  },
  {
    parameter: /(^|\.)pre\.weight$/,
    modelClass: /^SynthesizerTrn/,
    axis: 1,
    sizes: new Map([
      [256, 'so-vits-svc 4.0 (speech features of width 256: vec256l9, hubertsoft)'],
      [768, 'so-vits-svc 4.1 with vec768l12 (width 768)'],
      [1024, 'so-vits-svc 4.1 with whisper-ppg or another encoder of width 1024'],
    ]),
    choose: 'the speech encoder (speech_encoder and ssl_dim in the config)',
    source: 'svc-develop-team/so-vits-svc, README: speech_encoder; configs_template: ssl_dim',
  },
];

export interface SingleReading {
  readonly entry: SingleWidth;
  readonly checkpoint: string;
  readonly model: string;
}

/** Both sides by one parameter; `undefined` where the table knows only one of them. */
export function readSingleWidth({ parameter, checkpointShape, modelShape }: Mismatch, modelClass = ''): SingleReading | undefined {
  if (parameter === undefined) return undefined;
  for (const entry of singleWidths) {
    if (!entry.parameter.test(parameter) || entry.modelClass?.test(modelClass) === false) continue;
    const [checkpoint, model] = [entry.sizes.get(checkpointShape[entry.axis] ?? 0), entry.sizes.get(modelShape[entry.axis] ?? 0)];
    if (checkpoint !== undefined && model !== undefined && checkpoint !== model) return { entry, checkpoint, model };
  }
  return undefined;
}
