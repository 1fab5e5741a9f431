import { byName } from './by-name.js';

/** What a parameter is for, read from its name alone. Names follow a few traditions (PyTorch, Hugging Face, fairseq, Megatron, timm, GGUF). */
export type Role =
  | 'token-embedding'
  | 'output-head' // language-model head: rows are the vocabulary
  | 'position-embedding'
  | 'patch-embedding'
  | 'relative-position-table'
  | 'class-head' // last layer of a classifier, detector or segmenter
  | 'attention-query'
  | 'attention-key'
  | 'attention-value'
  | 'attention-fused' // query, key and value in one
  | 'attention-output'
  | 'mlp-in' // widening: fc1, gate, up, h_to_4h
  | 'mlp-out' // narrowing: fc2, down, 4h_to_h
  | 'router'
  | 'expert'
  | 'norm'
  | 'lora-a'
  | 'lora-b'
  | 'buffer' // recomputable, holds nothing that was trained
  | 'other';

/** First match wins: the more special names stand first. Matched against the whole dotted name. */
const ROLES: readonly (readonly [Role, RegExp])[] = [
  ['lora-a', /(^|[._])(lora_A|lora(_linear_layer|_layer)?[._]down|lora_embedding_A)([._]|$)/],
  ['lora-b', /(^|[._])(lora_B|lora(_linear_layer|_layer)?[._]up|lora_embedding_B)([._]|$)/],
  [
    'buffer',
    /(^|\.)(position_ids|inv_freq|relative_position_index|relative_coords_table|attn_mask|masked_bias|num_batches_tracked|total_ops|total_params|running_mean|running_var|attn\.bias|rope\.freqs|causal_mask|triu_mask)$/,
  ],
  ['relative-position-table', /(relative_position_bias_table|rel_pos_[hw]|relative_attention_bias(\.weight)?)$/],
  [
    'position-embedding',
    /(^|[._])(pos_embed|pos_embedding|position_embeddings?|positional_embedding|embed_positions|wpe|pos_emb|position_embd|time_embed|pos_embed\d|position_enc|position_encoding|pos_enc(oding)?|pos_encoder|positional_encoding|positional_embeddings|temporal_(pos_)?embed(ding)?|temporal_position_embeddings|pe)(\.|$)/,
  ],
  ['patch-embedding', /(patch_embed(ding)?s?|patch_embeddings\.projection|conv1|conv_in|conv_first|patch_conv)(\.proj(ection)?)?\.weight$/],
  [
    'token-embedding',
    /(^|\.)(embed_tokens|word_embeddings?|wte|tok_embeddings|token_embd|shared|token_embedding|embed_in|tokens_embed|embeddings?\.word_embeddings|text_embedding)(\.base_layer|\.modules_to_save(\.\w+)?|\.original_module)?(\.weight)?$/,
  ],
  [
    'output-head',
    /(^|\.)(lm_head|output_projection|embed_out|output_layer|final_logits_bias)(\.base_layer|\.modules_to_save(\.\w+)?|\.original_module)?(\.weight|\.bias)?$/,
  ],
  ['router', /(^|\.)(router|gate|wg|switch)\.(weight|bias|classifier\.weight|wg\.weight)$/],
  ['expert', /(^|[._])experts?([._]|$)/],
  [
    'attention-fused',
    /(^|[._])(qkv|qkv_proj|query_key_value|c_attn|in_proj|Wqkv|W_pack|kv_proj|qkv_linear|to_qkv|in_proj_weight|in_proj_bias|linear_qkv)(\.|$)/,
  ],
  [
    'attention-query',
    /(^|[._])(q_proj|query|wq|q_lin|to_q|q|query_proj|attn_q|q_a_proj|q_b_proj|linear_q)(\.(linear|base_layer))?(\.(weight|bias))?$/,
  ],
  ['attention-key', /(^|\.|(?<!weight)_)(k_proj|key|wk|k_lin|to_k|k|key_proj|attn_k|linear_k)(\.(linear|base_layer))?(\.(weight|bias))?$/],
  [
    'attention-value',
    /(^|\.|(?<!weight)_)(v_proj|value|wv|v_lin|to_v|v|value_proj|attn_v|linear_v)(\.(linear|base_layer))?(\.(weight|bias))?$/,
  ],
  [
    'attention-output',
    /((^|[._])(o_proj|out_proj|wo|out_lin|to_out\.0|attn_output)|(attention|attn|self_attention|SelfAttention|self_attn)\.(dense|o|proj|c_proj|out|output\.dense|linear_proj)|attention\.output\.dense)(\.base_layer)?(\.(weight|bias))?$/,
  ],
  [
    'mlp-in',
    /(^|[._])(fc1|gate_proj|up_proj|gate_up_proj|dense_h_to_4h|c_fc|w1|w3|wi|wi_0|wi_1|intermediate\.dense|ffn_up|ffn_gate|linear_fc1|lin1|linear1)(\.base_layer)?(\.(weight|bias))?$/,
  ],
  [
    'mlp-out',
    /(^|[._])(fc2|down_proj|dense_4h_to_h|w2|wo|output\.dense|ffn_down|linear_fc2|lin2|linear2|mlp\.c_proj)(\.base_layer)?(\.(weight|bias))?$/,
  ],
  [
    'norm',
    /(?:(?:^|[._])(?:norm\d?|layer_?norm\d?\w*|ln_?\w{0,6}|LayerNorm|batch_?norm\d?|bn\d?|rms_?norm|group_?norm)|(?:layer_?norm|_norm)(?<=(?:^|[._])\w*(?:layer_?norm|_norm)))(?:\.(?:weight|bias|gamma|beta|scale|g|b))?$/,
  ],
  [
    'class-head',
    /(^|\.)(classifier|fc|head|heads|cls_score|bbox_pred|score|qa_outputs|class_embed|last_linear|cls_preds|cls_pred|conv_seg|logits|mlp_head|mask_fcn_logits|class_predictor|box_predictor|classification_head|hm)(\.|$)/,
  ],
];

/** Layers repeat each other: the number of a layer tells nothing, a 0 may (`to_out.0`). */
const roleOfKind = byName(readRole);

export const roleOf = byName((parameter) => roleOfKind(parameter.replace(/\.[1-9]\d*(?=\.)/g, '.1')));

function readRole(parameter: string): Role {
  // TensorFlow and Flax separate the parts of a name by slashes: `bert/embeddings/word_embeddings:0`.
  const name = parameter.includes('/') ? parameter.replaceAll('/', '.').replace(/:0$/, '') : parameter;
  return ROLES.find(([, expression]) => expression.test(name))?.[0] ?? 'other';
}

/** The name without layer numbers, so that all layers' copies of one parameter read alike. */
export function withoutNumbers(parameter: string): string {
  return parameter.replace(/\d+/g, '*');
}
