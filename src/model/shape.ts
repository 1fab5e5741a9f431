/** A tensor's shape: sizes in elements, outermost dimension first; a scalar is `[]`, an empty one-dimensional tensor `[0]`. */
export type Shape = readonly number[];

/** Number of elements; 1 for a scalar, 0 as soon as one dimension is 0. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[96, 3, 4, 4]`, the way PyTorch prints the inside of `torch.Size(…)`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The axes on which two shapes of the same number of dimensions differ; `undefined` where the number of dimensions differs. */
export function differingAxes(a: Shape, b: Shape): readonly number[] | undefined {
  if (a.length !== b.length) return undefined;
  const axes: number[] = [];
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) axes.push(axis);
  return axes;
}
