import { type Case, type Cause, type Diagnosis, decline } from '../../model/diagnosis.js';
import { type Containers, readContainers } from './container-table.js';
import { amount, firstNames, listed, modelInText, pathInCode } from './telling.js';

export const wrapperDict: Cause = { id: 'wrapper-dict', diagnose };

/** The unexpected keys are the top level of a training checkpoint: one dict of weights among epoch, optimizer and the like. */
function diagnose(subject: Case) {
  const { missingKeys, unexpectedKeys, mismatches } = subject.failure;
  if (unexpectedKeys.length === 0) return decline('wrapper-dict', 'no key of the file is listed as unexpected');
  if (mismatches.length > 0) return decline('wrapper-dict', 'shapes were compared, so names of parameters were found at the top level');
  const containers = readContainers(unexpectedKeys);
  if (containers === undefined) return decline('wrapper-dict', 'the unexpected keys are names of parameters, not entries of a training checkpoint');
  if (missingKeys.length === 0) return decline('wrapper-dict', 'no key is missing: the weights were found beside these entries');
  if (missingKeys.some((key) => unexpectedKeys.some((name) => key === `${containers.prefix}${name}`))) {
    return decline('wrapper-dict', 'the entries are names of the model as well');
  }
  return tell(subject, containers);
}

function tell({ failure }: Case, { weights, bookkeeping, known, prefix }: Containers): Diagnosis {
  const { missingKeys, unexpectedKeys, modelClass, checkpoint } = failure;
  const [container] = weights;
  const where = container === undefined ? 'one level further down' : `under \`${container}\``;
  return {
    verdict: 'diagnosis',
    cause: 'wrapper-dict',
    title: `The file is a training checkpoint, not a state dict: the weights of ${modelInText(modelClass)} sit ${where}, beside ${bookkeeping.length > 0 ? firstNames(bookkeeping) : firstNames(weights.slice(1))}.`.replace(', beside .', '.'),
    confidence: known && (bookkeeping.length > 0 || container === 'state_dict' || container === 'model_state_dict') ? 'certain' : 'likely',
    specificity: 80,
    explained: { mismatches: [], missingKeys, unexpectedKeys },
    evidence: [
      { statement: `the unexpected keys are ${amount(unexpectedKeys.length, 'entry').replace('entrys', 'entries')} without a dot (${firstNames(unexpectedKeys, 6)}), while ${amount(missingKeys.length, 'name')} of the model ${missingKeys.length === 1 ? 'is' : 'are'} missing` },
      ...(bookkeeping.length > 0 ? [{ statement: `${firstNames(bookkeeping)} ${bookkeeping.length === 1 ? 'is' : 'are'} what a training loop saves, never ${bookkeeping.length === 1 ? 'a parameter' : 'parameters'}` }] : []),
      ...(prefix === '' ? [] : [{ statement: `the top level was prefixed with \`${prefix}\`: a prefix belongs to the names inside \`${container ?? 'the state dict'}\`, not to the entries around it` }]),
    ],
    remedies: [
      {
        title: container === undefined ? 'Load the inner dict' : `Load what is under \`${container}\``,
        text: weights.length > 1 ? `Several entries may hold weights (${listed(weights.map((name) => `\`${name}\``))}): take the one of this model; an \`ema\` is usually the better for inference.` : 'Keep the rest for resuming; the model does not want it.',
        snippet: {
          language: 'python',
          code: [`checkpoint = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`, 'print(list(checkpoint))', `model.load_state_dict(checkpoint['${container ?? 'ENTRY'}'])`].join('\n'),
        },
      },
    ],
    doesNotHelp: [{ advice: 'strict=False', reason: 'No entry has the name of a parameter, so nothing at all would be loaded, and nothing would say so.' }],
    afterwards: ['Names inside may carry a prefix of their own (`module.`, `model.`): a second message about keys would say so.'],
    wouldDecide: container !== undefined && known ? [] : [{ question: 'Which entry holds the tensors?', command: `python -c "import torch; c = torch.load(${pathInCode(checkpoint).replaceAll('"', "'")}, map_location='cpu'); print({k: type(v).__name__ for k, v in c.items()})"` }],
  };
}
