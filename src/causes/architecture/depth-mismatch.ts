import type { Case, Cause, Diagnosis, Evidence } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { isAdapterKey } from '../vocabulary-and-adapters/adapter-keys.js';
import { answer, explains, someNames } from './answer.js';
import { isHeadName } from './head-names.js';
import { type Stack, stackOf } from './layer-stacks.js';
import { oneNumberInEveryBlock } from './layers-without-weights.js';

interface Depth {
  readonly side: 'missing' | 'unexpected';
  readonly stack: Stack;
}

/** The tell-tale: whole layers from one number on are known to one side only, and the other side has nothing of its own to offer. */
export function depthOf({ missingKeys, unexpectedKeys }: LoadFailure): Depth | undefined {
  if (arePartsOfLayers([...missingKeys, ...unexpectedKeys])) return undefined;
  const missing = stackOf(missingKeys);
  const unexpected = stackOf(unexpectedKeys);
  const small = (keys: readonly string[]): boolean => keys.every((key) => isHeadName(key));
  if (missing !== undefined && small(unexpectedKeys)) return { side: 'missing', stack: missing };
  if (unexpected !== undefined && small(missingKeys)) return { side: 'unexpected', stack: unexpected };
  return undefined;
}

export const depthMismatch: Cause = {
  id: 'depth-mismatch',
  diagnose: ({ failure }: Case) => {
    const declined = (reason: string) => decline('depth-mismatch', reason);
    const counts = failure.notices.find(isLayerCount);
    if (counts !== undefined) return tellCounts(counts);
    if (failure.missingKeys.length === 0 && failure.unexpectedKeys.length === 0) return declined('no key is missing or unexpected');
    if ([...failure.missingKeys, ...failure.unexpectedKeys].every(isAdapterKey))
      return declined('only adapters are listed: they sit on some layers and not on others (lora-target-modules)');
    if ([...failure.missingKeys, ...failure.unexpectedKeys].every((key) => /(^|\.)(upsampl(e|er)|upconv)\.?\d/.test(key)))
      return declined('only layers that enlarge the picture are listed, and their number follows from the scale (config-changed)');
    if ([...failure.missingKeys, ...failure.unexpectedKeys].some((key) => /(^|\.)model\.\d+\.(proto|cv4)\./.test(key)))
      return declined('the keys are those of a head for another task (config-changed)');
    if (oneNumberInEveryBlock(failure) !== undefined)
      return declined('each layer shows the same one of its numbered parts, so the layers themselves are there (config-changed)');
    const depth = depthOf(failure);
    if (depth === undefined) return declined('the keys are not those of whole layers at the end of a stack that one side alone has');
    return tell(failure, depth);
  },
};

/** `blocks.3.MLP_Adapter.fc1`: a whole layer would list its attention, norms and feed-forward part as well. */
function arePartsOfLayers(keys: readonly string[]): boolean {
  return keys.every((key) => /\.\d+\.(?:\w+_)?adapters?\w*\./i.test(key));
}

function tell(failure: LoadFailure, { side, stack }: Depth): Diagnosis {
  const { container, from, to, keys, whole } = stack;
  const [more, fewer] = side === 'unexpected' ? ['checkpoint', 'model'] : ['model', 'checkpoint'];
  const onlyKeys = failure.mismatches.length === 0;
  const generator = /(^|\.)(convs|to_rgbs|noises)$/.test(container);
  return answer({
    cause: 'depth-mismatch',
    title: generator
      ? `The ${more} has ${to - from + 1} more layers in \`${container}\` (${from} to ${to}): a generator for another output size.`
      : `The ${more} has ${whole ? '' : 'at least '}${to + 1} layers in \`${container}\`, the ${fewer} ${whole ? '' : 'at most '}${from}.`,
    confidence: failure.complete && (whole || onlyKeys) ? 'likely' : 'possible',
    specificity: onlyKeys ? 55 : 35,
    explained: side === 'missing' ? explains([], keys) : explains([], [], keys),
    evidence: evidenceOf(failure, side, stack),
    remedies: [
      {
        title:
          side === 'unexpected'
            ? `Build the model with the depth of the checkpoint: ${to + 1} layers`
            : `Build the model with the depth of the checkpoint: ${from} layers`,
        text: generator
          ? 'Set the output size (size, resolution) to that of the training; two layers make one doubling.'
          : 'The option is called num_hidden_layers, n_layer, num_layers or depth; it may be that the name of another variant was given.',
        ...(generator
          ? {}
          : { snippet: { language: 'python', code: `config.num_hidden_layers = ${side === 'unexpected' ? to + 1 : from}` } }),
      },
      side === 'unexpected'
        ? {
            title: 'To keep the shorter model on purpose: load without strictness',
            text: 'The first layers are loaded, the rest of the file is left aside. The result has to be trained further.',
            cost: 'Cut off in the middle, a trained model gives poor results until it is tuned.',
          }
        : {
            title: 'To keep the deeper model on purpose',
            text: 'The layers that the file lacks start from random values: train them, and do not evaluate before.',
          },
    ],
    doesNotHelp: [
      {
        advice: 'strict=False',
        reason: side === 'unexpected' ? 'It drops the upper layers without a word.' : 'It leaves the upper layers random without a word.',
      },
    ],
    wouldDecide: failure.complete
      ? []
      : [{ question: 'How many layers does the file have? The list was cut.', command: countLayers(container) }],
  });
}

/** Keras counts the layers that have weights before it looks at any (keras/src/legacy/saving/legacy_h5_format.py). */
function isLayerCount({ topic, values: { objects, layer, checkpoint, model } }: Notice): boolean {
  return topic === 'object-count' && objects === 'layers' && layer === undefined && checkpoint !== undefined && model !== undefined;
}

function tellCounts({ values: { checkpoint, model }, at }: Notice): Diagnosis {
  return answer({
    cause: 'depth-mismatch',
    title: `The file has ${checkpoint} layers with weights, the model ${model}.`,
    confidence: 'likely',
    specificity: 50,
    explained: explains([]),
    evidence: [
      { statement: 'The loader counts the layers that have weights on both sides and stops there: no name and no shape was compared.', at },
    ],
    remedies: [
      {
        title: `Build the model as it was when it was saved: ${checkpoint} layers with weights`,
        text: 'Another depth, another variant, a head that was added or left out (include_top), or layers nested in a model of their own all change this number. Print both lists.',
        snippet: {
          language: 'python',
          code: "import h5py\nfile = h5py.File('FILE.h5')\nweights = file['model_weights'] if 'model_weights' in file else file\nprint(list(weights.attrs['layer_names']))\nprint([layer.name for layer in model.layers if layer.weights])",
        },
      },
      {
        title: 'Or load by name',
        text: 'model.load_weights(path, by_name=True, skip_mismatch=True) takes the layers whose names and shapes agree and leaves the others random.',
        cost: 'Says little about what was left out: compare outputs before trusting it.',
      },
    ],
    afterwards: ['Names and shapes are compared only once the numbers agree.'],
  });
}

function countLayers(container: string): string {
  return `python -c "import torch; print(len({k.split('${container}.')[1].split('.')[0] for k in torch.load('CKPT', map_location='cpu') if '${container}.' in k}))"`;
}

function evidenceOf(failure: LoadFailure, side: Depth['side'], { container, from, to, keys, others }: Stack): readonly Evidence[] {
  const last = to === from ? '' : ` to \`${container}.${to}\``;
  return [
    {
      statement: `${keys.length} ${side} keys are those of \`${container}.${from}\`${last}, for example ${someNames(keys, 2)}.`,
      at: failure.at,
    },
    {
      statement: `No key of \`${container}.0\`${from > 1 ? ` to \`${container}.${from - 1}\`` : ''} is ${side}, so the names agree and only the number of layers does not.`,
    },
    ...(others.length === 0 ? [] : [{ statement: `The same holds for ${someNames(others)}.` }]),
    ...(failure.mismatches.length === 0 ? [{ statement: 'No shape differs: the widths are the same.' }] : []),
  ];
}
