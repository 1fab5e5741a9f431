import { type Case, type Cause, type Confidence, type Diagnosis, decline, positionsWhere, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { STRICT_FALSE } from '../advice.js';
import { answer, explains, mayGoOn, pick, shows } from '../architecture/answer.js';
import { hasHalvesOfOneShape } from '../vocabulary-and-adapters/exchanged-adapters.js';
import { type AxisOrder, isReordered, type LayoutPair, layoutOf, ordersOf } from './axis-orders.js';
import { movedAxes } from './moved-axes.js';
import { sparseKernelsAlone } from './sparse-kernels.js';
import { amount, firstNames, pathInCode } from './telling.js';
import { transposedSpaces } from './transposed-spaces.js';

const ID = 'transposed-layout';

export const transposedLayout: Cause = { id: ID, diagnose };

/** The tell-tale: the same sizes in another order, one and the same order for all of them, and no bias or norm in the list. */
function diagnose({ failure }: Case) {
  const { mismatches } = failure;
  if (mismatches.length === 0) return transposedSpaces(failure) ?? sparseKernelsAlone(failure) ?? decline(ID, 'no shape differs');
  const kernels = movedAxes(failure);
  if (kernels !== undefined) return kernels;
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
          'weights whose sizes agree either way (square ones, kernels with as many inputs as outputs) load without a word and are wrong.',
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

function confidenceOf(failure: LoadFailure, positions: readonly number[], layout: LayoutPair | undefined): Confidence {
  const { mismatches } = failure;
  const all = positions.length === mismatches.length;
  if (hasHalvesOfOneShape(failure)) return 'possible'; // no library stores such a pair: the list may be typed by hand
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
    text: `All weights of these layers, those of equal sizes too, which the message does not list${endings.length === 0 ? '' : ` (${firstNames(endings)})`}.`,
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
  return layout?.remedy === undefined
    ? [convert, same]
    : [layout.remedy, { ...convert, title: 'Or turn the kernels back once, so that the rotation fits' }];
}

/** The last two segments, so that all layers' copies of a weight are met. */
function ending(parameter: string): string {
  return parameter
    .split('.')
    .slice(-2)
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
}
