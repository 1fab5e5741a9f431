import { type Case, type Cause, type Decline, type Diagnosis, decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains, type Purpose, purposeOf, shows } from '../architecture/answer.js';
import { isHeadName } from '../architecture/head-names.js';
import { isUntrainedBuffer } from './buffer-table.js';
import { addedParts, CROSS_ATTENTION, isCalledAuxiliary, leftOverParts, OUTPUT_NORM } from './model-parts.js';
import { mostTransferred } from './most-transferred.js';
import { type OtherHead, otherHead } from './other-head.js';
import { partOfAdapter } from './parts-of-adapters.js';
import { amount, capital, firstNames, listed, modelInText } from './telling.js';

const ID = 'expected-partial-load';

export const expectedPartialLoad: Cause = { id: ID, diagnose };

/** What was not loaded was not meant to be. Said as harmless only where the log tells that the run can do without it. */
function diagnose({ failure, clues }: Case): Diagnosis | Decline {
  const { mismatches, missingKeys, unexpectedKeys } = failure;
  const purpose = purposeOf(clues);
  if (mismatches.length > 0)
    return suffixPairs(failure) ?? decline(ID, 'shapes differ: parameters of one name met, so they were meant to be loaded');
  if (missingKeys.length + unexpectedKeys.length === 0)
    return mostTransferred(failure, purpose) ?? decline(ID, 'the log does not tell what was left out');
  const adapter = partOfAdapter(failure);
  if (adapter !== undefined) return adapter;
  if (missingKeys.length === 0) return moreThanTheModel(failure, purpose);
  const head = purpose === 'use' ? undefined : otherHead(failure);
  return head === undefined ? backboneAlone(failure, purpose) : headForAnother(failure, head, purpose);
}

/** PaddleOCR and PaddleDetection hold parameters against each other by the ends of their names: `conv1.bn._mean` of the backbone against `neck.….conv1.bn._mean`. */
function suffixPairs(failure: LoadFailure): Diagnosis | undefined {
  const { mismatches, severity } = failure;
  const isNoise = mismatches.every(({ parameter = '' }) => {
    const [theirs, ours] = parameter.split(' -> ');
    return theirs !== undefined && ours !== undefined && theirs !== ours && ours.endsWith(theirs);
  });
  const [first] = mismatches;
  if (!isNoise || severity !== 'warning' || first === undefined) return undefined;
  return answer({
    cause: ID,
    title:
      'Harmless: the loader held weights of the backbone against other layers whose names end alike; these layers were never in the file.',
    confidence: 'likely',
    specificity: 88,
    harmless: true,
    explained: explains(
      mismatches.map((_, position) => position),
      failure.missingKeys,
      failure.unexpectedKeys,
    ),
    evidence: [
      shows(first, 'the two names agree in their ends alone, so they are two layers'),
      { statement: `the same holds for all ${mismatches.length} lines` },
    ],
    remedies: [
      {
        title: 'Nothing, if the backbone itself is not in the list',
        text: 'The layers named here are trained from their start. Count the warnings about `backbone.…`: there must be none.',
      },
    ],
  });
}

/** Nothing is missing: the model is complete, and the file holds more. */
function moreThanTheModel(failure: LoadFailure, purpose: Purpose): Diagnosis | Decline {
  const { unexpectedKeys, severity, modelClass, complete } = failure;
  const rest = unexpectedKeys.filter((key) => !isUntrainedBuffer(key));
  if (rest.length === 0) return decline(ID, 'only buffers are left over (untrained-buffers)');
  const heads = rest.filter((key) => isHeadName(key) && leftOverParts([key]) === undefined);
  const parts = leftOverParts(rest.filter((key) => !heads.includes(key)));
  if (parts === undefined) return decline(ID, 'the file has layers beyond the model that are no head and no part of a pre-training');
  const isOpen = rest.some(isCalledAuxiliary);
  if (isOpen && severity === 'error')
    return decline(ID, 'a head called auxiliary may be needed in use, and the load was refused over it (config-changed)');
  const what = listed([...(heads.length > 0 ? ['a head'] : []), ...parts]);
  const known = complete && !isOpen && !(purpose === 'use' && heads.length > 0);
  const isHarmless = severity === 'warning' && known;
  const found = complete
    ? `every parameter of ${modelInText(modelClass)} was found, and the file holds more`
    : 'as far as the list goes, the file holds more than the model';
  const all = `${found}: ${what} (${firstNames(rest, 2)})`;
  return answer({
    cause: ID,
    title: isHarmless
      ? `Harmless: ${all}.`
      : `${capital(all)}.${severity === 'error' ? ' The strict load was refused over it.' : ' Expected, unless this run needs it.'}`,
    confidence: known && severity === 'warning' ? 'likely' : 'possible',
    specificity: 50,
    ...(isHarmless ? { harmless: true } : {}),
    explained: explains([], [], unexpectedKeys),
    evidence: [
      {
        statement: `${complete ? 'nothing is missing and no shape differs; ' : ''}${amount(unexpectedKeys.length, 'key')} of the file ${unexpectedKeys.length === 1 ? 'is' : 'are'} left over: ${what}`,
        at: failure.at,
      },
    ],
    remedies: [
      severity === 'error'
        ? {
            title: 'Load without strictness, and check what is left over',
            text: 'Right where this model is meant to be the part without it.',
            snippet: {
              language: 'python',
              code: 'result = model.load_state_dict(state_dict, strict=False)\nassert not result.missing_keys, result.missing_keys',
            },
          }
        : {
            title: 'Nothing, if this run does without it',
            text: 'Otherwise build the class that has the part (`…ForSequenceClassification`, a detector and not its backbone).',
          },
    ],
    wouldDecide: isHarmless ? [] : [{ question: `Does the run need ${what}?` }],
  });
}

/** Whatever else the file holds, it is no cross attention under another name. */
function isNewAttention(missing: readonly string[], leftOver: readonly string[]): boolean {
  return missing.every((key) => CROSS_ATTENTION.test(key)) && !leftOver.some((key) => /att/i.test(key));
}

/** A classifier has one norm at its end, a backbone of a detector or segmenter one at each output (mmseg, swin.py: `norm{i}` for out_indices). */
function hasOutputNorms(missing: readonly string[]): boolean {
  return missing.some((key) => OUTPUT_NORM.test(key));
}

function isFinalNorm(key: string): boolean {
  return /^(\w*backbone\.)?norm\.(weight|bias)$/.test(key) || /(^|\.)\w*pre_head(\.|$)/.test(key);
}

/** A trained backbone in a larger model: what the task adds is missing and has to be trained. */
function backboneAlone(failure: LoadFailure, purpose: Purpose): Diagnosis | Decline {
  const { missingKeys, unexpectedKeys, severity, modelClass, complete } = failure;
  const missing = missingKeys.filter((key) => !isUntrainedBuffer(key));
  const added = addedParts(missing);
  if (added === undefined || missing.length === 0) return decline(ID, 'parameters of the body itself are missing');
  if (severity === 'error') return decline(ID, 'the load was refused, so the parts were expected in the file');
  const leftOver = unexpectedKeys.filter(
    (key) =>
      !isHeadName(key) && !isUntrainedBuffer(key) && leftOverParts([key]) === undefined && !(hasOutputNorms(missing) && isFinalNorm(key)),
  );
  if (leftOver.length > 0 && !isNewAttention(missing, leftOver))
    return decline(ID, `the file has names that the model lacks (\`${leftOver[0]}\`), so the body may be named otherwise`);
  if (purpose === 'use') return decline(ID, 'the run uses the weights as they are, so nothing may be missing (head-not-saved)');
  const what = listed(added);
  const isHarmless = purpose === 'training' && complete;
  return answer({
    cause: ID,
    title: isHarmless
      ? `Harmless before this training: the file is a backbone, and all that starts anew in ${modelInText(modelClass)} is ${what} (${amount(missing.length, 'key')}).`
      : `Expected if this run trains it: all that the file lacks of ${modelInText(modelClass)} is ${what} (${amount(missing.length, 'key')}), which starts from random values.`,
    confidence: isHarmless ? 'likely' : 'possible',
    specificity: 52,
    ...(isHarmless ? { harmless: true } : {}),
    explained: explains(
      [],
      missingKeys,
      unexpectedKeys.filter((key) => !leftOver.includes(key)),
    ),
    evidence: [
      { statement: `missing are ${firstNames(missing, 2)}: ${what}; no parameter of the body is among them`, at: failure.at },
      ...(unexpectedKeys.length > leftOver.length
        ? [
            {
              statement: `left over are ${firstNames(
                unexpectedKeys.filter((key) => !leftOver.includes(key)),
                2,
              )}: the head of the pre-training`,
            },
          ]
        : []),
    ],
    remedies: [
      {
        title: 'Nothing before a training',
        text: 'Train these parts before judging any result. In an evaluation the same list would mean that the wrong file was given.',
      },
    ],
    wouldDecide: isHarmless ? [] : [{ question: 'Is this run a training, or does it use the weights as they are?' }],
  });
}

/** The file was trained for one task and the model is built for another: the body fits, and a strict load is refused over the heads. */
function headForAnother(failure: LoadFailure, { theirs, ours }: OtherHead, purpose: Purpose): Diagnosis {
  const { missingKeys, unexpectedKeys, modelClass, at, severity, complete } = failure;
  const isHarmless = severity === 'warning' && purpose === 'training' && complete;
  const outcome = severity === 'error' ? 'the strict load was refused over it' : 'it starts from random values';
  const [file, model] = [firstNames(theirs), firstNames(ours)];
  return answer({
    cause: ID,
    title: `${isHarmless ? 'Harmless before this training: the' : 'The'} file has another head than ${modelInText(modelClass)}: ${file} of its own training is left over, and ${model} is missing, as before a fine-tuning; ${outcome}.`,
    confidence: 'likely',
    specificity: 56,
    ...(isHarmless ? { harmless: true } : {}),
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [
      {
        statement: `all ${amount(missingKeys.length, 'missing key')} stand under ${model} and all ${amount(unexpectedKeys.length, 'unexpected key')} under ${file}: no parameter of the body is among them`,
        at,
      },
      { statement: 'other layers stand in the two heads, so neither is the other under a new name' },
    ],
    remedies: [
      {
        title: 'Before a training: load without strictness, and train the new head',
        text: 'What is printed has to name the two heads and nothing else. The new head starts from random values.',
        snippet: { language: 'python', code: 'print(model.load_state_dict(state_dict, strict=False))' },
      },
      {
        title: 'To predict or to evaluate: take the file that the fine-tuning saved',
        text: 'The one given here comes from an earlier training; with it the head is random and its results are chance.',
      },
    ],
    doesNotHelp: [{ advice: 'renaming one head to the other', reason: 'a few names agree, the layers behind them serve another task.' }],
    wouldDecide: isHarmless ? [] : [{ question: 'Is this run a training, or does it use the weights as they are?' }],
  });
}
