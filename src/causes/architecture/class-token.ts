import type { LoadFailure, Mismatch } from '../../model/failure.js';
import type { ModelPair } from './model-pair.js';
import { isPositionTable, tokenAxes } from './position-arithmetic.js';

/** Classes of transformers whose image tower has a class token always, or never: no option adds or removes it (modeling_clip.py, modeling_siglip.py). */
const ALWAYS = /^(CLIP|AltCLIP|ChineseCLIP)\w*$/;
const NEVER = /^Sig[Ll]ip2?\w*$/;

/** A table of positions that is one entry longer in a class that has no option for it: the file is another architecture. */
export function foreignClassToken({ mismatches, modelClass = '' }: LoadFailure): ModelPair | undefined {
  const [table] = mismatches;
  if (table === undefined || !mismatches.every((mismatch) => isPositionTable(mismatch.parameter))) return undefined;
  const side = longerByOne(table);
  const isForeign = (side === 'model' && ALWAYS.test(modelClass)) || (side === 'checkpoint' && NEVER.test(modelClass));
  if (side === undefined || !isForeign || !mismatches.every((mismatch) => longerByOne(mismatch) === side)) return undefined;
  const [withToken, without] = ['an image tower with a class token, as CLIP', 'an image tower without a class token, as SigLIP'];
  const { checkpoint = 0, model = 0 } = tokenAxes(table) ?? {};
  const grid = Math.min(checkpoint, model);
  return {
    checkpoint: side === 'model' ? without : withToken,
    model: side === 'model' ? withToken : without,
    choose: 'the class (`CLIPVisionModel`, `SiglipVisionModel`, or AutoModel with the config.json of the file)',
    evidence: [
      {
        statement: `${grid} = ${Math.sqrt(grid)}² patches on both sides; the ${side} has one entry more, the class token, which is no option of \`${modelClass}\`.`,
        at: table.at,
      },
    ],
  };
}

function longerByOne(mismatch: Mismatch): 'checkpoint' | 'model' | undefined {
  const axes = tokenAxes(mismatch);
  if (axes === undefined || !axes.picture || Math.abs(axes.checkpoint - axes.model) !== 1) return undefined;
  if (!Number.isInteger(Math.sqrt(Math.min(axes.checkpoint, axes.model)))) return undefined;
  return axes.model > axes.checkpoint ? 'model' : 'checkpoint';
}
