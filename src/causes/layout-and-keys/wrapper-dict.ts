import { type Case, type Cause, type Confidence, type Diagnosis, decline, type Evidence, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { answer } from '../architecture/answer.js';
import { type Containers, readContainers } from './container-table.js';
import { amount, firstNames, modelInText, pathInCode } from './telling.js';

const ID = 'wrapper-dict';

export const wrapperDict: Cause = { id: ID, diagnose };

/** The tell-tale: the unexpected keys are the top level of a training checkpoint, one dict of weights among epoch, optimizer and the like. */
function diagnose({ failure }: Case) {
  const { missingKeys, unexpectedKeys, mismatches } = failure;
  const given = failure.notices.find(({ values }) => values.given !== undefined);
  if (given !== undefined) return tellObject(failure, given);
  const absent = failure.notices.find(({ values }) => values.absentEntry !== undefined);
  if (absent !== undefined) return tellAbsent(failure, absent);
  if (unexpectedKeys.length === 0) return decline(ID, 'no key of the file is listed as unexpected');
  if (mismatches.length > 0) return decline(ID, 'shapes were compared, so names of parameters were found at the top level');
  const containers = readContainers(unexpectedKeys);
  if (containers === undefined) return decline(ID, 'the unexpected keys are names of parameters, not entries of a training checkpoint');
  if (missingKeys.length === 0 && failure.complete) return decline(ID, 'no key is missing: the weights were found beside these entries');
  const names = new Set(missingKeys.flatMap((key) => [key, key.split('.')[0] ?? key]));
  if (unexpectedKeys.some((name) => names.has(name)) && containers.bookkeeping.length === 0)
    return decline(ID, 'the entries are names of the model as well');
  return tell(failure, containers);
}

function tell(failure: LoadFailure, containers: Containers): Diagnosis {
  const { missingKeys, unexpectedKeys, modelClass, checkpoint, severity } = failure;
  const { weights, bookkeeping, known } = containers;
  const [container, ...others] = weights;
  const where = container === undefined ? 'one level further down' : `under \`${container}\``;
  const besides = bookkeeping.length > 0 ? bookkeeping : others;
  const beside = besides.length > 0 ? `, beside ${firstNames(besides)}` : '';
  const outcome = severity === 'warning' ? ' Nothing at all was loaded, and the run went on with the weights as initialised.' : '';
  return answer({
    cause: ID,
    title: `The file is a training checkpoint, not a state dict: the weights of ${modelInText(modelClass)} sit ${where}${beside}.${outcome}`,
    confidence: confidenceOf(containers, missingKeys),
    specificity: 80,
    explained: { mismatches: [], missingKeys, unexpectedKeys },
    evidence: evidenceOf(failure, containers),
    remedies: [loadInner(failure, weights)],
    doesNotHelp: [
      { advice: 'strict=False', reason: 'no entry has the name of a parameter, so nothing at all is loaded, and nothing says so.' },
    ],
    afterwards: ['Names inside may carry a prefix of their own (`module.`, `model.`): a second message about keys would say so.'],
    wouldDecide:
      container !== undefined && known
        ? []
        : [
            {
              question: 'Which entry holds the tensors?',
              command: `checkpoint = torch.load(${pathInCode(checkpoint)}, map_location='cpu'); print({key: type(value).__name__ for key, value in checkpoint.items()})`,
            },
          ],
  });
}

/** torch/nn/modules/module.py, load_state_dict since 1.13: what it was given is no mapping at all. */
function tellObject({ checkpoint }: LoadFailure, { values, at }: Notice): Diagnosis {
  const given = String(values.given);
  const isOwnClass = given.includes('.');
  const file = pathInCode(checkpoint);
  return answer({
    cause: ID,
    title: isOwnClass
      ? `load_state_dict was given an object of class ${given}, not a state dict: most likely the file holds a whole pickled model.`
      : `load_state_dict was given a ${given}, not a state dict.`,
    confidence: isOwnClass ? 'likely' : 'possible',
    specificity: 80,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [{ statement: `PyTorch names the class of what it was given: ${given}.`, at }],
    remedies: [
      {
        title: isOwnClass ? 'Take the state dict out of the object' : 'Look at what the file or the call gives',
        text: isOwnClass
          ? 'torch.save(model) pickles the object with its class; its weights are in its state_dict(). Save model.state_dict() next time: it does not depend on the code.'
          : 'A file may hold a list or nothing; `model.state_dict` without its brackets is a method.',
        snippet: {
          language: 'python',
          code: isOwnClass
            ? `saved = torch.load(${file}, map_location='cpu', weights_only=False)  # runs code of the file: only from a source you trust\nmodel.load_state_dict(saved.state_dict())`
            : `saved = torch.load(${file}, map_location='cpu')\nprint(type(saved))`,
        },
      },
    ],
    doesNotHelp: [{ advice: 'strict=False', reason: 'it is about names; there are none to compare.' }],
  });
}

/** The reverse: the code unwraps what is not wrapped, or is wrapped otherwise. */
function tellAbsent({ checkpoint }: LoadFailure, { values, at }: Notice): Diagnosis {
  const entry = String(values.absentEntry);
  const file = pathInCode(checkpoint);
  return answer({
    cause: ID,
    title: `The code takes the weights out of the entry \`${entry}\`, and the file has no such entry: most likely it is a plain state dict, or keeps them under another name.`,
    confidence: 'likely',
    specificity: 80,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [{ statement: `the load stopped at KeyError: \`${entry}\`, before any name or shape was compared`, at }],
    remedies: [
      {
        title: 'See what the file holds, and take the weights from there',
        text: 'Names with dots (`conv1.weight`) at the top: the file is the state dict itself. BasicSR and its forks have an option for the entry (`param_key`), `~` for none.',
        snippet: {
          language: 'python',
          code: [
            `checkpoint = torch.load(${file}, map_location='cpu')`,
            'print(list(checkpoint)[:10])',
            `state_dict = checkpoint.get('${entry}', checkpoint)   # or the entry that was printed`,
            'model.load_state_dict(state_dict)',
          ].join('\n'),
        },
      },
      {
        title: 'Or use the file that belongs to this code',
        text: 'Older and newer releases of a project save differently; a file of another project may have other names of layers as well.',
      },
    ],
    doesNotHelp: [{ advice: 'strict=False', reason: 'the names are not compared yet; the entry is looked up before.' }],
    afterwards: ['Names and shapes are compared only after this: a second message may follow.'],
  });
}

function confidenceOf({ weights, bookkeeping, known }: Containers, missing: readonly string[]): Confidence {
  if (missing.length === 0) return 'likely';
  const isPlain = weights.some((name) => /state_dict$/.test(name));
  return known && (bookkeeping.length > 0 || isPlain) ? 'certain' : 'likely';
}

function evidenceOf({ missingKeys, unexpectedKeys, at }: LoadFailure, { weights, bookkeeping, prefix }: Containers): readonly Evidence[] {
  const count = unexpectedKeys.length;
  const missing =
    missingKeys.length === 0
      ? ''
      : `, while ${amount(missingKeys.length, 'parameter')} of the model ${missingKeys.length === 1 ? 'is' : 'are'} missing`;
  const one = bookkeeping.length === 1;
  return [
    {
      statement: `the file's top level has ${count === 1 ? 'one entry' : `${count} entries`} that no layer is called (${firstNames(unexpectedKeys, 6)})${missing}`,
      at,
    },
    ...(bookkeeping.length > 0
      ? [
          {
            statement: `${firstNames(bookkeeping)} ${one ? 'is' : 'are'} what a training loop saves, never ${one ? 'a parameter' : 'parameters'}`,
          },
        ]
      : []),
    ...(prefix === ''
      ? []
      : [
          {
            statement: `the top level was prefixed with \`${prefix}\`: a prefix belongs to the names inside \`${weights[0] ?? 'the state dict'}\`, not to the entries around it`,
          },
        ]),
  ];
}

function loadInner({ checkpoint }: LoadFailure, weights: readonly string[]): Remedy {
  const [container] = weights;
  const choice = `Several entries may hold weights (${firstNames(weights, 4)}): take the one of this model; an averaged copy (\`ema\`) is usually the better for inference.`;
  return {
    title: container === undefined ? 'Load the inner dict' : `Load what is under \`${container}\``,
    text: weights.length > 1 ? choice : 'Keep the rest for resuming; the model does not want it.',
    snippet: {
      language: 'python',
      code: [
        `checkpoint = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
        'print(list(checkpoint))',
        `model.load_state_dict(checkpoint['${container ?? 'ENTRY'}'])`,
      ].join('\n'),
    },
  };
}
