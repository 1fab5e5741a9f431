/** What puts a constant piece into every name, and how to avoid it. */
export interface Wrapper {
  /** Segments without the dots around them. */
  readonly run: string;
  readonly who: string;
  /** Python that gives the inner module when the MODEL has the piece. */
  readonly inner?: string;
  readonly source: string;
  /** A piece that nothing but this wrapper writes: seen on every name of one side only, it decides without agreeing names. */
  readonly unmistakable: boolean;
}

/** The name of the adapter stands first: it is the finer mark where names also carry PEFT's prefix. */
export const wrappers: readonly Wrapper[] = [
  {
    run: 'default',
    who: 'PEFT (the name of the adapter, which adapter files leave out)',
    source: 'peft/utils/save_and_load.py; Chinese-Vicuna#199',
    unmistakable: true,
  },
  {
    run: 'module',
    who: 'nn.DataParallel or DistributedDataParallel',
    inner: 'model.module',
    source: 'torch/nn/parallel/data_parallel.py; pytorch#3805',
    unmistakable: true,
  },
  {
    run: '_orig_mod',
    who: 'torch.compile',
    inner: 'model._orig_mod',
    source: 'torch/_dynamo/eval_frame.py OptimizedModule; nanoGPT#325, timm#2003',
    unmistakable: true,
  },
  {
    run: '_fsdp_wrapped_module',
    who: 'FullyShardedDataParallel',
    source: 'torch/distributed/fsdp/_common_utils.py FSDP_WRAPPED_MODULE',
    unmistakable: true,
  },
  {
    run: '_checkpoint_wrapped_module',
    who: 'activation checkpointing (checkpoint_wrapper)',
    source: 'torch/distributed/algorithms/_checkpoint/checkpoint_wrapper.py',
    unmistakable: true,
  },
  {
    run: '_fpw_module',
    who: "fairscale's FlattenParamsWrapper",
    source: 'fairscale/nn/misc/flatten_params_wrapper.py',
    unmistakable: true,
  },
  {
    run: '_forward_module',
    who: 'Lightning (Fabric and its strategies)',
    source: 'lightning/fabric/wrappers.py _FabricModule',
    unmistakable: true,
  },
  {
    run: 'base_model.model',
    who: 'PEFT (PeftModel around the base model)',
    inner: 'model.base_model.model',
    source: 'peft/peft_model.py; tloen/alpaca-lora, ComfyUI#4347',
    unmistakable: true,
  },
  {
    run: 'base_layer',
    who: 'PEFT (the original layer inside a LoRA layer, since 0.7)',
    source: 'peft/tuners/lora/layer.py',
    unmistakable: true,
  },
];

/** Longest first, so that nested pieces are taken out whole. */
export const wrapperRuns: readonly string[] = wrappers.map(({ run }) => run).toSorted((a, b) => b.length - a.length);

/** Beginnings that a class or a training script of its own gives; they decide only together with agreeing names. */
export const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/^(net|network|model)\.$/, 'a LightningModule or a training script that keeps the network in an attribute'],
  [
    /^(bert|roberta|distilbert|albert|electra|transformer|deberta|vit|swin|t5|gpt_neox)\.$/,
    'a Hugging Face class with a head, which keeps the base model under its `base_model_prefix`',
  ],
  [
    /^(backbone|encoder|module\.backbone|module\.encoder)\.$/,
    'a larger model or a self-supervised trainer that keeps the backbone in an attribute',
  ],
  [
    /^(student|teacher|teacher_backbone|student_backbone|encoder_q|encoder_k|momentum_encoder)\./,
    'a self-supervised trainer that saves both networks',
  ],
  [/^(ema|ema_model|model_ema|shadow|averaged_model)\./, 'an exponential moving average that keeps a copy of the model'],
  [/^0\.(auto_model\.)?$/, '`nn.Sequential` or sentence-transformers, which put the model at position 0'],
];

export function wrapperOf(run: string): Wrapper | undefined {
  return wrappers.find((wrapper) => wrapper.run === run);
}
