/** Parameters that adapter libraries add: LoRA and DoRA, LoHa and LoKr (LyCORIS), OFT, IA3, VeRA, prompt tuning (PEFT). */
const ADAPTER =
  /(^|[._])(lora(?:(?:_linear)?_layer)?[._](embedding_A|embedding_B|A|B|E|down|up|a|b|magnitude_vector)|lora_magnitude_vector|hada_w[12]_[ab]|lokr_w[12](_[ab])?|oft_[rRsS]|oft_blocks|ia3_l|vera_lambda_[bd]|prompt_embeddings|prompt_encoder)(?=[._]|$)/;

export function isAdapterKey(key: string): boolean {
  return ADAPTER.test(key);
}

/** Adapters in the flat notation of kohya's scripts: `lora_unet_down_blocks_0_…`, `lora_te2_text_model_…`. */
export function isKohyaKey(key: string): boolean {
  return /^lora_(unet|te\d?|transformer|prior_unet)_/.test(key);
}

/** The name of the layer that the adapter sits on, without layers and prefixes: `q_proj`, `gate_proj`. */
export function targetModule(key: string): string | undefined {
  const found = ADAPTER.exec(key);
  if (found === null || found.index === 0) return undefined;
  return key
    .slice(0, found.index)
    .split('.')
    .findLast((part) => !/^\d+$/.test(part));
}
