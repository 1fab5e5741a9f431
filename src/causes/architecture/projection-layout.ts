import { type LoadFailure, type Mismatch, mayHideMore } from '../../model/failure.js';
import { elementCount } from '../../model/shape.js';

/** The projections around a block of attention in a UNet or a ControlNet; a VAE has layers of these names behind `encoder` and `decoder`. */
const PROJECTION =
  /^(?!.*(?:encoder|decoder|first_stage)\.)(?:.*\.)?(?<block>(?:(?:input|output)_blocks\.\d+|middle_block)\.1|(?:(?:down|up)_blocks\.\d+|mid_block)\.attentions\.\d+)\.proj_(?<end>in|out)\.weight$/;

/** SD 1 and 2 attend on every level; XL has none on the outermost, so a block there is of one of the two. */
const OUTERMOST = /^(input_blocks\.[12]|output_blocks\.(9|10|11)|down_blocks\.0|up_blocks\.3)\./;

/** Blocks of attention in a ControlNet, the smaller of the two networks: six on the way down and one in the middle. */
const ALL_BLOCKS = 7;

/** 1×1 convolutions became linear layers with SD 2: [c, c, 1, 1] against [c, c]. Both names tell it: `use_linear_projection`, `use_linear_in_transformer`. */
export function projectionLayout({ parameter = '', checkpointShape, modelShape }: Mismatch): { readonly block: string } | undefined {
  const { block } = PROJECTION.exec(parameter)?.groups ?? {};
  const lengths = `${checkpointShape.length}/${modelShape.length}`;
  const isLayout = (lengths === '2/4' || lengths === '4/2') && elementCount(checkpointShape) === elementCount(modelShape);
  return block !== undefined && isLayout ? { block } : undefined;
}

/** Which generation has linear projections in this block. */
export function linearGeneration(block: string): string {
  return OUTERMOST.test(`${block}.`) ? 'Stable Diffusion 2.x' : 'Stable Diffusion 2.x or XL';
}

/**
 * Nothing but projections, and fewer than any network has: the list was cut, and behind the cut the attention over the text differs too. Where
 * all blocks stand there with both ends, the other widths agree, and a reshape mends it.
 */
export function isCutLayoutList(failure: LoadFailure): boolean {
  const names = failure.mismatches.flatMap((mismatch) => projectionLayout(mismatch) ?? []).map(({ block }) => block);
  if (names.length === 0 || names.length < failure.mismatches.length) return false;
  const blocks = new Set(names);
  return mayHideMore(failure) || blocks.size < ALL_BLOCKS || names.length < 2 * blocks.size;
}
