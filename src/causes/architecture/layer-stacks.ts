/** Layers of one container that a list of keys names: `transformer.h.6` to `transformer.h.11`. */
export interface Stack {
  readonly container: string;
  readonly from: number;
  readonly to: number;
  readonly keys: readonly string[];
  /** Every layer is there with as many keys as the fullest: then the first and the last number are the true ones. */
  readonly whole: boolean;
  /** Other containers of the same list. */
  readonly others: readonly string[];
}

interface Layered {
  readonly key: string;
  readonly container: string;
  readonly layers: readonly number[];
}

/** `encoder.layer.{12...23}.attention` is how transformers 5 folds a list of layers. */
const LAYER = /^(.*?)\.(?:noise_)?(\d+|\{[\d., -]+\})(?:\.|(?<=noise_\d+)$)/;

/** The key's layer number at this depth, 0 for the outermost; a leading `0.` of a Sequential is no layer. */
function layered(key: string, depth = 0): Layered | undefined {
  let prefix = /^\d+\./.exec(key)?.[0] ?? '';
  for (let passed = 0; passed < depth; passed++) {
    const outer = LAYER.exec(key.slice(prefix.length))?.[0];
    if (outer === undefined) return undefined;
    prefix += outer;
  }
  const match = LAYER.exec(key.slice(prefix.length));
  if (match === null) return undefined;
  return { key, container: `${prefix}${match[1] ?? ''}`, layers: numbersIn(match[2] ?? '') };
}

/** `6`, `{6...11}`, `{0, 1}` and `{0-3, 7}`. */
export function numbersIn(text: string): readonly number[] {
  const inner = text.replace(/[{}]/g, '');
  return inner.split(',').flatMap((part) => {
    const range = /^\s*(\d+)(?:\.\.\.?|-)(\d+)\s*$/.exec(part);
    if (range === null) return /^\s*\d+\s*$/.test(part) ? [Number(part)] : [];
    const [first, last] = [Number(range[1]), Number(range[2])];
    return Array.from({ length: Math.min(Math.max(last - first + 1, 0), 1000) }, (_, index) => first + index);
  });
}

/** All keys by container. */
export function stacksIn(keys: readonly string[], depth = 0): ReadonlyMap<string, readonly Layered[]> {
  const stacks = new Map<string, Layered[]>();
  for (const key of keys) {
    const found = layered(key, depth);
    if (found === undefined) continue;
    const stack = stacks.get(found.container);
    if (stack === undefined) stacks.set(found.container, [found]);
    else stack.push(found);
  }
  return stacks;
}

/** The end of a stack: its numbers start above 0, have no gap, and nothing but stacks is in the list (heads and a final norm aside). */
export function stackOf(keys: readonly string[]): Stack | undefined {
  return isConstant(keys) ? (stackAt(keys, 1) ?? stackAt(keys, 0)) : stackAt(keys, 0);
}

/** One and the same outer number in each container is a place in a Sequential (`dark2.1.m.2`): what varies stands further inside. */
function isConstant(keys: readonly string[]): boolean {
  const outer = [...stacksIn(keys).values()];
  const inner = [...stacksIn(keys, 1).values()];
  return (
    inner.reduce((sum, layeredKeys) => sum + layeredKeys.length, 0) === keys.length &&
    outer.every((layeredKeys) => new Set(layeredKeys.flatMap(({ layers }) => layers)).size === 1) &&
    inner.some((layeredKeys) => new Set(layeredKeys.flatMap(({ layers }) => layers)).size > 1)
  );
}

function stackAt(keys: readonly string[], depth: number): Stack | undefined {
  const stacks = [...stacksIn(keys, depth)]
    .map(([container, layeredKeys]) => end(container, layeredKeys))
    .filter((stack) => stack !== undefined);
  const covered = stacks.reduce((sum, stack) => sum + stack.keys.length, 0);
  const [largest] = stacks.toSorted((a, b) => b.keys.length - a.keys.length);
  // One kind of parameter alone is no layer, but may accompany those that are (StyleGAN's to_rgbs).
  if (largest === undefined || covered < keys.length || (kindsOf(largest).size < 2 && stacks.length < 2)) return undefined;
  const others = stacks.filter((stack) => stack !== largest).map(({ container, from, to }) => `${container}.${from} to ${to}`);
  return { ...largest, keys: stacks.flatMap((stack) => stack.keys), others };
}

function end(container: string, layeredKeys: readonly Layered[]): Omit<Stack, 'others'> | undefined {
  const numbers = [...new Set(layeredKeys.flatMap(({ layers }) => layers))].toSorted((a, b) => a - b);
  const [from, to] = [numbers[0], numbers[numbers.length - 1]];
  if (from === undefined || to === undefined || from === 0 || numbers.length !== to - from + 1) return undefined;
  const keys = layeredKeys.map(({ key }) => key);
  const perLayer = new Map<number, number>();
  for (const { layers } of layeredKeys) for (const layer of layers) perLayer.set(layer, (perLayer.get(layer) ?? 0) + 1);
  return { container, from, to, keys, whole: new Set(perLayer.values()).size === 1 };
}

function kindsOf({ container, keys }: Pick<Stack, 'container' | 'keys'>): ReadonlySet<string> {
  return new Set(keys.map((key) => key.slice(container.length).replace(LAYER, '.*.')));
}
