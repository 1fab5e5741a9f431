import type { Confidence } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { hasEqualElementCount } from '../pairs.js';
import { pick, shows } from './answer.js';
import type { ModelPair } from './model-pair.js';
import { blockKinds, hasDeepStem, hasOtherInnerWidth, stemOfOtherPictures } from './resnet-blocks.js';

/** ResNets: kind of block, deep stem, width inside the blocks. */
export function byBlocks(failure: LoadFailure): (ModelPair & { readonly confidence: Confidence }) | undefined {
  const kinds = blockKinds(failure);
  if (kinds !== undefined) {
    const [basic, bottleneck] = ['a ResNet of basic blocks (10, 18 or 34 layers)', 'a ResNet of bottlenecks (50 layers and more)'];
    return {
      checkpoint: kinds.checkpoint === 'basic' ? basic : bottleneck,
      model: kinds.checkpoint === 'basic' ? bottleneck : basic,
      choose: 'the depth and with it the kind of block',
      confidence: 'certain',
      evidence: kinds.witnesses
        .slice(0, 2)
        .map((mismatch) => shows(mismatch, 'a basic block begins with a 3×3 convolution, a bottleneck with a 1×1 one')),
    };
  }
  const stem = hasDeepStem(failure);
  if (stem !== undefined) {
    const [deep, plain] = ['a ResNet with a deep stem (three 3×3 convolutions)', 'a ResNet with the plain 7×7 stem'];
    const statement = 'The stem is `conv1.0`, `conv1.3`, `conv1.6` on one side and `conv1` on the other.';
    return {
      checkpoint: stem === 'checkpoint' ? deep : plain,
      model: stem === 'model' ? deep : plain,
      choose: 'the variant',
      confidence: 'likely',
      evidence: [{ statement }],
    };
  }
  const small = stemOfOtherPictures(failure);
  if (small !== undefined) {
    const [imagenet, cifar] = ['a ResNet for pictures of 224 px (7×7 stem)', 'a ResNet for small pictures such as CIFAR (3×3 stem)'];
    const isLarge = small.checkpointShape[2] === 7;
    return {
      checkpoint: isLarge ? imagenet : cifar,
      model: isLarge ? cifar : imagenet,
      choose: 'the builder (the CIFAR variant has another first convolution and no pooling behind it)',
      confidence: 'likely',
      evidence: [shows(small, 'the channels agree, only the kernel of the first convolution differs')],
    };
  }
  if (!hasOtherInnerWidth(failure)) return undefined;
  const statement =
    "Only widths inside the blocks differ, their outputs agree: that is what width_per_group, groups and Res2Net's scale change.";
  return {
    checkpoint: 'one member of the ResNet family',
    model: 'another (Wide ResNet, ResNeXt or Res2Net)',
    choose: 'the builder function',
    confidence: 'likely',
    evidence: [{ statement }],
  };
}

/** 2-D kernels for a 3-D network, or lists paired by order that have slipped. */
export function byDimensions(
  failure: LoadFailure,
  ordinary: readonly number[],
): (ModelPair & { readonly confidence: Confidence }) | undefined {
  const list = pick(failure, ordinary);
  const kernels = list.filter(
    ({ checkpointShape, modelShape }) =>
      checkpointShape.length + modelShape.length === 9 && Math.min(checkpointShape.length, modelShape.length) === 4,
  );
  const [first] = kernels;
  if (first !== undefined && kernels.length * 2 > list.length) {
    const flat = first.checkpointShape.length === 4;
    return {
      checkpoint: flat ? 'a network of 2-D convolutions' : 'a network of 3-D convolutions',
      model: flat ? 'one of 3-D convolutions' : 'one of 2-D convolutions',
      choose: 'the number of dimensions',
      confidence: 'likely',
      evidence: [shows(first, 'a 3 × 3 kernel has not the numbers of a 3 × 3 × 3 one, so no reshape can mend it')],
    };
  }
  const slipped = list.filter(
    (mismatch) => differingAxes(mismatch.checkpointShape, mismatch.modelShape) === undefined && !hasEqualElementCount(mismatch),
  );
  const [slip] = slipped;
  if (slip === undefined || slipped.length < 3 || slipped.length * 2 <= list.length) return undefined;
  return {
    checkpoint: 'one architecture',
    model: 'another, in which the same names or places stand for other layers',
    choose: 'the architecture',
    confidence: 'likely',
    evidence: [shows(slip, 'not even the number of dimensions agrees, so the two are not the same layer')],
  };
}
