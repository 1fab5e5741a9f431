import type { Mismatch } from '../../model/failure.js';
import { onlyDifferingAxis } from '../pairs.js';

/** Sides of the maps that a linear layer's inputs were flattened from, in lowest terms: 3136 = 64 · 7² against 2304 = 64 · 6². */
export interface FlattenedMaps {
  readonly checkpoint: number;
  readonly model: number;
}

/** The inputs of a linear layer stand to each other as two squares: the same channels on a map of another size (Packt#46). */
export function flattenedMaps(mismatch: Mismatch): FlattenedMaps | undefined {
  const { parameter = 'weight', checkpointShape, modelShape } = mismatch;
  if (!/(^|\.)weight$/.test(parameter)) return undefined;
  if (checkpointShape.length !== 2 || onlyDifferingAxis(mismatch) !== 1) return undefined;
  const [inputs = 0, others = 0] = [checkpointShape[1], modelShape[1]];
  if (Math.max(inputs, others) < 1000 || Math.max(inputs, others) < (checkpointShape[0] ?? 0)) return undefined;
  const divisor = commonDivisor(inputs, others);
  const [checkpoint, model] = [Math.sqrt(inputs / divisor), Math.sqrt(others / divisor)];
  if (!Number.isInteger(checkpoint) || !Number.isInteger(model)) return undefined;
  // 1 to 4 is as often a width of twice the size twice; 1 to 49 is the 7 × 7 of a VGG that was pooled away.
  const told = Math.min(checkpoint, model) > 1 || Math.max(checkpoint, model) === 7;
  return told ? { checkpoint, model } : undefined;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : commonDivisor(b, a % b);
}
