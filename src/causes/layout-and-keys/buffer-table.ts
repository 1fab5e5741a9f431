/** Buffers that a module computes from its configuration: nothing in them was trained, so losing them loses nothing. */
export interface UntrainedBuffer {
  readonly name: RegExp;
  /** What stands at the end; where it is told it is asked for first, because it is the shorter expression. */
  readonly ends?: RegExp;
  readonly what: string;
  /** How the module comes by it, behind "position numbers, …". */
  readonly from: string;
  readonly source: string;
  /** The release in which the buffer came or went, where the names alone tell of it. */
  readonly changed?: { readonly library: string; readonly how: string };
}

export const untrainedBuffers: readonly UntrainedBuffer[] = [
  {
    name: /(^|\.)position_ids$/,
    what: 'position numbers (0, 1, 2 …)',
    from: 'counted up anew from the maximum length',
    source: 'transformers modeling_bert.py, modeling_clip.py; kohya_ss#1187, transformers#24505',
    changed: { library: 'transformers', how: 'saves no `position_ids` since 4.31' },
  },
  {
    name: /(^|\.)(inv_freq|original_inv_freq)$/,
    what: 'rotary frequencies',
    from: 'computed again from head size and rope base',
    source: 'transformers modeling_llama.py, commit 95f96b45; transformers#25330, gpt-neox#1168',
    changed: { library: 'transformers', how: 'saves no `inv_freq` since mid-2023 (4.31/4.32 for Llama), and other code bases followed' },
  },
  {
    name: /(^|\.)rope\.freqs$/,
    what: 'rotary frequencies',
    from: 'computed again from head size and rope base',
    source: "Meta's llama/model.py; gpt-fast#42, llama2.c#266",
    changed: {
      library: "Meta's Llama code",
      how: 'keeps `rope.freqs` in its own files (consolidated.*.pth), which other loaders compute themselves',
    },
  },
  {
    name: /(^|\.)(freqs_cis|freqs_cos|freqs_sin|cos_cached|sin_cached|rope_cache|pos_freqs)$/,
    what: 'rotary tables',
    from: 'computed again from head size, rope base and length',
    source: 'transformers modeling_llama.py, lit-gpt model.py',
  },
  {
    name: /(^|\.)relative_position_index$/,
    what: 'indices into the relative position table',
    from: 'computed again from the window size',
    source: 'timm swin_transformer.py, beit.py; depthmap-script#334, ZoeDepth#82',
    changed: { library: 'timm', how: 'saves no `relative_position_index` since 0.9.6' },
  },
  {
    name: /(^|\.)relative_coords_table$/,
    what: 'relative coordinates',
    from: 'computed again from the window size',
    source: 'Swin V2; Swin-Transformer#251',
  },
  {
    name: /(^|\.)(attn_mask|causal_mask|triu_mask|_causal_mask|future_mask)$/,
    what: 'attention masks',
    from: 'computed again from the input resolution or the length',
    source: 'Swin, SwinIR: Swin-Transformer#155, SwinIR#129',
  },
  {
    name: /(^|\.)(h|layers)\.\d+\.(attn|attention|self_attention)\.(attention\.)?(bias|masked_bias)$/,
    what: 'causal masks',
    from: 'computed again from the maximum length',
    source: 'transformers modeling_gpt2.py, modeling_gpt_neox.py; transformers#29725',
    changed: { library: 'transformers', how: 'no longer saves the causal masks of GPT-2 and its relatives (since 2023)' },
  },
  {
    name: /(^|\.)masked_bias$/,
    what: 'the constant −10⁴ of the causal mask',
    from: 'a constant',
    source: 'transformers modeling_gpt2.py',
    changed: { library: 'transformers', how: 'no longer saves the causal masks of GPT-2 and its relatives (since 2023)' },
  },
  {
    name: /(^|\.)num_batches_tracked$/,
    what: 'batch counters of BatchNorm',
    from: 'used with momentum=None alone',
    source: 'torch/nn/modules/batchnorm.py; ExtremeNet#18',
    changed: { library: 'PyTorch', how: 'counts batches in BatchNorm (`num_batches_tracked`) since 0.4.1' },
  },
  {
    name: /(^|\.)(total_ops|total_params)$/,
    what: 'counters that a profiler left behind',
    from: 'which the model does not use',
    source: 'thop; pytorch-OpCounter#82, Efficient-AI-Backbones#175',
  },
  {
    name: /(^|\.)_tmp_running_(mean|var)$/,
    what: 'scratch space of synchronised BatchNorm',
    from: 'which is filled while training',
    source: 'Synchronized-BatchNorm-PyTorch batchnorm.py',
  },
  {
    name: /(^|\.)_float_tensor$/,
    what: "fairseq's device markers",
    from: 'which hold no number of the model',
    source: 'fairseq/modules/sinusoidal_positional_embedding.py',
  },
  {
    // Any module may save an extra state; these are the layers that Megatron takes from TransformerEngine.
    name: /(^|\.)(linear_\w+|core_attention|(flash|fused|unfused)_attention|experts|\w*layernorm\w*|output_layer)\._extra_state(\/shard_\w+)?$/,
    what: "TransformerEngine's notes for FP8",
    from: 'which hold no weight: empty in bf16, and measured anew where FP8 is on (the first steps then run with other scales than before)',
    source: 'TransformerEngine, pytorch/module/base.py: get_extra_state; Megatron-LM, core/extensions/transformer_engine.py',
  },
  {
    name: /(^|\.)anchor_grid$/,
    what: 'anchor grids',
    from: 'computed again from the anchors of the configuration',
    source: 'YOLOv5 models/yolo.py',
  },
  {
    name: /(?:^|[._])(?:metrics?|acc|accuracy|f1|f1_?score|fbeta|precision|recall|auroc|auc|iou|jaccard|dice|confusion_?matrix|confmat|mse|mae|rmse|r2|psnr|ssim|perplexity|kappa|specificity|hamming|stat_?scores)\d?(?:_\w{1,40})?(?:\.\w{1,40}){0,2}\.\w{1,40}$/i,
    ends: /\.(?:correct|total|tp|fp|tn|fn|true_positives|false_positives|predicted_positives|actual_positives|confmat|preds|target|sum_squared_error|sum_abs_error|sum_squared_log_error|sum_error|mean_squared_error|total_count)$/i,
    what: 'counts of metrics (torchmetrics)',
    from: 'which a metric gathers while evaluating, from nothing after each reset',
    source: 'torchmetrics/metric.py add_state(persistent=…), functional states of accuracy.py, mean_squared_error.py, confusion_matrix.py',
  },
];

export function bufferOf(key: string): UntrainedBuffer | undefined {
  return untrainedBuffers.find(({ name, ends }) => (ends === undefined || ends.test(key)) && name.test(key));
}

export function isUntrainedBuffer(key: string): boolean {
  return bufferOf(key) !== undefined;
}
