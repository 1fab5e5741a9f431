import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains } from './answer.js';

/** Megatron and its like compare saved arguments with those of the run before they load. */
export function tellArgument(failure: LoadFailure): Diagnosis {
  const notice = failure.notices.find(({ topic }) => topic === 'argument-differs');
  const said = Object.entries(notice?.values ?? {})
    .map(([name, value]) => (name === 'argument' ? `${value}` : `${name} ${value}`))
    .join(', ');
  return answer({
    cause: 'config-changed',
    title: `A hyperparameter saved in the checkpoint differs from the run's${said === '' ? '' : `: ${said}`}.`,
    confidence: 'likely',
    specificity: 50,
    explained: explains(failure.mismatches.map((_, position) => position)),
    evidence:
      notice === undefined
        ? []
        : [{ statement: 'The library compares what was saved with the run and says which of them differs.', at: notice.at }],
    remedies: [
      {
        title: 'Start the run with the saved value',
        text: 'The checkpoint can only be continued with the architecture that it was saved with.',
      },
    ],
  });
}
