import type { Clue } from '../../model/clue.js';
import type { Case, Evidence } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { stockWeights } from '../vocabulary-and-adapters/vocabulary-table.js';
import { plural } from './amounts.js';
import { pick } from './collapsed-shapes.js';
import { tensorOption } from './parallel-sizes.js';
import { knownVocabulary, type OtherWidthToo, type Split } from './parallel-split.js';
import type { Trace } from './tensor-parallel-trace.js';

/** What the shapes show, axis by axis; or what the loader itself compares. */
export function degreeEvidence({ failure, clues }: Case, trace: Trace): readonly Evidence[] {
  if (trace.kind === 'asserted') {
    return [
      {
        statement: `The loader stopped at "${String(trace.notice.values.reason)}", which compares the shape of one weight.`,
        at: trace.notice.at,
      },
      ...optionEvidence(clues),
    ];
  }
  if (trace.kind === 'told') return [{ statement: toldEvidence(trace), at: trace.sizes.notice.at }];
  if (trace.kind === 'cut-and-width') return widthEvidence(failure, trace.reading);
  const { splits, pieces } = trace;
  const columns = splits.filter(({ axis, exact }) => axis === 0 && exact);
  const rows = splits.filter(({ axis }) => axis === 1);
  return [
    ...axisEvidence(
      failure,
      columns,
      `differ by exactly ${pieces} on axis 0, where layers that widen and vocabularies are cut`,
      `differs by exactly ${pieces} on axis 0, where layers that widen and vocabularies are cut`,
    ),
    ...axisEvidence(
      failure,
      rows,
      `differ by exactly ${pieces} on axis 1, where layers that narrow are cut`,
      `differs by exactly ${pieces} on axis 1, where layers that narrow are cut`,
    ),
    ...paddedEvidence(failure, splits),
    ...vocabularyEvidence(failure, splits),
    ...optionEvidence(clues),
    ...(failure.complete && failure.mismatches.length >= 3
      ? [{ statement: 'No norm and no bias of a narrowing layer is in the list: the model width is the same on both sides.' }]
      : []),
  ];
}

function toldEvidence({ sizes: { notice, checkpoint, model, files } }: Extract<Trace, { kind: 'told' }>): string {
  const argument = notice.values.argument;
  const name = argument === undefined ? 'the model-parallel size' : String(argument);
  if (files !== undefined) return `The loader counts ${plural(files, 'file')} and reads a model-parallel size of ${checkpoint} in them.`;
  if (checkpoint === undefined) return `The loader itself says that ${String(notice.values.reason ?? 'the shards do not fit')}.`;
  return `The loader itself compares ${name}: ${checkpoint} in the checkpoint${model === undefined ? '' : `, ${model} in the run`}.`;
}

function axisEvidence({ mismatches }: LoadFailure, splits: readonly Split[], many: string, one: string): readonly Evidence[] {
  const [first] = pick(
    mismatches,
    splits.slice(0, 1).map(({ position }) => position),
  );
  if (first === undefined) return [];
  const example = `${first.parameter ?? 'a parameter'}: ${formatShape(first.checkpointShape)} in the checkpoint, ${formatShape(first.modelShape)} in the model`;
  return [{ statement: `${plural(splits.length, 'parameter')} ${splits.length === 1 ? one : many} (${example}).`, at: first.at }];
}

function paddedEvidence({ mismatches }: LoadFailure, splits: readonly Split[]): readonly Evidence[] {
  const padded = splits.find(({ exact }) => !exact);
  const [mismatch] = pick(mismatches, padded === undefined ? [] : [padded.position]);
  if (padded === undefined || mismatch === undefined) return [];
  const [a = 0, b = 0] = [mismatch.checkpointShape[0], mismatch.modelShape[0]];
  const [small, large] = [Math.min(a, b), Math.max(a, b)];
  const whole = small * padded.pieces;
  return [
    {
      statement: `${padded.pieces} × ${small} = ${whole} rows, ${Math.abs(whole - large)} away from ${large}: one vocabulary padded to a multiple of 128 for each rank gives both, so ${small} is its share at degree ${padded.pieces}.`,
      at: mismatch.at,
    },
  ];
}

function vocabularyEvidence({ mismatches }: LoadFailure, splits: readonly Split[]): readonly Evidence[] {
  const split = splits.find(({ family, axis, exact }) => family === 'vocabulary' && axis === 0 && exact);
  const [mismatch] = pick(mismatches, split === undefined ? [] : [split.position]);
  if (split === undefined || mismatch === undefined) return [];
  const small = Math.min(mismatch.checkpointShape[0] ?? 0, mismatch.modelShape[0] ?? 0);
  const known = knownVocabulary(small, split.pieces);
  if (known === undefined) return [];
  const { rows, smaller, larger } = known;
  const model = stockWeights(rows)?.family ?? 'a published model';
  const other = larger === 1 ? 'the other side is whole' : `the other side is 1/${larger}`;
  return [{ statement: `${rows} is the vocabulary of ${model}: ${small} rows are 1/${smaller} of it, ${other}.` }];
}

function widthEvidence({ mismatches }: LoadFailure, { pieces, positions }: OtherWidthToo): readonly Evidence[] {
  const [first] = pick(mismatches, positions);
  if (first === undefined) return [];
  return [
    {
      statement: `In all ${plural(positions.length, 'pair')} the rows differ by ${pieces} while the width differs the other way (${first.parameter ?? 'a parameter'}: ${formatShape(first.checkpointShape)} in the checkpoint, ${formatShape(first.modelShape)} in the model).`,
      at: first.at,
    },
    {
      statement:
        'A vocabulary is among them, and a model of another width keeps the rows of its vocabulary: rows were cut. That element counts may agree is an accident of the two ratios.',
    },
  ];
}

function optionEvidence(clues: readonly Clue[]): readonly Evidence[] {
  const option = tensorOption(clues);
  return option === undefined ? [] : [{ statement: `The run sets ${option.name} to ${option.value}.`, at: option.at }];
}
