import type { LoadFailure } from '../../model/failure.js';
import { depthOf } from './depth-mismatch.js';
import { traditionOf } from './model-traditions.js';
import { inOneName, modelsOfDepth } from './model-widths-table.js';
import { stageDepths } from './resnet-blocks.js';
import type { Reading } from './variant-reading.js';

/** Keys alone: blocks of a ResNet of another depth, or layers whose number is a published variant's. */
export function byDepth(failure: LoadFailure): Reading | undefined {
  const stages = stageDepths(failure);
  if (stages !== undefined) {
    const [more, fewer] = [stages.more ?? `a network with ${stages.blocks.more}`, stages.fewer ?? `one with ${stages.blocks.fewer}`];
    const fileHasMore = stages.deeper === 'checkpoint';
    const statement = `Blocks at the end of the stages are known to one side only: ${stages.blocks.more} against ${stages.blocks.fewer} blocks.`;
    return {
      checkpoint: fileHasMore ? more : fewer,
      model: fileHasMore ? fewer : more,
      choose: 'the depth',
      confidence: 'likely',
      positions: [],
      keys: true,
      evidence: [{ statement }],
      specificity: 70,
    };
  }
  const depth = depthOf(failure);
  const tradition = traditionOf([...failure.missingKeys, ...failure.unexpectedKeys], failure.modelClass);
  if (depth === undefined || tradition !== 'sam') return undefined;
  const deep = inOneName(modelsOfDepth(tradition, depth.stack.to + 1));
  if (deep === undefined) return undefined;
  const fewer = inOneName(modelsOfDepth(tradition, depth.stack.from)) ?? 'a variant with fewer blocks';
  const fileHasMore = depth.side === 'unexpected';
  const statement = `Blocks up to ${depth.stack.to}, so ${depth.stack.to + 1} of them: ${deep}.`;
  return {
    checkpoint: fileHasMore ? deep : fewer,
    model: fileHasMore ? fewer : deep,
    choose: 'the variant (model_type)',
    confidence: 'likely',
    positions: [],
    keys: true,
    evidence: [{ statement }],
    specificity: 70,
  };
}

/**
 * Fingerprints of backbones and necks in the names; each is a library's own (file and class). One word such as `convs` is anybody's: the place
 * has to be the architecture's own, and what always stands beside it has to be there too.
 */
const FINGERPRINTS: readonly (readonly [print: RegExp, name: string, beside?: RegExp])[] = [
  [/(^|\.)body\.\d+\.block\.\d\.([01]|fc[12])\./, 'MobileNetV3 (torchvision, models/mobilenetv3.py)'],
  [
    /(^|\.)fpn\.(inner|layer)_blocks\.\d+\.1\./,
    'a feature pyramid with norms, as in fasterrcnn_resnet50_fpn_v2 (torchvision, models/detection/faster_rcnn.py)',
  ],
  [
    /(^|\.)(layer[1-4]|res[2-5])\.\d+\.convs\.\d+\./,
    'Res2Net (its blocks list convs and bns)',
    /(^|\.)(layer[1-4]|res[2-5])\.\d+\.bns\.\d+\./,
  ],
  [/(^|\.)denseblock\d\.denselayer/, 'DenseNet (torchvision, models/densenet.py)'],
  [/(^|\.)register_tokens$/, 'a DINOv2 with registers, whose name ends in `_reg` (facebookresearch/dinov2, hub/backbones.py)'],
  [/transformer\.layer\.(\d+|\{[^{}]*\})\.attention\.q_lin/, 'DistilBERT (transformers, distilbert/modeling_distilbert.py)'],
];

/** Qwen and Qwen2 have biases on query, key and value, Llama and Mistral none; in transformers' Llama they are an option (attention_bias). */
function byQueryBiases({ missingKeys, unexpectedKeys, at }: LoadFailure): Reading | undefined {
  const keys = [...unexpectedKeys, ...missingKeys];
  const isBias = (key: string): boolean => /(^|\.)layers\.\S+\.self_attn\.[qkv]_proj\.bias$/.test(key);
  if (keys.length === 0 || !keys.every(isBias) || (missingKeys.length > 0 && unexpectedKeys.length > 0)) return undefined;
  const [biased, plain] = ['a model with biases on query, key and value (Qwen, Qwen2)', 'one without them (Llama, Mistral, Qwen3)'];
  const inFile = unexpectedKeys.length > 0;
  const statement = `All ${keys.length} listed keys are biases of query, key and value, such as \`${keys[0]}\`; every other name agrees.`;
  return {
    checkpoint: inFile ? biased : plain.replace(/^one/, 'a model'),
    model: inFile ? plain : biased.replace(/^a model/, 'one'),
    choose: 'model_type, the class, or attention_bias',
    confidence: 'likely',
    positions: [],
    keys: true,
    specificity: 70,
    evidence: [{ statement, at }],
  };
}

/** Parts that see or hear beside a language model: Qwen2-VL, LLaVA, Mllama, Gemma 3. */
const SENSES = /^(model\.)?(visual|vision_tower|vision_model|multi_modal_projector|mm_projector|audio_tower|embed_vision)\./;

/** All that is left over are the eyes or ears of the model in the file: the loader knows the text part alone (mlx-examples#1110). */
function bySenses({ missingKeys, unexpectedKeys, severity, complete, modelClass = '', at }: LoadFailure): Reading | undefined {
  if (severity !== 'error' || missingKeys.length > 0 || unexpectedKeys.length === 0) return undefined;
  if (/CLIP|SigLIP|Siglip|Text/.test(modelClass) || !unexpectedKeys.every((key) => SENSES.test(key))) return undefined;
  const [first = ''] = unexpectedKeys;
  return {
    checkpoint: 'a multimodal model',
    model: 'the text part alone',
    choose: 'the class, or the program (mlx-vlm in place of mlx-lm, a release that knows the model)',
    confidence: 'likely',
    positions: [],
    keys: true,
    specificity: 70,
    evidence: [
      {
        statement: `All ${unexpectedKeys.length} listed keys belong to what sees or hears, such as \`${first}\`${complete ? '; every name of the text part was found' : ''}.`,
        at,
      },
    ],
  };
}

/** transformers and the code that a model comes from name all layers otherwise: a part then has no counterpart under its name, whatever the variant. */
function areOfTwoCodes({ missingKeys, unexpectedKeys }: LoadFailure): boolean {
  const sides = [missingKeys, unexpectedKeys];
  return (
    sides.some((keys) => keys.some((key) => /(^|\.)blocks\.\d+\.attn\./.test(key))) &&
    sides.some((keys) => keys.some((key) => /(^|\.)layer\.\d+\.attention\./.test(key)))
  );
}

export function byOtherNames(failure: LoadFailure): Reading | undefined {
  const { missingKeys, unexpectedKeys, at } = failure;
  const biases = byQueryBiases(failure);
  if (biases !== undefined) return biases;
  const senses = bySenses(failure);
  if (senses !== undefined) return senses;
  for (const [expression, name, beside] of FINGERPRINTS) {
    const prints = (keys: readonly string[]) =>
      beside === undefined || keys.some((key) => beside.test(key)) ? keys.filter((key) => expression.test(key)) : [];
    const [inFile, inModel] = [prints(unexpectedKeys), prints(missingKeys)];
    if ((inFile.length === 0) === (inModel.length === 0) || areOfTwoCodes(failure)) continue;
    const other = 'another architecture';
    const [side, seen] = inFile.length > 0 ? ['unexpected', inFile[0]] : ['missing', inModel[0]];
    return {
      checkpoint: inFile.length > 0 ? name : other,
      model: inFile.length > 0 ? other : name,
      choose: 'the architecture',
      confidence: 'likely',
      positions: [],
      keys: true,
      specificity: 40,
      evidence: [{ statement: `The ${side} key \`${seen}\` belongs to ${name}; the other side has no such keys.`, at }],
    };
  }
  return undefined;
}
