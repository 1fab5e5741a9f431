import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Remedy } from '../../model/diagnosis.js';
import { type LoadFailure, type Mismatch, mayHideMore } from '../../model/failure.js';
import { elementCount, formatShape, type Shape } from '../../model/shape.js';
import { answer, explains, mayGoOn, shows } from '../architecture/answer.js';
import { isCutLayoutList } from '../architecture/projection-layout.js';
import { isReordered } from './axis-orders.js';
import { moveOf } from './moved-axes.js';
import { amount, pathInCode } from './telling.js';

const ID = 'reshape-equivalent';

/** `units`: only axes of size 1 differ. `merged`: neighbouring axes are one axis on the other side. */
type Relation = 'units' | 'merged';

/** The tell-tale: the same numbers in the same order under another shape. Equal counts alone do not show that: two faults may cancel out. */
function relationOf({ checkpointShape, modelShape }: Mismatch): Relation | undefined {
  if (elementCount(checkpointShape) !== elementCount(modelShape) || elementCount(checkpointShape) === 0) return undefined;
  const [file, model] = [withoutOnes(checkpointShape), withoutOnes(modelShape)];
  if (file.join() === model.join()) return 'units';
  const [ofFile, ofModel] = [boundaries(file), boundaries(model)];
  const [coarse, fine] = ofFile.length < ofModel.length ? [ofFile, ofModel] : [ofModel, ofFile];
  return coarse.length < fine.length && coarse.every((boundary) => fine.includes(boundary)) ? 'merged' : undefined;
}

function withoutOnes(shape: Shape): Shape {
  return shape.filter((size) => size !== 1);
}

/** Products of the sizes from the left: merging neighbours drops some of them and adds none. */
function boundaries(shape: Shape): readonly number[] {
  return shape.map((_, axis) => elementCount(shape.slice(0, axis + 1)));
}

export const reshapeEquivalent: Cause = { id: ID, diagnose };

function diagnose({ failure }: Case) {
  const { mismatches } = failure;
  if (mismatches.length === 0) return decline(ID, 'no shape differs');
  const other = mismatches.find(({ checkpointShape, modelShape }) => elementCount(checkpointShape) !== elementCount(modelShape));
  if (other !== undefined)
    return decline(
      ID,
      `not every pair has the same number of elements: ${formatShape(other.checkpointShape)} and ${formatShape(other.modelShape)}`,
    );
  if (mismatches.some(isReordered))
    return decline(ID, 'the same sizes stand in another order, which no reshape can mend (transposed-layout)');
  if (moveOf(mismatches) !== undefined)
    return decline(
      ID,
      'kernels of equal rank: an axis was moved, and a reshape would mix up those of more than one position (transposed-layout)',
    );
  const relations = mismatches.map(relationOf);
  if (relations.includes(undefined))
    return decline(
      ID,
      'equal counts of elements, but no axis was merged or split: two sizes changed, and a reshape would mix the numbers up',
    );
  if (mismatches.some(isPacked)) return decline(ID, 'one side holds packed (quantised) storage');
  if (isCutLayoutList(failure))
    return decline(
      ID,
      'linear layers against 1 × 1 convolutions around the attention of a UNet part Stable Diffusion 1 from 2 and XL, whose other layers no reshape can fit (sd-version-mix)',
    );
  return tell(failure, relations.every((relation) => relation === 'units') ? 'units' : 'merged');
}

/** GGUF keeps rows in blocks of 256 and more, as many elements as the weight has (InvokeAI#6890). */
function isPacked({ parameter = '', checkpointShape, modelShape }: Mismatch): boolean {
  return (
    /\.(qweight|qzeros|scales|absmax|quant_map)$/.test(parameter) ||
    [checkpointShape, modelShape].some((shape) => shape.length === 2 && shape[1] === 1 && (shape[0] ?? 0) > 1_000_000)
  );
}

function tell(failure: LoadFailure, relation: Relation): Diagnosis {
  const { mismatches } = failure;
  const [first] = mismatches;
  const pair =
    first === undefined ? '' : `${formatShape(first.checkpointShape)} in the checkpoint, ${formatShape(first.modelShape)} in the model`;
  const what = relation === 'units' ? 'only axes of size 1 differ' : 'neighbouring axes were merged or split';
  const kind = first === undefined ? undefined : kindOf(first);
  return answer({
    cause: ID,
    title: `The same numbers under another shape (${pair}): ${what}${kind === undefined ? '' : `, as between ${kind}`}.`,
    confidence: confidenceOf(failure, relation),
    specificity: relation === 'units' ? 78 : 40,
    explained: explains(mismatches.map((_, position) => position)),
    evidence: [
      {
        statement: `${amount(mismatches.length, 'parameter')}, all with equal numbers of elements on both sides, and ${relation === 'units' ? 'equal shapes once axes of size 1 are left out' : "the coarser shape's axes are products of neighbours of the finer one's"}`,
      },
      ...mismatches.slice(0, 3).map((mismatch) => shows(mismatch)),
    ],
    remedies: remediesOf(failure, relation),
    doesNotHelp: [
      {
        advice: 'ignore_mismatched_sizes=True or strict=False',
        reason:
          'the first starts these parameters from random values, the second does not pass over shapes; the trained numbers are all there.',
      },
    ],
    afterwards: [
      'If the run is to be repeated, look for the release or option that changed the shape, and convert the file once.',
      ...mayGoOn(failure),
    ],
    wouldDecide:
      relation === 'merged'
        ? [
            {
              question:
                'In which order did the other code lay out the axes that were merged? The shapes do not tell whether a reshape keeps the meaning; compare one output.',
            },
          ]
        : [],
  });
}

/** Long one-dimensional tensors are also what FSDP and ZeRO leave of a weight. */
function confidenceOf(failure: LoadFailure, relation: Relation): Confidence {
  if (relation === 'merged') return 'possible';
  return failure.mismatches.length > 1 && !mayHideMore(failure) ? 'certain' : 'likely';
}

function kindOf({ parameter = '', checkpointShape, modelShape }: Mismatch): string | undefined {
  const [long, short] = checkpointShape.length > modelShape.length ? [checkpointShape, modelShape] : [modelShape, checkpointShape];
  if (short.length === 0) return 'a scalar and a vector of one element';
  if (short.length === 2 && long.length === 4 && long[2] === 1 && long[3] === 1) return 'a linear layer and a 1 × 1 convolution';
  if (short.length === 2 && long.length === 3 && long[2] === 1) return 'a linear layer and a convolution of kernel size 1';
  if (short.length === 1 && long.length === 2 && long[0] === 1)
    return /bias|running_|norm|bn/.test(parameter) ? 'a vector and a matrix of one row' : undefined;
  return undefined;
}

/** Parameters that the message does not list pass through the loop as well: one whose axes were moved has as many elements, too. */
const GUARDS: Readonly<Record<Relation, readonly string[]>> = {
  units: ['    if key in own and value.shape != own[key].shape and core(value.shape) == core(own[key].shape):'],
  merged: [
    '    if key in own and value.shape != own[key].shape and value.numel() == own[key].numel() and (',
    '        core(value.shape) == core(own[key].shape) or sorted(core(value.shape)) != sorted(core(own[key].shape))',
    '    ):',
  ],
};

function remediesOf({ checkpoint, mismatches }: LoadFailure, relation: Relation): readonly Remedy[] {
  const names = [...new Set(mismatches.flatMap(({ parameter }) => parameter ?? []))];
  const reshape: Remedy = {
    title: 'Give the tensors the shape of the model before loading',
    text:
      relation === 'units'
        ? 'Only where nothing but axes of size 1 differs; every other difference still raises.'
        : 'Only where the number of elements agrees and no axis has changed its place; every other difference still raises.',
    snippet: {
      language: 'python',
      code: [
        `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
        'own = model.state_dict()',
        'core = lambda shape: [size for size in shape if size != 1]',
        'for key, value in state_dict.items():',
        ...GUARDS[relation],
        '        state_dict[key] = value.reshape(own[key].shape)',
        'model.load_state_dict(state_dict)',
      ].join('\n'),
    },
    ...(relation === 'merged' ? { cost: 'Right only if both sides order the merged axes alike: compare an output.' } : {}),
  };
  const option: Remedy = {
    title: 'Or build the model with the layers of the file',
    text: names.some((name) => /proj_(in|out)\.weight$/.test(name))
      ? 'In diffusers `use_linear_projection` decides between the two.'
      : 'An option or another release of the code may decide between the two shapes.',
  };
  return [reshape, option];
}
