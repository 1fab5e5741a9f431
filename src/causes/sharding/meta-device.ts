import { cluesOf } from '../../model/clue.js';
import { type Case, type Cause, type Diagnosis, decline, type Evidence } from '../../model/diagnosis.js';
import type { LoadFailure, Notice } from '../../model/failure.js';
import { joinWords, plural } from './amounts.js';
import type { Encounter } from './meta-encounter.js';
import { metaRemedies } from './meta-remedies.js';
import { readZero, saysZero3 } from './zero-stage.js';

const ID = 'meta-device';

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
function encounterOf(notices: readonly Notice[]): Encounter {
  const said = (words: RegExp): boolean => notices.some(({ values }) => words.test(String(values.reason ?? '')));
  if (said(/^from_pretrained/)) return 'nested';
  if (said(/no value/)) return 'no-value';
  if (said(/model side/)) return 'copied-into';
  return notices.some(({ values }) => values.parameter !== undefined) ? 'copied-out' : 'used';
}

function diagnosis(subject: Case, notices: readonly Notice[], first: Notice): Diagnosis {
  const { failure } = subject;
  const encounter = encounterOf(notices);
  const names = parameterNames(notices);
  return {
    verdict: 'diagnosis',
    cause: ID,
    title: titleOf(failure, encounter, names),
    confidence: failure.mismatches.length > 0 ? 'possible' : encounter === 'used' ? 'likely' : 'certain',
    specificity: 84,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: evidenceOf(subject, encounter, names, first),
    remedies: metaRemedies(failure, encounter),
    doesNotHelp: [
      {
        advice: 'model.to("cuda") or .to_empty() alone',
        reason: 'the first raises, the second gives memory with arbitrary numbers in it; the load has to come after to_empty.',
      },
      { advice: 'strict=False', reason: 'shapes are not the matter; it is the data that has no place to go, or is not there.' },
      ...(encounter === 'copied-out'
        ? [{ advice: 'assign=True', reason: 'it would put the empty tensors of the state dict into the model.' }]
        : []),
    ],
    afterwards: [AFTERWARDS[encounter]],
    wouldDecide: [
      {
        question: 'Which parameters have no data just after the load?',
        command: 'print([n for n, p in model.named_parameters() if p.is_meta][:5], sum(p.is_meta for p in model.parameters()))',
      },
    ],
  };
}

const STAYS =
  'After the load no parameter may be left on meta: parameters that the file lacks stay there and fail in the first forward pass.';

const AFTERWARDS: Readonly<Record<Encounter, string>> = {
  'copied-into':
    'The run goes on after this warning. It is harmless only where a later load fills the same parameters (a vision tower that the big checkpoint contains, say); none may be left on meta.',
  'copied-out': 'Shapes agree, so nothing speaks against the model; load the real file again and other differences show.',
  'no-value': 'The loader stops at the first such parameter; others may be missing in the file as well.',
  nested: STAYS,
  used: 'A model that Accelerate has dispatched (device_map="auto") must not be moved with .to(): then the move is at fault and not the load.',
};

function parameterNames(notices: readonly Notice[]): readonly string[] {
  return [...new Set(notices.flatMap(({ values }) => (values.parameter === undefined ? [] : [String(values.parameter)])))];
}

function titleOf({ modelClass = 'the model' }: LoadFailure, encounter: Encounter, names: readonly string[]): string {
  const count = names.length;
  switch (encounter) {
    case 'copied-into':
      return `Nothing was loaded into ${count === 0 ? 'parameters' : plural(count, 'parameter')} of ${modelClass}: ${count === 1 ? 'it is' : 'they are'} on the meta device, and a plain copy into it does nothing.`;
    case 'copied-out':
      return `The state dict has no data: ${plural(count, 'tensor')} of it ${count === 1 ? 'is' : 'are'} on the meta device, so there is nothing to copy into ${modelClass}.`;
    case 'no-value':
      return `The file has no value for ${names[0] ?? 'a parameter'}, which was built on the meta device and so stays without data.`;
    case 'nested':
      return 'A part of the model loads its own file while the constructor of the whole runs on the meta device, where nothing can be loaded.';
    case 'used':
      return `A tensor without data (meta device) was used: ${modelClass} was built without memory, and no load has filled it.`;
  }
}

const MET: Readonly<Record<Encounter, string>> = {
  'copied-into': 'The parameter of the model has no data',
  'copied-out': 'The tensor to be copied has no data',
  'no-value': 'Accelerate built the parameter without data and found nothing for it in the file',
  nested: 'transformers refuses from_pretrained inside a meta device context',
  used: 'A tensor was moved or copied that has no data',
};

function evidenceOf(subject: Case, encounter: Encounter, names: readonly string[], first: Notice): readonly Evidence[] {
  const shown = names.length === 0 ? '' : ` (${joinWords(names.slice(0, 3))}${names.length > 3 ? ', …' : ''})`;
  const options = cluesOf(subject.clues, 'option').filter(({ name }) => /low_cpu_mem|device_map|init_empty/.test(name));
  const zero = readZero(subject);
  return [
    { statement: `${MET[encounter]}${shown}; shapes are not the matter, a meta tensor has its full shape.`, at: first.at },
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
