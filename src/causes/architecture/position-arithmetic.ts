import type { Mismatch } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { roleOf } from '../roles.js';
import { knownPositionTable } from './position-tables.js';

/** A number of tokens as a square grid of patches and a few extra ones. */
export interface Grid {
  readonly side: number;
  readonly extra: number;
}

/** Extra tokens in front of the patches: class token; class and distillation; class and four registers (DINOv2, timm reg4). */
const EXTRAS: readonly number[] = [1, 0, 2, 5];

/** All readings of a length as g² + k, the usual ones first. */
export function gridsOf(tokens: number): readonly Grid[] {
  return EXTRAS.flatMap((extra) => {
    const side = Math.sqrt(tokens - extra);
    return Number.isInteger(side) && side >= 2 ? [{ side, extra }] : [];
  });
}

/** Both lengths as grids with the same extra tokens. */
export function commonGrids(checkpoint: number, model: number): { readonly checkpoint: Grid; readonly model: Grid } | undefined {
  for (const grid of gridsOf(checkpoint)) {
    const other = gridsOf(model).find(({ extra }) => extra === grid.extra);
    if (other !== undefined) return { checkpoint: grid, model: other };
  }
  return undefined;
}

export function gridInWords(tokens: number, { side, extra }: Grid): string {
  return extra === 0 ? `${tokens} = ${side}²` : `${tokens} = ${side}² + ${extra}`;
}

/** Input sizes in pixels that vision transformers are built for (timm and Hugging Face model names). */
const IMAGE_SIZES: ReadonlySet<number> = new Set([
  96, 112, 128, 160, 192, 196, 224, 240, 256, 288, 320, 336, 378, 384, 392, 420, 448, 490, 512, 518, 560, 576, 640, 672, 768, 896, 980,
  1024,
]);
const PATCHES: readonly number[] = [16, 14, 8, 32];

/** The patch sizes with which both grids are usual inputs, with the two sizes in pixels. */
export function imageSizes(
  checkpoint: Grid,
  model: Grid,
): readonly { readonly patch: number; readonly checkpoint: number; readonly model: number }[] {
  return PATCHES.flatMap((patch) => {
    const sizes = { patch, checkpoint: checkpoint.side * patch, model: model.side * patch };
    return IMAGE_SIZES.has(sizes.checkpoint) && IMAGE_SIZES.has(sizes.model) ? [sizes] : [];
  });
}

export interface TokenAxes {
  /** Number of positions on each side, over all differing axes. */
  readonly checkpoint: number;
  readonly model: number;
  readonly width: number | undefined;
  /** The positions are patches of a picture, as far as name and shape tell; otherwise places in a text or frames. */
  readonly picture: boolean;
  /** The name is that of an image tower, or the message prints none. */
  readonly tower: boolean;
  /** Several axes differ: the table is a map of height and width. */
  readonly map?: { readonly checkpoint: readonly number[]; readonly model: readonly number[] };
}

/** `time_embed.0.weight` of a diffusion UNet is a small network and no table of positions; DETR's `query_position_embeddings` are its object queries. */
const INNER_LAYER = /embed\w*\.(\d+|linear_\d|mlp|fc\d|proj)\.|time_embed(ding)?\.\d|query_pos/;

export function isPositionTable(parameter: string | undefined): boolean {
  return parameter !== undefined && roleOf(parameter) === 'position-embedding' && !INNER_LAYER.test(parameter);
}

const PICTURE_NAME = /vis|image|patch|pixel|clip|siglip|(^|[._])(vit|deit|dino|beit)/i;
const TEXT_NAME = /wpe|embed_positions|text|(^|\.)pe$|time_embed|temporal|token|word/;

// transformers' CLIP and SigLIP call the table `embeddings.position_embedding`, in the singular.
const TOWER = /vision|visual|clip|siglip|image_(model|tower|encoder)|(^|\.)embeddings\.position_embedding\.weight$/i;

/** Text tables are [N, D] and have round lengths; pictures mostly have a batch axis or a class token. */
function isPicture({ parameter = '', checkpointShape, modelShape }: Mismatch): boolean {
  if (TEXT_NAME.test(parameter)) return false;
  if (parameter === '' || parameter === 'weight') {
    const [width] = checkpointShape.slice(-1);
    if (
      [checkpointShape, modelShape].every(
        ([tokens]) => knownPositionTable(tokens ?? 0, { width, picture: true, tower: true }) !== undefined,
      )
    )
      return true;
  }
  const classToken = gridsOf(checkpointShape[0] ?? 0)[0]?.extra === 1 && gridsOf(modelShape[0] ?? 0)[0]?.extra === 1;
  return checkpointShape.length >= 3 || PICTURE_NAME.test(parameter) || classToken;
}

/** Both grids, where the positions are patches of a picture. */
export function pictureGrids({ checkpoint, model, picture, map }: TokenAxes): ReturnType<typeof commonGrids> {
  return picture && map === undefined ? commonGrids(checkpoint, model) : undefined;
}

/** One or two entries beside one grid, or the offset of 2 that fairseq's tables of text have; a text that is one longer is just longer. */
export function isSpare({ checkpoint, model, picture, map }: TokenAxes): boolean {
  const difference = Math.abs(checkpoint - model);
  return map === undefined && (picture ? difference <= 2 : difference === 2 && Math.min(checkpoint, model) >= 128);
}

/** The table's lengths where nothing but its number of positions differs; `undefined` where the width differs (that is another model). */
export function tokenAxes(mismatch: Mismatch): TokenAxes | undefined {
  const { checkpointShape, modelShape } = mismatch;
  const axes = differingAxes(checkpointShape, modelShape);
  const [first] = axes ?? [];
  if (axes === undefined || first === undefined) return undefined;
  const last = checkpointShape.length - 1;
  const width = checkpointShape[last];
  const picture = isPicture(mismatch);
  const tower = TOWER.test(mismatch.parameter ?? 'visual') || mismatch.parameter === 'weight';
  const sizes = (axis: number): TokenAxes => ({
    checkpoint: checkpointShape[axis] ?? 0,
    model: modelShape[axis] ?? 0,
    width,
    picture,
    tower,
  });
  if (axes.length === 1 && checkpointShape.length === 1) return { ...sizes(0), width: undefined };
  // [1, D, H, W], as in SAM 2: another width, not another number of positions.
  if (axes.length === 1 && first === 1 && checkpointShape.length === 4 && checkpointShape[2] === checkpointShape[3]) return undefined;
  if (axes.length === 1 && first !== last) return sizes(first);
  if (checkpointShape.length !== 4 || axes.length !== 2) return undefined;
  // [1, H, W, D] as in SAM and VOLO, or [1, D, H, W].
  const channelsLast = axes[0] === 1 && axes[1] === 2;
  if (!channelsLast && !(axes[0] === 2 && axes[1] === 3)) return undefined;
  const at = (shape: readonly number[]): readonly number[] => axes.map((axis) => shape[axis] ?? 0);
  const product = (sizesOfMap: readonly number[]): number => sizesOfMap.reduce((all, size) => all * size, 1);
  const map = { checkpoint: at(checkpointShape), model: at(modelShape) };
  return {
    checkpoint: product(map.checkpoint),
    model: product(map.model),
    width: channelsLast ? width : checkpointShape[1],
    picture,
    tower,
    map,
  };
}

/** Rows of a table of relative positions within a square of side w: (2w − 1)² (Swin), with three more for the class token in BEiT. */
export function relativeSquare(rows: number): { readonly side: number; readonly extra: 0 | 3 } | undefined {
  for (const extra of [0, 3] as const) {
    const root = Math.sqrt(rows - extra);
    if (Number.isInteger(root) && root % 2 === 1 && root >= 3) return { side: (root + 1) / 2, extra };
  }
  return undefined;
}
