import type { Clue } from '../model/clue.js';
import type { LoadFailure } from '../model/failure.js';

/** The last layer of a task, which every fine-tuning starts anew: the outermost part of the name, or the one behind the model's. */
const HEAD =
  /^(?:\w+\.)?(?:classifier|score|qa_outputs|cls|lm_head|pooler|head|heads|fc|classification_head|vocab_projector|vocab_transform|vocab_layer_norm|pre_classifier|seq_relationship|mlm|generator_predictions|discriminator_predictions)(\.|$)/;

/**
 * Dialects of loaders that say themselves that the parts were begun anew for another task. Where a script prints what `strict=False` left
 * out, nobody says so, and a Trainer that reads its own checkpoint back begins nothing: a cause tells what that means.
 */
const ANNOUNCING: readonly string[] = ['transformers', 'transformers-report', 'transformers-flax-tf', 'timm'];

/** timm/models/_builder.py: asked for other classes, it leaves the head of the published weights out by itself and says so. */
const TAKES_THE_HEAD_OUT = 'timm';

/**
 * A warning that every healthy fine-tuning prints: only the new head is missing, only the old one is left over. It is no failure; anything
 * else that was not loaded is. In an evaluation a missing head is the failure, so that the phase decides where it is known.
 */
export function isOrdinaryHeadStart(failure: LoadFailure, clues: readonly Clue[]): boolean {
  const { severity, mismatches, notices, missingKeys, unexpectedKeys, dialects } = failure;
  if (severity !== 'warning' || mismatches.length > 0 || notices.length > 0) return false;
  if (!dialects.every((dialect) => ANNOUNCING.includes(dialect))) return false;
  if (![...missingKeys, ...unexpectedKeys].every((key) => HEAD.test(key))) return false;
  if (dialects.every((dialect) => dialect === TAKES_THE_HEAD_OUT)) return true;
  const evaluates = clues.some((clue) => clue.kind === 'phase' && (clue.phase === 'evaluation' || clue.phase === 'inference'));
  const trains = clues.some((clue) => clue.kind === 'phase' && clue.phase !== 'evaluation' && clue.phase !== 'inference');
  return trains || (!evaluates && unexpectedKeys.length > 0);
}
