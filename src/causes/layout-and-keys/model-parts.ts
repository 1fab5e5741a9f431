/** Parts that a file or a model has beside what is loaded, and that a load may rightly leave aside. */
interface ModelPart {
  readonly name: RegExp;
  readonly what: string;
}

/** The word alone does not tell what a head is for: AlphaFold keeps the head of its pTM score in `aux_heads`. */
const CALLED_AUXILIARY = /(^|\.)aux\w*(\.|$)/;
const UNKNOWN_PURPOSE = 'heads that are called auxiliary';

/** What a file may hold beyond the model: it served the training, or belongs to a neighbour. Never a layer of the body itself. */
const LEFT_OVER: readonly ModelPart[] = [
  {
    name: /(^|\.)(aux[12]|auxlayer|aux_?layers?|AuxLogits|aux_logits|auxiliary_head|aux_classifier|aux_head|deep_supervision|seg_outputs)(\.|$)/,
    what: 'auxiliary heads, used while training alone',
  },
  { name: CALLED_AUXILIARY, what: UNKNOWN_PURPOSE },
  {
    name: /(^|\.)(mask_token|decoder_(embed|blocks|norm|pred|pos_embed)|mim_head|norm_pix|decoder_patch_embed)(\.|$)/,
    what: 'the decoder of a masked pre-training',
  },
  {
    name: /(^|\.)(cls\.(predictions|seq_relationship)|mlm_head|nsp|lm_head|generator_lm_head|generator_predictions|discriminator_predictions|vocab_(projector|transform|layer_norm))(\.|$)/,
    what: 'heads of a language pre-training',
  },
  {
    name: /(^|\.)(projection_head|projector|prototypes?|queue|queue_ptr|dino_head|ibot_head|head\.(last_layer|mlp)|momentum_\w+|quantizer|project_(q|hid))(\.|$)/,
    what: 'heads of a self-supervised pre-training',
  },
  { name: /(^|\.)pooler\.dense\.(weight|bias)$/, what: 'the pooler of a BERT, which reads the first token for a classifier' },
  { name: /(^|\.)(criterion|loss\w*|lpips|perceptual_loss|discriminator|perceptual)(\.|$)/, what: 'parts of the loss' },
  { name: /^(model_ema|ema|ema_model|teacher)\./, what: 'an averaged copy of the weights' },
];

/** transformers, bert/modeling_bert.py: layers of a decoder with `add_cross_attention` (encoder-decoder models warm-started from BERT). */
export const CROSS_ATTENTION = /(^|\.)crossattention\./;

/** Norms of their own at the outputs of a backbone: `norm0` to `norm3`. */
export const OUTPUT_NORM = /^(\w*backbone\.)?norm\d\.(weight|bias|running_mean|running_var|num_batches_tracked)$/;

/** What a model may have beyond the file: parts that a new task adds to a trained backbone. */
const ADDED: readonly ModelPart[] = [
  { name: /(^|\.)(neck|fpn|lateral_convs|fpn_convs|fpn_lateral\d|fpn_output\d|top_block|pafpn|bifpn|encoder_neck)(\.|$)/, what: 'a neck' },
  {
    name: /(^|\.)(bbox_head|rpn_head|roi_heads?|mask_head|decode_head|auxiliary_head|proposal_generator|rpn|sem_seg_head|keypoint_head|panoptic_head|dense_head|head_module|pixel_decoder|transformer_decoder|predictor)(\.|$)/,
    what: 'heads for detection or segmentation',
  },
  { name: CROSS_ATTENTION, what: 'cross attention, which an encoder has none of and a decoder learns' },
  {
    name: /(^|\.)(classifier|classification_heads?|fc|head|heads|score|qa_outputs|pooler|pre_classifier|class_embed|bbox_embed|query_embed|v_head)(\.|$)/,
    what: 'a head',
  },
  { name: OUTPUT_NORM, what: 'norms at its outputs' },
  {
    name: /(^|\.)(output_adapters|simfp_\d|decoder_\w+|linear_(c\d|fuse|pred)|seg_head|segmentation_head)(\.|$)/,
    what: 'a decoder for the new task',
  },
];

/** What the keys are; `undefined` as soon as one is no such part. */
function partsIn(keys: readonly string[], parts: readonly ModelPart[]): readonly string[] | undefined {
  const found = keys.map((key) => parts.find(({ name }) => name.test(key))?.what);
  return found.includes(undefined) ? undefined : [...new Set(found.flatMap((what) => what ?? []))];
}

export function leftOverParts(keys: readonly string[]): readonly string[] | undefined {
  return partsIn(keys, LEFT_OVER);
}

export function addedParts(keys: readonly string[]): readonly string[] | undefined {
  return partsIn(keys, ADDED);
}

/** Whether nothing but the word says that the part is an auxiliary one. */
export function isCalledAuxiliary(key: string): boolean {
  return leftOverParts([key])?.[0] === UNKNOWN_PURPOSE;
}
