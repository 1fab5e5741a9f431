import type { LoadFailure } from '../../model/failure.js';
import { shows } from './answer.js';
import { isPublicCount } from './class-counts-table.js';
import type { ModelPair } from './model-pair.js';

/** Width of a CLIP image tower and of the projection behind it (config.json of openai/clip-vit-* and laion/CLIP-ViT-*: hidden_size, projection_dim). */
const PROJECTIONS: ReadonlyMap<number, readonly [projection: number, tower: string]> = new Map([
  [768, [512, 'CLIP ViT-B']],
  [1024, [768, 'CLIP ViT-L']],
  [1280, [1024, 'CLIP ViT-H']],
  [1408, [1024, 'CLIP ViT-g']],
  [1664, [1280, 'CLIP ViT-bigG']],
]);

/** timm calls the projection of a CLIP tower `head`, as it does a classifier: 1000 rows on one side and 1024 on the other (LAS-Diffusion#18). */
export function towerProjection({ mismatches }: LoadFailure): ModelPair | undefined {
  const [head] = mismatches.filter(({ parameter }) => /(^|\.)head\.weight$/.test(parameter ?? ''));
  if (head === undefined || !mismatches.every(({ parameter }) => /(^|\.)head\.(weight|bias)$/.test(parameter ?? ''))) return undefined;
  const { checkpointShape, modelShape } = head;
  const [rows = 0, others = 0] = [checkpointShape[0], modelShape[0]];
  const known = checkpointShape[1] === modelShape[1] ? PROJECTIONS.get(checkpointShape[1] ?? 0) : undefined;
  if (known === undefined) return undefined;
  const [projection, tower] = known;
  if (!(rows === projection && isPublicCount(others)) && !(others === projection && isPublicCount(rows))) return undefined;
  const [clip, classifier] = [
    `an image tower of ${tower} (projection to ${projection})`,
    `a classifier with ${rows === projection ? others : rows} classes`,
  ];
  return {
    checkpoint: rows === projection ? clip : classifier,
    model: rows === projection ? classifier : clip,
    choose: 'the full name of the model, with the tag of its weights (`timm.list_pretrained` prints them)',
    evidence: [
      shows(head),
      {
        statement: `${projection} is the width to which ${tower} projects its pictures, ${rows === projection ? others : rows} the number of classes of a fine-tuned classifier; names without a tag stand for other weights in other releases of timm.`,
      },
    ],
  };
}
