import { type Decline, type Diagnosis, decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains, type Purpose } from '../architecture/answer.js';
import { amount } from './telling.js';

const ID = 'expected-partial-load';

/** Loaders that count: what is left out of a detector's file is its last layer (`Transferred 349/355`: three outputs, each a weight and a bias). */
export function mostTransferred(failure: LoadFailure, purpose: Purpose): Diagnosis | Decline | undefined {
  const notice = failure.notices.find(({ topic }) => topic === 'partial-transfer');
  const [loaded, total] = [Number(notice?.values.loaded), Number(notice?.values.total)];
  if (notice === undefined || !(total > 0)) return undefined;
  if (loaded < 0.9 * total)
    return decline(ID, `only ${loaded} of ${total} tensors were loaded, which is more than a head that was left out`);
  const isHarmless = purpose === 'training';
  const left = amount(total - loaded, 'tensor');
  return answer({
    cause: ID,
    title: `${isHarmless ? 'Harmless before this training: ' : ''}${loaded} of ${total} tensors were loaded; the ${left} left out ${total - loaded === 1 ? 'is' : 'are'} most likely the head${isHarmless ? '' : ', which is expected before a training and wrong in an evaluation'}.`,
    confidence: isHarmless ? 'likely' : 'possible',
    specificity: 50,
    ...(isHarmless ? { harmless: true } : {}),
    explained: explains([]),
    evidence: [{ statement: `${left} of ${total} were left out, ${((100 * (total - loaded)) / total).toFixed(1)}%`, at: notice.at }],
    remedies: [
      {
        title: 'Look at what was left out',
        text: 'Other numbers of classes change the last layer alone. A missing stem or backbone would make the transfer worthless.',
        snippet: {
          language: 'python',
          code: 'own = model.state_dict()\nprint([key for key in own if key not in state_dict or state_dict[key].shape != own[key].shape])',
        },
      },
    ],
    wouldDecide: isHarmless ? [] : [{ question: 'Is this run a training with other classes?' }],
  });
}
