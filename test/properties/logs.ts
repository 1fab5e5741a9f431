import fc from 'fast-check';
import { createAnalysis } from '../../src/analyze.js';
import type { Report } from '../../src/model/report.js';
import type { Printed } from './printed-forms.js';

const segment = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'model',
      'encoder',
      'decoder',
      'layers',
      'blocks',
      'attn',
      'mlp',
      'q_proj',
      'norm1',
      'head',
      'fc',
      'embeddings',
      'lora_A',
    ),
  },
  { weight: 3, arbitrary: fc.nat({ max: 40 }).map(String) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,11}$/) },
);

export const parameterName: fc.Arbitrary<string> = fc
  .tuple(fc.stringMatching(/^[a-z][a-z_]{1,8}$/), fc.array(segment, { maxLength: 6 }), fc.constantFrom('weight', 'bias', 'running_mean'))
  .map(([first, middle, last]) => [first, ...middle, last].join('.'));

const shape = fc.array(fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 70_000 })), { minLength: 1, maxLength: 4 });

export const mismatch: fc.Arbitrary<Printed> = fc
  .record({ parameter: parameterName, checkpointShape: shape, modelShape: shape })
  .filter(({ checkpointShape, modelShape }) => checkpointShape.join() !== modelShape.join());

export const mismatches: fc.Arbitrary<readonly Printed[]> = fc.uniqueArray(mismatch, {
  selector: ({ parameter }) => parameter,
  minLength: 1,
  maxLength: 8,
});

/** Where a log is cut into chunks: lengths, used over and over. */
export const chunkLengths: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 });

export function analyze(bytes: Uint8Array, chunks: readonly number[] = [], prefilter = true): Report {
  const analysis = createAnalysis({ prefilter });
  const source = analysis.source('run.log');
  let start = 0;
  for (let i = 0; start < bytes.length; i++) {
    const length = chunks[i % chunks.length] ?? bytes.length;
    source.push(bytes.subarray(start, start + length));
    start += length;
  }
  source.end();
  return analysis.report();
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What all failures say together, sorted: names with both shapes. */
export function factsOf({ failures }: Report): readonly string[] {
  return failures.flatMap(({ mismatches: found }) => found.map(factOf)).sort();
}

export function factOf({
  parameter = '',
  checkpointShape,
  modelShape,
}: Partial<Pick<Printed, 'parameter'>> & Omit<Printed, 'parameter'>): string {
  return `${parameter} ${checkpointShape.join('x')} ${modelShape.join('x')}`;
}
