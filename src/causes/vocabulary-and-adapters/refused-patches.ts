import type { LoadFailure, Notice } from '../../model/failure.js';
import { generationOfText, isCrossAttention } from '../architecture/diffusion-widths.js';
import { ggmlBlocks } from './packing-table.js';

/** An adapter's update that ComfyUI could not add to a weight: comfy/lora.py and comfy/weight_adapter print the weight's shape and a count. */
export interface RefusedPatch {
  readonly notice: Notice;
  readonly parameter: string;
  /** Of the weight in the model, rows and columns, where it is a matrix. */
  readonly matrix?: { readonly rows: number; readonly columns: number };
  /** Numbers in the adapter's update. */
  readonly count?: number;
}

export function refusedPatches({ notices }: LoadFailure): readonly RefusedPatch[] {
  return notices.flatMap((notice): readonly RefusedPatch[] => {
    const { parameter, checkpoint, model } = notice.values;
    if (!isRefusedPatch(notice) || typeof parameter !== 'string') return [];
    if (typeof checkpoint !== 'number' || typeof model !== 'string') return [{ notice, parameter }];
    const shape = model.match(/\d+/g)?.map(Number) ?? [];
    const [rows = 0, columns = 0] = shape;
    return [{ notice, parameter, count: checkpoint, ...(shape.length === 2 && { matrix: { rows, columns } }) }];
  });
}

function isRefusedPatch({ dialect, topic, values }: Notice): boolean {
  if (dialect !== 'comfyui' || typeof values.parameter !== 'string' || !values.parameter.includes('.')) return false;
  if (topic === 'copy-failed') return typeof values.reason === 'string' && values.reason.startsWith('The size of tensor');
  if (topic !== 'element-count' || typeof values.model !== 'string') return false;
  // A vector that meets a whole matrix is a patch that went to the bias, not another base (IPAdapter_plus#312).
  return values.model.includes(',');
}

/** Columns of the update, which has the rows of the weight; narrower than any model is, it is no width. */
export function columnsOf({ count, matrix }: RefusedPatch): number | undefined {
  if (count === undefined || matrix === undefined || count % matrix.rows !== 0) return undefined;
  const columns = count / matrix.rows;
  return columns >= 64 && columns !== matrix.columns ? columns : undefined;
}

interface BlockFit {
  readonly types: readonly string[];
  readonly stored: number;
  readonly full: number;
}

/** The weight's columns are the bytes of the update's columns in blocks of a GGUF file: the weight is packed, the adapter is whole. */
function blockFit(patch: RefusedPatch): BlockFit | undefined {
  const [stored, full] = [patch.matrix?.columns ?? 0, columnsOf(patch) ?? 0];
  const fitting = ggmlBlocks.filter(({ weights, bytes }) => full > 0 && full % weights === 0 && (full / weights) * bytes === stored);
  return fitting.length === 0 ? undefined : { types: fitting.map(({ type }) => type), stored, full };
}

/** 768 of 1024 and 1280 of 2048 are also two models; a size that is no width, or one format over several widths, is bytes. */
export function packedPatches(failure: LoadFailure): readonly (RefusedPatch & { readonly fit: BlockFit })[] {
  const found = refusedPatches(failure).flatMap((patch) => {
    const fit = blockFit(patch);
    return fit === undefined ? [] : [{ ...patch, fit }];
  });
  const widths = new Set(found.map(({ fit }) => fit.full)).size;
  const formats = new Set(found.map(({ fit }) => fit.types.join())).size;
  const isBytes = found.some(({ fit }) => fit.stored % 128 !== 0 && fit.stored !== 320) || (widths > 1 && formats === 1);
  return isBytes ? found : [];
}

export interface Generations {
  readonly patch: RefusedPatch;
  readonly adapter: { readonly width: number; readonly generation: string };
  readonly model: { readonly width: number; readonly generation: string };
}

/** Rows of attention layers in the blocks: 320 to 1280 in SD 1, 2 and XL (their unet/config.json: block_out_channels). */
const BLOCK_ROWS: readonly number[] = [320, 640, 1280];
const TEXTS: readonly number[] = [768, 1024, 2048];

/** The width of the text that adapter and model attend to. The refiner's blocks have other rows, so that the count tells both of its factors. */
export function generationsOf(failure: LoadFailure): Generations | undefined {
  for (const patch of refusedPatches(failure)) {
    const model = patch.matrix === undefined ? undefined : generationOfText(patch.matrix.columns);
    if (!isCrossAttention(patch.parameter) || patch.matrix === undefined || model === undefined) continue;
    const width = textOf(patch);
    const adapter = width === undefined ? undefined : generationOfText(width);
    if (width === undefined || adapter === undefined || adapter === model) continue;
    return { patch, adapter: { width, generation: adapter }, model: { width: patch.matrix.columns, generation: model } };
  }
  return undefined;
}

function textOf(patch: RefusedPatch): number | undefined {
  const columns = columnsOf(patch);
  if (columns !== undefined && generationOfText(columns) !== undefined) return columns;
  const fitting = TEXTS.filter((text) => text !== patch.matrix?.columns && BLOCK_ROWS.includes((patch.count ?? 0) / text));
  return fitting.length === 1 ? fitting[0] : undefined;
}
