import type { Confidence, Diagnosis, Question, Remedy, Warning } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains, someNames } from './answer.js';
import { type FusedNorms, fusedNorms } from './fused-norms.js';
import { type FormPair, formPairs } from './module-forms-table.js';

type Side = 'checkpoint' | 'model';

interface Found {
  readonly pair: FormPair;
  /** Which side has the second form. */
  readonly side: Side;
  readonly keys: readonly string[];
  readonly confidence: Confidence;
}

/** One network in two forms whose parameters have other names: fused and unfused, deployed and in training, with an option and without. */
export function moduleForm(failure: LoadFailure): Diagnosis | undefined {
  if (failure.mismatches.length > 0) return undefined;
  const fused = fusedNorms(failure);
  if (fused !== undefined) return tellFused(failure, fused);
  const found = formPairs.flatMap((pair) => foundIn(pair, failure) ?? [])[0];
  return found === undefined ? undefined : tell(failure, found);
}

function foundIn(pair: FormPair, { missingKeys, unexpectedKeys }: LoadFailure): Found | undefined {
  for (const [side, own, others] of [
    ['checkpoint', unexpectedKeys, missingKeys],
    ['model', missingKeys, unexpectedKeys],
  ] as const) {
    const keys = own.filter((key) => pair.second.test(key));
    const first = pair.first === undefined ? [] : others.filter((key) => pair.first?.test(key));
    const isThere = pair.first === undefined ? keys.length > 1 && !others.some((key) => pair.second.test(key)) : first.length > 0;
    // Parts of a list that differ in much else say something about the whole network, not about this option.
    const rest = own.length + others.length - keys.length - first.length;
    if (keys.length > 0 && isThere && 2 * rest <= own.length + others.length)
      return { pair, side, keys: [...keys, ...first], confidence: rest === 0 && pair.first !== undefined ? 'likely' : 'possible' };
  }
  return undefined;
}

function tell(failure: LoadFailure, { pair, side, keys, confidence }: Found): Diagnosis {
  const told = new Set(keys);
  const own = failure[side === 'checkpoint' ? 'unexpectedKeys' : 'missingKeys'].filter((key) => told.has(key));
  return answer({
    cause: 'config-changed',
    title: pair.title(side),
    confidence,
    specificity: 62,
    explained: explains(
      [],
      failure.missingKeys.filter((key) => told.has(key)),
      failure.unexpectedKeys.filter((key) => told.has(key)),
    ),
    evidence: [
      {
        statement: `only the ${side} has ${someNames(own, 2)}${pair.first === undefined ? '' : ', the other side has the layers in their place'}`,
        at: failure.at,
      },
      { statement: `these are names of two forms of one network (${pair.source})` },
    ],
    remedies: pair.remedies(side),
    doesNotHelp: [strictFalse(pair.why)],
  });
}

function strictFalse(reason: string): Warning {
  return { advice: 'strict=False', reason };
}

/** Fusing multiplies each kernel by the factor of its norm and puts the rest into a bias: half of the pair is worth nothing. */
function tellFused(failure: LoadFailure, { side, keys, shown, confidence }: FusedNorms): Diagnosis {
  const [fused, plain] = side === 'checkpoint' ? (['checkpoint', 'model'] as const) : (['model', 'checkpoint'] as const);
  const outcome = failure.severity === 'warning' ? ' The run went on with wrong weights in all these layers.' : '';
  const { missingKeys, unexpectedKeys } = failure;
  return answer({
    cause: 'config-changed',
    title: `${confidence === 'possible' ? 'Most likely convolutions' : 'Convolutions'} and batch norms are fused into one layer in the ${fused} and not in the ${plain} (${someNames(keys, 2)}): one side was prepared for inference.${outcome}`,
    confidence,
    specificity: 66,
    explained: explains([], missingKeys, unexpectedKeys),
    evidence: [
      { statement: `listed are ${LISTED[shown]}, and nothing else differs`, at: failure.at },
      { statement: 'fusing folds a norm into the kernel and the bias of the convolution in front of it (torch/nn/utils/fusion.py)' },
    ],
    remedies: side === 'checkpoint' ? FUSED_FILE : FUSED_MODEL,
    doesNotHelp: [
      strictFalse(
        'a fused kernel is already multiplied by the factor of its norm; without its bias, or with a fresh norm behind it, every layer computes something else, and nothing says so.',
      ),
    ],
    afterwards: ['Compare one output with that of the model that was saved.'],
    wouldDecide: confidence === 'possible' ? [WHICH_OF_THE_TWO] : [],
  });
}

const LISTED = {
  biases: 'biases of convolutions',
  norms: 'batch norms with their statistics',
  both: 'biases of convolutions on one side, batch norms with their statistics on the other',
} as const;

const WHICH_OF_THE_TWO: Question = {
  question: 'Does the file hold batch norms, and biases of its convolutions? A fused one has the biases and no norm.',
  command: "print([key for key in state_dict if key.endswith(('conv.bias', 'conv1.bias', 'running_mean'))][:10])",
};

const FUSED_FILE: readonly Remedy[] = [
  {
    title: 'Load the file from before the fusion',
    text: 'The training wrote it; the fused one was saved after an export or an evaluation. Only the unfused file can be trained further.',
  },
  {
    title: 'Or fuse the model in the same way before loading',
    text: 'With the function that fused it when it was saved; right for inference.',
    snippet: {
      language: 'python',
      code: 'model.eval()\nmodel.fuse()                        # YOLO (ultralytics, yolov5, yolov7)\n# model = mmcv.cnn.fuse_conv_bn(model)   # OpenMMLab\nmodel.load_state_dict(state_dict)',
    },
  },
];

const FUSED_MODEL: readonly Remedy[] = [
  {
    title: 'Load first, fuse afterwards',
    text: 'Build the model unfused, load the file strictly, then call the function that fuses.',
    snippet: { language: 'python', code: 'model.load_state_dict(state_dict)\nmodel.eval()\nmodel.fuse()' },
  },
];
