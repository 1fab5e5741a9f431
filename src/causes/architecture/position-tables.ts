/** Lengths of position tables that published models have. `width` narrows it where several models share a length. */
export interface PositionTable {
  readonly tokens: number;
  readonly width?: number;
  readonly model: string;
  /** Side of the input in pixels and of a patch, where it is an image. */
  readonly image?: number;
  readonly patch?: number;
  readonly source: string;
}

const clip = (name: string): string => `config.json of openai/${name}: vision_config`;
const siglip = (name: string): string => `config.json of google/${name}: vision_config`;
const timm = 'timm, models/vision_transformer.py';

/** The narrower entries stand first. */
export const positionTables: readonly PositionTable[] = [
  { tokens: 50, width: 768, model: 'CLIP ViT-B/32', image: 224, patch: 32, source: clip('clip-vit-base-patch32') },
  { tokens: 197, width: 768, model: 'ViT-B/16 at 224 px', image: 224, patch: 16, source: timm },
  { tokens: 197, width: 384, model: 'ViT-S/16 at 224 px', image: 224, patch: 16, source: timm },
  { tokens: 197, width: 192, model: 'ViT-Ti/16 at 224 px', image: 224, patch: 16, source: timm },
  { tokens: 197, width: 1024, model: 'ViT-L/16 at 224 px', image: 224, patch: 16, source: timm },
  { tokens: 257, width: 1024, model: 'CLIP ViT-L/14', image: 224, patch: 14, source: clip('clip-vit-large-patch14') },
  { tokens: 577, width: 1024, model: 'CLIP ViT-L/14-336', image: 336, patch: 14, source: clip('clip-vit-large-patch14-336') },
  {
    tokens: 257,
    width: 1280,
    model: 'CLIP ViT-H/14',
    image: 224,
    patch: 14,
    source: 'config.json of laion/CLIP-ViT-H-14-laion2B-s32B-b79K',
  },
  {
    tokens: 257,
    width: 1408,
    model: 'EVA or CLIP ViT-g/14',
    image: 224,
    patch: 14,
    source: 'transformers 4.57, blip_2/configuration_blip_2.py',
  },
  {
    tokens: 257,
    width: 1664,
    model: 'CLIP ViT-bigG/14',
    image: 224,
    patch: 14,
    source: 'config.json of laion/CLIP-ViT-bigG-14-laion2B-39B-b160k',
  },
  { tokens: 577, width: 768, model: 'ViT-B/16 at 384 px', image: 384, patch: 16, source: timm },
  {
    tokens: 1025,
    width: 1024,
    model: 'InternViT-300M at 448 px',
    image: 448,
    patch: 14,
    source: 'config.json of OpenGVLab/InternViT-300M-448px',
  },
  {
    tokens: 1025,
    width: 3200,
    model: 'InternViT-6B at 448 px',
    image: 448,
    patch: 14,
    source: 'config.json of OpenGVLab/InternViT-6B-448px-V1-5',
  },
  { tokens: 729, width: 1152, model: 'SigLIP so400m/14 at 384 px', image: 384, patch: 14, source: siglip('siglip-so400m-patch14-384') },
  { tokens: 256, width: 1152, model: 'SigLIP so400m/14 at 224 px', image: 224, patch: 14, source: siglip('siglip-so400m-patch14-224') },
  { tokens: 196, width: 768, model: 'SigLIP base/16 at 224 px', image: 224, patch: 16, source: siglip('siglip-base-patch16-224') },
  { tokens: 256, width: 768, model: 'SigLIP base/16 at 256 px', image: 256, patch: 16, source: siglip('siglip-base-patch16-256') },
  { tokens: 576, width: 768, model: 'SigLIP base/16 at 384 px', image: 384, patch: 16, source: siglip('siglip-base-patch16-384') },
  { tokens: 1024, width: 768, model: 'SigLIP base/16 at 512 px', image: 512, patch: 16, source: siglip('siglip-base-patch16-512') },
  {
    tokens: 1370,
    model: 'DINOv2 (trained at 518 px)',
    image: 518,
    patch: 14,
    source: 'facebookresearch/dinov2, hubconf: img_size=518; issues #218, #316',
  },
  { tokens: 198, model: 'DeiT distilled at 224 px', image: 224, patch: 16, source: 'facebookresearch/deit, models.py: two extra tokens' },
  { tokens: 578, model: 'DeiT distilled at 384 px', image: 384, patch: 16, source: 'facebookresearch/deit, models.py: two extra tokens' },
  { tokens: 77, model: 'the CLIP text tower', source: 'openai/CLIP, context_length=77' },
  { tokens: 248, model: 'Long-CLIP', source: 'beichenzbc/Long-CLIP, context_length=248' },
  { tokens: 64, width: 768, model: 'the SigLIP text tower', source: 'transformers 4.57, siglip/configuration_siglip.py' },
  { tokens: 64, width: 1152, model: 'the SigLIP text tower', source: siglip('siglip-so400m-patch14-384') },
  { tokens: 512, model: 'BERT and its like', source: 'transformers 4.57, bert/configuration_bert.py' },
  { tokens: 514, model: 'RoBERTa (512 and an offset of 2)', source: 'config.json of FacebookAI/roberta-base' },
  { tokens: 1026, model: 'BART (1024 and an offset of 2)', source: 'transformers 4.57, bart/modeling_bart.py: self.offset = 2' },
  { tokens: 2050, model: 'OPT (2048 and an offset of 2)', source: 'transformers 4.57, opt/modeling_opt.py: self.offset = 2' },
  { tokens: 4098, model: 'Longformer (4096 and an offset of 2)', source: 'config.json of allenai/longformer-base-4096' },
  { tokens: 16386, model: 'LED (16384 and an offset of 2)', source: 'config.json of allenai/led-base-16384' },
  { tokens: 1500, model: 'the Whisper encoder (30 s)', source: 'transformers 4.57, whisper/configuration_whisper.py' },
  { tokens: 448, model: 'the Whisper decoder', source: 'transformers 4.57, whisper/configuration_whisper.py' },
  {
    tokens: 24,
    width: 320,
    model: 'the AnimateDiff motion module v1 (24 frames)',
    source: 'guoyww/AnimateDiff, configs/inference: temporal_position_encoding_max_len: 24',
  },
  {
    tokens: 32,
    width: 320,
    model: 'the AnimateDiff motion module v2 (32 frames)',
    source: 'guoyww/AnimateDiff, configs/inference: temporal_position_encoding_max_len: 32',
  },
];

/** What is known of a table besides its length: its width, whether its positions are patches, whether its name is that of an image tower. */
export interface TableKind {
  readonly width: number | undefined;
  readonly picture: boolean;
  readonly tower: boolean;
}

/**
 * Whose table this is. Tables of pictures and of texts share lengths (1024 of GPT-2 are also a SigLIP's), so the kind has to agree; a CLIP's or
 * SigLIP's name is only given to what is called a tower, since any vision transformer has such lengths.
 */
export function knownPositionTable(tokens: number, { width, picture, tower }: TableKind): PositionTable | undefined {
  const fitting = positionTables.filter(
    (table) =>
      table.tokens === tokens &&
      (table.image !== undefined) === picture &&
      (tower || !/CLIP|SigLIP|InternViT/.test(table.model) || !picture),
  );
  return fitting.find((table) => table.width !== undefined && table.width === width) ?? fitting.find((table) => table.width === undefined);
}
