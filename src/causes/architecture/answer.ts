import type { Clue } from '../../model/clue.js';
import { cluesOf } from '../../model/clue.js';
import type { Diagnosis, Evidence, Explained, Warning } from '../../model/diagnosis.js';
import { type LoadFailure, type Mismatch, mayHideMore } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';

type Required = Pick<Diagnosis, 'cause' | 'title' | 'confidence' | 'specificity' | 'explained' | 'evidence' | 'remedies'>;
type Optional = Partial<Pick<Diagnosis, 'harmless' | 'doesNotHelp' | 'afterwards' | 'wouldDecide'>>;

/** A diagnosis; the lists that a cause has nothing to say for are empty. */
export function answer(fields: Required & Optional): Diagnosis {
  return { verdict: 'diagnosis', doesNotHelp: [], afterwards: [], wouldDecide: [], ...fields };
}

export function explains(
  mismatches: readonly number[],
  missingKeys: readonly string[] = [],
  unexpectedKeys: readonly string[] = [],
): Explained {
  return { mismatches, missingKeys, unexpectedKeys };
}

export function nameOf({ parameter }: Mismatch): string {
  return parameter === undefined ? 'a parameter that the message does not name' : `\`${parameter}\``;
}

/** The line itself as evidence, with what the reader should see in it. */
export function shows(mismatch: Mismatch, remark?: string): Evidence {
  const pair = `${nameOf(mismatch)} is ${formatShape(mismatch.checkpointShape)} in the checkpoint and ${formatShape(mismatch.modelShape)} in the model`;
  return { statement: remark === undefined ? pair : `${pair}: ${remark}`, at: mismatch.at };
}

/** The mismatches at these positions. */
export function pick(failure: LoadFailure, positions: readonly number[]): readonly Mismatch[] {
  return positions.flatMap((position) => failure.mismatches[position] ?? []);
}

/** Positions that are not among the given ones. */
export function otherPositions(failure: LoadFailure, taken: readonly number[]): readonly number[] {
  const known = new Set(taken);
  return [...failure.mismatches.keys()].filter((position) => !known.has(position));
}

export type Purpose = 'training' | 'use' | 'unknown';

/** What the run was about to do with the weights: adapt them, use them as they are (evaluate, resume), or the log does not tell. */
export function purposeOf(clues: readonly Clue[]): Purpose {
  const phases = cluesOf(clues, 'phase').map(({ phase }) => phase);
  if (phases.some((phase) => phase === 'evaluation' || phase === 'inference' || phase === 'resume' || phase === 'conversion')) return 'use';
  if (phases.some((phase) => phase === 'fine-tuning' || phase === 'lora' || phase === 'pre-training')) return 'training';
  return 'unknown';
}

/** What to say where the list need not be the whole list. */
export function mayGoOn(failure: LoadFailure): readonly string[] {
  return mayHideMore(failure)
    ? ['The message stops early or was cut: other parameters may differ as well and surface once this one fits.']
    : [];
}

/** Classes that `from_pretrained` builds (transformers, diffusers, PEFT); no other loader knows the option. */
const PRETRAINED = /For[A-Z]\w+$|Model$|^(AutoencoderKL|PreTrained\w+|SD3Transformer2DModel)$/;

/** transformers: what does not fit is created anew with random values. Silent where the option does not exist. */
export function reinitialises({ modelClass = '', dialects }: LoadFailure, what: string): readonly Warning[] {
  if (!PRETRAINED.test(modelClass) && !dialects.some((dialect) => /transformers|diffusers|peft/.test(dialect))) return [];
  const advice = 'ignore_mismatched_sizes=True';
  return [{ advice, reason: `it leaves ${what} at random values, and the run goes on as if all were well.` }];
}

/** `1 tensor`, `145 tensors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** At most `most` names in backticks, and how many more there are. */
export function someNames(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map((name) => `\`${name}\``);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
