import type { Confidence, Remedy } from '../../model/diagnosis.js';
import type { Mismatch } from '../../model/failure.js';
import { differingAxes, type Shape } from '../../model/shape.js';
import { onlyDifferingAxis, ratioOnAxis } from '../pairs.js';

/** A shape that a code base changed from one release to the next. */
export interface ShapeDrift {
  /** The parameter and the pair of shapes that show it. */
  readonly shows: (mismatch: Mismatch) => boolean;
  /** Other parameters that may be in the list without showing it. */
  readonly along?: RegExp;
  /** Keys that the same change explains. */
  readonly keys?: RegExp;
  readonly modelClass?: RegExp;
  /** Says which side is the newer one where the first mismatch that shows it tells. */
  readonly title: (first: Mismatch) => string;
  readonly sign: string;
  readonly confidence: Confidence;
  readonly remedies: readonly Remedy[];
  readonly source: string;
}

/** PEFT 0.2, MergedLinear: [rows of the enabled slices of query, key and value, r, 1] where a plain adapter has [rows of all, r]. */
function isGroupedOver(grouped: Shape, plain: Shape): boolean {
  const [rows = 0, rank = 0, last] = grouped;
  const [allRows = 0, plainRank = 0] = plain;
  const isPart = [1, 2, 3].some((slices) => rows * 3 === allRows * slices);
  return grouped.length === 3 && plain.length === 2 && last === 1 && isPart && rows * rank !== allRows * plainRank;
}

const DOWNSAMPLE = /(^|\.)layers\.\d+\.downsample\.(norm|reduction)\./;

/** The sizes of one stage against those of the next: every differing axis by the same factor of 2. */
function isNextStage({ parameter = '', checkpointShape, modelShape }: Mismatch): boolean {
  const axes = differingAxes(checkpointShape, modelShape) ?? [];
  const ratios = new Set(axes.map((axis) => (checkpointShape[axis] ?? 0) / (modelShape[axis] ?? 1)));
  return DOWNSAMPLE.test(parameter) && ratios.size === 1 && (ratios.has(2) || ratios.has(0.5));
}

function isBetween(mismatch: Mismatch, axis: number, low: number, high: number): boolean {
  const sizes = [mismatch.checkpointShape[axis] ?? 0, mismatch.modelShape[axis] ?? 0];
  return onlyDifferingAxis(mismatch) === axis && sizes.every((size) => size >= low && size <= high);
}

export const shapeDrifts: readonly ShapeDrift[] = [
  {
    shows: isNextStage,
    keys: /(^|\.)layers\.\d+\.downsample\.|(^|\.)head\.(fc\.)?(weight|bias)$|relative_position_index$|attn_mask$/,
    title: ({ checkpointShape, modelShape }) =>
      `timm 0.9 moved the downsampling of Swin from the end of a stage to the beginning of the next: ${(checkpointShape[0] ?? 0) > (modelShape[0] ?? 0) ? 'the checkpoint is older than that, the installed code newer' : 'the checkpoint is newer than that, the installed code older'}.`,
    sign: 'the downsampling layers have the sizes of the neighbouring stage, a factor of 2',
    confidence: 'certain',
    remedies: [
      {
        title: 'Bring timm to the side of the file',
        text: '0.6.13 for an older file, 0.9 or newer for a newer one; the layers of the wrong side would compute with the wrong sizes.',
        snippet: { language: 'bash', code: 'pip install timm==0.6.13   # newer files: pip install -U timm' },
      },
      {
        title: 'Or move the keys by one stage',
        text: 'For a file of the older timm in the newer one.',
        snippet: {
          language: 'python',
          code: "import re\nstate_dict = {re.sub(r'layers\\.(\\d)\\.downsample', lambda m: f'layers.{int(m[1]) + 1}.downsample', key): value for key, value in state_dict.items()}",
        },
      },
    ],
    source: 'timm swin_transformer.py (0.9.0); MiDaS#219, TinyImageNet-Transformers#5, #6',
  },
  {
    shows: (mismatch) =>
      /(^|\.)img_in\.weight$/.test(mismatch.parameter ?? '') &&
      onlyDifferingAxis(mismatch) === 1 &&
      mismatch.modelShape[1] === 64 &&
      [96, 128, 384, 448].includes(mismatch.checkpointShape[1] ?? 0),
    modelClass: /^Flux$/,
    title: ({ checkpointShape }) =>
      `The program builds plain Flux (64 input channels) for a file with ${checkpointShape[1]}${checkpointShape[1] === 384 ? ' (Flux Fill)' : ''}: it is older than this kind of model, or does not support it.`,
    sign: 'only the first layer differs, and in its inputs alone',
    confidence: 'likely',
    remedies: [
      {
        title: 'Update the program that loads the file',
        text: 'ComfyUI and its like build the model after the file, so a release that knows this kind of Flux builds it right; the weights are good.',
      },
      {
        title: 'If the newest release says the same: take plain Flux',
        text: 'Training scripts may only know FLUX.1 dev and schnell; Fill, Canny and Depth then need a script of their own.',
      },
    ],
    source: 'black-forest-labs/flux#205, ComfyUI#7333, lora-scripts#700',
  },
  {
    shows: (mismatch) =>
      /(pfn_layers|vfe_layers)\.\d+\.(linear|0)\.weight$/.test(mismatch.parameter ?? '') && isBetween(mismatch, 1, 8, 13),
    title: () =>
      'The pillar encoder takes another number of features per point (centre offsets, distance): mmdetection3d changed that in 1.0, and the file is from the other side.',
    sign: 'only the inputs of the first layer of the pillar encoder differ, by one or two features',
    confidence: 'likely',
    remedies: [
      {
        title: 'Use weights trained with the installed release, or the release of the file',
        text: 'From 1.0 on coordinates and features follow another convention: even where shapes can be made to fit, old weights detect badly.',
      },
      {
        title: 'Or ask the encoder for the old features',
        text: '`legacy=True` and `with_distance` in the voxel encoder of the config decide how many features there are.',
      },
    ],
    source: 'mmdetection3d#1339, #1830',
  },
  {
    shows: (mismatch) =>
      /transformer_blocks\.\d+\.norm1\.linear\.(weight|bias)$/.test(mismatch.parameter ?? '') &&
      [1.5, 2 / 3].includes(ratioOnAxis(mismatch, 0) ?? 0),
    keys: /transformer_blocks\.\d+\.(attn2\.|attn\.norm_)/,
    title: () =>
      'The file is Stable Diffusion 3.5, whose blocks have a second attention (9 instead of 6 modulation vectors): the installed code is older and does not know it.',
    sign: 'the modulation of the blocks has 9 times the width on one side and 6 times on the other',
    confidence: 'certain',
    remedies: [
      {
        title: 'Upgrade diffusers',
        text: 'SD 3.5 needs 0.31 or newer; ComfyUI and other applications need a release from after October 2024.',
        snippet: { language: 'bash', code: 'pip install -U diffusers' },
      },
    ],
    source: 'diffusers transformer_sd3.py (dual_attention_layers); sd3.5#15',
  },
  {
    shows: ({ parameter = '', checkpointShape, modelShape }) =>
      /lora_B\.(\w+\.)?weight$/.test(parameter) &&
      !/(^|\.)experts\./.test(parameter) &&
      (isGroupedOver(checkpointShape, modelShape) || isGroupedOver(modelShape, checkpointShape)),
    along: /^(?!.*\bexperts\.).*lora_A\./,
    title: () =>
      'One side is an adapter for a fused projection in the early form of PEFT (a grouped convolution with three dimensions), which later releases no longer have.',
    sign: 'lora_B has three dimensions on one side, and lora_A twice the rank',
    confidence: 'certain',
    remedies: [
      {
        title: 'Load with the PEFT that trained it',
        text: 'Early releases (0.2) had the fused layer (`enable_lora`). There is no conversion: merge the adapter into its base there and go on with the merged model.',
        snippet: { language: 'bash', code: 'pip install peft==0.2.0' },
      },
      { title: 'Or train the adapter again', text: 'With the installed PEFT, and `target_modules` naming the fused projection.' },
    ],
    source: 'peft#372, #554, #1337',
  },
  {
    shows: ({ parameter = '', checkpointShape, modelShape }) =>
      /position_embedding\.weight$/.test(parameter) &&
      isGrid(checkpointShape[0] ?? 0) &&
      !isGrid(modelShape[0] ?? 0) &&
      isGrid((modelShape[0] ?? 0) - 1) &&
      checkpointShape[1] !== modelShape[1],
    along: /./,
    modelClass: /^CLIPVisionModelProjection$/,
    title: () =>
      'The file is a SigLIP vision tower (its positions are a whole grid, without a class token); the installed ComfyUI does not know it and took it for CLIP.',
    sign: 'positions g² in the file, g² + 1 in the model that was built, and every width another',
    confidence: 'likely',
    remedies: [
      { title: 'Update ComfyUI', text: 'Releases from the end of 2024 on know SigLIP towers (sigclip_vision). The file is good.' },
      { title: 'Or load the tower that the workflow was made for', text: 'A CLIP node of an older workflow wants CLIP ViT-L or ViT-H.' },
    ],
    source: 'ComfyUI comfy/clip_vision.py; ComfyUI#5724',
  },
  {
    shows: (mismatch) =>
      /(^|\.)wh\.(\d+\.)?(weight|bias)$/.test(mismatch.parameter ?? '') &&
      onlyDifferingAxis(mismatch) === 0 &&
      [2, 0.5].includes(ratioOnAxis(mismatch, 0) ?? 0),
    along: /(^|\.)id\.\d+\./,
    title: () =>
      'FairMOT predicts four box sizes instead of two (`wh`) since its second release: the checkpoint and the code are from different releases.',
    sign: 'the box head `wh` has 2 outputs on one side and 4 on the other',
    confidence: 'likely',
    remedies: [
      {
        title: 'Take code and weights of the same release',
        text: 'Or give the options that the older models were trained with: `--ltrb False --reid_dim 512`.',
      },
    ],
    source: 'FairMOT#239, #106',
  },
  {
    shows: ({ parameter = '', checkpointShape, modelShape }) =>
      /(^|\.)(cls_token|class_token)s?$/.test(parameter) && checkpointShape.includes(0) !== modelShape.includes(0),
    along: /(^|\.)pos_embed(ding)?$/,
    title: () =>
      'One side builds its class tokens from a number of tokens and got 0: vit-pytorch changed the arguments of its class token between releases.',
    sign: 'the class token is empty on one side, and the table of positions is shorter by it',
    confidence: 'likely',
    remedies: [
      {
        title: 'Pin the release that trained the file',
        text: 'Code written for the older vit-pytorch (1.10 and before) passes other arguments.',
        snippet: { language: 'bash', code: 'pip install "vit-pytorch<=1.10"' },
      },
    ],
    source: 'vit-pytorch vit.py (num_cls_tokens)',
  },
];

function isGrid(count: number): boolean {
  return count > 3 && Number.isInteger(Math.sqrt(count));
}
