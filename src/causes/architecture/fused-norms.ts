import type { Confidence } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';

export interface FusedNorms {
  /** Which side has one layer in place of two. */
  readonly side: 'checkpoint' | 'model';
  readonly keys: readonly string[];
  readonly shown: 'biases' | 'norms' | 'both';
  readonly confidence: Confidence;
}

const CONV_BIAS = /(^|\.)(conv\w*|\w+conv|(downsample|shortcut)\.0)\.bias$/;
const NORM_NAME = /(bn|norm)\w*\.\w+$/i;
const NORM_PART = /\.(weight|bias|running_mean|running_var|num_batches_tracked)$/;

/**
 * Fusing takes the batch norms away and gives their convolutions a bias: the fused side alone has the biases, the other alone the norms. One of
 * the two lists may not be there.
 */
export function fusedNorms({ missingKeys, unexpectedKeys }: LoadFailure): FusedNorms | undefined {
  return fusedSide('checkpoint', unexpectedKeys, missingKeys) ?? fusedSide('model', missingKeys, unexpectedKeys);
}

function fusedSide(side: FusedNorms['side'], fused: readonly string[], plain: readonly string[]): FusedNorms | undefined {
  const keys = [...fused, ...plain];
  const whole = (names: readonly string[]) => names.filter((name) => name.includes('.') && NORM_PART.test(name));
  // A list that was cut ends inside of a name.
  if (whole(fused).some((key) => !CONV_BIAS.test(key)) || fused.length - whole(fused).length > 1) return undefined;
  const norms = new Set(plain.filter((key) => /\.running_(mean|var)$/.test(key)).map(moduleOf));
  const others = plain.filter((key) => !norms.has(moduleOf(key)));
  // Where the list was cut, the statistics of its last norm are not there.
  if (others.some((key, at) => key !== plain[plain.length - others.length + at] || (NORM_PART.test(key) && !NORM_NAME.test(key))))
    return undefined;
  if (new Set(others.map(moduleOf)).size > 1) return undefined;
  const hasNorms = norms.size > 1 && hasWeights(plain, norms) && [...norms].some((name) => name.includes('.'));
  const hasBiases = whole(fused).length > 1;
  if (plain.length > 0 && !hasNorms) return undefined;
  if (fused.length > 0 && !hasBiases) return undefined;
  if (!hasNorms && !hasBiases) return undefined;
  // ResNets never have biases in their blocks; elsewhere a bias or a norm alone may be an option as well.
  const sure = (hasNorms && hasBiases) || whole(fused).some((key) => /(^|\.)layer\d\.\d+\.conv\d\.bias$/.test(key));
  return { side, keys, shown: hasNorms && hasBiases ? 'both' : hasNorms ? 'norms' : 'biases', confidence: sure ? 'likely' : 'possible' };
}

function hasWeights(keys: readonly string[], norms: ReadonlySet<string>): boolean {
  const known = new Set(keys);
  return [...norms].some((name) => known.has(`${name}.weight`));
}

function moduleOf(key: string): string {
  return key.replace(NORM_PART, '');
}
