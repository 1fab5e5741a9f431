/** Stands for one layer number in a skeleton. No name that is taken apart contains it (see `isOpaque`). */
export const INDEX = '\u0001';

/** A parameter's name taken apart: what stays when the layer numbers are taken out, and those numbers, outermost first. */
export interface LayerName {
  readonly skeleton: string;
  readonly indices: readonly number[];
}

/**
 * More numbers than this in one name are left as they are: no library nests layers so deeply, and a hostile name of ten thousand
 * numbers must not cost ten thousand levels.
 */
const MAX_INDICES = 8;

/** At most 15 digits, so that the number is exact, and no leading zero, so that it prints back as it stood. */
const NUMBER = /^(0|[1-9]\d{0,14})$/;

/**
 * `layer_12`, `h_3`, `encoderblock_0` of TensorFlow and Flax, `down_blocks_0_attentions_1` of kohya's LoRA files. Only after a word
 * that means "layer": `fc_1` and `fc_2` are two different parameters of one block, which are siblings, not layers.
 */
const NUMBERED_WORD =
  /((?:^|_)(?:[a-z]*(?:layers?|blocks?|stages?|groups?|experts?|attentions?|resnets?|upsamplers?|downsamplers?)|h)_)(0|[1-9]\d{0,14})(?=_|$)/gi;

/** Braces and commas are what patterns are written with; a name that has them itself (folded, damaged) is kept as printed. */
export function isOpaque(name: string): boolean {
  return /[{},]|[^ -~\xa0-\uffff]/.test(name);
}

export function readLayerName(name: string): LayerName {
  const indices: number[] = [];
  const segments = splitSegments(name).map((segment) => takeNumbersOut(segment, indices));
  return { skeleton: segments.join(''), indices };
}

/** Segments and separators in turn; the segments stand at the even positions. */
export function splitSegments(name: string): string[] {
  return name.split(/([./])/);
}

function takeNumbersOut(segment: string, indices: number[]): string {
  if (!/\d/.test(segment) || indices.length >= MAX_INDICES) return segment;
  if (NUMBER.test(segment)) {
    indices.push(Number(segment));
    return INDEX;
  }
  return segment.replace(NUMBERED_WORD, (whole, word: string, number: string) => {
    if (indices.length >= MAX_INDICES) return whole;
    indices.push(Number(number));
    return word + INDEX;
  });
}
