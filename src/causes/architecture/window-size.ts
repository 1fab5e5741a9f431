import type { Case, Cause, Diagnosis } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { answer, explains, mayGoOn, otherPositions, pick, reinitialises, shows } from './answer.js';
import { relativeSquare } from './position-arithmetic.js';

interface Windows {
  readonly checkpoint: number;
  readonly model: number;
}

/** The tell-tale: rows (2w − 1)² of a table of relative positions, or a buffer that is made from w (Swin, Swin V2). */
function windowsOf({ parameter, checkpointShape, modelShape }: Mismatch): Windows | undefined {
  if (parameter === undefined) return undefined;
  const sides = (read: (shape: readonly number[]) => number | undefined): Windows | undefined => {
    const [checkpoint, model] = [read(checkpointShape), read(modelShape)];
    return checkpoint === undefined || model === undefined || checkpoint === model ? undefined : { checkpoint, model };
  };
  if (/relative_position_bias_table$/.test(parameter)) return sides(windowOfTable);
  if (/attention_biases$/.test(parameter)) return sides((shape) => (shape.length === 2 ? wholeRoot(shape[1], false) : undefined));
  if (/(relative_position_index|attention_bias_idxs)$/.test(parameter))
    return sides((shape) => (shape[0] === shape[1] || shape.length === 1 ? wholeRoot(shape[0], shape.length === 1) : undefined));
  if (/relative_coords_table$/.test(parameter))
    return sides((shape) => ((shape[1] ?? 0) % 2 === 1 ? ((shape[1] ?? 0) + 1) / 2 : undefined));
  return undefined;
}

/** [(2w − 1)², heads] in Swin, [heads, 2w − 1, 2w − 1] in MaxViT (timm, layers/pos_embed_rel.py: RelPosBiasTf). */
function windowOfTable(shape: readonly number[]): number | undefined {
  if (shape.length === 2) return ofSquare(shape[0]);
  const [, rows = 0, columns = 0] = shape;
  return shape.length === 3 && rows === columns && rows % 2 === 1 && rows > 1 ? (rows + 1) / 2 : undefined;
}

function ofSquare(rows: number | undefined): number | undefined {
  const square = relativeSquare(rows ?? 0);
  return square?.extra === 0 ? square.side : undefined;
}

/** w² positions within a window, or w⁴ pairs where the index is flattened (transformers, Video Swin). */
function wholeRoot(size: number | undefined, flattened: boolean): number | undefined {
  const root = flattened ? Math.sqrt(Math.sqrt(size ?? 0)) : Math.sqrt(size ?? 0);
  return Number.isInteger(root) && root >= 2 ? root : undefined;
}

export function windowPositions({ mismatches }: LoadFailure): readonly number[] {
  const windows = positionsWhere(mismatches, (mismatch) => windowsOf(mismatch) !== undefined);
  if (windows.length === 0) return [];
  // Masks follow from window and resolution; alone they would show nothing but the resolution.
  const masks = positionsWhere(mismatches, ({ parameter = '' }) => /attn_mask$/.test(parameter));
  return [...windows, ...masks].toSorted((a, b) => a - b);
}

export const windowSize: Cause = {
  id: 'window-size',
  diagnose: ({ failure }: Case) => {
    const positions = windowPositions(failure);
    const found = pick(failure, positions);
    const windows = found.flatMap((mismatch) => windowsOf(mismatch) ?? []);
    const [first] = windows;
    if (first === undefined) return decline('window-size', 'no table of relative positions has (2w − 1)² rows on both sides');
    return tell(failure, positions, first, windows);
  },
};

function tell(failure: LoadFailure, positions: readonly number[], { checkpoint, model }: Windows, all: readonly Windows[]): Diagnosis {
  const tables = pick(failure, positions).filter(({ parameter }) => /(table|attention_biases)$/.test(parameter ?? ''));
  const trained = tables.some(({ parameter }) => /(bias_table|attention_biases)$/.test(parameter ?? ''));
  // LeViT and TinyViT keep one number for each distance, w², Swin one for each offset, (2w − 1)².
  const counts = tables.some(({ parameter }) => /attention_biases$/.test(parameter ?? '')) ? distances : offsets;
  const headsDiffer = tables.some(
    ({ checkpointShape, modelShape }) => checkpointShape.length === 2 && checkpointShape[1] !== modelShape[1],
  );
  const rest = otherPositions(failure, positions);
  const alike = all.filter((windows) => windows.checkpoint === checkpoint && windows.model === model).length;
  return answer({
    cause: 'window-size',
    title: titleOf({ checkpoint, model }, trained, counts),
    confidence: headsDiffer || rest.length > positions.length ? 'likely' : 'certain',
    specificity: 85,
    explained: explains(positions),
    evidence: [
      ...pick(failure, positions)
        .slice(0, 2)
        .map((mismatch) => shows(mismatch)),
      {
        statement: `${alike} of ${all.length} tables and indices give the windows ${checkpoint} and ${model}: ${counts(checkpoint)}, ${counts(model)}.`,
      },
    ],
    remedies: [
      {
        title: `Build the model with the windows of the checkpoint: window_size=${checkpoint}`,
        text: 'Window and input size belong together in the published names (`window7_224`, `window12_384`); in YOLO-like wrappers the window follows from the image size.',
        snippet: { language: 'python', code: `model = build_model(window_size=${checkpoint})` },
      },
      trained
        ? {
            title: 'To keep the windows of the model: interpolate the tables',
            text: 'timm has `resize_rel_pos_bias_table`; indices and masks are left out, the model computes them.',
            cost: 'The model has to be tuned afterwards.',
          }
        : {
            title: 'To keep the windows of the model: leave these buffers out',
            text: 'Only coordinates and indices differ, which the model computes by itself; the trained network that reads them has the same shape in Swin V2. Drop the keys, load the rest.',
          },
    ],
    doesNotHelp: [STRICT_FALSE, ...(trained ? reinitialises(failure, 'the tables') : [])],
    afterwards: mayGoOn(failure),
  });
}

const offsets = (side: number): string => `${(2 * side - 1) ** 2} = (2·${side} − 1)²`;
const distances = (side: number): string => `${side ** 2} = ${side}²`;

function titleOf({ checkpoint, model }: Windows, trained: boolean, counts: (side: number) => string): string {
  const sides = `${checkpoint} × ${checkpoint} in the checkpoint and ${model} × ${model} in the model`;
  return trained
    ? `The attention windows differ: ${sides} (${counts(checkpoint)} against ${counts(model)} entries).`
    : `The attention windows differ (${sides}), and only buffers that the model recomputes show it: nothing trained is lost.`;
}
