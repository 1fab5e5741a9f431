/** A name that a code base changed from one release to the next. */
export interface Rename {
  readonly library: string;
  /** Behind the library: "renamed … to …". */
  readonly change: string;
  /** Whose names the two are, where not those of an older and a newer release. */
  readonly whose?: { readonly older: string; readonly newer: string };
  /** The name in the newer release of a name of the older one; `undefined` where this change does not touch it. */
  readonly toNew: (name: string) => string | undefined;
  readonly isOld: RegExp;
  readonly isNew: RegExp;
  /** What to do where the checkpoint has the older names, and where it has the newer ones. */
  readonly checkpointOlder: string;
  readonly checkpointNewer: string;
  /** Python that turns a key of the older release into one of the newer: an expression over `key`. */
  readonly newerKey: string;
  /** The other way round. */
  readonly olderKey: string;
  /** Set where the numbers were changed along with the names, so that renaming would load nonsense. */
  readonly needsConverter?: string;
  /** The names of the newer release alone are a mark of it, although nothing is known of the other side. */
  readonly decidesAlone?: boolean;
  /** Those of the older release do. */
  readonly oldDecidesAlone?: boolean;
  readonly source: string;
}

function replacing(expression: RegExp, by: string): (name: string) => string | undefined {
  return (name) => {
    const renamed = name.replace(expression, by);
    return renamed === name ? undefined : renamed;
  };
}

const MULTIMODAL_OLD =
  /^((?:base_model\.model\.)?)(language_model\.(?:model|lm_head)|vision_tower|multi_modal_projector|visual|vision_model)\./;
const MULTIMODAL: Readonly<Record<string, string>> = {
  'language_model.model': 'model.language_model',
  'language_model.lm_head': 'lm_head',
  vision_tower: 'model.vision_tower',
  multi_modal_projector: 'model.multi_modal_projector',
  visual: 'model.visual',
  vision_model: 'model.vision_model',
};

/** LLaVA and its relatives begin with `language_model.`, Qwen2-VL keeps the language model under `model.` beside `visual.`. */
function toMultimodalNew(name: string): string | undefined {
  const match = MULTIMODAL_OLD.exec(name);
  if (match !== null) return `${match[1]}${MULTIMODAL[match[2] ?? ''] ?? ''}.${name.slice(match[0].length)}`;
  return replacing(/^((?:base_model\.model\.)?)model\.(layers|embed_tokens|norm)\./, '$1model.language_model.$2.')(name);
}

function toWeightNormNew(name: string): string | undefined {
  const [, stem, part] = /^(.*)\.weight_(g|v|orig)$/.exec(name) ?? [];
  const original = { g: 'original0', v: 'original1', orig: 'original' }[part ?? ''];
  return stem === undefined || original === undefined ? undefined : `${stem}.parametrizations.weight.${original}`;
}

const VAE_PROJECTIONS: Readonly<Record<string, string>> = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' };

function toDiffusersNew(name: string): string | undefined {
  const [, before, part, after] = /^(.*attentions\.\d+\.)(query|key|value|proj_attn)(\..*)$/.exec(name) ?? [];
  return before === undefined || part === undefined || !/(?:mid_block|down_blocks|up_blocks)\./.test(before)
    ? undefined
    : `${before}${VAE_PROJECTIONS[part]}${after}`;
}

function toMmSwin(name: string): string | undefined {
  const renamed = name
    .replace(/^((?:\w+\.)*?)layers\.(\d+)\./, '$1stages.$2.')
    .replace(/\.attn\.(qkv|proj|relative_position)/, '.attn.w_msa.$1')
    .replace('.mlp.fc1.', '.ffn.layers.0.0.')
    .replace('.mlp.fc2.', '.ffn.layers.1.');
  return renamed === name || !/stages\.\d+\.(blocks\.\d+\.(attn\.w_msa|ffn|norm)|downsample)/.test(renamed) ? undefined : renamed;
}

const LLAMA: readonly (readonly [RegExp, string])[] = [
  [/^tok_embeddings\./, 'model.embed_tokens.'],
  [/^output\./, 'lm_head.'],
  [/^norm\./, 'model.norm.'],
  [/\.attention\.w([qkvo])\./, '.self_attn.$1_proj.'],
  [/\.feed_forward\.w1\./, '.mlp.gate_proj.'],
  [/\.feed_forward\.w2\./, '.mlp.down_proj.'],
  [/\.feed_forward\.w3\./, '.mlp.up_proj.'],
  [/\.attention_norm\./, '.input_layernorm.'],
  [/\.ffn_norm\./, '.post_attention_layernorm.'],
];

function toHuggingFaceLlama(name: string): string | undefined {
  const found = LLAMA.find(([expression]) => expression.test(name));
  return found === undefined ? undefined : name.replace(found[0], found[1]).replace(/^layers\./, 'model.layers.');
}

const DINO: readonly (readonly [RegExp, string, string])[] = [
  [/^(cls_token|mask_token)$/, 'embeddings.$1', 'embeddings.$1'],
  [/^(?:storage|register)_tokens$/, 'embeddings.register_tokens', 'embeddings.register_tokens'],
  [/^pos_embed$/, 'embeddings.position_embeddings', 'embeddings.position_embeddings'],
  [/^patch_embed\.proj\./, 'embeddings.patch_embeddings.', 'embeddings.patch_embeddings.projection.'],
  [/^blocks\.(\d+)\.attn\.proj\./, 'layer.$1.attention.o_proj.', 'encoder.layer.$1.attention.output.dense.'],
  [/^blocks\.(\d+)\.attn\.qkv\.(?=weight|bias$)/, 'layer.$1.attention.q_proj.', 'encoder.layer.$1.attention.attention.query.'],
  [/^blocks\.(\d+)\.ls([12])\.gamma$/, 'layer.$1.layer_scale$2.lambda1', 'encoder.layer.$1.layer_scale$2.lambda1'],
  [/^blocks\.(\d+)\.mlp\.fc1\./, 'layer.$1.mlp.up_proj.', 'encoder.layer.$1.mlp.fc1.'],
  [/^blocks\.(\d+)\.mlp\.fc2\./, 'layer.$1.mlp.down_proj.', 'encoder.layer.$1.mlp.fc2.'],
  [/^blocks\.(\d+)\.(norm[12])\./, 'layer.$1.$2.', 'encoder.layer.$1.$2.'],
];

function toHuggingFaceDino(generation: 2 | 3): (name: string) => string | undefined {
  return (name) => {
    const found = DINO.find(([expression]) => expression.test(name));
    return found === undefined ? undefined : name.replace(found[0], generation === 3 ? found[1] : found[2]);
  };
}

function dino(generation: 2 | 3, isNew: RegExp, names: string, source: string): Rename {
  return {
    library: 'transformers',
    change: `has names of its own for DINOv${generation} (${names}), Meta's code others (\`blocks\`, \`attn.qkv\`)`,
    whose: { older: "Meta's", newer: "transformers'" },
    toNew: toHuggingFaceDino(generation),
    isOld: /^blocks\.\d+\.(attn|ls[12]|mlp)\./,
    isNew,
    checkpointOlder: 'Take the file from the Hugging Face hub and load it with `from_pretrained`.',
    checkpointNewer:
      "Take Meta's own file (`.pth`) for this code, or build the model with `AutoModel.from_pretrained`. To convert, join query, key and value along axis 0 in this order; where the key has no bias, zeros stand in its place.",
    newerKey: 'key',
    olderKey: 'key',
    needsConverter:
      'It is the same network; but query, key and value are one tensor in the one and three in the other, so that renaming alone does not do.',
    source,
  };
}

/** The more special stand first. */
export const renames: readonly Rename[] = [
  {
    library: 'PyTorch',
    change:
      'replaced the old weight_norm (`weight_g`, `weight_v`) by a parametrisation (`parametrizations.weight.original0`, `original1`) in 2.0',
    toNew: toWeightNormNew,
    isOld: /\.weight_(g|v|orig)$/,
    isNew: /\.parametrizations\.weight\.original[01]?$/,
    checkpointOlder:
      'The new weight_norm accepts old names in a plain `load_state_dict`. Loaders that compare the names themselves first (transformers up to 4.4x) warn all the same: compare the loaded values with those of the file.',
    checkpointNewer: 'Upgrade the package that builds the model, and torch to 2.1 or newer with it.',
    newerKey: "key.replace('.weight_g', '.parametrizations.weight.original0').replace('.weight_v', '.parametrizations.weight.original1')",
    olderKey: "key.replace('.parametrizations.weight.original0', '.weight_g').replace('.parametrizations.weight.original1', '.weight_v')",
    decidesAlone: true,
    source: 'torch/nn/utils/parametrizations.py; coqui TTS#3177, transformers#26796, pytorch#102999',
  },
  {
    library: 'transformers',
    change:
      'moved the parts of multimodal models in 4.52: `language_model.model.` became `model.language_model.`, `vision_tower.` and `visual.` came under `model.`',
    toNew: toMultimodalNew,
    isOld: /(^|\.)(language_model\.model|language_model\.lm_head)\.|^(base_model\.model\.)?(vision_tower|multi_modal_projector|visual)\./,
    isNew: /(^|\.)model\.(language_model|visual|vision_tower|multi_modal_projector)\.|(^|\.)model\.model\.vision_model\./,
    checkpointOlder:
      'Load with `from_pretrained`, which knows the old names; for an adapter use a PEFT and transformers that convert its names, or transformers before 4.52.',
    checkpointNewer: 'Upgrade transformers to the release that saved the file (4.52 or newer).',
    newerKey:
      "re.sub(r'^language_model\\.model\\.', 'model.language_model.', re.sub(r'^(vision_tower|visual|multi_modal_projector)\\.', r'model.\\1.', key))",
    olderKey:
      "re.sub(r'^model\\.language_model\\.', 'language_model.model.', re.sub(r'^model\\.(vision_tower|multi_modal_projector)\\.', r'\\1.', key))",
    source: 'transformers#38927, colpali#424, mteb#4673, peft#2566, LLaMA-Factory#10294',
  },
  {
    library: 'torchvision',
    change: "took the dots out of DenseNet's module names when PyTorch 0.4 forbade them (`norm.1` became `norm1`, `conv.2` became `conv2`)",
    toNew: replacing(/(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)/, '$1$2'),
    isOld: /denselayer\d+\.(norm|relu|conv)\.[12]\./,
    isNew: /denselayer\d+\.(norm|relu|conv)[12]\./,
    checkpointOlder: 'Rename the keys as torchvision does for its own files (`_load_state_dict` in densenet.py).',
    checkpointNewer: 'Upgrade torch and torchvision.',
    newerKey: "re.sub(r'(denselayer\\d+\\.(?:norm|relu|conv))\\.([12]\\.)', r'\\1\\2', key)",
    olderKey: "re.sub(r'(denselayer\\d+\\.(?:norm|relu|conv))([12]\\.)', r'\\1.\\2', key)",
    decidesAlone: true,
    oldDecidesAlone: true,
    source: 'torchvision/models/densenet.py',
  },
  {
    library: 'diffusers',
    change:
      'renamed the attention of the autoencoder in 0.17 (`query`, `key`, `value`, `proj_attn` became `to_q`, `to_k`, `to_v`, `to_out.0`)',
    toNew: toDiffusersNew,
    isOld: /attentions\.\d+\.(query|key|value|proj_attn)\./,
    isNew: /attentions\.\d+\.(to_q|to_k|to_v|to_out\.0)\./,
    checkpointOlder: 'Load with `from_pretrained`, which converts old names.',
    checkpointNewer: 'Upgrade diffusers to 0.17 or newer.',
    newerKey:
      "key.replace('.query.', '.to_q.').replace('.key.', '.to_k.').replace('.value.', '.to_v.').replace('.proj_attn.', '.to_out.0.')",
    olderKey:
      "key.replace('.to_q.', '.query.').replace('.to_k.', '.key.').replace('.to_v.', '.value.').replace('.to_out.0.', '.proj_attn.')",
    source: 'diffusers#3387 (convert_deprecated_attention_blocks)',
  },
  {
    library: 'timm',
    change: 'moved the downsampling of Swin from the end of a stage to the beginning of the next in 0.9',
    toNew: (name) => {
      const stage = /(^|\.)layers\.(\d+)\.downsample\./.exec(name);
      return stage === null
        ? replacing(/(^|\.)head\.(weight|bias)$/, '$1head.fc.$2')(name)
        : name.replace(/layers\.\d+\.downsample/, `layers.${Number(stage[2]) + 1}.downsample`);
    },
    isOld: /(^|\.)layers\.0\.downsample\./,
    isNew: /(^|\.)layers\.3\.downsample\./,
    checkpointOlder:
      'Install timm 0.6.13 for this file, or load it through timm (`timm.create_model(..., checkpoint_path=...)`), whose filter moves the keys.',
    checkpointNewer: 'Upgrade timm to 0.9 or newer.',
    newerKey: "re.sub(r'layers\\.(\\d)\\.downsample', lambda m: f'layers.{int(m[1]) + 1}.downsample', key)",
    olderKey: "re.sub(r'layers\\.(\\d)\\.downsample', lambda m: f'layers.{int(m[1]) - 1}.downsample', key)",
    decidesAlone: true,
    source: 'timm swin_transformer.py checkpoint_filter_fn; MiDaS#219, TinyImageNet-Transformers#5',
  },
  {
    library: 'mmdetection',
    change: 'gathered the heads of two-stage detectors under `roi_head.` in 2.0',
    toNew: replacing(/^(bbox_head|mask_head|bbox_roi_extractor|mask_roi_extractor|mask_iou_head|semantic_head)\./, 'roi_head.$1.'),
    isOld: /^(bbox_head|mask_head)\./,
    isNew: /^roi_head\.(bbox_head|mask_head)\./,
    checkpointOlder: 'Convert the file with tools/model_converters/upgrade_model_version.py.',
    checkpointNewer: 'Run with mmdetection 2.0 or newer.',
    newerKey: "re.sub(r'^(bbox_head|mask_head)\\.', r'roi_head.\\1.', key)",
    olderKey: "key.removeprefix('roi_head.')",
    source: 'mmdetection tools/model_converters/upgrade_model_version.py',
  },
  {
    library: 'mmdetection',
    change: "has a Swin of its own with other names (`stages`, `attn.w_msa`, `ffn`) than Microsoft's (`layers`, `attn`, `mlp`)",
    whose: { older: "Microsoft's", newer: "mmdetection's" },
    toNew: toMmSwin,
    isOld: /layers\.\d+\.blocks\.\d+\.(attn\.(qkv|proj)|mlp\.fc[12])\./,
    isNew: /stages\.\d+\.blocks\.\d+\.(attn\.w_msa|ffn)\./,
    checkpointOlder:
      "Set `convert_weights=True` in the backbone's config and give the file in `init_cfg` of the backbone; it is honoured there alone, not for a whole detector.",
    checkpointNewer: 'Use the Swin of mmdetection, mmpretrain or mmsegmentation for this file.',
    newerKey: 'key',
    needsConverter:
      'The converter (`swin_converter` in mmdet/models/backbones/swin.py) also reorders the numbers of the downsampling; renaming alone would load nonsense.',
    olderKey: 'key',
    source: 'mmdetection mmdet/models/backbones/swin.py swin_converter; mmdetection#5748, #7822',
  },
  {
    library: 'transformers',
    change: "has names of its own for Llama (`model.layers`, `self_attn.q_proj`), Meta's files others (`layers`, `attention.wq`)",
    whose: { older: "Meta's", newer: "transformers'" },
    toNew: toHuggingFaceLlama,
    isOld: /(^|\.)(attention\.w[qkvo]|feed_forward\.w[123]|tok_embeddings)\./,
    isNew: /(^|\.)(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj|embed_tokens)\./,
    checkpointOlder:
      "Convert the file with transformers' convert_llama_weights_to_hf.py, or download the converted repository (names ending in `-hf`).",
    checkpointNewer: 'Use a loader for files of transformers, or the original files of Meta (`consolidated.*.pth`).',
    newerKey: 'key',
    olderKey: 'key',
    needsConverter:
      'The rows of the query and key projections are in another order on the two sides (rotary halves); renaming alone loads and computes nonsense.',
    source: 'transformers models/llama/convert_llama_weights_to_hf.py',
  },
  dino(
    3,
    /^layer\.\d+\.(attention\.[qkvo]_proj|layer_scale[12]|mlp)\./,
    '`layer`, `attention.q_proj`',
    'transformers models/dinov3_vit/convert_dinov3_vit_to_hf.py',
  ),
  dino(
    2,
    /^encoder\.layer\.\d+\.(attention\.attention|layer_scale[12])\./,
    '`encoder.layer`, `attention.attention.query`',
    'transformers models/dinov2/convert_dinov2_to_hf.py',
  ),
  {
    library: 'BERT code before transformers',
    change: 'calls the parameters of LayerNorm `gamma` and `beta`, later releases `weight` and `bias`',
    toNew: (name) => replacing(/(\b|_)gamma$/, '$1weight')(name) ?? replacing(/(\b|_)beta$/, '$1bias')(name),
    isOld: /[Nn]orm\w*\.(gamma|beta)$/,
    isNew: /[Nn]orm\w*\.(weight|bias)$/,
    checkpointOlder: 'Load with `from_pretrained`, which knows both names, or rename the keys.',
    checkpointNewer: 'Upgrade the code that builds the model.',
    newerKey: "key.replace('.gamma', '.weight').replace('.beta', '.bias')",
    olderKey: "re.sub(r'(LayerNorm)\\.bias$', r'\\1.beta', re.sub(r'(LayerNorm)\\.weight$', r'\\1.gamma', key))",
    decidesAlone: false,
    source: 'transformers modeling_utils.py (_fix_state_dict_key_on_load); pytorch-pretrained-BERT',
  },
];
