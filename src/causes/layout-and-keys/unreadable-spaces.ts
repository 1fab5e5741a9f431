import { type Clue, cluesOf } from '../../model/clue.js';
import type { LoadFailure } from '../../model/failure.js';
import type { Drift } from './drift.js';

/** Stable-Baselines3 pickles the spaces: under another Python or numpy they cannot be read, and the comparison fails although nothing differs. */
export function unreadableSpaces({ notices }: LoadFailure, clues: readonly Clue[]): Drift | undefined {
  const notice = notices.find(({ topic }) => topic === 'spaces-differ');
  if (notice === undefined) return undefined;
  const warned = cluesOf(clues, 'warning').find(({ topic }) => topic === 'deserialization');
  const alike = String(notice.values.checkpoint) === String(notice.values.model);
  if (!alike && warned === undefined) return undefined;
  return {
    title: alike
      ? 'The saved space and that of the environment read the same, yet compare as different: the space was pickled under another release of Python, numpy or gym.'
      : 'The saved objects could not be unpickled, the space among them: the file was saved under another release of Python, numpy or gym.',
    confidence: 'likely',
    specificity: 95,
    explained: { mismatches: [], missingKeys: [], unexpectedKeys: [] },
    evidence: [
      { statement: `saved: ${notice.values.checkpoint}, environment: ${notice.values.model}`, at: notice.at },
      ...(warned === undefined ? [] : [{ statement: 'a warning before says that an object could not be deserialised', at: warned.at }]),
    ],
    remedies: [
      {
        title: 'Hand over the spaces of the environment',
        text: 'What is given in `custom_objects` is not unpickled (stable-baselines3#1682).',
        snippet: {
          language: 'python',
          code: "custom_objects = {'observation_space': env.observation_space, 'action_space': env.action_space, 'lr_schedule': lambda _: 0.0, 'clip_range': lambda _: 0.2}\nmodel = PPO.load(PATH, env=env, custom_objects=custom_objects)",
        },
        cost: 'To train on, give the real schedules in place of the constants.',
      },
      {
        title: 'Or load under the releases of the training',
        text: 'The zip file has them in `system_info.txt`.',
        snippet: { language: 'bash', code: 'unzip -p MODEL.zip system_info.txt' },
      },
    ],
  };
}
