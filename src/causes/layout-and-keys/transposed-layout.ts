import { type Case, type Cause, type Confidence, type Diagnosis, decline, positionsWhere, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { answer, explains, mayGoOn, pick, STRICT_FALSE, shows } from '../architecture/answer.js';
import { type AxisOrder, isReordered, type LayoutPair, layoutOf, ordersOf } from './axis-orders.js';
import { amount, firstNames, pathInCode } from './telling.js';

const ID = 'transposed-layout';

export const transposedLayout: Cause = { id: ID, diagnose };

/** The tell-tale: the same sizes in another order, one and the same order for all of them, and no bias or norm in the list. */
function diagnose({ failure }: Case) {
  const { mismatches } = failure;
  if (mismatches.length === 0) return transposedSpaces(failure) ?? sparseKernelsAlone(failure) ?? decline(ID, 'no shape differs');
  const positions = positionsWhere(mismatches, isReordered);
  const reordered = pick(failure, positions);
  if (reordered.length === 0) return decline(ID, 'no pair has the same sizes in another order');
  if (2 * reordered.length <= mismatches.length) return decline(ID, 'most pairs do not even have the same sizes');
  const swapped = swappedLayer(failure, reordered);
  if (swapped !== undefined)
    return decline(ID, `the bias of \`${swapped}\` differs too: other layers stand there, not the same ones transposed`);
  const rank = reordered[0]?.checkpointShape.length;
  const alike = positions.filter((position) => mismatches[position]?.checkpointShape.length === rank);
  const orders = ordersOf(pick(failure, alike));
  if (orders.length === 0) return decline(ID, 'no one order of the axes turns all shapes of the checkpoint into those of the model');
  return tell(failure, alike, orders);
}

/** Transposing a weight leaves its bias as it is. */
function swappedLayer({ mismatches }: LoadFailure, reordered: readonly Mismatch[]): string | undefined {
  const moduleOf = ({ parameter }: Mismatch): string | undefined => parameter?.replace(/\.(weight|bias|kernel)$/, '');
  const modules = new Set(reordered.map(moduleOf));
  const bias = mismatches.find(
    (mismatch) => mismatch.checkpointShape.length === 1 && moduleOf(mismatch) !== undefined && modules.has(moduleOf(mismatch)),
  );
  return bias === undefined ? undefined : moduleOf(bias);
}

function tell(failure: LoadFailure, positions: readonly number[], orders: readonly AxisOrder[]): Diagnosis {
  const list = pick(failure, positions);
  const [first] = list;
  const layout = layoutOf(orders, list);
  const order = layout?.order ?? orders[0] ?? [];
  const sample = first === undefined ? '' : ` (${formatShape(first.checkpointShape)} and ${formatShape(first.modelShape)})`;
  const between = layout === undefined ? '' : `: the checkpoint follows ${layout.checkpoint}, the model ${layout.model}`;
  return answer({
    cause: ID,
    title: `The same weights with their axes in another order${sample}${between}.`,
    confidence: confidenceOf(failure, positions, layout),
    specificity: 82,
    explained: explains(positions),
    evidence: [
      {
        statement: `${amount(positions.length, 'weight')} of ${failure.mismatches.length}: \`permute(${order.join(', ')})\` turns each checkpoint shape into the model's, and no bias or norm differs`,
      },
      ...list.slice(0, 2).map((mismatch) => shows(mismatch)),
      ...(layout === undefined ? [] : [{ statement: `both conventions are known (${layout.source})` }]),
    ],
    remedies: remediesOf(failure, list, order, layout),
    doesNotHelp: [
      STRICT_FALSE,
      {
        advice: 'transposing only what the message lists',
        reason:
          'Weights whose sizes agree either way (square ones, kernels with as many inputs as outputs) load without a word and are wrong.',
      },
    ],
    afterwards: [
      'Compare one output with the original: square weights that were not transposed show in nothing else.',
      ...mayGoOn(failure),
    ],
    wouldDecide:
      layout?.fits === undefined && mayBeSwappedNames(list)
        ? [
            {
              question:
                'Are these two layers whose names were exchanged? Each has the shape of the other; square weights and biases do not tell.',
              command: 'print({key: tuple(value.shape) for key, value in state_dict.items()})',
            },
          ]
        : orders.length > 1 && layout === undefined
          ? [
              {
                question: `Which of the ${orders.length} possible orders is right? Sizes that occur twice do not tell; the code that saved the file does.`,
              },
            ]
          : [],
  });
}

/** Two layers without biases that have changed their names look like two transposed ones: each has the other's shape. */
function mayBeSwappedNames(list: readonly Mismatch[]): boolean {
  const shapes = new Set(list.map(({ checkpointShape }) => checkpointShape.join()));
  return list.every(({ modelShape }) => shapes.has(modelShape.join()));
}

function confidenceOf({ mismatches }: LoadFailure, positions: readonly number[], layout: LayoutPair | undefined): Confidence {
  const all = positions.length === mismatches.length;
  if (layout?.fits === undefined && mayBeSwappedNames(mismatches)) return all ? 'likely' : 'possible';
  if (all && positions.length > 1) return layout === undefined ? 'likely' : 'certain';
  return all || positions.length > 3 ? 'likely' : 'possible';
}

function remediesOf(
  { checkpoint }: LoadFailure,
  list: readonly Mismatch[],
  order: AxisOrder,
  layout: LayoutPair | undefined,
): readonly Remedy[] {
  const endings = [...new Set(list.flatMap(({ parameter }) => (parameter === undefined ? [] : [ending(parameter)])))].slice(0, 6);
  const names = endings.length === 0 ? 'NAMES' : `(${endings.map((name) => `'${name}'`).join(', ')}${endings.length === 1 ? ',' : ''})`;
  const rank = order.length;
  const convert: Remedy = {
    title: 'Convert the file once',
    text: `All weights of these layers, those of equal sizes too, which the message does not list (${firstNames(endings)}).`,
    snippet: {
      language: 'python',
      code: [
        `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
        'for key, value in state_dict.items():',
        `    if value.dim() == ${rank} and key.endswith(${names}):`,
        `        state_dict[key] = value.permute(${order.join(', ')}).contiguous()`,
        'model.load_state_dict(state_dict)',
      ].join('\n'),
    },
  };
  const same: Remedy =
    layout !== undefined && /spconv/.test(layout.checkpoint)
      ? {
          title: `Or run with the spconv of the file: ${/spconv 1/.test(layout.checkpoint) ? '1.x' : '2.x'}`,
          text: 'Then nothing has to be converted. Never convert twice: a converted file has the new order already.',
        }
      : {
          title: 'Or load with the code base that wrote the file',
          text: 'Libraries with another order ship a loader or a conversion script (`from_pretrained`, `from_tf=True`, convert_*).',
        };
  return [convert, same];
}

/** The last two segments, so that all layers' copies of a weight are met. */
function ending(parameter: string): string {
  return parameter
    .split('.')
    .slice(-2)
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
}

/** OpenPCDet names what it did not copy without the file's shape: sparse kernels alone, while the norms between them were loaded, are the mark of spconv. */
function sparseKernelsAlone(failure: LoadFailure): Diagnosis | undefined {
  const { missingKeys, unexpectedKeys, severity, dialects } = failure;
  const isKernel = (key: string) =>
    /(^|\.)(backbone_3d|middle_encoder|middle_feature_extractor)\.(\w+\.)*(conv\w*|\d+|weight)/.test(key) && /\.weight$/.test(key);
  const hasNorm = missingKeys.some((key) => /(^|[._])(bn\d?|norm\d?|running_mean|bias)([._]|$)/.test(key));
  if (!dialects.includes('openpcdet') || severity !== 'warning' || missingKeys.length === 0 || unexpectedKeys.length > 0) return undefined;
  if (hasNorm || !missingKeys.every(isKernel)) return undefined;
  return answer({
    cause: ID,
    title: `Only sparse 3-D kernels were not loaded (${firstNames(missingKeys, 2)}), their norms were: most likely the file was saved with the other generation of spconv, which keeps kernels in another order of axes.`,
    confidence: missingKeys.length > 1 ? 'likely' : 'possible',
    specificity: 80,
    explained: explains([], missingKeys),
    evidence: [
      {
        statement: `${amount(missingKeys.length, 'kernel')} of the sparse backbone and nothing else: another width would have changed the norms as well`,
        at: failure.at,
      },
      { statement: 'spconv 1 keeps (k, k, k, in, out), spconv 2 (out, k, k, k, in) (spconv conv.py; mmdet3d#2584)' },
    ],
    remedies: [
      {
        title: 'Convert the kernels, or install the spconv that wrote the file',
        text: 'From 1 to 2 the last axis moves to the front, from 2 to 1 the first axis to the end. OpenPCDet from 0.5 on converts by itself when the two shapes tell it.',
        snippet: {
          language: 'python',
          code: 'weight = weight.permute(4, 0, 1, 2, 3).contiguous()   # spconv 1 file, spconv 2 model\n# weight.permute(1, 2, 3, 4, 0)                        # spconv 2 file, spconv 1 model',
        },
      },
    ],
    doesNotHelp: [
      {
        advice: 'going on with the warning',
        reason: 'The sparse backbone computes with random kernels; the detector then finds next to nothing.',
      },
    ],
    afterwards: ['1 × 1 × 1 kernels with as many inputs as outputs fit in either order and are wrong without a message (spconv#556).'],
    wouldDecide: [
      {
        question: 'Which shapes do these kernels have in the file, and which spconv is installed?',
        command: `pip list | grep -i spconv; python -c "import torch; s = torch.load('CKPT', map_location='cpu')['model_state']; print({k: v.shape for k, v in s.items() if v.dim() == 5})"`,
      },
    ],
  });
}

/** `Box(0, 255, (84, 84, 4), uint8)`: the sizes of an observation. */
function sizesOf(space: unknown): readonly number[] {
  return (/\((\d+(?:, ?\d+)+)\)/.exec(String(space))?.[1] ?? '')
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
}

/** Stable-Baselines3 wants channels first and wraps environments that have them last; the saved space is of the other kind (stable-baselines3#202). */
function transposedSpaces({ notices }: LoadFailure): Diagnosis | undefined {
  const notice = notices.find(({ topic }) => topic === 'spaces-differ');
  const [checkpointShape, modelShape] = [sizesOf(notice?.values.checkpoint), sizesOf(notice?.values.model)];
  if (
    notice === undefined ||
    checkpointShape.length !== 3 ||
    !isReordered({ checkpointShape, modelShape, dialect: notice.dialect, at: notice.at })
  )
    return undefined;
  const isFirst = (shape: readonly number[]) => (shape[0] ?? 0) < (shape[2] ?? 0);
  const order = (shape: readonly number[]) => `${isFirst(shape) ? 'channels first' : 'channels last'} ${formatShape(shape)}`;
  return answer({
    cause: ID,
    title: `The same images with their axes in another order: the policy was trained with ${order(checkpointShape)}, the environment gives ${order(modelShape)}.`,
    confidence: 'certain',
    specificity: 95,
    explained: explains([]),
    evidence: [
      {
        statement: `saved: ${notice.values.checkpoint}, environment: ${notice.values.model}; the sizes are the same in another order`,
        at: notice.at,
      },
    ],
    remedies: [
      {
        title: isFirst(checkpointShape)
          ? 'Wrap the environment as in the training'
          : 'Give the environment without the transposing wrapper',
        text: 'Stable-Baselines3 wraps an environment with images in VecTransposeImage when a model is built or loaded with it; `check_for_correct_spaces` compares what is handed over.',
        snippet: {
          language: 'python',
          code: 'from stable_baselines3.common.vec_env import DummyVecEnv, VecTransposeImage\nenv = VecTransposeImage(DummyVecEnv([make_env]))\nmodel = PPO.load(PATH, env=env)',
        },
      },
    ],
  });
}
