import type { Case, Diagnosis, Question } from '../model/diagnosis.js';
import type { Verdict } from '../model/report.js';
import type { Judgement } from './diagnose.js';

/** What the report says first. Two causes that fit equally well are both told, with the line that would decide. */
export function verdictOf({ failure }: Case, { diagnoses }: Judgement): Verdict {
  const [first, second] = diagnoses;
  if (first === undefined) return unknown(failure.mismatches.length > 0);
  const wouldDecide = distinct(diagnoses.slice(0, 2).flatMap((diagnosis) => diagnosis.wouldDecide));
  if (first.harmless === true) return { kind: 'harmless', sentence: first.title, restart: 'Nothing needs to be run again.', wouldDecide };
  if (second !== undefined && isRival(first, second)) {
    const sentence = `Two causes fit. ${first.title} Or: ${second.title}`;
    return { kind: 'ambiguous', sentence, restart: RESTART, wouldDecide };
  }
  return { kind: 'diagnosed', sentence: first.title, restart: RESTART, wouldDecide };
}

const RESTART = 'A restart gives the same result: the same command loads the same file into the same model.';

/** Both only possible, and about the same facts: not two faults beside each other. */
function isRival(a: Diagnosis, b: Diagnosis): boolean {
  if (a.confidence !== 'possible' || b.confidence !== 'possible' || a.specificity - b.specificity > 20) return false;
  const explained = new Set(a.explained.mismatches);
  const shared = b.explained.mismatches.filter((position) => explained.has(position)).length;
  return b.explained.mismatches.length === 0 ? a.explained.mismatches.length === 0 : shared * 2 > b.explained.mismatches.length;
}

function unknown(hasShapes: boolean): Verdict {
  const sentence = hasShapes
    ? 'The checkpoint does not fit the model, and the log does not tell why: no known cause explains these shapes.'
    : 'The checkpoint could not be loaded as it is, and the log does not tell why.';
  return { kind: 'unknown', sentence, restart: RESTART, wouldDecide: QUESTIONS };
}

const QUESTIONS: readonly Question[] = [
  {
    question: 'Which shapes are in the file?',
    command: `python -c "import torch,sys; [print(k, tuple(v.shape)) for k, v in torch.load(sys.argv[1], map_location='cpu', weights_only=True).items() if hasattr(v, 'shape')]" CHECKPOINT`,
  },
  {
    question: 'Which shapes does the model have just before the load?',
    command: '[print(k, tuple(v.shape)) for k, v in model.state_dict().items()]',
  },
  {
    question: 'Which configuration built the model, and which one belongs to the file?',
    command: 'diff <(python -m json.tool MODEL/config.json) <(python -m json.tool CHECKPOINT/config.json)',
  },
];

function distinct(questions: readonly Question[]): readonly Question[] {
  return questions.filter((question, index) => questions.findIndex((other) => other.question === question.question) === index);
}
