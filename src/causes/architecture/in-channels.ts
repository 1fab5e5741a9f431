import type { Case, Cause, Confidence, Diagnosis, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import type { Shape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { onlyDifferingAxis } from '../pairs.js';
import { answer, explains, mayGoOn, otherPositions, pick, reinitialises, shows } from './answer.js';
import { isVaeLatent } from './diffusion-widths.js';
import { meaningOfChannels } from './first-layer-table.js';
import { isHeadName } from './head-names.js';
import { isPositionTable } from './position-arithmetic.js';

interface Channels {
  readonly checkpoint: number;
  readonly model: number;
  /** GANs show the image at their end. */
  readonly atOutput?: boolean;
  readonly named: boolean;
}

/** First layers by the names that libraries give them (timm, torchvision, diffusers, YOLO, UNets). */
const FIRST_LAYER =
  /(^|\.)(conv1(\.0|\.conv)?|stem(\.\w+)*|conv_?in|conv_first|conv_stem|img_in(\.proj)?|x_embedder(\.proj)?(\.\d)?|patch_embed\w*(\.proj|\.projection|\.0)?|patch_embeddings?(\.projection)?|features?\.0(\.0)?|features\.conv0|input_blocks\.0\.0|enc\w*\.?enc1conv1|encoder1(\.\w+)*|layer0(\.\w+)*|inc(\.double_conv)?\.0|inc\.conv\.conv\.0|model\.0\.conv|backbone\.conv1|conv0|conv_input(\.\d)?|first_conv|in_conv(\.\w+)*|input_conv(\.\w+)*|init_conv|from_rgb\w*(\.\w+)*|fromrgb|initial\.0|base_layer\.0|block1?\.?1?\.?conv1|conv2d_1\w*|Conv2d_1a_3x3(\.conv)?|downsample_layers\.0\.0|conv1_1)(\.weight|\.kernel|\/kernel:0|\/weights)$/;
/** `layer1.0.conv1` is the first layer of a block, not of the model. */
const INNER_BLOCK = /(^|\.)(layer[1-9]|blocks?\.\d+|stages?\.\d+|layers\.\d+|res\d)\./;
const IMAGE_OUTPUT = /(^|[._])to_?rgbs?\d*([._]|$)/i;
const IMAGE_CHANNELS: readonly number[] = [1, 2, 3, 4];
const MOST_CHANNELS = 16;

/** The tell-tale: the weight of the first layer differs in its inputs alone; no bias notices. */
function channelsOf(mismatch: Mismatch): Channels | undefined {
  const { parameter, checkpointShape, modelShape } = mismatch;
  const output = imageOutput(checkpointShape, modelShape);
  const turned = acrossLayouts(checkpointShape, modelShape);
  const isInput = onlyDifferingAxis(mismatch) === 1;
  // Names are looked at last, and of few parameters.
  if (output === undefined && turned === undefined && !isInput) return undefined;
  if (parameter !== undefined && IMAGE_OUTPUT.test(parameter)) return output;
  if (isHeadName(parameter) || isPositionTable(parameter) || isVaeLatent(mismatch)) return undefined;
  if (turned !== undefined) return turned;
  if (!isInput) return undefined;
  const [checkpoint, model] = [checkpointShape[1] ?? 0, modelShape[1] ?? 0];
  if (checkpoint === 0 || model === 0 || upscales(parameter, checkpoint, model)) return undefined;
  if (parameter !== undefined && FIRST_LAYER.test(parameter))
    return isPlausible(parameter, checkpointShape, checkpoint, model) ? { checkpoint, model, named: true } : undefined;
  // Any other convolution from a handful of channels; a depthwise one has 1 on this axis whatever its width.
  const small = checkpointShape.length >= 4 && Math.max(checkpoint, model) <= MOST_CHANNELS;
  return small ? { checkpoint, model, named: false } : undefined;
}

/** A linear first layer (Flux `img_in`) may have many inputs, a convolution named `conv1` inside a block must not. */
function isPlausible(parameter: string, shape: Shape, checkpoint: number, model: number): boolean {
  if (/x_embedder|img_in|patch_embedding\.weight/.test(parameter)) return true;
  return shape.length >= 3 && Math.max(checkpoint, model) <= (INNER_BLOCK.test(parameter) ? MOST_CHANNELS : 64);
}

/** Real-ESRGAN: `conv_first` takes 3, 12 or 48 channels for the scales 4, 2 and 1 (xinntao/Real-ESRGAN, RRDBNet: pixel_unshuffle). */
export function upscales(parameter: string | undefined, checkpoint: number, model: number): boolean {
  const shuffled = [3, 12, 48];
  return (
    parameter !== undefined &&
    /(conv_first|decoder\.head\.2)\.weight$/.test(parameter) &&
    shuffled.includes(checkpoint) &&
    shuffled.includes(model)
  );
}

/** Axis 0 of a bias [1, C, 1, 1] or a weight [1, C, in, 1, 1]: exactly one axis, both small. */
function imageOutput(checkpointShape: Shape, modelShape: Shape): Channels | undefined {
  const axes = checkpointShape.flatMap((size, axis) =>
    checkpointShape.length === modelShape.length && size !== modelShape[axis] ? [axis] : [],
  );
  const [axis, other] = axes;
  if (axis === undefined || other !== undefined) return undefined;
  const [checkpoint, model] = [checkpointShape[axis] ?? 0, modelShape[axis] ?? 0];
  return IMAGE_CHANNELS.includes(checkpoint) && IMAGE_CHANNELS.includes(model)
    ? { checkpoint, model, atOutput: true, named: true }
    : undefined;
}

/** Keras does not recognise the layout it would convert once the channels differ (cnn_finetune#44): [out, in, h, w] against [h, w, in, out]. */
function acrossLayouts(checkpointShape: Shape, modelShape: Shape): Channels | undefined {
  const toTorch = ([h, w, input, output]: Shape): Shape => [output ?? 0, input ?? 0, h ?? 0, w ?? 0];
  if (checkpointShape.length !== 4 || modelShape.length !== 4) return undefined;
  const pairs = [
    [checkpointShape, toTorch(modelShape)],
    [toTorch(checkpointShape), modelShape],
    [toTorch(checkpointShape), toTorch(modelShape)],
  ] as const;
  for (const [a, b] of pairs) {
    const agree = a[0] === b[0] && a[2] === b[2] && a[3] === b[3] && a[2] === a[3] && (a[0] ?? 0) > MOST_CHANNELS;
    if (agree && a[1] !== b[1] && IMAGE_CHANNELS.includes(a[1] ?? 0) && IMAGE_CHANNELS.includes(b[1] ?? 0))
      return { checkpoint: a[1] ?? 0, model: b[1] ?? 0, named: true };
  }
  return undefined;
}

export function channelPositions({ mismatches }: LoadFailure): readonly number[] {
  const found = mismatches.flatMap((mismatch, position) => {
    const channels = channelsOf(mismatch);
    return channels === undefined ? [] : [{ position, channels }];
  });
  const named = found.filter(({ channels }) => channels.named);
  // Several nameless candidates are a width that changes, not a first layer.
  if (named.length === 0 && found.length > 2) return [];
  return (named.length > 0 ? named : found).map(({ position }) => position);
}

export const inChannels: Cause = {
  id: 'in-channels',
  diagnose: ({ failure }: Case) => {
    const positions = channelPositions(failure);
    const [first] = pick(failure, positions);
    const channels = first === undefined ? undefined : channelsOf(first);
    const dropped = droppedFirstLayer(failure);
    if (dropped !== undefined) return tellDropped(failure, dropped);
    if (first === undefined || channels === undefined) return decline('in-channels', 'no first layer differs in its input channels alone');
    return tell(failure, positions, first, channels);
  },
};

/** A loader that warns lists what it left out as missing: the first layer alone besides heads, while the rest of the body was loaded (detectron2#4159). */
function droppedFirstLayer({ severity, mismatches, missingKeys, unexpectedKeys }: LoadFailure): string | undefined {
  const [first, second] = missingKeys.filter((key) => !isHeadName(key));
  const listed = mismatches.some(({ parameter }) => parameter === first);
  const isStem = first !== undefined && second === undefined && FIRST_LAYER.test(first) && !INNER_BLOCK.test(first);
  return severity === 'warning' && isStem && !listed && unexpectedKeys.length === 0 && mismatches.length > 0 ? first : undefined;
}

function tellDropped(failure: LoadFailure, name: string): Diagnosis {
  return answer({
    cause: 'in-channels',
    title: `The first layer (\`${name}\`) was left out although the rest of the body was loaded: most likely it takes another number of input channels than the checkpoint's.`,
    confidence: 'likely',
    specificity: 70,
    explained: explains([], [name]),
    evidence: [{ statement: `\`${name}\` is the only parameter besides the head that is reported missing.`, at: failure.at }],
    remedies: [
      {
        title: 'Compare the first layer on both sides',
        text: 'If the input has other channels than three on purpose, convert the weight of the first layer before loading; mean and deviation of the input need as many entries.',
        snippet: { language: 'python', code: `print(model.state_dict()['${name}'].shape, state['${name}'].shape)` },
      },
    ],
    afterwards: ['A body behind a random first layer sees noise: the published weights are worth little then.'],
    wouldDecide: [
      {
        question: `What are the two shapes of \`${name}\`?`,
        command: `python -c "import torch; print(torch.load('CKPT', map_location='cpu')['${name}'].shape)"`,
      },
    ],
  });
}

/** Widths that move along with the inputs are an option of the model (IMDiffusion#2); heads and tables are told on their own. */
function confidenceOf(failure: LoadFailure, positions: readonly number[], { named }: Channels): Confidence {
  const rest = pick(failure, otherPositions(failure, positions)).filter(
    ({ parameter }) => !isHeadName(parameter) && !isPositionTable(parameter),
  );
  if (rest.length > 0) return 'possible';
  return named ? 'certain' : 'likely';
}

function tell(failure: LoadFailure, positions: readonly number[], first: Mismatch, channels: Channels): Diagnosis {
  const { checkpoint, model, atOutput } = channels;
  const [ofFile, ofModel] = [meaningOfChannels(first.parameter, checkpoint), meaningOfChannels(first.parameter, model)];
  const what = atOutput === true ? 'image channels (seen at the output of the generator)' : 'input channels';
  const sides = `${checkpoint}${ofFile === undefined ? '' : ` (${ofFile})`} in the checkpoint, ${model}${ofModel === undefined ? '' : ` (${ofModel})`} in the model`;
  return answer({
    cause: 'in-channels',
    title: `The number of ${what} differs: ${sides}.`,
    confidence: confidenceOf(failure, positions, channels),
    specificity: 75,
    explained: explains(positions),
    evidence: [
      ...pick(failure, positions)
        .slice(0, 3)
        .map((mismatch) =>
          shows(
            mismatch,
            atOutput === true
              ? 'only the channels of the image differ'
              : 'the outputs and the kernel agree, only the inputs differ, and no bias is in the list',
          ),
        ),
    ],
    remedies: remediesOf(first, channels),
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the first layer, on which all others rest')],
    afterwards: [...mayGoOn(failure), 'Mean, deviation and padding of the input have to have as many channels as the model.'],
  });
}

function remediesOf({ parameter }: Mismatch, { checkpoint, model, atOutput }: Channels): readonly Remedy[] {
  const name = parameter ?? 'conv1.weight';
  if (atOutput === true) {
    return [
      {
        title: `Build the generator for ${checkpoint} image channels`,
        text: `Set the number of image channels (img_channels, nc, channels) to ${checkpoint}, or take a checkpoint trained on images with ${model}.`,
      },
    ];
  }
  const special = meaningOfChannels(parameter, checkpoint);
  const known = special !== undefined && !IMAGE_CHANNELS.includes(checkpoint);
  return [
    {
      title: `Build the model with the channels of the checkpoint: in_channels=${checkpoint}`,
      text: !known
        ? 'The option is called in_channels, in_chans, input_nc or num_in_channels.'
        : `The file is ${special}: use the pipeline, node or config made for it, and update an application that does not know it yet; the weights are good.`,
      snippet: { language: 'python', code: `model = build_model(in_channels=${checkpoint})` },
    },
    known && checkpoint > model
      ? OTHER_FILE
      : {
          title: `To keep ${model} input channels: convert the first layer`,
          text:
            checkpoint > model
              ? 'Sum or average the trained input channels; for grey images the sum over RGB keeps the scale.'
              : 'Copy the trained channels and start the new ones from zero or from the mean of the others.',
          snippet: { language: 'python', code: conversion(name, checkpoint, model) },
          cost: 'The new inputs have to be trained.',
        },
  ];
}

/** The inputs of a latent model have meanings of their own: a mask cannot be summed into a picture (OOTDiffusion#90). */
const OTHER_FILE: Remedy = {
  title: 'Or take the checkpoint that the run is made for',
  text: 'The additional inputs (mask, masked picture, second latent) belong to the trained task: cutting them off leaves a model that gives poor pictures without any error.',
};

function conversion(name: string, checkpoint: number, model: number): string {
  if (model === 1) return `w = state['${name}']\nstate['${name}'] = w.sum(dim=1, keepdim=True)`;
  if (model > checkpoint)
    return `w = state['${name}']\nnew = model.state_dict()['${name}'].zero_()\nnew[:, :${checkpoint}] = w\nstate['${name}'] = new`;
  return `state['${name}'] = state['${name}'][:, :${model}]`;
}
