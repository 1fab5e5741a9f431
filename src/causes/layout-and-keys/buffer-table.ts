/** Buffers that a module computes from its configuration: nothing in them was trained, so losing them loses nothing. */
export interface UntrainedBuffer {
  readonly name: RegExp;
  readonly what: string;
  /** From what the module computes it again. */
  readonly from: string;
  readonly source: string;
}

export const untrainedBuffers: readonly UntrainedBuffer[] = [
  { name: /(^|\.)position_ids$/, what: 'position numbers 0, 1, 2 …', from: 'the maximum length', source: 'transformers modeling_bert.py, modeling_clip.py; kohya_ss#1187' },
  { name: /(^|\.)(inv_freq|original_inv_freq)$/, what: 'rotary frequencies', from: 'head size and rope base', source: 'transformers modeling_llama.py; transformers#24998' },
  { name: /(^|\.)(rope\.freqs|freqs_cis|freqs_cos|freqs_sin|cos_cached|sin_cached|rope_cache|pos_freqs)$/, what: 'rotary tables', from: 'head size, rope base and length', source: "Meta's llama/model.py; gpt-fast#42, llama2.c#266" },
  { name: /(^|\.)relative_position_index$/, what: 'indices into the relative position table', from: 'the window size', source: 'timm swin_transformer.py, beit.py; ZoeDepth#82' },
  { name: /(^|\.)relative_coords_table$/, what: 'relative coordinates', from: 'the window size', source: 'Swin V2; Swin-Transformer#251' },
  { name: /(^|\.)(attn_mask|causal_mask|triu_mask|_causal_mask|future_mask)$/, what: 'attention masks', from: 'the input resolution or the length', source: 'Swin, SwinIR: Swin-Transformer#155, SwinIR#129' },
  { name: /(^|\.)(h|layers|blocks?|layer)\.\d+\.(\w+\.)*?(attn|attention)\.(bias|masked_bias)$/, what: 'causal masks', from: 'the maximum length', source: 'transformers modeling_gpt2.py, gptj, gpt_neox; transformers#29725' },
  { name: /(^|\.)masked_bias$/, what: 'the constant −10⁴ of the causal mask', from: 'nothing, it is a constant', source: 'transformers modeling_gpt2.py' },
  { name: /(^|\.)num_batches_tracked$/, what: 'batch counters of BatchNorm', from: 'nothing: only used with momentum=None', source: 'torch/nn/modules/batchnorm.py, since 0.4.1; ExtremeNet#18' },
  { name: /(^|\.)(total_ops|total_params)$/, what: 'counters that a profiler left behind', from: 'nothing, the model does not use them', source: 'thop; pytorch-OpCounter#82, Efficient-AI-Backbones#175' },
  { name: /(^|\.)_tmp_running_(mean|var)$/, what: 'scratch space of synchronised BatchNorm', from: 'nothing', source: 'Synchronized-BatchNorm-PyTorch batchnorm.py' },
  { name: /(^|\.)_float_tensor$/, what: "fairseq's device marker", from: 'nothing', source: 'fairseq/modules/sinusoidal_positional_embedding.py' },
  { name: /(^|\.)(anchor_grid|cell_anchors\.\d+)$/, what: 'anchor grids', from: 'the anchors of the configuration', source: 'YOLOv5 models/yolo.py, detectron2 anchor_generator.py' },
];

export function bufferOf(key: string): UntrainedBuffer | undefined {
  return untrainedBuffers.find(({ name }) => name.test(key));
}

export function isUntrainedBuffer(key: string): boolean {
  return bufferOf(key) !== undefined;
}
