import type { Remedy } from '../../model/diagnosis.js';
import { gridsOf, imageSizes, isSpare, pictureGrids, type TokenAxes } from './position-arithmetic.js';
import { knownPositionTable } from './position-tables.js';

/** To build the model for the table, or the table for the model. */
export function positionRemedies(axes: TokenAxes, option: string): readonly Remedy[] {
  if (isSpare(axes)) return [tokenRemedy(axes)];
  return [buildForCheckpoint(axes, option), interpolate(axes)];
}

function tokenRemedy({ checkpoint, model, picture }: TokenAxes): Remedy {
  if (!picture) {
    return {
      title: `Set the length that gives ${checkpoint} positions`,
      text: `One code adds 2 to max_position_embeddings for padding, the other does not: set it so that the table has ${checkpoint} rows, not ${model}.`,
    };
  }
  return {
    title: 'Build the model with the tokens (or the offset) of the checkpoint',
    text: `The grid is the same, so do not interpolate: look for an option that adds a class, distillation or register token, so that there are ${checkpoint} and not ${model}.`,
  };
}

/** Clips: one row for each frame (facebookresearch/TimeSformer, models/vit.py: time_embed; OpenGVLab/VideoMamba: temporal_pos_embedding). */
const TIME = /(^|[._])(time_embed(ding)?|temporal_(pos(ition)?_)?embed(ding)?s?)(\.weight)?$/;
const FRAMES = 'num_frames';

/** What the libraries call the length of this table. */
export function optionFor(parameter = '', modelClass = ''): string {
  if (/wpe(\.weight)?$/.test(parameter)) return modelClass === 'GPT' ? 'block_size' : 'n_positions';
  if (/motion_modules?\./.test(parameter)) return 'temporal_position_encoding_max_len';
  if (TIME.test(parameter)) return FRAMES;
  if (/^Whisper/.test(modelClass)) return /encoder/.test(parameter) ? 'max_source_positions' : 'max_target_positions';
  return 'max_position_embeddings';
}

function buildForCheckpoint(axes: TokenAxes, option: string): Remedy {
  const size = checkpointImage(axes);
  if (size !== undefined) {
    return {
      title: `Build the model for the resolution of the checkpoint: img_size=${size.pixels}`,
      text: 'Load at the trained resolution; a model that interpolates by itself may then be run at another.',
      snippet: {
        language: 'python',
        code: `model = build_model(img_size=${size.pixels}, patch_size=${size.patch})   # transformers: config.image_size = ${size.pixels}`,
      },
    };
  }
  const inPixels = imageOption(axes);
  if (inPixels !== undefined)
    return {
      title: `Build the model for the ${axes.checkpoint} positions of the checkpoint`,
      text: `The option is the size of the picture: img_size, image_size or input_size, depending on the library; it has to give ${axes.checkpoint} positions.`,
      snippet: { language: 'python', code: inPixels },
    };
  if (option === FRAMES)
    return {
      title: `Build the model for the ${axes.checkpoint} frames of the checkpoint`,
      text: `The option is num_frames, clip_len or clip_length, depending on the library; where one token takes two frames, it is ${2 * axes.checkpoint}.`,
      snippet: { language: 'python', code: `model = build_model(${FRAMES}=${axes.checkpoint})` },
    };
  const count = axes.map === undefined ? `${axes.checkpoint}` : axes.map.checkpoint.join(' × ');
  return {
    title: `Build the model for the ${count} positions of the checkpoint`,
    text: `The option is called max_position_embeddings, n_positions, block_size, max_len, img_size or num_frames, depending on the library; it has to give ${count}.`,
    ...(axes.map === undefined ? { snippet: { language: 'python', code: `config.${option} = ${axes.checkpoint}` } } : {}),
  };
}

/** Several patch sizes fit, or none that is usual: the grid still says how many patches there are on each side. */
function imageOption(axes: TokenAxes): string | undefined {
  if (!axes.picture || axes.map !== undefined) return undefined;
  const grids = pictureGrids(axes);
  const grid = grids?.checkpoint ?? gridsOf(axes.checkpoint)[0];
  if (grid === undefined) return undefined;
  const [first, ...others] = grids === undefined ? [] : imageSizes(grids.checkpoint, grids.model);
  if (first === undefined) return `model = build_model(img_size=${grid.side} * patch_size)   # ${grid.side} patches on each side`;
  const also = others.map(({ checkpoint, patch }) => `; ${checkpoint} with patches of ${patch}`).join('');
  return `model = build_model(img_size=${first.checkpoint})   # with patches of ${first.patch}${also}`;
}

function checkpointImage(axes: TokenAxes): { readonly pixels: number; readonly patch: number } | undefined {
  const known = knownPositionTable(axes.checkpoint, axes);
  if (known?.image !== undefined && known.patch !== undefined) return { pixels: known.image, patch: known.patch };
  const grids = pictureGrids(axes);
  const [size, ambiguous] = grids === undefined ? [] : imageSizes(grids.checkpoint, grids.model);
  return size === undefined || ambiguous !== undefined ? undefined : { pixels: size.checkpoint, patch: size.patch };
}

function interpolate(axes: TokenAxes): Remedy {
  const { map } = axes;
  const grids = pictureGrids(axes);
  if (grids === undefined && map === undefined) {
    return {
      title: 'To keep the length of the model: convert the table',
      text: 'A longer table can start with the trained rows and learn the rest; a shorter one can be cut. Either has to be trained further before it is used.',
      cost: 'Positions that were never trained give nonsense until they are.',
    };
  }
  return {
    title: 'To keep the resolution of the model: interpolate the table before loading',
    text: 'Resample the grid bicubically and leave the extra tokens as they are; timm does it in `resample_abs_pos_embed`. Tables of relative positions (rel_pos_h, rel_pos_w) need the same.',
    snippet: {
      language: 'python',
      code: `from timm.layers import resample_abs_pos_embed\nstate['pos_embed'] = resample_abs_pos_embed(state['pos_embed'], new_size=[${map === undefined ? `${grids?.model.side}, ${grids?.model.side}` : map.model.join(', ')}], num_prefix_tokens=${grids?.model.extra ?? 0})`,
    },
    cost: 'Accuracy drops a little until the model has been tuned at the new resolution.',
  };
}
