import type { Case, Cause, Confidence, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { roleOf } from '../roles.js';
import { answer, explains, mayGoOn, otherPositions, pick, reinitialises, shows } from './answer.js';
import { foreignClassToken } from './class-token.js';
import { headPositions } from './head-names.js';
import { patchPair } from './patch-kernels.js';
import {
  commonGrids,
  gridInWords,
  imageSizes,
  isPositionTable,
  isSpare,
  pictureGrids,
  relativeSquare,
  type TokenAxes,
  tokenAxes,
} from './position-arithmetic.js';
import { optionFor, positionRemedies } from './position-remedies.js';
import { knownPositionTable, type PositionTable } from './position-tables.js';

interface Table {
  readonly position: number;
  readonly mismatch: Mismatch;
  readonly axes: TokenAxes;
}

/** The tell-tale: a table of positions whose number of positions differs while its width agrees. */
export function positionTablesIn({ mismatches }: LoadFailure): readonly Table[] {
  return mismatches.flatMap((mismatch, position) => {
    const named = isPositionTable(mismatch.parameter);
    if (!named && !(isNameless(mismatch) && mismatches.length === 1 && looksLikeTable(mismatch))) return [];
    const axes = tokenAxes(mismatch);
    return axes === undefined || axes.checkpoint === 0 || axes.model === 0 ? [] : [{ position, mismatch, axes }];
  });
}

function isNameless({ parameter }: Mismatch): boolean {
  return parameter === undefined || parameter === 'weight';
}

/** Without a name, both lengths have to be known tables of this width, or square grids with a class token. */
function looksLikeTable(mismatch: Mismatch): boolean {
  const axes = tokenAxes(mismatch);
  if (axes === undefined || mismatch.checkpointShape.length > 3 || (axes.width ?? 0) < 64) return false;
  const known = [axes.checkpoint, axes.model].every((tokens) => knownPositionTable(tokens, axes) !== undefined);
  const grids = commonGrids(axes.checkpoint, axes.model);
  return known || (grids !== undefined && grids.checkpoint.extra > 0 && imageSizes(grids.checkpoint, grids.model).length > 0);
}

/** Buffers that repeat the number of positions: causal masks and lists of indices (GPT-2 `attn.bias`, `position_ids`). */
const SHADOW = /(position_ids|attn\.(bias|masked_bias)|causal_mask|(^|\.)mask|attn_mask|freqs_cis|freqs_(cos|sin))$/;
/** One-dimensional relative tables: 2g − 1 rows (SAM, MViT); a square's: (2g − 1)² + 3 (BEiT). */
const RELATIVE = /rel_pos_[hw]$|relative_position_bias_table$|relative_position_index$/;

function shadowsOf({ mismatches }: LoadFailure, tables: readonly Table[]): readonly number[] {
  const lengths = new Set(tables.flatMap(({ axes }) => [axes.checkpoint, axes.model]));
  const known = new Set(tables.map(({ position }) => position));
  return mismatches.flatMap((mismatch, position) => {
    const { parameter = '', checkpointShape, modelShape } = mismatch;
    if (known.has(position)) return [];
    const last = [checkpointShape, modelShape].map((shape) => shape[shape.length - 1] ?? 0);
    if (SHADOW.test(parameter) && (tables.length === 0 || last.some((size) => lengths.has(size)))) return [position];
    return RELATIVE.test(parameter) && tokenAxes(mismatch) !== undefined && isRelativeToGrid(mismatch) ? [position] : [];
  });
}

function isRelativeToGrid({ parameter = '', checkpointShape, modelShape }: Mismatch): boolean {
  const rows = [checkpointShape[0] ?? 0, modelShape[0] ?? 0];
  if (/rel_pos_[hw]$/.test(parameter)) return rows.every((size) => size % 2 === 1);
  return rows.every((size) => relativeSquare(size)?.extra === 3) || /index$/.test(parameter);
}

export const positionEmbeddingLength: Cause = {
  id: 'position-embedding-length',
  diagnose: ({ failure }: Case) => {
    const declined = (reason: string) => decline('position-embedding-length', reason);
    if (failure.mismatches.length === 0) return declined('no shape differs');
    if (foreignClassToken(failure) !== undefined)
      return declined('one side has a class token, which is no option of this class: another architecture (wrong-model-variant)');
    const tables = positionTablesIn(failure);
    const relative = shadowsOf(failure, tables);
    if (tables.length === 0) {
      const beit = relative.filter(
        (position) =>
          !SHADOW.test(failure.mismatches[position]?.parameter ?? '') && !/index$/.test(failure.mismatches[position]?.parameter ?? ''),
      );
      return beit.length > 0 ? tellRelative(failure, relative, beit) : declined('no table of positions differs in its length alone');
    }
    const [first] = tables;
    if (first === undefined) return declined('no table of positions differs in its length alone');
    if (followsPatchSize(failure, first.axes)) return declined('the patch size differs, and the number of positions follows from it');
    return tell(failure, tables, first, relative);
  },
};

/** The same picture cut into other patches: side × patch is the same number of pixels on both sides. */
export function followsPatchSize({ mismatches }: LoadFailure, { checkpoint, model }: TokenAxes): boolean {
  const grids = commonGrids(checkpoint, model);
  const patches = mismatches.flatMap((mismatch) => patchPair(mismatch) ?? []);
  return patches.some(
    (patch) =>
      grids === undefined ||
      Math.abs(grids.checkpoint.side * patch.checkpoint - grids.model.side * patch.model) < Math.max(patch.checkpoint, patch.model),
  );
}

function tell(failure: LoadFailure, tables: readonly Table[], first: Table, shadows: readonly number[]): Diagnosis {
  const positions = [...tables.map(({ position }) => position), ...shadows].toSorted((a, b) => a - b);
  const rest = otherPositions(failure, positions);
  const named = isPositionTable(first.mismatch.parameter);
  const sure = named && rest.length <= 2 * positions.length + 4 && !pick(failure, rest).some(isOtherTable);
  const inside = isInsideAnother(first);
  const confidence: Confidence = sure && !inside ? 'certain' : 'likely';
  return answer({
    cause: 'position-embedding-length',
    title: inside ? titleOf(first.axes).replace(/\.$/, ', or another patch size or stride in front of it.') : titleOf(first.axes),
    confidence,
    specificity: 75,
    explained: explains(positions),
    evidence: evidenceOf(tables, first.axes, rest),
    remedies: positionRemedies(first.axes, optionFor(first.mismatch.parameter, failure.modelClass)),
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the table of positions')],
    afterwards: [...mayGoOn(failure), ...otherFile(failure)],
    wouldDecide: named
      ? inside
        ? [FRONT]
        : []
      : [
          {
            question: 'Is it the table of positions? Look for the parameter of this shape in the file.',
            command:
              "python -c \"from safetensors import safe_open; f = safe_open('CKPT', 'pt'); print([(k, f.get_slice(k).get_shape()) for k in f.keys() if 'pos' in k])\"",
          },
        ],
  });
}

/**
 * A network inside another reads maps, not pictures, and the stride in front of it stands in no weight: where the sides differ by a whole
 * factor, a change of that code explains the table as well as another picture does (WAFT#4).
 */
function isInsideAnother({ mismatch: { parameter = '' }, axes }: Table): boolean {
  const grids = pictureGrids(axes);
  if (grids === undefined || axes.tower || isSpare(axes)) return false;
  const [low, high] = [grids.checkpoint.side, grids.model.side].toSorted((a, b) => a - b);
  const prefix = parameter.split('.').slice(0, -1);
  const ofPictures = /vis|image|patch|pixel|vit|deit|dino|beit|swin|encoder|backbone|^(module|model|base_model|net|student|teacher)$/i;
  return (high ?? 0) % (low ?? 1) === 0 && prefix.length > 0 && !prefix.some((part) => ofPictures.test(part));
}

const FRONT = {
  question:
    'Do the patch size and the strides in front of this table agree with the training? Compare the code and the config with those of the checkpoint.',
} as const;

/** Token types or a vocabulary that differ as well: then the whole configuration may be another's. */
function isOtherTable({ parameter = '' }: Mismatch): boolean {
  return /token_type_embeddings\.weight$/.test(parameter) || roleOf(parameter) === 'token-embedding';
}

/** Length and classes at once mean another file rather than two options (ComfyUI-ReActor#20). */
function otherFile(failure: LoadFailure): readonly string[] {
  return headPositions(failure.mismatches).length > 0
    ? [
        'The head differs as well. Two independent differences are more often another file than two wrong options: check that this is the checkpoint you meant.',
      ]
    : [];
}

function titleOf(axes: TokenAxes): string {
  const { checkpoint, model, map } = axes;
  if (map !== undefined)
    return `The map of positions is ${map.checkpoint.join(' × ')} in the checkpoint and ${map.model.join(' × ')} in the model: they were built for inputs of another size.`;
  const grids = pictureGrids(axes);
  const [ofFile, ofModel] = [knownPositionTable(checkpoint, axes), knownPositionTable(model, axes)];
  if (isSpare(axes)) return `The table of positions has ${checkpoint} entries in the checkpoint and ${model} in the model: ${spare(axes)}.`;
  const said = (tokens: number, side: 'checkpoint' | 'model'): string =>
    grids === undefined ? `${tokens} positions` : gridInWords(tokens, grids[side]);
  if (ofFile !== undefined && ofModel !== undefined && areRelated(ofFile, ofModel)) {
    const whole = (table: PositionTable, side: 'checkpoint' | 'model'): string =>
      table.model.includes(`${table.tokens} `) ? table.model : `${table.model} (${said(table.tokens, side)})`;
    return `The file has the position table of ${whole(ofFile, 'checkpoint')}, the model expects that of ${whole(ofModel, 'model')}.`;
  }
  if (grids === undefined) return `The checkpoint has ${checkpoint} positions, the model was built for ${model}.`;
  // Other models share the lengths of a CLIP or SigLIP tower; those of DINOv2 and DeiT speak for themselves.
  const whose = ofFile !== undefined && /^(DINOv2|DeiT)/.test(ofFile.model) ? `, as in ${ofFile.model}` : '';
  return `The checkpoint has ${checkpoint} positions (${gridInWords(checkpoint, grids.checkpoint)}${whose}), the model ${model} (${gridInWords(model, grids.model)}): another input resolution.`;
}

/** 257 positions of width 1024 are CLIP's, but also those of a DINOv2 built for 224 px: only tables of one family name each other. */
function areRelated(a: PositionTable, b: PositionTable): boolean {
  const family = ({ model }: PositionTable): string | undefined => model.replace(/^the /, '').split(' ')[0];
  return family(a) === family(b);
}

function spare({ checkpoint, model, picture }: TokenAxes): string {
  const where = checkpoint > model ? 'checkpoint' : 'model';
  if (!picture) return `the ${where} counts an offset of 2 for padding, the other side does not`;
  const tokens = Math.abs(checkpoint - model) === 1 ? 'one more token (class, distillation or register token)' : 'two more tokens';
  return `the ${where} has ${tokens}, the grid is the same`;
}

function evidenceOf(tables: readonly Table[], axes: TokenAxes, rest: readonly number[]): readonly Evidence[] {
  const grids = pictureGrids(axes);
  const sizes = grids === undefined ? [] : imageSizes(grids.checkpoint, grids.model);
  const [ofFile, ofModel] = [axes.checkpoint, axes.model].map((tokens) => knownPositionTable(tokens, axes));
  const known = [ofFile, ofFile === undefined || ofModel === undefined || areRelated(ofFile, ofModel) ? ofModel : undefined].flatMap(
    (table) => table ?? [],
  );
  return [
    ...tables.slice(0, 3).map(({ mismatch }) => shows(mismatch, 'the width agrees, only the number of positions differs')),
    ...sizes.slice(0, 2).map((size) => ({
      statement: `With patches of ${size.patch} pixels that is ${size.checkpoint} px in the checkpoint and ${size.model} px in the model.`,
    })),
    ...known.map((table) => ({
      statement: `${table.tokens} positions${table.width === undefined ? '' : ` of width ${table.width}`}: ${table.model} (${table.source}).`,
    })),
    ...(rest.length === 0
      ? [
          {
            statement: 'Nothing else differs.',
          },
        ]
      : []),
  ];
}

function tellRelative(failure: LoadFailure, positions: readonly number[], tables: readonly number[]): Diagnosis {
  const [first] = pick(failure, tables);
  const rows = [first?.checkpointShape[0] ?? 0, first?.modelShape[0] ?? 0] as const;
  const sides = rows.map((size) => (relativeSquare(size)?.extra === 3 ? relativeSquare(size)?.side : (size + 1) / 2) ?? 0);
  return answer({
    cause: 'position-embedding-length',
    title: `The tables of relative positions are for a grid of ${sides[0]} in the checkpoint and of ${sides[1]} in the model: another input resolution.`,
    confidence: 'certain',
    specificity: 75,
    explained: explains(positions),
    evidence: pick(failure, tables)
      .slice(0, 3)
      .map((mismatch) => shows(mismatch, 'the width agrees')),
    remedies: [
      {
        title: `Build the model for a grid of ${sides[0]} × ${sides[0]} patches`,
        text: `That is an input of ${(sides[0] ?? 0) * 16} px with patches of 16 pixels, of ${(sides[0] ?? 0) * 14} px with patches of 14.`,
      },
      {
        title: 'To keep the resolution of the model: interpolate the tables',
        text: "timm has `resize_rel_pos_bias_table` for BEiT and Swin; SAM's one-dimensional tables are resampled linearly.",
      },
    ],
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the tables')],
    afterwards: mayGoOn(failure),
  });
}
