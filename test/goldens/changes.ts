import { groupByLayer, summariseFamilies } from '../../src/failures/name-patterns.js';
import type { Case } from '../../src/model/diagnosis.js';
import type { LoadFailure, Mismatch } from '../../src/model/failure.js';
import type { Report } from '../../src/model/report.js';
import { elementCount, type Shape } from '../../src/model/shape.js';
import type { ClueFacts } from '../causes/failure-builder.js';

type Lists = Pick<LoadFailure, 'mismatches' | 'missingKeys' | 'unexpectedKeys'>;
type Side = 'checkpointShape' | 'modelShape';

/** What causes are asked about in a log: its failures, as far as a report keeps them, with all clues. */
export function subjectsOf({ failures, clues }: Report): readonly Case[] {
  return failures.map(
    ({ id: _id, verdict: _verdict, diagnoses: _diagnoses, declined: _declined, unexplained: _unexplained, origin: _origin, ...facts }) => ({
      failure: { ...facts, traceback: [], dialects: [...new Set(facts.mismatches.map(({ dialect }) => dialect))] },
      clues,
    }),
  );
}

function withLists({ failure, clues }: Case, change: (lists: Lists) => Partial<Lists>): Case {
  const changed = { ...failure, ...change(failure) };
  const groups = groupByLayer(changed.mismatches);
  return { failure: { ...changed, groups, families: summariseFamilies(groups) }, clues };
}

const mismatches =
  (change: (list: readonly Mismatch[]) => readonly Mismatch[]) =>
  (subject: Case): Case =>
    withLists(subject, (lists) => ({ mismatches: change(lists.mismatches) }));
const sizes = (side: Side, axis: number, change: (size: number) => number, which: 'all' | 'first' = 'all') =>
  mismatches((list) =>
    list.map((each, position) => (which === 'first' && position > 0 ? each : { ...each, [side]: sizeChanged(each[side], axis, change) })),
  );
const names =
  (change: (name: string) => string) =>
  (subject: Case): Case =>
    withLists(subject, (lists) => ({
      mismatches: lists.mismatches.map((each) => (each.parameter === undefined ? each : { ...each, parameter: change(each.parameter) })),
      missingKeys: lists.missingKeys.map(change),
      unexpectedKeys: lists.unexpectedKeys.map(change),
    }));
const failure =
  (change: Partial<LoadFailure>) =>
  (subject: Case): Case => ({ ...subject, failure: { ...subject.failure, ...change } });

const clue =
  (facts: ClueFacts) =>
  (subject: Case): Case => ({
    ...subject,
    clues: [...subject.clues, { ...facts, at: subject.failure.at, text: '' } as Case['clues'][number]],
  });

/** The model's shapes, from its own and the checkpoint's. */
const sides = (change: (model: Shape, checkpoint: Shape) => Shape) =>
  mismatches((list) => list.map((each) => ({ ...each, modelShape: change(each.modelShape, each.checkpointShape) })));

const rowsTwice = (subject: Case, ...both: readonly Side[]): Case =>
  both.reduce((changed, side) => sizes(side, 0, (size) => 2 * size)(changed), subject);

function withAxis({ checkpointShape, modelShape, ...each }: Mismatch): Mismatch {
  return { ...each, checkpointShape: [1, ...checkpointShape], modelShape: [1, ...modelShape] };
}

function sizeChanged(shape: Shape, axis: number, change: (size: number) => number): Shape {
  const size = shape.at(axis);
  return size === undefined ? shape : shape.with(axis, Math.max(0, Math.floor(change(size))));
}

const STRANGER = { parameter: 'stranger.weight', checkpointShape: [17, 19], modelShape: [23, 29], dialect: 'torch' };

/** One thing that might be otherwise in a log, so that its cause would be another, or less sure. */
export const changes: readonly (readonly [name: string, change: (subject: Case) => Case])[] = [
  ['no clues', (subject) => ({ ...subject, clues: [] })],
  ['ZeRO-3 in the log', clue({ kind: 'zero-stage', stage: 3, strength: 'strong', form: 'config dump' })],
  ['FSDP in the log', clue({ kind: 'sharding-library', library: 'fsdp', strength: 'strong' })],
  ['two processes', clue({ kind: 'world-size', size: 2 })],
  ['fine-tuning', clue({ kind: 'phase', phase: 'fine-tuning' })],
  ['evaluation', clue({ kind: 'phase', phase: 'evaluation' })],
  ['a warning', failure({ severity: 'warning' })],
  ['an error', failure({ severity: 'error' })],
  ['a cut list', failure({ complete: false, incompleteReasons: ['cut'] })],
  ['eight ranks', failure({ ranks: [0, 1, 2, 3, 4, 5, 6, 7] })],
  ['sides changed', (subject) => withLists(subject, sidesChanged)],
  ['first mismatch only', mismatches((list) => list.slice(0, 1))],
  ['last mismatch only', mismatches((list) => list.slice(-1))],
  ['first mismatch only, of a `weight`', mismatches((list) => list.slice(0, 1).map((each) => ({ ...each, parameter: 'weight' })))],
  ['no first mismatch', mismatches((list) => list.slice(1))],
  ['no last mismatch', mismatches((list) => list.slice(0, -1))],
  ['a stranger among the mismatches', mismatches((list) => [...list, ...list.slice(0, 1).map((each) => ({ ...each, ...STRANGER }))])],
  ['no missing keys', (subject) => withLists(subject, () => ({ missingKeys: [] }))],
  ['no unexpected keys', (subject) => withLists(subject, () => ({ unexpectedKeys: [] }))],
  ['no last missing key', (subject) => withLists(subject, ({ missingKeys }) => ({ missingKeys: missingKeys.slice(0, -1) }))],
  ['no last unexpected key', (subject) => withLists(subject, ({ unexpectedKeys }) => ({ unexpectedKeys: unexpectedKeys.slice(0, -1) }))],
  [
    'a stranger among the missing keys',
    (subject) => withLists(subject, ({ missingKeys }) => ({ missingKeys: [...missingKeys, 'stranger.weight'] })),
  ],
  [
    'a stranger among the unexpected keys',
    (subject) => withLists(subject, ({ unexpectedKeys }) => ({ unexpectedKeys: [...unexpectedKeys, 'stranger.weight'] })),
  ],
  ['no names', mismatches((list) => list.map(({ parameter: _, ...each }) => each))],
  ['other words for the modules', names((name) => name.replace(/[a-z]{3,}(?=[\w]*\.)/g, 'part'))],
  ['first part of the names taken off', names((name) => name.replace(/^[^.]+\.(?=.)/, ''))],
  ['names inside a wrapper', names((name) => `wrapper.${name}`)],
  ['one row more in the model', sizes('modelShape', 0, (size) => size + 1)],
  ['one row more in the checkpoint', sizes('checkpointShape', 0, (size) => size + 1)],
  ['one row more in the first of the model', sizes('modelShape', 0, (size) => size + 1, 'first')],
  ['rows of the model twice', sizes('modelShape', 0, (size) => 2 * size)],
  ['rows of the checkpoint twice', sizes('checkpointShape', 0, (size) => 2 * size)],
  ['rows of the model halved', sizes('modelShape', 0, (size) => size / 2)],
  ['rows of the first of the checkpoint twice', sizes('checkpointShape', 0, (size) => 2 * size, 'first')],
  ['columns of the model twice', sizes('modelShape', -1, (size) => 2 * size)],
  ['columns of the checkpoint twice', sizes('checkpointShape', -1, (size) => 2 * size)],
  ['one column more in the first of the model', sizes('modelShape', -1, (size) => size + 1, 'first')],
  ['as many rows in the model', sides((own, other) => (own[0] === undefined ? own : other.slice(0, 1).concat(own.slice(1))))],
  ['as many columns in the model', sides((own, other) => (own.length < 2 ? own : own.slice(0, -1).concat(other.slice(-1))))],
  ['twice as many rows on both sides', (subject) => rowsTwice(subject, 'checkpointShape', 'modelShape')],
  ['one axis more on both sides', mismatches((list) => list.map(withAxis))],
  [
    'the checkpoint flattened',
    mismatches((list) => list.map((each) => ({ ...each, checkpointShape: [elementCount(each.checkpointShape)] }))),
  ],
  ['nothing left of the model', mismatches((list) => list.map((each) => ({ ...each, modelShape: [0] })))],
  [
    'nothing left of the first of the checkpoint',
    mismatches((list) => list.map((each, at) => (at > 0 ? each : { ...each, checkpointShape: [0] }))),
  ],
  ['one dimension less in the model', mismatches((list) => list.map((each) => ({ ...each, modelShape: each.modelShape.slice(1) })))],
];

function sidesChanged(lists: Lists): Lists {
  return {
    mismatches: lists.mismatches.map((each) => ({ ...each, checkpointShape: each.modelShape, modelShape: each.checkpointShape })),
    missingKeys: lists.unexpectedKeys,
    unexpectedKeys: lists.missingKeys,
  };
}
