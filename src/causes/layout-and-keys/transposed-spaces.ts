import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { answer, explains } from '../architecture/answer.js';
import { isReordered } from './axis-orders.js';

/** `Box(0, 255, (84, 84, 4), uint8)`: the sizes of an observation. */
function sizesOf(space: unknown): readonly number[] {
  return (/\((\d+(?:, ?\d+)+)\)/.exec(String(space))?.[1] ?? '')
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
}

/** Stable-Baselines3 wants channels first and wraps environments that have them last; the saved space is of the other kind (stable-baselines3#202). */
export function transposedSpaces({ notices }: LoadFailure): Diagnosis | undefined {
  const notice = notices.find(({ topic }) => topic === 'spaces-differ');
  const [checkpointShape, modelShape] = [sizesOf(notice?.values.checkpoint), sizesOf(notice?.values.model)];
  if (
    notice === undefined ||
    checkpointShape.length !== 3 ||
    !isReordered({ checkpointShape, modelShape, dialect: notice.dialect, at: notice.at })
  )
    return undefined;
  const isFirst = (shape: readonly number[]) => (shape[0] ?? 0) < (shape[2] ?? 0);
  const order = (shape: readonly number[]) => `${isFirst(shape) ? 'channels first' : 'channels last'} ${formatShape(shape)}`;
  return answer({
    cause: 'transposed-layout',
    title: `The same images with their axes in another order: the policy was trained with ${order(checkpointShape)}, the environment gives ${order(modelShape)}.`,
    confidence: 'certain',
    specificity: 95,
    explained: explains([]),
    evidence: [
      {
        statement: `saved: ${notice.values.checkpoint}, environment: ${notice.values.model}; the sizes are the same in another order`,
        at: notice.at,
      },
    ],
    remedies: [
      {
        title: isFirst(checkpointShape)
          ? 'Wrap the environment as in the training'
          : 'Give the environment without the transposing wrapper',
        text: 'Stable-Baselines3 wraps an environment with images in VecTransposeImage when a model is built or loaded with it; `check_for_correct_spaces` compares what is handed over.',
        snippet: {
          language: 'python',
          code: 'from stable_baselines3.common.vec_env import DummyVecEnv, VecTransposeImage\nenv = VecTransposeImage(DummyVecEnv([make_env]))\nmodel = PPO.load(PATH, env=env)',
        },
      },
    ],
  });
}
