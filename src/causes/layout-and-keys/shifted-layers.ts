import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { shows } from '../architecture/answer.js';
import type { Drift } from './drift.js';
import { amount } from './telling.js';

/** A numbered layer of `nn.Sequential`, as in `classifier.0.weight`. */
const NUMBERED = /^(.*\.)?(\w+)\.(\d+)\.(weight|bias)$/;

/**
 * The tell-tale of a layer put into or taken out of `nn.Sequential`: under one number the two sides hold consecutive layers. The checkpoint's
 * layer takes as many inputs as the model's gives outputs, or the other way round, and neither of its sizes agrees.
 */
function consecutive({ parameter = '', checkpointShape, modelShape }: Mismatch): 'inserted' | 'removed' | undefined {
  if (!NUMBERED.test(parameter) || checkpointShape.length !== 2 || modelShape.length !== 2) return undefined;
  const [fileOut, fileIn] = checkpointShape;
  const [modelOut, modelIn] = modelShape;
  if (fileOut === modelOut || fileIn === modelIn) return undefined;
  if (fileIn === modelOut && fileOut !== modelIn) return 'inserted';
  return fileOut === modelIn && fileIn !== modelOut ? 'removed' : undefined;
}

export function shiftedLayers(failure: LoadFailure): Drift | undefined {
  const { mismatches } = failure;
  const weights = mismatches.filter(({ checkpointShape, modelShape }) => Math.max(checkpointShape.length, modelShape.length) > 1);
  const shifts = weights.map(consecutive);
  const [first] = weights;
  const [kind] = shifts;
  // Hidden layers of equal widths agree under any number: a list that is cut or mixed shows nothing.
  if (first === undefined || kind === undefined || !shifts.every((shift) => shift === kind)) return undefined;
  if (!mismatches.every(({ parameter = '' }) => NUMBERED.test(parameter))) return undefined;
  const [, before = '', list = ''] = NUMBERED.exec(first.parameter ?? '') ?? [];
  const [richer, poorer] = kind === 'inserted' ? ['model', 'checkpoint'] : ['checkpoint', 'model'];
  return {
    title: `The ${richer} has a layer more at the beginning of \`${before}${list}\` than the ${poorer}, so that the numbers have shifted: the code of the model was changed after the file was saved, or is another release.`,
    confidence: weights.length > 1 ? 'likely' : 'possible',
    specificity: 72,
    explained: { mismatches: mismatches.map((_, position) => position), missingKeys: [], unexpectedKeys: [] },
    evidence: [
      shows(
        first,
        kind === 'inserted'
          ? "the file's layer takes what the model's gives: it is the next one"
          : "the file's layer gives what the model's takes: it is the one before",
      ),
      {
        statement: `${amount(weights.length, 'numbered layer')}, and no pair agrees in one of its two sizes, as it would if a width were another`,
      },
    ],
    remedies: [
      {
        title: 'Build the model with the code that belongs to the file',
        text: 'Look in the history of the repository for the change of this `nn.Sequential`, or for the release that is named beside the download.',
      },
      {
        title: 'If the new layer is wanted: give the old layers their new numbers',
        text: `The layer of the file (${formatShape(first.checkpointShape)}) goes where the model has that shape; print the model's names with their shapes, and rename the keys accordingly. The added layer has to be trained.`,
        snippet: {
          language: 'python',
          code: `print({key: tuple(value.shape) for key, value in model.state_dict().items() if '${list}.' in key})`,
        },
      },
    ],
    wouldDecide: [
      {
        question: `Which layers does the file have in \`${list}\`?`,
        command: `print({key: tuple(value.shape) for key, value in state_dict.items() if '${list}.' in key})`,
      },
    ],
  };
}
