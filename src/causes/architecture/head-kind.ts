import { positionsWhere, type Remedy } from '../../model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { anchorCounts, isOfAnchorHead, isOtherKindOfHead } from './anchor-counts.js';
import { shows } from './answer.js';
import type { Reading } from './variant-reading.js';

const KIND_DIFFERS = 'a head of another kind stands on one side: neither its anchors nor its classes are an option of the other';

/** Why an option or a number of classes is not what differs. */
export function otherKindOfHead(mismatches: readonly Mismatch[]): string | undefined {
  const counts = anchorCounts(mismatches);
  return counts !== undefined && isOtherKindOfHead(counts) ? KIND_DIFFERS : undefined;
}

/** FCOS looks for one box at each place, a region proposal network for one in each anchor (FCOS#65, #92). */
export function byKindOfHead({ mismatches }: LoadFailure): Reading | undefined {
  const counts = anchorCounts(mismatches);
  if (counts === undefined || !isOtherKindOfHead(counts)) return undefined;
  const { anchors, classes, boxes, scores } = counts;
  const said = (side: 'checkpoint' | 'model'): string => inWords(anchors[side], classes[side]);
  return {
    checkpoint: said('checkpoint'),
    model: said('model'),
    choose: 'the detector',
    confidence: 'likely',
    specificity: 60,
    positions: positionsWhere(mismatches, isOfAnchorHead),
    keys: true,
    evidence: [
      shows(boxes, `4 rows for each box, so ${anchors.checkpoint} and ${anchors.model} at each place`),
      shows(scores, `${classes.checkpoint} and ${classes.model} for each box`),
    ],
    remedies: [IMPORTED],
  };
}

function inWords(anchors: number, classes: number): string {
  if (anchors === 1) return `a head without anchors (one box at each place, ${classes} ${classes === 1 ? 'score' : 'classes'})`;
  return classes === 1
    ? `a head of ${anchors} anchors with one score each (a region proposal network)`
    : `a head of ${anchors} anchors with ${classes} classes each`;
}

const IMPORTED: Remedy = {
  title: 'If the config already names the head of the checkpoint: look which code Python imports',
  text: 'A project built on a copy of another (FCOS on maskrcnn_benchmark) keeps its package name: where the original is installed, the original is imported and builds its own head. Print the path, and install the project anew from its own folder.',
  snippet: { language: 'bash', code: 'python -c "import PACKAGE; print(PACKAGE.__file__)"' },
};
