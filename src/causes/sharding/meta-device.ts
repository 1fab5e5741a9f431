import { cluesOf } from '../../model/clue.js';
import { type Case, type Cause, type Diagnosis, decline, type Evidence, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { joinWords, plural } from './amounts.js';
import { readLoadCall } from './load-call.js';
import { readZero, saysZero3 } from './zero-stage.js';

const ID = 'meta-device';

/** Which side has no data, as the message tells. */
type Side = 'model' | 'checkpoint' | 'unknown';

export const metaDevice: Cause = {
  id: ID,
  diagnose: (subject) => {
    const notices = subject.failure.notices.filter(({ topic }) => topic === 'meta-tensor');
    const [first] = notices;
    if (first === undefined) return decline(ID, 'no message tells of a tensor on the meta device');
    return diagnosis(subject, notices, first);
  },
};

/**
 * Copying into a meta parameter does nothing and warns (torch/nn/modules/module.py); copying out of one raises. In `load_state_dict` the second
 * means that the tensor of the state dict has no data; elsewhere (`.to(device)`) that a parameter of the model was never filled.
 */
function sideOf(notices: readonly Notice[]): Side {
  const said = (words: RegExp): boolean => notices.some(({ values }) => words.test(String(values.reason ?? '')));
  if (said(/model side|on the meta device/)) return 'model';
  return said(/copy out of meta/i) && notices.some(({ values }) => values.parameter !== undefined) ? 'checkpoint' : 'unknown';
}

function diagnosis(subject: Case, notices: readonly Notice[], first: Notice): Diagnosis {
  const { failure } = subject;
  const side = sideOf(notices);
  const names = parameterNames(notices);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(failure, side, names.length),
    confidence: failure.mismatches.length > 0 ? 'possible' : side === 'unknown' ? 'likely' : 'certain',
    specificity: 84,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: evidenceOf(subject, side, names, first),
    remedies: side === 'checkpoint' ? [realStateDict()] : [assign(failure), withoutMeta(), dispatch()],
    doesNotHelp: [
      {
        advice: 'model.to("cuda") or .to_empty() alone',
        reason: 'the first raises, the second gives memory with arbitrary numbers in it; the load has to come after to_empty.',
      },
      { advice: 'strict=False', reason: 'names and shapes fit already; it is the data that has no place to go, or is not there.' },
      ...(side === 'checkpoint'
        ? [{ advice: 'assign=True', reason: 'it would put the empty tensors of the state dict into the model.' }]
        : []),
    ],
    afterwards: [
      side === 'checkpoint'
        ? 'Shapes agree, so nothing speaks against the model; load the real file again and other differences show.'
        : 'After the load no parameter may be left on meta: parameters that the file lacks stay there and fail in the first forward pass.',
      ...(failure.severity === 'warning' && side === 'model'
        ? [
            'The run goes on after this warning. It is harmless only where a later load fills the same parameters (a vision tower that the big checkpoint contains, say).',
          ]
        : []),
    ],
    wouldDecide: [
      {
        question: 'Which parameters have no data just after the load?',
        command: 'print([n for n, p in model.named_parameters() if p.is_meta][:5], sum(p.is_meta for p in model.parameters()))',
      },
    ],
  };
}

function parameterNames(notices: readonly Notice[]): readonly string[] {
  return [...new Set(notices.flatMap(({ values }) => (values.parameter === undefined ? [] : [String(values.parameter)])))];
}

function titleOf({ modelClass = 'the model', severity }: LoadFailure, side: Side, count: number): string {
  const many = count === 0 ? 'Parameters' : plural(count, 'parameter');
  if (side === 'checkpoint')
    return `The state dict has no data: ${count === 0 ? 'its tensors are' : `${plural(count, 'tensor')} of it ${count === 1 ? 'is' : 'are'}`} on the meta device, so there is nothing to copy into ${modelClass}.`;
  if (side === 'unknown') return `A tensor without data (meta device) was met: ${modelClass} was built or loaded without its weights.`;
  return severity === 'warning'
    ? `Nothing was loaded into ${many.toLowerCase()} of ${modelClass}: ${count === 1 ? 'it is' : 'they are'} on the meta device, and a plain copy into it does nothing.`
    : `${many} of ${modelClass} ${count === 1 ? 'has' : 'have'} no data: the model was built on the meta device and the load did not give it any.`;
}

function evidenceOf(subject: Case, side: Side, names: readonly string[], first: Notice): readonly Evidence[] {
  const shown = names.length === 0 ? '' : ` (${joinWords(names.slice(0, 3))}${names.length > 3 ? ', …' : ''})`;
  const what =
    side === 'checkpoint'
      ? 'the tensor to be copied has no data'
      : side === 'model'
        ? 'the parameter of the model has none'
        : 'a tensor has none';
  const options = cluesOf(subject.clues, 'option').filter(({ name }) => /low_cpu_mem|device_map|init_empty/.test(name));
  const zero = readZero(subject);
  return [
    { statement: `PyTorch says that ${what}${shown}; shapes are not the matter, a meta tensor has its full shape.`, at: first.at },
    ...options.slice(0, 2).map(({ name, value, at }) => ({ statement: `${name} = ${value} builds the model on the meta device.`, at })),
    ...(saysZero3(zero)
      ? [
          {
            statement:
              'ZeRO-3 is in use as well; its placeholders are [0], not meta, so they are not what the message means. Under ZeRO-3 ranks above 0 read the file as meta tensors when from_pretrained loads.',
          },
        ]
      : []),
  ];
}

/** `assign=True`: torch 2.1 and later. */
function assign(failure: LoadFailure): Remedy {
  const call = readLoadCall(failure);
  const receiver = call?.receiver ?? 'model';
  const stateDict = call?.stateDict ?? 'state_dict';
  return {
    title: 'Put the tensors of the file into the model instead of copying them',
    text: 'assign=True replaces the empty parameters by the tensors of the state dict, with their dtype and device.',
    snippet: {
      language: 'python',
      code: `${receiver}.load_state_dict(${stateDict}, assign=True)\nassert not any(p.is_meta for p in ${receiver}.parameters())`,
    },
    cost: 'torch 2.1 or later; build the optimizer afterwards, because the parameters are new objects. Tied weights have to be tied again.',
  };
}

function withoutMeta(): Remedy {
  return {
    title: 'Or build the model with real memory',
    text: 'Leave init_empty_weights / torch.device("meta") out for this part, or load with low_cpu_mem_usage=False and without device_map. Inside the constructor of a transformers model (which is on meta while from_pretrained runs) do not load sub-modules: do it after from_pretrained has returned.',
    snippet: {
      language: 'python',
      code: 'model = ModelClass(config).to_empty(device="cpu")   # or: from_pretrained(path, low_cpu_mem_usage=False)\nmodel.load_state_dict(state_dict)',
    },
    cost: 'The whole model in main memory. After to_empty, buffers that are not in the file have to be computed again.',
  };
}

function dispatch(): Remedy {
  return {
    title: 'Or let Accelerate fill it',
    text: 'For models too large for memory.',
    snippet: {
      language: 'python',
      code: 'from accelerate import init_empty_weights, load_checkpoint_and_dispatch\n\nwith init_empty_weights():\n    model = ModelClass(config)\nmodel = load_checkpoint_and_dispatch(model, CHECKPOINT, device_map="auto")',
    },
  };
}

function realStateDict(): Remedy {
  return {
    title: 'Hand over a state dict with data',
    text: 'The state dict came from a model that was itself on the meta device or offloaded (Accelerate hooks leave meta tensors behind), or it was read on a rank that is not meant to hold the data. Read the file itself.',
    snippet: {
      language: 'python',
      code: 'state_dict = torch.load(path, map_location="cpu")      # or safetensors.torch.load_file(path)\nprint([k for k, v in state_dict.items() if v.is_meta][:5])   # must be []',
    },
    cost: 'For an offloaded model: accelerator.get_state_dict(model), or save_pretrained, which reads the offloaded weights back.',
  };
}
