import type { Case, Cause, Diagnosis, Remedy } from '../../model/diagnosis.js';
import { decline, positionsWhere } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { STRICT_FALSE } from '../advice.js';
import { common, onlyDifferingAxis } from '../pairs.js';
import { answer, explains, mayGoOn, otherPositions, pick, shows } from './answer.js';

/** Parameters with one row per sample, and what a row is. */
interface PerSample {
  readonly name: RegExp;
  readonly row: string;
  /** The axis that counts them, where it is not the first. */
  readonly axis?: number;
  readonly source: string;
  /** The number does not come from the data alone: training adds and removes rows. */
  readonly grows?: true;
}

const PER_SAMPLE: readonly PerSample[] = [
  {
    // Behind the time stamps: [T, N, 3], [T, N, 6] and [T, N, 4, 4], one pose for each time and actor.
    name: /(^|\.)actor_(positions|rotations_6d|poses_at_time)$|actors\.initial_(positions|rotations_6d)$/,
    row: 'actor',
    axis: 1,
    source: 'georghess/neurad-studio, model_components/dynamic_actors.py: poses of the moving objects of the scene',
  },
  {
    name: /(embedding_(appearance|camera|transient|a|t)(\.|$)|appearance_embed\w*|pose_adjustment|camera_optimizer|per_image|image_embed\w*_table|exposure)/,
    row: 'image',
    source: 'nerfstudio, fields/nerfacto_field.py and cameras/camera_optimizers.py: num_train_data',
  },
  {
    name: /(^|[._])(gauss_params|_xyz|_features_(dc|rest)|_opacity|_scaling|_rotation|means|scales|quats|opacities)($|\.)/,
    row: 'Gaussian',
    grows: true,
    source: 'graphdeco-inria/gaussian-splatting, scene/gaussian_model.py',
  },
  {
    name: /(^|[._])((user|item|product|movie|customer)s?_?(emb\w*|factors|bias\w*)|emb(ed|edding)?s?_(user|item)s?(_\w+)?)(\.|$)/,
    row: 'user or item',
    source: 'recommenders: one row per user and item of the data',
  },
  {
    // DeBERTa's `encoder.rel_embeddings` are relative positions.
    name: /(^|(?<!encoder)[._])(entity|relation|ent|rel)_?emb\w*/,
    row: 'entity or relation',
    source: 'knowledge graphs: one row per entity of the data',
  },
  {
    name: /(^|[._])((node|author|paper)_?emb\w*|nodevec\d)/,
    row: 'node',
    source: 'graph learning: one row per node (Graph-WaveNet, model.py: nodevec1)',
  },
  {
    name: /(^|\.)embedding_dict\.\w+\.weight$/,
    row: 'value of a category column',
    source: 'shenweichen/DeepCTR-Torch, inputs.py: one table per SparseFeat, vocabulary_size rows',
  },
  {
    name: /(memory_bank|mem_bank|feature_bank|instance_bank|memory\.features|prototypes_bank|lat_vecs|latent_codes|latent_vectors|shape_codes)/,
    row: 'sample',
    source: 'memory banks and auto-decoders (DeepSDF, networks/deep_sdf: lat_vecs)',
  },
];

function kindOf({ parameter }: Mismatch): PerSample | undefined {
  return parameter === undefined ? undefined : PER_SAMPLE.find(({ name }) => name.test(parameter));
}

/** `scales` and `means` are also what quantised layers and statistics are called: a cloud of Gaussians stands at the root, or shows three of its tables. */
function isOfItsKind({ mismatches }: LoadFailure, { parameter = '' }: Mismatch, kind: PerSample): boolean {
  if (kind.grows !== true) return true;
  if (/(^|[._])(layers?|blocks?|h)[._]\d+[._]/.test(parameter)) return false;
  if (/^(_?\w+|(\w+\.)?gauss_params\.\w+)$/.test(parameter)) return true;
  return new Set(mismatches.filter((other) => kindOf(other) === kind).map((other) => other.parameter)).size >= 3;
}

/** The tell-tale: rows differ, nothing else, in a parameter with one row per sample. */
function perSamplePositions(failure: LoadFailure): readonly number[] {
  return positionsWhere(failure.mismatches, (mismatch) => {
    const kind = kindOf(mismatch);
    return kind !== undefined && onlyDifferingAxis(mismatch) === (kind.axis ?? 0) && isOfItsKind(failure, mismatch, kind);
  });
}

export const datasetSizedParameters: Cause = {
  id: 'dataset-sized-parameters',
  diagnose: ({ failure }: Case) => {
    const positions = perSamplePositions(failure);
    const [first] = pick(failure, positions);
    if (first === undefined) return decline('dataset-sized-parameters', 'no parameter with one row per sample differs in its rows');
    return tell(failure, positions, first);
  },
};

function tell(failure: LoadFailure, positions: readonly number[], first: Mismatch): Diagnosis {
  const kind = kindOf(first);
  const rows = pick(failure, positions).map((mismatch) => {
    const axis = kindOf(mismatch)?.axis ?? 0;
    return `${mismatch.checkpointShape[axis]} and ${mismatch.modelShape[axis]}`;
  });
  const agreed = positions.length > 1 && common(rows) !== undefined;
  const axis = kind?.axis ?? 0;
  const [checkpoint, model] = [first.checkpointShape[axis] ?? 0, first.modelShape[axis] ?? 0];
  const row = kind?.row ?? 'sample';
  return answer({
    cause: 'dataset-sized-parameters',
    title:
      kind?.grows === true
        ? `The checkpoint holds ${checkpoint} ${row}s, the model was built with ${model}: training adds and prunes them, so the model has to take their number from the file.`
        : `The model has one row per ${row}: ${checkpoint} when the checkpoint was trained, ${model} now. The data set is another one.`,
    confidence: otherPositions(failure, positions).length > positions.length ? 'possible' : agreed ? 'certain' : 'likely',
    specificity: 75,
    explained: explains(positions),
    evidence: [
      ...pick(failure, positions)
        .slice(0, 3)
        .map((mismatch) => shows(mismatch)),
      ...(agreed
        ? [
            {
              statement: `${positions.length === 2 ? 'Both' : `All ${positions.length} of them`} have ${checkpoint} rows in the checkpoint and ${model} in the model: one number, the size of the data.`,
            },
          ]
        : []),
      ...(kind === undefined ? [] : [{ statement: `Rows are counted from the data (${kind.source}).` }]),
    ],
    remedies:
      kind?.grows === true
        ? resizing(positions.length, checkpoint, row)
        : [
            {
              title: `Use the data of the training: ${checkpoint} rows`,
              text: 'The same images, the same split and the same filter. Processing the raw data anew often finds another number of usable images; an evaluation split may be cut off on one side only.',
            },
            {
              title: 'If the rows are not needed for what you do: leave these keys out',
              text: 'Rendering a new view needs no pose correction and no appearance code of a training image. Where the rows are users, items or entities, they cannot be replaced.',
              snippet: {
                language: 'python',
                code: `drop = (${pick(failure, positions)
                  .map(({ parameter }) => `'${parameter}'`)
                  .slice(0, 4)
                  .join(', ')},)\nmodel.load_state_dict({k: v for k, v in state.items() if k not in drop}, strict=False)`,
              },
            },
          ],
    doesNotHelp: [STRICT_FALSE],
    afterwards: mayGoOn(failure),
  });
}

/** Splatfacto resizes its tables in `load_state_dict` (nerfstudio, models/splatfacto.py); the original code builds them in `restore` or `load_ply`. */
function resizing(tables: number, checkpoint: number, row: string): readonly Remedy[] {
  return [
    {
      title: `Give the model ${checkpoint} ${row}s before loading`,
      text: "Load through the project's own function (the pipeline of nerfstudio, `restore` or `load_ply` of gaussian-splatting), which sizes the tables from the file; a plain load_state_dict on a model that was just built from a point cloud cannot.",
      snippet: {
        language: 'python',
        code: `for name in state:   # ${tables} tables\n    parameter = model.get_parameter(name)\n    parameter.data = parameter.data.new_empty(state[name].shape)\nmodel.load_state_dict(state)`,
      },
      cost: 'The optimizer has to be built after this, it holds one state per row.',
    },
  ];
}
