import type { Case, Confidence, Decline, Diagnosis } from '../model/diagnosis.js';
import { causes } from './index.js';
import { outermostFirst, withOrderTold } from './printed-orders.js';

export interface Judgement {
  /** Strongest first. */
  readonly diagnoses: readonly Diagnosis[];
  readonly declined: readonly Decline[];
}

const WEIGHT: Readonly<Record<Confidence, number>> = { certain: 2, likely: 1, possible: 0 };

/** Asks every cause. Ranking: confidence, then how much of the failure it explains, then specificity, then the registry's order. */
export function diagnose(printed: Case): Judgement {
  const subject = outermostFirst(printed);
  const answers = causes.map((cause) => cause.diagnose(subject));
  const diagnoses = answers.filter((answer): answer is Diagnosis => answer.verdict === 'diagnosis');
  const declined = answers.filter((answer): answer is Decline => answer.verdict === 'decline');
  const order = hasRefusals(subject) ? (a: Diagnosis, b: Diagnosis) => harmlessLast(a, b) || byStrength(a, b) : byStrength;
  return { diagnoses: diagnoses.toSorted(order).map((diagnosis) => withOrderTold(diagnosis, subject)), declined };
}

/** Where a tensor was refused beside what is only left over, the news is the refusal, however little of the lists it explains. */
function hasRefusals({ failure: { notices } }: Case): boolean {
  return notices.some(({ topic }) => topic === 'element-count' || topic === 'copy-failed');
}

function harmlessLast(a: Diagnosis, b: Diagnosis): number {
  return Number(a.harmless === true) - Number(b.harmless === true);
}

function byStrength(a: Diagnosis, b: Diagnosis): number {
  return WEIGHT[b.confidence] - WEIGHT[a.confidence] || explainedCount(b) - explainedCount(a) || b.specificity - a.specificity;
}

function explainedCount({ explained }: Diagnosis): number {
  return explained.mismatches.length + explained.missingKeys.length + explained.unexpectedKeys.length;
}
