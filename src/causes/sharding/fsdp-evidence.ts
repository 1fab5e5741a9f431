import type { Clue } from '../../model/clue.js';
import type { Case, Evidence } from '../../model/diagnosis.js';
import type { LoadFailure } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';
import { formatCount, formatRanks, plural } from './amounts.js';
import { pick, rankDependent, type SidePicture, shapeOn, wholeShape } from './collapsed-shapes.js';
import { cutFlats, piecesThatAddUp, ranksByShare, solveFlatGroup, wholeFlats } from './flat-group.js';
import type { Trace } from './fsdp-trace.js';
import type { ZeroReading } from './zero-stage.js';

/** What speaks for pieces: their lengths, their sums, and that ranks differ. */
export function traceEvidence({ failure }: Case, trace: Trace): readonly Evidence[] {
  switch (trace.kind) {
    case 'flat':
      return flatEvidence(failure, trace.picture);
    case 'rows':
      return rowEvidence(failure, trace);
    case 'keys':
      return [
        {
          statement: `${plural(trace.keys.length, 'key')} with a name that only FSDP or fairscale gives, such as ${trace.keys[0]}.`,
          at: failure.at,
        },
      ];
    case 'dtensor':
      return [
        {
          statement: 'The copy failed because one side is a DTensor; the shapes agree, since a DTensor reports its whole size.',
          at: trace.notice.at,
        },
      ];
  }
}

function flatEvidence({ mismatches, ranks }: LoadFailure, picture: SidePicture): readonly Evidence[] {
  const evidence: Evidence[] = [];
  const say = (position: number | undefined, text: (shown: string, whole: string) => string): void => {
    const [mismatch] = pick(mismatches, position === undefined ? [] : [position]);
    if (mismatch !== undefined)
      evidence.push({
        statement: text(formatShape(shapeOn(picture.side, mismatch)), formatShape(wholeShape(picture.side, mismatch))),
        at: mismatch.at,
      });
  };
  const whole = wholeFlats(picture, mismatches);
  say(
    whole[0],
    (shown, full) =>
      `${plural(whole.length, 'parameter')} on the ${picture.side} side ${whole.length === 1 ? 'is' : 'are'} flattened to exactly as many elements, such as ${shown} for ${full}.`,
  );
  const cut = cutFlats(picture, mismatches);
  say(
    cut[0],
    (shown, full) =>
      `${plural(cut.length, 'parameter')} ${cut.length === 1 ? 'has' : 'have'} a one-dimensional piece of another length, such as ${shown} for ${full}: one rank's share of flattened parameters.`,
  );
  say(
    picture.placeholders[0],
    (_, full) =>
      `${plural(picture.placeholders.length, 'parameter')} ${picture.placeholders.length === 1 ? 'is' : 'are'} [0] (${full} on the other side): ${picture.placeholders.length === 1 ? 'it lies' : 'they lie'} on other ranks. With flattened ones in the same list that is FSDP, not ZeRO-3.`,
  );
  const solved = solveFlatGroup(picture, mismatches);
  if (solved !== undefined)
    evidence.push({
      statement: `The length solves for the number of ranks: ${solved.equation}, so ${solved.ranks} ranks shared the parameters.`,
    });
  const pieces = piecesThatAddUp(picture.side, mismatches);
  if (pieces !== undefined) evidence.push({ statement: `The pieces of two ranks add up: ${pieces}.` });
  const share = solved === undefined ? ranksByShare(picture, mismatches) : undefined;
  if (share !== undefined) evidence.push({ statement: `This list holds about 1/${share} of the elements, as with ${share} ranks.` });
  if (rankDependent(picture.side, mismatches).length > 0)
    evidence.push({
      statement: `${ranks.length > 1 ? formatRanks(ranks) : 'Ranks'} print different sizes for the same parameter; ZeRO-3 would show [0] on all.`,
    });
  return evidence;
}

function rowEvidence({ mismatches }: LoadFailure, trace: Extract<Trace, { kind: 'rows' }>): readonly Evidence[] {
  const [first] = pick(mismatches, trace.positions);
  if (first === undefined) return [];
  const shown = [
    ...new Set(
      pick(mismatches, trace.positions)
        .filter((each) => each.parameter === first.parameter)
        .map((each) => formatShape(shapeOn(trace.side, each))),
    ),
  ];
  const name = first.parameter ?? 'the parameter';
  if (trace.byRank)
    return [
      {
        statement: `${name} has ${shown.join(' on one rank and ')} on another, against ${formatShape(wholeShape(trace.side, first))}: axis 0 is cut by rank, unevenly at the tail.`,
        at: first.at,
      },
    ];
  if (trace.isEmpty === true)
    return [
      {
        statement: `On this rank ${name} has no row (${shown.join(', ')} against ${formatShape(wholeShape(trace.side, first))}), every other axis is whole, and the log tells of torch's sharded state dicts: the empty tail of an uneven division, not a width of 0.`,
        at: first.at,
      },
    ];
  if (trace.ranks === undefined)
    return [
      {
        statement: `${name} appears as ${shown.join(', ')} against ${formatShape(wholeShape(trace.side, first))} in a distributed checkpoint: a piece, not the tensor.`,
        at: first.at,
      },
    ];
  return [
    {
      statement: `In all ${formatCount(trace.positions.length)} pairs axis 0 is ceil(rows / ${trace.ranks}) and every other axis is equal, such as ${shown[0]} for ${formatShape(wholeShape(trace.side, first))}.`,
      at: first.at,
    },
    {
      statement: trace.vocabularyOnly
        ? 'The number does not divide the rows of the vocabulary; tensor parallelism would have padded them first, a DTensor leaves the last rank with fewer.'
        : 'Norms, or projections that tensor parallelism cuts on axis 1, are cut on axis 0 too: this is sharding by rows.',
    },
  ];
}

export function libraryEvidence({ fsdp, stage }: ZeroReading): readonly Evidence[] {
  const told = (clue: Clue | undefined, statement: string): readonly Evidence[] => (clue === undefined ? [] : [{ statement, at: clue.at }]);
  return [
    ...told(fsdp, 'The log tells that FSDP is in use.'),
    ...told(
      stage?.stage === 3 ? stage : undefined,
      'The log also tells of ZeRO stage 3, which alone would not leave one-dimensional pieces.',
    ),
  ];
}
