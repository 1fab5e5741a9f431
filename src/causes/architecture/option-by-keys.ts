import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, counted, explains, someNames } from './answer.js';
import { type OneNumber, oneNumberInEveryBlock, type Shift, shiftedNumbers } from './layers-without-weights.js';
import { type NormKind, otherNormKind } from './norm-kind.js';

/** Options that change which names there are: a layer without weights, the kind of norm. */
export function optionByKeys(failure: LoadFailure): Diagnosis | undefined {
  const shift = shiftedNumbers(failure);
  if (shift !== undefined) return tellShift(failure, shift);
  const norm = otherNormKind(failure);
  if (norm !== undefined) return tellNorm(failure, norm);
  const one = oneNumberInEveryBlock(failure);
  return one === undefined ? undefined : tellOneNumber(failure, one);
}

const SILENT = { advice: 'strict=False', reason: 'it leaves these layers random and drops those of the file, without a word.' } as const;

const DROPOUT =
  'The option is often that of dropout: in CycleGAN, pix2pix and their descendants the generator gets a dropout layer unless `--no_dropout` is given, and the defaults of training and test differ between models. Elsewhere it may be an activation, a padding or a norm without parameters.';

function tellShift(failure: LoadFailure, { parent, checkpoint, model, lists }: Shift): Diagnosis {
  const [more, fewer] = model > checkpoint ? ['model', 'checkpoint'] : ['checkpoint', 'model'];
  const count = Math.abs(model - checkpoint);
  return answer({
    cause: 'config-changed',
    title: `The ${more} has ${counted(count, 'layer')} without weights more than the ${fewer} (a dropout, an activation, a padding): what is number ${checkpoint} of \`${parent}\` in the checkpoint is number ${model} in the model${lists > 1 ? `, and so in all ${lists} blocks` : ''}.`,
    confidence: lists > 1 ? 'likely' : 'possible',
    specificity: 62,
    explained: explains([], failure.missingKeys, failure.unexpectedKeys),
    evidence: [
      {
        statement: `Missing: ${someNames(failure.missingKeys, 1)}; unexpected: ${someNames(failure.unexpectedKeys, 1)}.`,
        at: failure.at,
      },
      {
        statement: `The same distance in every list; no other layer is listed and no shape differs, so layers with weights are as many on both sides.`,
      },
    ],
    remedies: [
      {
        title: 'Build the model with the option of the training',
        text: `${DROPOUT} Here the ${more} has the layer: ${more === 'model' ? 'leave it out (`--no_dropout`)' : 'put it in (leave `--no_dropout` away)'}.`,
      },
    ],
    doesNotHelp: [SILENT],
    wouldDecide: [{ question: `Which layers stand in \`${parent}\`?`, command: 'print(model)' }],
  });
}

function tellOneNumber(failure: LoadFailure, { side, list, index, blocks }: OneNumber): Diagnosis {
  const listed = side === 'model' ? 'missing' : 'unexpected';
  return answer({
    cause: 'config-changed',
    title: `In each of ${blocks} blocks only number ${index} of \`${list}\` is ${listed}: the blocks are there on both sides, and the numbers inside have most likely shifted by a layer without weights (a dropout, an activation, a padding).`,
    confidence: 'possible',
    specificity: 42,
    explained: explains([], failure.missingKeys, failure.unexpectedKeys),
    evidence: [
      {
        statement: `${counted(failure.missingKeys.length + failure.unexpectedKeys.length, 'key')} and all of them number ${index} of \`${list}\`; the layers in front of it were found`,
        at: failure.at,
      },
      { statement: 'The other list is not in the log: if it was cut off, it names the same layers under a neighbouring number.' },
    ],
    remedies: [{ title: 'Build the model with the option of the training', text: DROPOUT }],
    doesNotHelp: [SILENT],
    wouldDecide: [
      {
        question: `Does the other side have the layer under another number of \`${list}\`, or not at all?`,
        command: `print([key for key in ${side === 'model' ? 'state_dict' : 'model.state_dict()'} if '.${list}.' in key])`,
      },
    ],
  });
}

function tellNorm(failure: LoadFailure, { withParameters, norms, norm, bias }: NormKind): Diagnosis {
  const inFile = withParameters === 'checkpoint';
  const other = inFile ? 'model' : 'checkpoint';
  return answer({
    cause: 'config-changed',
    title: `Another kind of norm than in the training: in the ${withParameters} ${norms} norms have parameters (as BatchNorm has), in the ${other} they have none and the convolutions in front have biases (as with InstanceNorm).`,
    confidence: 'likely',
    specificity: 66,
    explained: explains([], failure.missingKeys, failure.unexpectedKeys),
    evidence: [
      {
        statement: `\`${bias}\` is ${inFile ? 'missing' : 'unexpected'} and \`${norm}\`, the layer behind it, ${inFile ? 'unexpected' : 'missing'}`,
        at: failure.at,
      },
      {
        statement:
          'A convolution has its bias only where the norm behind it adds none (models/networks.py of CycleGAN and pix2pix: `use_bias`).',
      },
    ],
    remedies: [
      {
        title: `Build the model with the norm of the training: ${inFile ? 'batch' : 'instance'}`,
        text: `In CycleGAN, pix2pix and their descendants that is \`--norm ${inFile ? 'batch' : 'instance'}\`; training and test have to be given the same.`,
      },
    ],
    doesNotHelp: [SILENT],
    wouldDecide: [],
  });
}
