import type { Case, Cause, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { answer, explains, mayGoOn, otherPositions, pick, reinitialises, shows } from './answer.js';
import { type PatchPair, patchPair } from './patch-kernels.js';
import { commonGrids } from './position-arithmetic.js';
import { followsPatchSize, positionTablesIn } from './position-embedding-length.js';

/** The tell-tale: the projection of patches differs in its kernel and in nothing else. */
export function patchPositions({ mismatches }: LoadFailure): readonly number[] {
  return positionsWhere(mismatches, (mismatch) => patchPair(mismatch) !== undefined);
}

export const patchSize: Cause = {
  id: 'patch-size',
  diagnose: ({ failure }: Case) => {
    const positions = patchPositions(failure);
    const [first] = pick(failure, positions);
    const patch = first === undefined ? undefined : patchPair(first);
    if (first === undefined || patch === undefined) return decline('patch-size', 'no projection of patches differs in its kernel alone');
    return tell(failure, positions, patch, first.parameter !== undefined && first.parameter !== 'weight');
  },
};

function tell(failure: LoadFailure, kernels: readonly number[], patch: PatchPair, named: boolean): Diagnosis {
  const tables = positionTablesIn(failure).filter(({ axes }) => followsPatchSize(failure, axes));
  const positions = [...kernels, ...tables.map(({ position }) => position)].toSorted((a, b) => a - b);
  const many = otherPositions(failure, positions).length > positions.length + 4;
  const model =
    patch.frames === undefined
      ? `patch_size=${patch.checkpoint}`
      : `patch_size=${patch.checkpoint}, tubelet_size=${patch.frames.checkpoint}`;
  return answer({
    cause: 'patch-size',
    title: titleOf(patch),
    confidence: !named ? 'likely' : many ? 'likely' : 'certain',
    specificity: 80,
    explained: explains(positions),
    evidence: [
      ...pick(failure, kernels)
        .slice(0, 2)
        .map((mismatch) =>
          shows(
            mismatch,
            mismatch.checkpointShape.length > 2 && mismatch.checkpointShape[1] !== mismatch.modelShape[1]
              ? 'the width agrees, the kernel and the input channels differ'
              : 'the channels and the width agree, only the kernel differs',
          ),
        ),
      ...tableEvidence(failure, patch),
    ],
    remedies: [
      {
        title: `Build the model with the patches of the checkpoint: ${model}`,
        text: 'Choose the variant whose name carries this patch size (`vit_base_patch16_224`, `ViT-B/16`), or set the option; image size and patch size together give the number of positions.',
        snippet: { language: 'python', code: `model = build_model(${model})` },
      },
      {
        title: 'To keep the patches of the model: resample the projection',
        text: 'timm has `resample_patch_embed` (FlexiViT); the table of positions has to be interpolated with it.',
        cost: 'The model has to be tuned afterwards.',
      },
    ],
    doesNotHelp: [STRICT_FALSE, ...reinitialises(failure, 'the projection of patches, on which every later layer rests')],
    afterwards: mayGoOn(failure),
  });
}

function titleOf({ checkpoint, model, frames }: PatchPair): string {
  if (frames !== undefined && checkpoint === model)
    return `The checkpoint takes ${frames.checkpoint} frames into one patch, the model ${frames.model}.`;
  return `The checkpoint cuts the input into patches of ${checkpoint} × ${checkpoint}, the model into patches of ${model} × ${model}.`;
}

function tableEvidence(failure: LoadFailure, patch: PatchPair): readonly Evidence[] {
  return positionTablesIn(failure).flatMap(({ mismatch, axes }) => {
    const grids = commonGrids(axes.checkpoint, axes.model);
    if (grids === undefined) return [];
    const pixels = { checkpoint: grids.checkpoint.side * patch.checkpoint, model: grids.model.side * patch.model };
    const same =
      pixels.checkpoint === pixels.model
        ? 'the same picture, so the number of positions only follows from the patches'
        : 'the input size differs as well';
    return [
      shows(
        mismatch,
        `${grids.checkpoint.side} × ${patch.checkpoint} = ${pixels.checkpoint} px and ${grids.model.side} × ${patch.model} = ${pixels.model} px, ${same}`,
      ),
    ];
  });
}
