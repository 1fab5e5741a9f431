/** How quantised weights are stored: names that only a quantised file or model has, and sizes of packed blocks. Each with its source. */

export interface KeyMarker {
  readonly format: string;
  readonly suffix: RegExp;
  /** Other libraries use this suffix too, so one alone proves nothing. */
  readonly weak?: true;
  readonly source: string;
}

export const keyMarkers: readonly KeyMarker[] = [
  {
    format: 'bitsandbytes 4-bit',
    suffix: /\.(quant_state\.bitsandbytes__(nf4|fp4)|nested_absmax|nested_quant_map|quant_map|absmax)$/,
    source: 'bitsandbytes, functional.py: QuantState.as_dict',
  },
  {
    format: 'bitsandbytes 8-bit',
    suffix: /\.(SCB|weight_format)$/,
    source: 'bitsandbytes, nn/modules.py: Linear8bitLt._save_to_state_dict',
  },
  { format: 'GPTQ or AWQ', suffix: /\.(qweight|qzeros|g_idx)$/, source: 'AutoGPTQ, qlinear_cuda.py; AutoAWQ, gemm.py' },
  { format: 'MXFP4 (gpt-oss)', suffix: /_proj_(blocks|scales)$/, source: 'transformers, integrations/mxfp4.py; transformers#41580' },
  {
    format: 'FP8 with block scales (DeepSeek)',
    suffix: /\.weight_scale_inv$/,
    source: 'deepseek-ai/DeepSeek-V3, inference/fp8_cast_bf16.py',
  },
  {
    format: 'compressed-tensors',
    suffix: /\.(weight_packed|weight_global_scale|weight_zero_point)$/,
    source: 'neuralmagic/compressed-tensors, compressors',
  },
  {
    format: 'int8 of torch.ao.quantization',
    suffix: /\._packed_params(\.dtype|\._packed_params)?$/,
    source: 'torch/ao/nn/quantized/modules/linear.py: LinearPackedParams',
  },
  { format: 'torchao int4', suffix: /\.scales_and_zeros$/, source: 'pytorch-labs/gpt-fast, quantize.py: WeightOnlyInt4Linear' },
  {
    format: 'ComfyUI scaled FP8',
    suffix: /\.scaled_fp8$|^scaled_fp8$|\.scale_weight$|\.scale_input$/,
    source: 'ComfyUI, comfy/ops.py: scaled_fp8_ops',
  },
  { format: 'FP8 or int8 with scales', suffix: /\.(weight_scale|input_scale)$/, source: 'vLLM, layers/quantization/fp8.py' },
  {
    format: 'product quantisation of fairseq',
    suffix: /\.assignments$/,
    source: 'fairseq, modules/quantization/pq/modules: PQLinear, PQEmbedding',
  },
  {
    format: 'product quantisation of fairseq',
    suffix: /\.(centroids|counts)$/,
    weak: true,
    source: 'fairseq, modules/quantization/pq/modules: PQLinear, PQEmbedding',
  },
  { format: 'GPTQ or AWQ', suffix: /\.(scales|zeros)$/, weak: true, source: 'GPTQ-for-LLaMa, quant.py' },
  { format: 'MLX', suffix: /\.biases$/, weak: true, source: 'mlx, python/mlx/nn/layers/quantized.py: QuantizedLinear' },
];

export function markerOf(key: string): KeyMarker | undefined {
  return keyMarkers.find(({ suffix }) => suffix.test(key));
}

/** Tensors that exist in GPTQ-like layers only; a mismatch on them compares two quantisations. */
export const QUANTISED_TENSOR = /\.(qweight|qzeros|scales|zeros|g_idx|scales_and_zeros)$/;

/** Bytes that a block of weights takes in a GGUF file. llama.cpp, ggml/src/ggml-common.h. */
export const ggmlBlocks: readonly { readonly type: string; readonly weights: number; readonly bytes: number }[] = [
  { type: 'Q4_0', weights: 32, bytes: 18 },
  { type: 'Q4_1', weights: 32, bytes: 20 },
  { type: 'Q5_0', weights: 32, bytes: 22 },
  { type: 'Q5_1', weights: 32, bytes: 24 },
  { type: 'Q8_0', weights: 32, bytes: 34 },
  { type: 'Q2_K', weights: 256, bytes: 84 },
  { type: 'Q3_K', weights: 256, bytes: 110 },
  { type: 'Q4_K', weights: 256, bytes: 144 },
  { type: 'Q5_K', weights: 256, bytes: 176 },
  { type: 'Q6_K', weights: 256, bytes: 210 },
];

/** Elements of the weight for each stored element of a `[n, 1]` column: 4 bits in uint8, in 16-bit and in 32-bit storage. bitsandbytes, bnb_4bit_quant_storage. */
export const COLUMN_PACKINGS: readonly { readonly ratio: number; readonly storage: string }[] = [
  { ratio: 2, storage: 'two 4-bit weights in a byte' },
  { ratio: 4, storage: 'four 4-bit weights in a 16-bit element' },
  { ratio: 8, storage: 'eight 4-bit weights in a 32-bit element' },
];

/** Weights in one stored element where packing shortens the rows. */
export const NARROW_PACKINGS: readonly { readonly ratio: number; readonly storage: string }[] = [
  { ratio: 2, storage: 'two 4-bit weights in a byte' },
  { ratio: 4, storage: 'four 8-bit weights in 32 bits' },
  { ratio: 8, storage: 'eight 4-bit weights in 32 bits' },
];
