import type { LoadFailure, Mismatch } from '../../model/failure.js';
import { differingAxes } from '../../model/shape.js';
import { kernelAxes, onlyDifferingAxis } from '../pairs.js';
import { roleOf } from '../roles.js';
import { pick, shows } from './answer.js';
import type { ModelPair } from './model-pair.js';
import { mostFrequent } from './observed-sizes.js';
import { isPositionTable } from './position-arithmetic.js';
import { channelPairs, isNameless, readPairs } from './read-widths.js';
import type { Reading } from './variant-reading.js';

/** No table knows the widths: one constant ratio on norms and weights of many layers still means another size. */
export function byRatio(failure: LoadFailure, ordinary: readonly number[]): Reading | undefined {
  const list = pick(failure, ordinary);
  // The sides of a map of positions follow the picture, not the model.
  const pairs = list
    .filter(({ parameter, checkpointShape }) => !isPositionTable(parameter) || checkpointShape.length < 4)
    .flatMap(channelPairs);
  const ratio = mostFrequent(pairs.map(([checkpoint, model]) => checkpoint / model));
  const pair = mostFrequent(pairs.map(([checkpoint, model]) => `${checkpoint}/${model}`));
  if (ratio === undefined || pair === undefined) return undefined;
  const [checkpoint, model] = pair.split('/');
  const share = pairs.filter(([a, b]) => a / b === ratio).length / pairs.length;
  const norms = list.filter(
    ({ parameter, checkpointShape }) =>
      roleOf(parameter) === 'norm' && checkpointShape.length === 1 && !/out_norm|\bbn\d?\b|batch/.test(parameter ?? ''),
  );
  const square = list.some((mismatch) => (differingAxes(mismatch.checkpointShape, mismatch.modelShape)?.length ?? 0) >= 2);
  const kernels = list.some(
    (mismatch) => mismatch.checkpointShape.length >= 4 && kernelAxes(mismatch)?.some((axis) => differsOn(mismatch, axis)) === true,
  );
  const layered = list.length >= 4 && norms.length > 0 && (square || transformerLike(list));
  const otherNet = kernels && list.some((mismatch) => onlyDifferingAxis(mismatch) === 0);
  const sure = layered || otherNet;
  const nameless = list.every(isNameless);
  // Rows that differ by a hair are a vocabulary's, not a width.
  if (!sure && nameless && Math.abs(ratio - 1) < 0.05) return undefined;
  // One tensor without a name may be a bias of classes, a buffer or a kernel: it tells a width only where it looks like one.
  if (!sure && list.length < 3 && !(nameless && list.every(looksLikeWidth))) return undefined;
  if (!nameless && !readPairs(list).has(pair)) return undefined;
  const decoder = byDecoder(list);
  if (decoder !== undefined) return { ...decoder, confidence: 'likely', specificity: 40, positions: ordinary, keys: true };
  return {
    checkpoint: `a model of width ${checkpoint}`,
    model: `one of width ${model}`,
    choose: 'the variant',
    confidence: sure ? 'likely' : 'possible',
    specificity: sure ? 30 : nameless ? 20 : 5,
    positions: ordinary,
    keys: true,
    evidence: [
      { statement: `${ratioInWords(ratio)} on ${Math.round(share * 100)} % of the sizes that differ.` },
      ...(norms.length > 0
        ? [{ statement: `Norms differ as well (${norms.length} of them), so the width of the whole model does, not that of one layer.` }]
        : []),
      ...(kernels ? [{ statement: 'Kernel sizes differ at equal names, so equal numbers stand for other blocks.' }] : []),
    ],
  };
}

/** A matrix whose changed sizes are both such as models are built with. */
function looksLikeWidth(mismatch: Mismatch): boolean {
  const sizes = channelPairs(mismatch).flat();
  return mismatch.checkpointShape.length === 2 && sizes.every((size) => size >= 128 && size % 64 === 0);
}

function differsOn({ checkpointShape, modelShape }: Mismatch, axis: number): boolean {
  return checkpointShape[axis] !== modelShape[axis];
}

/** A masked autoencoder: the decoder has a width of its own (facebookresearch/mae, models_mae.py: decoder_embed_dim). */
function byDecoder(list: readonly Mismatch[]): ModelPair | undefined {
  const bridge = list.find(
    (mismatch) => /(^|\.)decoder_embed\.weight$/.test(mismatch.parameter ?? '') && onlyDifferingAxis(mismatch) === 0,
  );
  if (bridge === undefined || !list.every(({ parameter = '' }) => /(^|\.)(mask_token$|decoder_)/.test(parameter))) return undefined;
  const inputs = bridge.checkpointShape[1] ?? 0;
  return {
    checkpoint: `a masked autoencoder with a decoder of width ${bridge.checkpointShape[0]}`,
    model: `one with a decoder of width ${bridge.modelShape[0]}`,
    choose: 'decoder_embed_dim',
    evidence: [
      shows(bridge, `${inputs} inputs on both sides, so the encoder agrees`),
      { statement: 'Every name in the list is of the decoder or its mask token.' },
    ],
  };
}

function transformerLike(list: readonly Mismatch[]): boolean {
  return list.some(({ parameter = '' }) =>
    /(layers?|blocks?|h|resblocks)\.(\d+|\{[^{}]*\})\.\S*(norm|ln_?\d|attn|attention|mlp|linear[12])/.test(parameter),
  );
}

function ratioInWords(ratio: number): string {
  for (let denominator = 1; denominator <= 16; denominator++) {
    const numerator = ratio * denominator;
    if (Math.abs(numerator - Math.round(numerator)) < 1e-9)
      return `The checkpoint stands to the model as ${Math.round(numerator)} to ${denominator}`;
  }
  return `The checkpoint has ${ratio.toFixed(3)} times the size of the model`;
}
