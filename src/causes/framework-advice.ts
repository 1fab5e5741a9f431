import type { Diagnosis, Question, Remedy } from '../model/diagnosis.js';
import type { LoadFailure } from '../model/failure.js';
import { FRAMEWORKS, type Framework } from './frameworks-table.js';

/** Fits to the framework that speaks what causes advise, which most word for PyTorch. */
export interface Advisor {
  readonly diagnosis: (diagnosis: Diagnosis) => Diagnosis;
  readonly question: (question: Question) => Question;
}

const AS_IT_IS: Advisor = { diagnosis: (diagnosis) => diagnosis, question: (question) => question };

/** Words that mean nothing outside of PyTorch and the libraries upon it. */
const PYTORCH = /\btorch\b|state_dict|from_pretrained|ignore_mismatched_sizes|strict=False|pytorch-lightning/;
const UNSTRICT = /strict=False|without strictness/;

/** As it is, unless all that speaks is known not to be PyTorch. */
export function advisorFor({ dialects }: Pick<LoadFailure, 'dialects'>): Advisor {
  const [framework, ...others] = dialects.map((dialect) => FRAMEWORKS.find((each) => each.dialects.test(dialect)));
  if (framework === undefined || others.includes(undefined)) return AS_IT_IS;
  const question = (asked: Question): Question => askedIn(framework, asked);
  return {
    question,
    diagnosis: (diagnosis) => ({
      ...diagnosis,
      remedies: diagnosis.remedies.map((remedy) => doneIn(framework, remedy)),
      doesNotHelp: diagnosis.doesNotHelp.filter(({ advice }) => !PYTORCH.test(advice)),
      wouldDecide: diagnosis.wouldDecide.map(question),
    }),
  };
}

function doneIn({ loadWhatFits }: Framework, remedy: Remedy): Remedy {
  const { snippet, cost: _cost, ...rest } = remedy;
  const code = snippet?.code ?? '';
  if (UNSTRICT.test(code) || UNSTRICT.test(remedy.text))
    return { title: UNSTRICT.test(remedy.title) ? 'Load what fits' : remedy.title, ...loadWhatFits };
  return PYTORCH.test(code) ? rest : remedy;
}

function askedIn({ look, model }: Framework, { question, command }: Question): Question {
  if (command === undefined || !PYTORCH.test(command)) return command === undefined ? { question } : { question, command };
  const own = /\btorch\.load\(/.test(command) ? look : model;
  return own === undefined ? { question } : { question, command: own };
}
