/** A way of naming parameters that tells which kind of model it is. */
export type Tradition =
  | 'bert'
  | 't5'
  | 'llama'
  | 'gpt2'
  | 'opt'
  | 'neox'
  | 'clip-text'
  | 'vit'
  | 'sam'
  | 'swin'
  | 'convnext'
  | 'whisper'
  | 'bart'
  | 'wav2vec2'
  | 'mamba'
  | 'albert'
  | 'wan-vae';

/** First match wins: the more special names stand first. */
const TRADITIONS: readonly (readonly [Tradition, RegExp])[] = [
  ['albert', /albert_layer_groups/],
  ['mamba', /(^|\.)mixer\.(A_log|D|dt_proj|x_proj|in_proj|out_proj|conv1d)/],
  ['sam', /(^|\.)image_encoder\.(blocks|patch_embed|neck|pos_embed)/],
  ['swin', /(^|\.)(layers|stages)\.\d\.blocks\.\d+\.(norm[12]|layernorm_|attn|attention|mlp|intermediate|output)/],
  [
    'vit',
    /(^|\.)(vision_model|vision_tower|visual|vision_encoder)\.\S*(layers|resblocks|embeddings|blocks|transformer)\b|attention\.attention\.(query|key|value)|(^|\.)blocks\.(\d+|\{[^{}]*\})\.(attn\.(qkv|proj)|mlp\.fc[12]|norm[12]|ls[12])\b|layernorm_(before|after)/,
  ],
  ['convnext', /(dwconv|pwconv[12]|conv_dw)\.(weight|bias)$/],
  ['t5', /(SelfAttention|EncDecAttention|DenseReluDense|layer\.[0-2]\.layer_norm)/],
  [
    'bert',
    /(encoder\.layer\.\S*(attention\.(self|output)|intermediate|output)\.)|embeddings\.(word_embeddings|token_type_embeddings|LayerNorm)/,
  ],
  ['clip-text', /(^|[._])(text_model|text_encoder|cond_stage_model)[._]\S*(encoder|embeddings|resblocks|transformer)/],
  [
    'whisper',
    /(^|\.)(encoder|decoder)\.layers\.\S*(encoder_attn|self_attn_layer_norm|final_layer_norm|fc[12])\.|encoder\.blocks\.\d+\.(attn_ln|cross_attn)/,
  ],
  ['wav2vec2', /feed_forward\.(intermediate|output)_dense|feature_projection\.projection|wav2vec2\.encoder/],
  ['gpt2', /(^|\.)h\.(\d+|\{[^{}]*\})\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj|ln_[12])\./],
  ['neox', /(query_key_value|dense_h_to_4h|dense_4h_to_h)/],
  [
    'llama',
    /(self_attn\.[qkvo]_proj|(gate|up|down)_proj|gate_up_proj|(input|post_attention|pre_feedforward)_layernorm|tok_embeddings|feed_forward\.w[123]|attention\.w[qkvo]|rms_[12]|c_fc[12]|embed_tokens)/,
  ],
  ['wan-vae', /(^|\.)(encoder|decoder)\.(middle|downsamples|upsamples)\.\d+\.\S*(residual\.\d+\.gamma|residual\.\d+\.weight)/],
];

const CLASSES: readonly (readonly [Tradition, RegExp])[] = [
  ['whisper', /^Whisper/],
  ['opt', /^OPT/],
  ['vit', /^(DINOv3ViT|Dinov2(?!WithReg)|ViT|DeiT)/],
  ['wav2vec2', /^(Wav2Vec2|Hubert|WavLM|UniSpeech|Data2VecAudio)/],
];

/** An encoder beside or instead of a decoder: no decoder-only language model has these. */
const ENCODER_DECODER = /^(model\.|module\.)?(encoder|decoder)\.(embed_tokens|embed_positions|layers)\.|(^|\.)encoder_attn\./;

export function traditionOf(names: readonly string[], modelClass = ''): Tradition | undefined {
  // lit-llama names its layers as GPT-2 does, but has RMS norms and a gated network.
  if (names.some((name) => /(^|\.)h\.\S*\.(rms_[12]|mlp\.c_fc[12])\./.test(name))) return 'llama';
  const byClass = CLASSES.find(([, expression]) => expression.test(modelClass))?.[0];
  if (byClass !== undefined) return byClass;
  const votes = new Map<Tradition, number>();
  for (const name of names) {
    const tradition = TRADITIONS.find(([, expression]) => expression.test(name))?.[0];
    if (tradition !== undefined) votes.set(tradition, (votes.get(tradition) ?? 0) + 1);
  }
  const [best] = [...votes].toSorted((a, b) => b[1] - a[1]);
  // Speech and text encoder-decoders share their names; the class tells them apart. fairseq names its projections as Llama does.
  if (best?.[0] === 'llama' && names.some((name) => ENCODER_DECODER.test(name))) return 'bart';
  return best?.[0] === 'whisper' ? 'bart' : best?.[0];
}
