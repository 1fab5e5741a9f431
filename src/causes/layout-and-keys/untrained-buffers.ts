import { type Case, type Cause, type Diagnosis, decline, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer } from '../architecture/answer.js';
import { bufferOf, isUntrainedBuffer, type UntrainedBuffer } from './buffer-table.js';
import { amount, firstNames, listed, pathInCode } from './telling.js';

const ID = 'untrained-buffers';

export const untrainedBuffersCause: Cause = { id: ID, diagnose };

/** The tell-tale: everything that differs, in names and in shapes, is a buffer that nobody trained. */
function diagnose({ failure }: Case) {
  const names = differingNames(failure);
  if (names.length === 0) return decline(ID, 'nothing that differs has a name');
  if (failure.mismatches.some(({ parameter }) => parameter === undefined))
    return decline(ID, 'mismatches without a name may be parameters');
  const trained = names.find((name) => !isUntrainedBuffer(name));
  if (trained !== undefined) return decline(ID, `\`${trained}\` differs as well, which holds trained weights or is not known as a buffer`);
  return tell(failure, names);
}

export function differingNames({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): readonly string[] {
  return [...mismatches.flatMap(({ parameter }) => parameter ?? []), ...missingKeys, ...unexpectedKeys];
}

function tell(failure: LoadFailure, names: readonly string[]): Diagnosis {
  const { mismatches, missingKeys, unexpectedKeys, severity, complete } = failure;
  const kinds = [...new Set(names.flatMap((name) => bufferOf(name) ?? []))];
  const what = listed(kinds.map((kind) => kind.what));
  const seen = `only ${what} differ${mismatches.length > 0 ? ' in shape' : ''} (${amount(names.length, 'buffer')}), and nothing in them was trained`;
  return answer({
    cause: ID,
    title: severity === 'warning' ? `Harmless: ${seen}.` : `No trained weight is affected: ${seen}; the strict load was refused over them.`,
    confidence: complete ? 'certain' : 'likely',
    specificity: 40,
    ...(severity === 'warning' && complete ? { harmless: true } : {}),
    explained: { mismatches: mismatches.map((_, position) => position), missingKeys, unexpectedKeys },
    evidence: kinds.map((kind) => ({ statement: evidenceOf(kind, names), at: failure.at })),
    remedies: bufferRemedies(failure),
    doesNotHelp:
      mismatches.length > 0
        ? [{ advice: 'strict=False', reason: 'it skips missing and unexpected names, never a shape that differs: drop the keys instead.' }]
        : [],
    afterwards: [
      ...(mismatches.length > 0
        ? ['Buffers of other sizes mean another resolution, window or length than in training: check that this is intended.']
        : []),
      ...(complete ? [] : ['The message stops early or was cut: parameters may be listed behind these buffers.']),
    ],
  });
}

function evidenceOf({ name, what, from }: UntrainedBuffer, names: readonly string[]): string {
  const own = names.filter((key) => name.test(key));
  return `${firstNames(own, 2)}: ${what}, ${from}`;
}

/** Buffers are left out; nothing else may be. */
export function bufferRemedies({ mismatches, missingKeys, unexpectedKeys, checkpoint, severity }: LoadFailure): readonly Remedy[] {
  if (severity === 'warning' && mismatches.length === 0)
    return [{ title: 'Nothing', text: 'The model computes these buffers itself, and every parameter was loaded.' }];
  const drop: Remedy = {
    title: 'Drop them from the state dict',
    text: 'Everything else is loaded; the printed result shows what was left out.',
    snippet: {
      language: 'python',
      code: [
        `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
        'own = model.state_dict()',
        'state_dict = {key: value for key, value in state_dict.items() if key in own and value.shape == own[key].shape}',
        'print(model.load_state_dict(state_dict, strict=False))  # must list these buffers and nothing else',
      ].join('\n'),
    },
  };
  const lenient: Remedy = {
    title: 'Load with strict=False',
    text: `Right here because nothing else is ${missingKeys.length > 0 ? 'missing' : 'unexpected'}; keep the printed result in view.`,
    snippet: { language: 'python', code: 'print(model.load_state_dict(state_dict, strict=False))' },
    cost: 'It will stay silent about any other key as well.',
  };
  if (mismatches.length > 0) return [drop];
  return unexpectedKeys.length > 0 ? [lenient, drop] : [lenient];
}
