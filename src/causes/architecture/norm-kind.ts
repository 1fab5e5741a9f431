import type { LoadFailure } from '../../model/failure.js';
import { placeOf } from './layers-without-weights.js';

export interface NormKind {
  /** Whose norms have parameters (BatchNorm); the other side has biases in the convolutions in front of them. */
  readonly withParameters: 'checkpoint' | 'model';
  readonly norms: number;
  readonly norm: string;
  readonly bias: string;
}

/**
 * On one side convolutions have biases and the norms behind them nothing, on the other it is the reverse. A convolution in front of BatchNorm needs
 * no bias and in front of InstanceNorm gets one (junyanz/pytorch-CycleGAN-and-pix2pix, models/networks.py: `use_bias = norm_layer == InstanceNorm2d`).
 */
export function otherNormKind({ mismatches, missingKeys, unexpectedKeys }: LoadFailure): NormKind | undefined {
  if (mismatches.length > 0) return undefined;
  const inFile = read(missingKeys, unexpectedKeys);
  if (inFile !== undefined) return { withParameters: 'checkpoint', ...inFile };
  const inModel = read(unexpectedKeys, missingKeys);
  return inModel === undefined ? undefined : { withParameters: 'model', ...inModel };
}

function read(biases: readonly string[], norms: readonly string[]): Omit<NormKind, 'withParameters'> | undefined {
  const convolutions = new Set(biases.map((key) => (key.endsWith('.bias') ? key.slice(0, -'.bias'.length) : undefined)));
  const modules = modulesIn(norms);
  if (biases.length === 0 || convolutions.has(undefined) || modules === undefined || modules.size < 2) return undefined;
  const behind = [...modules].flatMap(([module, { parent, index }]) => {
    const convolution = `${parent}.${index - 1}`;
    return convolutions.has(convolution) ? [{ norm: `${module}.weight`, bias: `${convolution}.bias` }] : [];
  });
  const [first] = behind;
  return first === undefined || behind.length < 0.8 * modules.size ? undefined : { ...first, norms: modules.size };
}

/** The numbered layers of the list; a norm has a weight as well as a bias. */
function modulesIn(keys: readonly string[]): ReadonlyMap<string, { readonly parent: string; readonly index: number }> | undefined {
  const modules = new Map<string, { readonly parent: string; readonly index: number }>();
  const leaves = new Set<string>();
  for (const key of keys) {
    const place = placeOf(key);
    if (place === undefined) return undefined;
    modules.set(`${place.parent}.${place.index}`, place);
    leaves.add(place.leaf);
  }
  return leaves.has('weight') && leaves.has('bias') ? modules : undefined;
}
