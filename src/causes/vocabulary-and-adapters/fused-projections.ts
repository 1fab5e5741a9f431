/** Spellings of one projection for query, key and value (or gate and up), and of the same split into several. */
interface Spelling {
  readonly fused: readonly string[];
  /** Each inner list is one complete split; all of its parts have to be there. */
  readonly split: readonly (readonly string[])[];
  readonly what: string;
}

/**
 * transformers (modeling_gpt_neox, _falcon, _phi3, _persimmon), timm (attn.qkv), torch.nn.MultiheadAttention (in_proj_weight), Megatron
 * (linear_qkv), MPT (Wqkv), Baichuan (W_pack), GPT-2 (c_attn), diffusers (to_qkv, to_kv), DeepSeek (kv_a_proj is no fusion of these).
 */
export const spellings: readonly Spelling[] = [
  {
    what: 'query, key and value',
    fused: [
      'qkv',
      'qkv_proj',
      'query_key_value',
      'Wqkv',
      'W_pack',
      'c_attn',
      'in_proj',
      'in_proj_weight',
      'in_proj_bias',
      'to_qkv',
      'linear_qkv',
      'wqkv',
      'attn_qkv',
      'qkv_linear',
    ],
    split: [
      ['q_proj', 'k_proj', 'v_proj'],
      ['query', 'key', 'value'],
      ['wq', 'wk', 'wv'],
      ['to_q', 'to_k', 'to_v'],
      ['q', 'k', 'v'],
      ['q_lin', 'k_lin', 'v_lin'],
      ['attn_q', 'attn_k', 'attn_v'],
      ['query_proj', 'key_proj', 'value_proj'],
    ],
  },
  {
    what: 'key and value',
    fused: ['kv_proj', 'to_kv', 'kv'],
    split: [
      ['k_proj', 'v_proj'],
      ['to_k', 'to_v'],
      ['key', 'value'],
    ],
  },
  {
    what: 'gate and up',
    fused: ['gate_up_proj', 'w12', 'w13', 'gate_and_up_proj', 'linear_fc1'],
    split: [
      ['gate_proj', 'up_proj'],
      ['w1', 'w3'],
      ['w1', 'w2'],
    ],
  },
];

export interface Fusion {
  readonly what: string;
  readonly fused: readonly string[];
  readonly split: readonly string[];
  readonly fusedName: string;
  readonly splitNames: readonly string[];
}

interface Part {
  readonly key: string;
  readonly layer: string;
  readonly name: string;
}

/** `model.layers.3.self_attn.q_proj.weight` is part `q_proj` of layer `model.layers.3`; the attention module may be named otherwise on either side. */
function partsOf(keys: readonly string[], names: ReadonlySet<string>): readonly Part[] {
  return keys.flatMap((key): readonly Part[] => {
    const path = key.split('.');
    const at = path.findLastIndex((part) => names.has(part));
    const name = path[at];
    // `q_proj.weight`, or an adapter's `q_proj.lora_A.default.weight`.
    if (name === undefined || at < path.length - 4) return [];
    const layer = path.slice(0, at).findLastIndex((part) => /^\d+$/.test(part));
    return [{ key, layer: path.slice(0, layer + 1).join('.'), name }];
  });
}

/** The keys of `fusedSide` that are one projection where `splitSide` has several in the same layer. */
export function fusionsBetween(fusedSide: readonly string[], splitSide: readonly string[]): readonly Fusion[] {
  return spellings.flatMap(({ what, fused, split }) => {
    const whole = partsOf(fusedSide, new Set(fused));
    if (whole.length === 0) return [];
    return split.flatMap((names): readonly Fusion[] => {
      const parts = partsOf(splitSide, new Set(names));
      const layers = new Set(whole.map(({ layer }) => layer));
      const present = new Set(parts.map(({ layer, name }) => `${layer} ${name}`));
      const complete = [...layers].filter((layer) => names.every((name) => present.has(`${layer} ${name}`)));
      const inside = new Set(complete);
      const [matched, separate] = [whole.filter(({ layer }) => inside.has(layer)), parts.filter(({ layer }) => inside.has(layer))];
      const fusedName = matched[0]?.name;
      return fusedName === undefined
        ? []
        : [{ what, fused: matched.map(({ key }) => key), split: separate.map(({ key }) => key), fusedName, splitNames: names }];
    });
  });
}
