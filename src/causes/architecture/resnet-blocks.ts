import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { onlyDifferingAxis } from '../pairs.js';
import { numbersIn } from './layer-stacks.js';

/** torchvision's `layer3.5.conv1`, detectron2's `res4.5.conv1`. */
const BLOCK = /(^|\.)(?:layer([1-4])|res([2-5]))\.(\d+)\.(conv[123]|bn[123]|downsample|shortcut|convs|bns|norm[123])\b/;

/** Blocks per stage (torchvision, models/resnet.py); 34 and 50 count alike and differ in the kind of block. */
const DEPTHS: readonly { readonly blocks: readonly number[]; readonly basic?: string; readonly bottleneck?: string }[] = [
  { blocks: [2, 2, 2, 2], basic: 'ResNet-18' },
  { blocks: [3, 4, 6, 3], basic: 'ResNet-34', bottleneck: 'ResNet-50' },
  { blocks: [3, 4, 23, 3], bottleneck: 'ResNet-101' },
  { blocks: [3, 8, 36, 3], bottleneck: 'ResNet-152' },
];

export function isResnetName(parameter: string | undefined): boolean {
  return parameter !== undefined && BLOCK.test(parameter);
}

/** Basic blocks begin with a 3×3 convolution, bottlenecks with a 1×1 one. */
export function blockKinds({
  mismatches,
}: LoadFailure): { readonly checkpoint: 'basic' | 'bottleneck'; readonly witnesses: readonly Mismatch[] } | undefined {
  const witnesses = mismatches.filter(({ parameter, checkpointShape, modelShape }) => {
    const kernels = [kernel(checkpointShape), kernel(modelShape)];
    return isResnetName(parameter) && /\.conv1\.weight$/.test(parameter ?? '') && kernels.includes(1) && kernels.includes(3);
  });
  const [first] = witnesses;
  if (first === undefined) return undefined;
  return { checkpoint: kernel(first.checkpointShape) === 3 ? 'basic' : 'bottleneck', witnesses };
}

function kernel(shape: readonly number[]): number | undefined {
  return shape.length >= 4 ? shape[shape.length - 1] : undefined;
}

/** Only widths inside the blocks differ, their outputs agree: Wide ResNet, ResNeXt or Res2Net against the plain one (Res2Net#4). */
export function hasOtherInnerWidth({ mismatches }: LoadFailure): boolean {
  const inner = mismatches.filter(({ parameter }) => isResnetName(parameter));
  // The middle convolution has the inner width on both sides; the third one's outputs tell that the outer width agrees.
  const outer = inner.some((mismatch) => /\.conv3\.weight$/.test(mismatch.parameter ?? '') && onlyDifferingAxis(mismatch) === 1);
  const single = inner.every(
    (mismatch) => onlyDifferingAxis(mismatch) !== undefined || (outer && /\.conv2\.weight$/.test(mismatch.parameter ?? '')),
  );
  const weights = inner.filter(({ checkpointShape }) => checkpointShape.length >= 4);
  const round = inner.every((mismatch) =>
    [...mismatch.checkpointShape, ...mismatch.modelShape].every((size) => size % 8 === 0 || size < 8),
  );
  return round && inner.length >= 3 && inner.length === mismatches.length && single && weights.length > 0;
}

/** Three 3×3 convolutions in place of the 7×7 one (ResNet-C/D, pytorch-segmentation#91): `conv1.0.weight` against `conv1.weight`. */
export function hasDeepStem({ missingKeys, unexpectedKeys }: LoadFailure): 'checkpoint' | 'model' | undefined {
  const deep = (key: string): boolean => /(^|\.)conv1\.[036]\.weight$/.test(key);
  const plain = (key: string): boolean => /(^|\.)conv1\.weight$/.test(key);
  if (missingKeys.some(deep) && unexpectedKeys.some(plain)) return 'model';
  return unexpectedKeys.some(deep) && missingKeys.some(plain) ? 'checkpoint' : undefined;
}

export interface Depths {
  readonly more: string | undefined;
  readonly fewer: string | undefined;
  readonly blocks: { readonly more: string; readonly fewer: string };
  /** The side that has the blocks which the other lacks. */
  readonly deeper: 'checkpoint' | 'model';
}

/** Blocks at the end of several stages are known to one side only. */
export function stageDepths({ missingKeys, unexpectedKeys }: LoadFailure): Depths | undefined {
  const deeper = unexpectedKeys.some((key) => BLOCK.test(key)) ? 'checkpoint' : 'model';
  const keys = deeper === 'checkpoint' ? unexpectedKeys : missingKeys;
  const stages = new Map<number, { from: number; to: number }>();
  for (const key of keys) {
    const match = BLOCK.exec(key);
    if (match === null || (/\.(conv3|bn3)\b/.test(key) && Number(match[4]) === 0)) continue;
    const stage = match[2] === undefined ? Number(match[3]) - 1 : Number(match[2]);
    for (const block of numbersIn(match[4] ?? '')) {
      const known = stages.get(stage);
      stages.set(stage, { from: Math.min(known?.from ?? block, block), to: Math.max(known?.to ?? block, block) });
    }
  }
  if (stages.size === 0 || [...stages.values()].some(({ from }) => from === 0)) return undefined;
  const deepest = depthName(stages, ({ to }) => to + 1, false);
  // 23 and 36 blocks in a stage are those of bottlenecks, whatever part of a block is listed.
  const bottleneck = deepest === undefined || keys.some((key) => /\.(conv3|bn3)\b/.test(key));
  const counts = [...stages].toSorted((a, b) => a[0] - b[0]);
  const inWords = (read: (range: { from: number; to: number }) => number): string =>
    counts.map(([stage, range]) => `${read(range)} in stage ${stage}`).join(', ');
  return {
    more: depthName(stages, ({ to }) => to + 1, bottleneck),
    fewer: depthName(stages, ({ from }) => from, bottleneck),
    blocks: { more: inWords(({ to }) => to + 1), fewer: inWords(({ from }) => from) },
    deeper,
  };
}

function depthName(
  stages: ReadonlyMap<number, { readonly from: number; readonly to: number }>,
  read: (range: { readonly from: number; readonly to: number }) => number,
  bottleneck: boolean,
): string | undefined {
  const fits = DEPTHS.filter(({ blocks }) => [...stages].every(([stage, range]) => blocks[stage - 1] === read(range)));
  const names = fits.flatMap(({ basic, bottleneck: wide }) => (bottleneck ? wide : basic) ?? []);
  return names.length === 1 ? names[0] : undefined;
}

/** The first convolution of a ResNet for ImageNet is 7×7, that of one for CIFAR's small pictures 3×3 (HSAKD#10). */
export function stemOfOtherPictures({ mismatches }: LoadFailure): Mismatch | undefined {
  return mismatches.find(({ parameter = '', checkpointShape, modelShape }) => {
    const sides = [kernel(checkpointShape), kernel(modelShape)];
    return (
      /(^|\.)conv1\.weight$/.test(parameter) &&
      !isResnetName(parameter) &&
      checkpointShape[0] === modelShape[0] &&
      sides.includes(7) &&
      sides.includes(3)
    );
  });
}
