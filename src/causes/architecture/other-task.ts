import type { Diagnosis } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { answer, explains, mayGoOn, shows } from './answer.js';

/** A key of a head that only another task has; `undefined` where the tasks agree as far as the lists tell. */
export function otherTask(failure: LoadFailure): string | undefined {
  return ofCenterNet(failure) ?? taskOfYolo(failure);
}

/** CenterNet#558: heads of another task in the key lists beside a head that differs. */
function ofCenterNet({ mismatches, unexpectedKeys, missingKeys }: LoadFailure): string | undefined {
  if (mismatches.length === 0) return undefined;
  const names = new Set(mismatches.map(({ parameter = '' }) => parameter.split('.')[0]));
  return [...unexpectedKeys, ...missingKeys].find(
    (key) => /^(hps|hm_hp|hp_offset|dep|rot|dim|amodel_offset|id|ltrb_amodal|tracking)\.\d/.test(key) && !names.has(key.split('.')[0]),
  );
}

/** Ultralytics: `proto` makes masks, `cv4` their coefficients, key points or angles; a plain detector has neither (nn/modules/head.py). */
function taskOfYolo({ unexpectedKeys, missingKeys }: LoadFailure): string | undefined {
  const isHead = (key: string): boolean => /(^|\.)model\.\d+\.(proto|cv4)\./.test(key);
  const [inFile, inModel] = [unexpectedKeys.find(isHead), missingKeys.find(isHead)];
  return (inFile === undefined) === (inModel === undefined) ? undefined : (inFile ?? inModel);
}

export function tellTask(failure: LoadFailure, key: string): Diagnosis {
  const inFile = failure.unexpectedKeys.includes(key);
  const isYolo = /(^|\.)model\.\d+\./.test(key);
  return answer({
    cause: 'config-changed',
    title: `The ${inFile ? 'checkpoint' : 'model'} has the heads of another task (\`${key}\`): the run was started for another task than the training.`,
    confidence: 'likely',
    specificity: 72,
    explained: explains(
      failure.mismatches.map((_, position) => position),
      failure.missingKeys,
      failure.unexpectedKeys,
    ),
    evidence: [
      ...failure.mismatches.slice(0, 2).map((mismatch) => shows(mismatch)),
      {
        statement: `\`${key}\` is ${inFile ? 'unexpected' : 'missing'}: a head that only one of the two tasks has (${isYolo ? 'ultralytics, nn/modules/head.py' : 'xingyizhou/CenterNet, opts.py'}).`,
      },
    ],
    remedies: [
      {
        title: 'Give the task of the training',
        text: isYolo
          ? 'Detection, segmentation (`-seg`), pose (`-pose`) and rotated boxes (`-obb`) have heads of their own: give the task and the yaml file that the checkpoint was trained with.'
          : 'In CenterNet and its descendants that is the first argument (ctdet, multi_pose, ddd, mot) or `--task`; the heads follow from it.',
      },
    ],
    afterwards: mayGoOn(failure),
  });
}
