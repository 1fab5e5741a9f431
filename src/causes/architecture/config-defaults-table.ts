import type { Tradition } from './model-traditions.js';

/** What a configuration class gives when nobody fills it: a model of these sizes was built without reading the config of its weights. */
export interface ConfigDefaults {
  readonly tradition: Tradition;
  readonly config: string;
  /** Where the class's model is not to be mixed up with others of the tradition. */
  readonly modelClass?: RegExp;
  readonly hidden: number;
  readonly ffn?: number;
  readonly vocabulary?: number;
  readonly positions?: number;
  /** A published model with the same sizes: then the defaults prove nothing, the variant may have been meant. */
  readonly alsoModel?: string;
  readonly source: string;
}

const source = (file: string): string => `transformers 4.57, models/${file}`;

export const configDefaults: readonly ConfigDefaults[] = [
  {
    tradition: 'bert',
    config: 'BertConfig()',
    hidden: 768,
    ffn: 3072,
    vocabulary: 30522,
    positions: 512,
    alsoModel: 'BERT-base',
    source: source('bert/configuration_bert.py'),
  },
  {
    tradition: 'bert',
    config: 'RobertaConfig()',
    modelClass: /^(Roberta|XLMRoberta|Camembert)/,
    hidden: 768,
    ffn: 3072,
    positions: 512,
    source: source('roberta/configuration_roberta.py'),
  },
  {
    tradition: 'bert',
    config: 'ElectraConfig()',
    modelClass: /^Electra/,
    hidden: 256,
    ffn: 1024,
    alsoModel: 'ELECTRA-small',
    source: source('electra/configuration_electra.py'),
  },
  {
    tradition: 'albert',
    config: 'AlbertConfig()',
    hidden: 4096,
    ffn: 16384,
    alsoModel: 'ALBERT-xxlarge',
    source: source('albert/configuration_albert.py'),
  },
  {
    tradition: 'bert',
    config: 'DebertaV2Config()',
    modelClass: /^Deberta/,
    hidden: 1536,
    ffn: 6144,
    alsoModel: 'DeBERTa-v2-xlarge',
    source: source('deberta_v2/configuration_deberta_v2.py'),
  },
  { tradition: 't5', config: 'T5Config()', hidden: 512, ffn: 2048, alsoModel: 'T5-small', source: source('t5/configuration_t5.py') },
  {
    tradition: 't5',
    config: 'MT5Config()',
    modelClass: /^MT5/,
    hidden: 512,
    ffn: 1024,
    alsoModel: 'mT5-small',
    source: source('mt5/configuration_mt5.py'),
  },
  {
    tradition: 'llama',
    config: 'LlamaConfig()',
    modelClass: /^Llama/i,
    hidden: 4096,
    ffn: 11008,
    vocabulary: 32000,
    alsoModel: 'Llama-2-7B',
    source: source('llama/configuration_llama.py'),
  },
  {
    tradition: 'llama',
    config: 'MistralConfig()',
    modelClass: /^Mi(s|x)tral/,
    hidden: 4096,
    ffn: 14336,
    vocabulary: 32000,
    alsoModel: 'Mistral-7B',
    source: source('mistral/configuration_mistral.py'),
  },
  {
    tradition: 'llama',
    config: 'Qwen2Config() or Qwen3Config()',
    hidden: 4096,
    ffn: 22016,
    source: source('qwen2/configuration_qwen2.py'),
  },
  {
    tradition: 'llama',
    config: 'Qwen2VLTextConfig()',
    modelClass: /^Qwen2_?(5_?)?VL/,
    hidden: 8192,
    ffn: 29568,
    alsoModel: 'Qwen2-VL-72B',
    source: source('qwen2_vl/configuration_qwen2_vl.py'),
  },
  {
    tradition: 'llama',
    config: 'GemmaConfig()',
    modelClass: /^Gemma(For|Model)/,
    hidden: 3072,
    ffn: 24576,
    alsoModel: 'Gemma-7B',
    source: source('gemma/configuration_gemma.py'),
  },
  {
    tradition: 'llama',
    config: 'PhiConfig()',
    modelClass: /^Phi(For|Model)/,
    hidden: 2048,
    ffn: 8192,
    alsoModel: 'phi-1',
    source: source('phi/configuration_phi.py'),
  },
  {
    tradition: 'gpt2',
    config: 'GPT2Config()',
    hidden: 768,
    ffn: 3072,
    positions: 1024,
    alsoModel: 'GPT-2',
    source: source('gpt2/configuration_gpt2.py'),
  },
  { tradition: 'mamba', config: 'MambaConfig()', hidden: 768, alsoModel: 'Mamba-130m', source: source('mamba/configuration_mamba.py') },
  { tradition: 'opt', config: 'OPTConfig()', hidden: 768, ffn: 3072, alsoModel: 'OPT-125m', source: source('opt/configuration_opt.py') },
  {
    tradition: 'neox',
    config: 'GPTNeoXConfig()',
    modelClass: /NeoX/,
    hidden: 6144,
    ffn: 24576,
    alsoModel: 'GPT-NeoX-20B',
    source: source('gpt_neox/configuration_gpt_neox.py'),
  },
  { tradition: 'neox', config: 'BloomConfig()', modelClass: /^Bloom/, hidden: 64, source: source('bloom/configuration_bloom.py') },
  {
    tradition: 'neox',
    config: 'FalconConfig()',
    modelClass: /^Falcon/,
    hidden: 4544,
    alsoModel: 'Falcon-7B',
    source: source('falcon/configuration_falcon.py'),
  },
  {
    tradition: 'clip-text',
    config: 'CLIPTextConfig()',
    hidden: 512,
    ffn: 2048,
    alsoModel: 'the text tower of CLIP ViT-B',
    source: source('clip/configuration_clip.py'),
  },
  {
    tradition: 'vit',
    config: 'CLIPVisionConfig() or ViTConfig()',
    // timm's VisionTransformer has arguments and no configuration.
    modelClass: /^$|^(ViT|CLIP|Deit|DeiT|Beit|Siglip|Llava)/,
    hidden: 768,
    ffn: 3072,
    alsoModel: 'ViT-B',
    source: source('clip/configuration_clip.py'),
  },
  {
    tradition: 'vit',
    config: 'DINOv3ViTConfig()',
    modelClass: /^DINOv3/,
    hidden: 384,
    ffn: 1536,
    alsoModel: 'DINOv3 ViT-S',
    source: source('dinov3_vit/configuration_dinov3_vit.py'),
  },
  {
    tradition: 'sam',
    config: 'SamVisionConfig()',
    modelClass: /^$|^Sam(Model|Vision)/,
    hidden: 768,
    alsoModel: 'SAM vit_b',
    source: source('sam/configuration_sam.py'),
  },
  {
    tradition: 'swin',
    config: 'SwinConfig()',
    modelClass: /^$|^Swin(Model|For|Backbone)/,
    hidden: 96,
    alsoModel: 'Swin-T',
    source: source('swin/configuration_swin.py'),
  },
  {
    tradition: 'whisper',
    config: 'WhisperConfig()',
    hidden: 384,
    ffn: 1536,
    alsoModel: 'Whisper tiny',
    source: source('whisper/configuration_whisper.py'),
  },
  {
    tradition: 'wav2vec2',
    config: 'Wav2Vec2Config() or HubertConfig()',
    hidden: 768,
    ffn: 3072,
    alsoModel: 'wav2vec 2.0 base',
    source: source('wav2vec2/configuration_wav2vec2.py'),
  },
];

/** Single parameters whose size on the model side is what diffusers builds without a config. */
export interface SingleDefault {
  readonly parameter: RegExp;
  readonly axis: number;
  readonly size: number;
  readonly config: string;
  readonly source: string;
}

export const singleDefaults: readonly SingleDefault[] = [
  {
    parameter:
      /(^|\.)(encoder\.conv_in|decoder\.conv_in|encoder\.conv_norm_out|decoder\.conv_norm_out|encoder\.down_blocks\.0\.resnets\.0\.conv1|decoder\.mid_block\.\S*)\.(weight|bias)$/,
    axis: 0,
    size: 64,
    config: 'AutoencoderKL() or VQModel(): block_out_channels=(64,)',
    source: 'diffusers 0.42, models/autoencoders/autoencoder_kl.py and vq_model.py',
  },
  {
    parameter: /attn2\.to_[kv]\.weight$/,
    axis: 1,
    size: 1280,
    config: 'UNet2DConditionModel(): cross_attention_dim=1280',
    source: 'diffusers 0.42, models/unets/unet_2d_condition.py',
  },
];
