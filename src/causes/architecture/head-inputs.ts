import type { Confidence } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { onlyDifferingAxis } from '../pairs.js';
import { shows } from './answer.js';
import { flattenedMaps } from './flattened-maps.js';
import { differsInOutputs, isHeadName } from './head-names.js';
import type { ModelPair } from './model-pair.js';

/** Features in front of the classifier (torchvision, models: in_features of `fc` and `classifier`). */
const FEATURES: ReadonlyMap<number, string> = new Map([
  [512, 'ResNet-18 or -34'],
  [1280, 'MobileNetV2 or EfficientNet-B0'],
  [1408, 'EfficientNet-B2'],
  [1536, 'EfficientNet-B3'],
  [1792, 'EfficientNet-B4'],
  [2048, 'ResNet-50 and deeper'],
  [2560, 'EfficientNet-B7'],
]);

/** Only the head is listed and its classes agree: what differs is the width of the body in front of it (semantic-segmentation#17, VKD#19). */
export function byHeadInputs({ mismatches }: LoadFailure): (ModelPair & { readonly confidence: Confidence }) | undefined {
  const [first] = mismatches;
  const fits = mismatches.every(
    (mismatch) =>
      mismatch.checkpointShape.length === 2 &&
      isHeadName(mismatch.parameter) &&
      !isFirstOfMlp(mismatch.parameter) &&
      onlyDifferingAxis(mismatch) === 1 &&
      !differsInOutputs(mismatch),
  );
  if (first === undefined || !fits || flattenedMaps(first) !== undefined) return undefined;
  const [checkpoint = 0, model = 0] = [first.checkpointShape[1], first.modelShape[1]];
  const named = (features: number): string => {
    const known = FEATURES.get(features);
    return `a body with ${features} features${known === undefined ? '' : ` (as ${known})`}`;
  };
  // Twice as many may also be two kinds of pooling joined (w2v2-speaker#2).
  const sure = checkpoint !== 2 * model && model !== 2 * checkpoint;
  return {
    checkpoint: named(checkpoint),
    model: named(model),
    choose: 'the variant of the backbone (or the pooling in front of the head)',
    confidence: sure ? 'likely' : 'possible',
    evidence: [shows(first, 'the outputs agree, so the classes are the same; the inputs are what the body hands over')],
  };
}

/** `mlp_head.layers.0`: what an MLP reads is what its field joins in front of it, and no backbone's features (nerfstudio, field_components/mlp.py). */
export function isFirstOfMlp(parameter = ''): boolean {
  return /mlp\w*\.layers\.0\.weight$/.test(parameter);
}
