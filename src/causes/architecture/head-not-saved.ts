import { type Clue, cluesOf } from '../../model/clue.js';
import type { Case, Cause, Diagnosis, Remedy } from '../../model/diagnosis.js';
import { decline } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { type OtherHead, otherHead } from '../layout-and-keys/other-head.js';
import { roleOf } from '../roles.js';
import { answer, explains, type Purpose, purposeOf, someNames } from './answer.js';
import { isHeadName } from './head-names.js';

/** The tell-tale: nothing is missing but the head, and the file brings no other head in its place. */
function missingHead({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): readonly string[] {
  const heads = missingKeys.filter((key) => isHeadName(key) || isValueHead(key));
  return mismatches.length === 0 && heads.length === missingKeys.length && unexpectedKeys.length === 0 ? heads : [];
}

/** trl, models/modeling_value_head.py: `v_head.summary`. */
function isValueHead(key: string): boolean {
  return /(^|\.)(v_head|value_head|reward_head|summary)\./.test(key);
}

export const headNotSaved: Cause = {
  id: 'head-not-saved',
  diagnose: ({ failure, clues }: Case) => {
    if (failure.mismatches.length > 0) return decline('head-not-saved', 'shapes differ, so the parameters are in the file');
    if (failure.missingKeys.length === 0) return decline('head-not-saved', 'no key is missing');
    if (failure.missingKeys.every((key) => roleOf(key) === 'output-head'))
      return decline('head-not-saved', 'only a language-model head is missing, which is tied to the embedding');
    const purpose = purposeOf(clues);
    const other = purpose === 'use' ? otherHead(failure) : undefined;
    const heads = other === undefined ? missingHead(failure) : failure.missingKeys;
    if (heads.length === 0) return decline('head-not-saved', 'more is missing than a head, or the file brings a head of its own');
    if (failure.severity === 'warning' && purpose === 'training')
      return decline('head-not-saved', 'the run is about to train a new head, so none is expected in the file');
    return tell(failure, heads, { purpose, other, isPeft: usesPeft(failure, clues) });
  },
};

/** Only then an option of PEFT is of use to the reader. */
function usesPeft({ dialects, missingKeys, traceback }: LoadFailure, clues: readonly Clue[]): boolean {
  return (
    dialects.includes('peft') ||
    missingKeys.some((key) => /(^|\.)(base_model\.model|modules_to_save)\./.test(key)) ||
    traceback.some(({ file }) => /[\\/]peft[\\/]/.test(file)) ||
    cluesOf(clues, 'phase').some(({ phase }) => phase === 'lora') ||
    cluesOf(clues, 'version').some(({ library }) => library === 'peft')
  );
}

interface Setting {
  readonly purpose: Purpose;
  readonly other: OtherHead | undefined;
  readonly isPeft: boolean;
}

function tell({ severity, unexpectedKeys }: LoadFailure, heads: readonly string[], { purpose, other, isPeft }: Setting): Diagnosis {
  const sure = severity === 'error' || purpose === 'use';
  return answer({
    cause: 'head-not-saved',
    title: `The checkpoint has no head: ${someNames(heads)} ${heads.length === 1 ? 'is' : 'are'} not in the file${severity === 'warning' ? ` and ${heads.length === 1 ? 'starts' : 'start'} from random values` : ''}.`,
    confidence: sure ? 'likely' : 'possible',
    specificity: 60,
    explained: explains([], heads, other === undefined ? [] : unexpectedKeys),
    evidence: [
      {
        statement: `Only the head is missing (${heads.length === 1 ? '1 key' : `${heads.length} keys`}), ${other === undefined ? 'nothing is unexpected' : `only another head, ${someNames(other.theirs)}, is unexpected`} and no shape differs: the body was loaded.`,
      },
    ],
    remedies: [
      isPeft ? saveWithPeft(heads) : SAVE_WHOLE,
      {
        title: 'If the file is a backbone: load it as one',
        text: 'Load without strictness and train the head; predictions before that are chance.',
        snippet: { language: 'python', code: 'print(model.load_state_dict(state, strict=False))' },
      },
    ],
    afterwards: ['Scores of a model with a random head look like chance, and no error says so.'],
    wouldDecide: [
      {
        question: 'Does the file hold a head under another name?',
        command:
          "python -c \"import torch; print([k for k in torch.load('CKPT', map_location='cpu') if 'head' in k or 'classifier' in k or 'score' in k or 'fc' in k])\"",
      },
    ],
  });
}

const SAVE_WHOLE: Remedy = {
  title: 'If this model was trained: save it with its head',
  text: 'Save the whole model and not its backbone.',
};

function saveWithPeft(heads: readonly string[]): Remedy {
  return {
    title: 'If this model was trained: save it with its head',
    text: 'With PEFT the head has to be named, or only the adapter is written.',
    snippet: {
      language: 'python',
      code: `LoraConfig(..., modules_to_save=[${[...new Set(heads.map(moduleOf))].map((name) => `'${name}'`).join(', ')}])`,
    },
  };
}

/** The outermost module that is called like a head: `classifier` of `classifier.dense.weight`. */
function moduleOf(key: string): string {
  const modules = key.split('.').slice(0, -1);
  return modules.find((name) => isHeadName(`${name}.weight`)) ?? modules.findLast((name) => !/^\d+$/.test(name)) ?? key;
}
