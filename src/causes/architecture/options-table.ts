import type { Mismatch } from '../../model/failure.js';

/** Parameters whose size is set by an option of the model, and which option. */
export interface ModelOption {
  readonly parameter: RegExp;
  /** Where the name alone says too little. */
  readonly modelClass?: RegExp;
  /** What the size is, in words. */
  readonly meaning: string;
  readonly option: string;
  /** The axis that shows it; absent where several do. */
  readonly axis?: number;
  /** The option's value from the size of that axis. */
  readonly value?: (size: number) => number | undefined;
  /** Only where the larger size is twice the smaller. */
  readonly twice?: true;
  readonly source: string;
}

const quarter = (size: number): number | undefined => (size % 4 === 0 ? size / 4 : undefined);
const third = (size: number): number | undefined => (size % 3 === 0 ? size / 3 : undefined);
const same = (size: number): number => size;

/** The more special names stand first. */
export const modelOptions: readonly ModelOption[] = [
  {
    parameter: /(^|\.)(emb_l|lang(uage)?_emb\w*|language_embedding\w*)\.weight$/,
    meaning: 'one row per language',
    option: 'num_languages (language_ids)',
    axis: 0,
    value: same,
    source: 'coqui-ai/TTS, tts/models/vits.py: emb_l; coqui-TTS#1453',
  },
  {
    parameter: /(^|\.)(emb_g|spk_emb\w*|speaker_(emb\w*|encoder)|emb_speaker|embed_speakers?|embedding_speaker|spkr_embed\w*)(\.weight)?$/,
    meaning: 'one row per speaker',
    option: 'n_speakers',
    axis: 0,
    value: same,
    source: 'jaywalnut310/vits, models.py: emb_g = nn.Embedding(n_speakers, …); FastSpeech2#127',
  },
  {
    parameter: /query_embed(\.weight)?$|query_position_embeddings\.weight$|query_feat\.weight$/,
    meaning: 'one row per object query',
    option: 'num_queries',
    axis: 0,
    value: same,
    source: 'facebookresearch/detr, models/detr.py: query_embed; finetune-detr#4',
  },
  {
    parameter: /query_embed(\.weight)?$/,
    meaning: 'as many queries on both sides: Deformable DETR keeps position and content in one row, 2 × hidden_dim, DETR one of the two',
    option: 'the width of an object query',
    axis: 1,
    value: same,
    twice: true,
    source: 'fundamentalvision/Deformable-DETR, models/deformable_detr.py: nn.Embedding(num_queries, hidden_dim*2)',
  },
  {
    parameter: /sampling_offsets\.(weight|bias)$/,
    meaning: 'heads × levels × points × 2 rows',
    option: 'num_feature_levels, dec_n_points, enc_n_points',
    axis: 0,
    source: 'fundamentalvision/Deformable-DETR, models/ops/modules/ms_deform_attn.py',
  },
  {
    parameter: /(self_attn|cross_attn|attn)\S*attention_weights\.(weight|bias)$/,
    meaning: 'heads × levels × points rows',
    option: 'num_feature_levels, dec_n_points, enc_n_points',
    axis: 0,
    source: 'fundamentalvision/Deformable-DETR, models/ops/modules/ms_deform_attn.py',
  },
  {
    parameter: /level_embed$/,
    meaning: 'one row per feature level',
    option: 'num_feature_levels',
    axis: 0,
    value: same,
    source: 'fundamentalvision/Deformable-DETR, models/deformable_transformer.py',
  },
  {
    parameter:
      /(anchors|anchor_grid|cell_anchors\.\d+|rpn\S*cls_(score|logits)\S*|rpn\S*bbox_pred\S*|rpn_head\.(cls_logits|bbox_pred|anchor_deltas|objectness_logits)\S*|RPN_\w+)/,
    meaning: 'anchors per position',
    option: 'the anchor scales and ratios',
    source: 'faster-rcnn.pytorch#125; ultralytics/yolov5, models/yolo.py; detectron2, anchor_generator.py',
  },
  {
    parameter: /weight_ih_l\d+(_reverse)?$/,
    meaning: 'inputs of a recurrent layer',
    option: 'the input size (features, embeddings, flags that add some)',
    axis: 1,
    value: same,
    source: 'torch.nn.LSTM: weight_ih_l0 is [4·hidden, input]; BIMPM-pytorch#7',
  },
  {
    parameter: /(weight_[ih]h_l\d+|bias_[ih]h_l\d+)(_reverse)?$/,
    meaning: '4 (LSTM) or 3 (GRU) times the hidden size',
    option: 'hidden_size',
    axis: 0,
    value: (size) => quarter(size) ?? third(size),
    source: 'torch.nn.LSTM and torch.nn.GRU',
  },
  {
    parameter: /(dec\.)?(noise_convs|ups)\.\d+\.(weight(_[gv])?|bias|parametrizations\S*)$/,
    meaning: 'kernels that follow from the upsampling rates',
    option: 'upsample_rates and upsample_kernel_sizes (sampling rate, hop length)',
    source: 'svc-develop-team/so-vits-svc, vdecoder/hifigan/models.py; so-vits-svc#179',
  },
  {
    parameter:
      /(^|\.)(betas|alphas_cumprod(_prev)?|(sqrt|log)_\w*alphas\w*|posterior_(variance|log_variance_clipped|mean_coef[12])|p2_loss_weight)$/,
    meaning: 'one entry for each step of the diffusion',
    option: 'the number of diffusion steps (timesteps, diffusion_steps)',
    axis: 0,
    value: same,
    source: 'lucidrains/denoising-diffusion-pytorch, GaussianDiffusion: register_buffer(betas)',
  },
  {
    parameter: /(^|\.)(priors|prior_boxes|dboxes)$/,
    meaning: 'one row for each default box',
    option: 'the input size and the sizes of the default boxes',
    axis: 0,
    source: 'amdegroot/ssd.pytorch, layers/functions/prior_box.py',
  },
  {
    parameter: /(^|\.)decoder\.head\.2\.(weight|bias)$/,
    meaning: 'the channels of the picture, 12 where the decoder doubles its size',
    option: 'the kind of VAE (an upscaling one or a plain one)',
    axis: 0,
    source: 'spacepxl/ComfyUI-VAE-Utils, issue #12',
  },
  {
    parameter: /(^|\.)conv_first\.weight$/,
    meaning: 'whose inputs are the picture folded by 4 divided by the scale',
    option: 'scale',
    axis: 1,
    // pixel_unshuffle: 3 channels for ×4, 12 for ×2, 48 for ×1.
    value: (size) =>
      new Map([
        [3, 4],
        [12, 2],
        [48, 1],
      ]).get(size),
    source: 'xinntao/Real-ESRGAN and XPixelGroup/BasicSR, archs/rrdbnet_arch.py; Real-ESRGAN#806, #959',
  },
  {
    parameter: /(^|\.)(conv_first|upconv\d|upsampler?\.\d+|upsample\.\d+)\.(weight|bias)$/,
    meaning: 'layers that follow from the scale',
    option: 'scale',
    source: 'XPixelGroup/BasicSR, archs/rrdbnet_arch.py: scale 1, 2 or 4; Real-ESRGAN#806',
  },
  {
    parameter: /(^|\.)(convs|to_rgbs)\.\d+\.(conv|activate|conv\.modulation)\S*$/,
    meaning: 'channels of the upper layers of the generator',
    option: 'channel_multiplier (1 or 2)',
    source: 'rosinality/stylegan2-pytorch, model.py: channels × channel_multiplier; pixel2style2pixel#309',
  },
  {
    parameter: /(quantize|codebook|vq)\S{0,300}(embed|codebook)\S*$/,
    meaning: 'one row per code',
    option: 'n_embed (codebook size)',
    axis: 0,
    value: same,
    source: 'CompVis/taming-transformers, modules/vqvae/quantize.py',
  },
  {
    parameter: /(quantize|codebook|vq)\S{0,300}(embed|codebook)\S*$/,
    meaning: 'the width of a code',
    option: 'embed_dim (width of the codes)',
    axis: 1,
    value: same,
    source: 'CompVis/taming-transformers, modules/vqvae/quantize.py',
  },
  {
    parameter: /token_type_embeddings\.weight$|segment_embeddings?\.weight$/,
    meaning: 'one row per token type',
    option: 'type_vocab_size',
    axis: 0,
    value: same,
    source: 'transformers 4.57, bert/configuration_bert.py',
  },
  {
    parameter: /relative_attention_bias\.weight$/,
    meaning: 'one row per bucket, one column per head',
    option: 'relative_attention_num_buckets and num_heads',
    source: 'transformers 4.57, t5/configuration_t5.py',
  },
  {
    parameter: /^embedding\.weight$/,
    modelClass: /Prefix|Prompt/,
    meaning: 'rows are the length of the prefix, columns its width',
    option: 'pre_seq_len and prefix_projection',
    source: 'THUDM/ChatGLM-6B, ptuning; ChatGLM-6B#1047',
  },
  {
    parameter: /prefix_encoder\S*\.weight$|(^|\.)(prompt_embeddings|prompt_encoder\S*)(\.weight)?$/,
    meaning: 'rows are the length of the prefix, columns its width',
    option: 'pre_seq_len and prefix_projection',
    source: 'THUDM/ChatGLM-6B, ptuning; ChatGLM-6B#1047',
  },
  {
    // `out_proj` and its like also stand in attention (`self_attn.out_proj`) and heads (`classifier.out_proj`): only behind a mixer's name.
    parameter:
      /(^|\.)(A_logs?|Ds|dt_projs?_?\w*|x_projs?_?\w*|dt_bias)(\.(weight|bias))?$|(^|\.)(mixer|mamba|ssm|ss2d|op)\.(D|conv[12]d|in_proj|out_norm|out_proj)(\.(weight|bias))?$|(^|\.)self_attention\.(conv2d|in_proj|out_norm)(\.(weight|bias))?$/,
    meaning: 'the inner width of a state-space layer',
    option: 'expand (ssm_ratio) and d_state',
    source: 'state-spaces/mamba, modules/mamba_simple.py: d_inner = expand · d_model; VMamba#238',
  },
  {
    parameter: /((^|\.)params|tcnn_encoding\.params|mlp_base\S*params|encoder\.embeddings|hash_table)$/,
    meaning: 'one flat table',
    option: 'the hash grid or network (n_levels, log2_hashmap_size, n_neurons)',
    source: 'NVlabs/tiny-cuda-nn: all parameters in one vector',
  },
  {
    parameter: /SMS_layers|temporal_conv|frame_\w+|TM_project/,
    meaning: 'frames of a clip',
    option: 'the number of sampled frames',
    source: 'damo-cv/MotionRGBD, issue #9',
  },
  {
    parameter: /(^|\.)(out\.2|final_layer\.linear)\.(weight|bias)$/,
    modelClass: /^(UNetModel|DiT|SiT|PixArt)/,
    meaning: 'the channels of the prediction, twice as many where the variance is learned',
    option: 'learn_sigma',
    axis: 0,
    source: 'openai/guided-diffusion, script_util.py: out_channels=(3 if not learn_sigma else 6); facebookresearch/DiT, models.py',
  },
  {
    parameter: /(^|\.)y_embedder\.embedding_table(\.weight)?$/,
    meaning: 'one row per class and one for none',
    option: 'num_classes',
    axis: 0,
    value: (size) => size - 1,
    source: 'facebookresearch/DiT, models.py: LabelEmbedder(num_classes + use_cfg_embedding)',
  },
  {
    parameter: /(^|\.)rel_embeddings\.weight$/,
    meaning: 'two rows per bucket of relative positions',
    option: 'position_buckets (or max_relative_positions where there are none)',
    axis: 0,
    value: (size) => (size % 2 === 0 ? size / 2 : undefined),
    source: 'transformers 4.57, deberta_v2/modeling_deberta_v2.py: pos_ebd_size = 2 · position_buckets',
  },
  {
    parameter: /(^|\.)queue$/,
    meaning: 'the width of the projection and the number of negatives',
    option: 'dim and the size of the queue (K)',
    source: 'facebookresearch/moco, moco/builder.py: queue = randn(dim, K)',
  },
  {
    parameter:
      /(^|\.)((encoder_[qk]|base_encoder|momentum_encoder)\.(\w+\.)?(fc|head)\.|last_layer\.weight_[gv]$|last_layer\.parametrizations)/,
    meaning: 'the outputs of the projection head',
    option: 'the output width of the projection (dim, out_dim)',
    axis: 0,
    value: same,
    source: 'facebookresearch/moco, moco/builder.py: dim; facebookresearch/dino, main_dino.py: --out_dim',
  },
  {
    parameter: /(^|\.)conv_pre\.(weight(_v)?|parametrizations\.weight\.original1)$/,
    meaning: 'one input for each mel bin',
    option: 'the number of mel bins (num_mels, n_mel_channels)',
    axis: 1,
    value: same,
    source: 'jik876/hifi-gan, models.py: conv_pre = Conv1d(80, …)',
  },
  {
    parameter: /value_embedding\.tokenConv\.weight$/,
    meaning: 'one input for each variable of the series',
    option: 'enc_in and dec_in (and c_out)',
    axis: 1,
    value: same,
    source: 'thuml/Time-Series-Library, layers/Embed.py: TokenEmbedding(c_in)',
  },
  {
    parameter: /(^|\.)Linear_(Seasonal|Trend|Decoder)(\.\d+)?\.(weight|bias)$/,
    meaning: 'rows are the steps that are predicted, columns those that are seen',
    option: 'pred_len and seq_len',
    source: 'cure-lab/LTSF-Linear, models/DLinear.py',
  },
  {
    parameter: /(^|\.)organ_embedding$/,
    meaning: 'one row per class, columns the width of the text embedding',
    option: 'the kind of embedding (random 256, CLIP 512) and the number of classes',
    source: 'ljwztc/CLIP-Driven-Universal-Model, issue #69',
  },
  {
    parameter: /(^|\.)id\.2\.(weight|bias)$/,
    meaning: 'the width of the identity embedding',
    option: 'reid_dim',
    axis: 0,
    value: same,
    source: 'ifzhang/FairMOT, opts.py: --reid_dim; FairMOT#106',
  },
  {
    parameter: /(^|\.)(hps|hm_hp|hp_offset|wh|ltrb)\.\d/,
    meaning: 'heads of the task',
    option: 'the task (ctdet, multi_pose, mot …)',
    source: 'xingyizhou/CenterNet, opts.py: heads; CenterNet#558',
  },
  {
    parameter:
      /\.(weight|bias)$(?<=(spatial_transformer|Unet|seg_outputs|conv_blocks_context|(en|de)coder\.stages)\S*\.conv(?:(?!\.conv)\S)*\.\w+)/,
    meaning: 'features per stage',
    option: 'base_num_features and max_num_features of the plans',
    source: 'MIC-DKFZ/nnUNet#656, #1854',
  },
];

export function optionOf(parameter: string | undefined, modelClass = ''): ModelOption | undefined {
  if (parameter === undefined) return undefined;
  return modelOptions.find(
    (entry) => entry.parameter.test(parameter) && (entry.modelClass === undefined || entry.modelClass.test(modelClass)),
  );
}

/** The option of a pair of shapes: one that shows on an axis which agrees is not what differs. */
export function optionOfPair({ parameter, checkpointShape, modelShape }: Mismatch, modelClass = ''): ModelOption | undefined {
  if (parameter === undefined) return undefined;
  return modelOptions.find(({ parameter: name, modelClass: ofClass, axis, twice }) => {
    if (!name.test(parameter) || !(ofClass?.test(modelClass) ?? true)) return false;
    if (axis === undefined || checkpointShape.length !== modelShape.length) return twice !== true;
    const place = placeOf(axis, { checkpointShape, modelShape });
    const [checkpoint = 0, model = 0] = [checkpointShape[place], modelShape[place]];
    return checkpoint !== model && (twice !== true || checkpoint === 2 * model || model === 2 * checkpoint);
  });
}

/** A table behind a batch axis of 1 keeps its rows on the next axis. */
export function placeOf(axis: number, { checkpointShape, modelShape }: Pick<Mismatch, 'checkpointShape' | 'modelShape'>): number {
  return checkpointShape.length === 3 && checkpointShape[0] === 1 && modelShape[0] === 1 ? axis + 1 : axis;
}
