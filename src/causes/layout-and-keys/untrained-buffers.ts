import { type Case, type Cause, type Diagnosis, decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type UntrainedBuffer, bufferOf, isUntrainedBuffer } from './buffer-table.js';
import { amount, firstNames, listed, pathInCode } from './telling.js';

export const untrainedBuffersCause: Cause = { id: 'untrained-buffers', diagnose };

/** Everything that differs, in names and in shapes, is a buffer that the module computes from its configuration. */
function diagnose({ failure }: Case) {
  const names = differingNames(failure);
  if (names.length === 0) return decline('untrained-buffers', 'nothing that differs has a name');
  if (names.length < failure.mismatches.length) return decline('untrained-buffers', 'mismatches without a name may be parameters');
  const trained = names.find((name) => !isUntrainedBuffer(name));
  if (trained !== undefined) return decline('untrained-buffers', `\`${trained}\` differs as well, which holds trained weights or is not known as a buffer`);
  return tell(failure, names);
}

function differingNames({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): readonly string[] {
  return [...mismatches.flatMap(({ parameter }) => parameter ?? []), ...missingKeys, ...unexpectedKeys];
}

function tell(failure: LoadFailure, names: readonly string[]): Diagnosis {
  const { mismatches, missingKeys, unexpectedKeys, severity } = failure;
  const kinds = [...new Set(names.flatMap((name) => bufferOf(name) ?? []))];
  const what = listed(kinds.map((kind) => kind.what));
  const stopped = severity === 'error' ? ', although the load was refused' : '';
  return {
    verdict: 'diagnosis',
    cause: 'untrained-buffers',
    title: `Harmless${stopped}: only ${what} differ${mismatches.length > 0 ? ' in shape' : ''} (${amount(names.length, 'buffer')}), which the model computes itself; no trained weight is lost.`,
    confidence: 'certain',
    specificity: 40,
    harmless: true,
    explained: { mismatches: mismatches.map((_, position) => position), missingKeys, unexpectedKeys },
    evidence: kinds.map((kind) => ({ statement: evidenceOf(kind, names) })),
    remedies: remediesOf(failure),
    doesNotHelp: mismatches.length > 0 ? [{ advice: 'strict=False', reason: 'It skips missing and unexpected names, never a shape that differs: drop the keys instead.' }] : [],
    afterwards: mismatches.length > 0 ? ['Buffers of other sizes mean another resolution, window or length than in training: check that this is intended.'] : [],
    wouldDecide: [],
  };
}

function evidenceOf({ name, what, from }: UntrainedBuffer, names: readonly string[]): string {
  const own = names.filter((key) => name.test(key));
  return `${firstNames(own, 2)}: ${what}, computed again from ${from}`;
}

function remediesOf({ mismatches, missingKeys, checkpoint }: LoadFailure) {
  const drop = {
    title: 'Drop them from the state dict',
    text: 'Everything else is loaded; the printed result shows what was left out.',
    snippet: {
      language: 'python' as const,
      code: [
        `state_dict = torch.load(${pathInCode(checkpoint)}, map_location='cpu')`,
        'own = model.state_dict()',
        'state_dict = {key: value for key, value in state_dict.items() if key in own and value.shape == own[key].shape}',
        'print(model.load_state_dict(state_dict, strict=False))  # must list these buffers and nothing else',
      ].join('\n'),
    },
  };
  if (mismatches.length > 0) return [drop];
  const lenient = { title: 'Or load with strict=False', text: `Right here because nothing else is ${missingKeys.length > 0 ? 'missing' : 'unexpected'}; keep the printed result in view.` };
  return [drop, lenient];
}
