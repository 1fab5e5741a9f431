/** Sentences that all formats share. They say what the report holds and add nothing; each format escapes them for itself. */
import type { LayerFamily, LayerGroup } from '../model/failure.js';
import type { NoticeTopic } from '../model/finding.js';
import { formatPlace } from '../model/place.js';
import type { Report, ReportedDiagnosis, ReportedFailure } from '../model/report.js';
import { formatShape, type Shape } from '../model/shape.js';

/** `12,403`: the same in every locale. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3}){1,7}(?!\d))/g, ',');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** More runs than that tell less than their number. */
const RUNS_SHOWN = 8;

/** `rank 0`, `ranks 0-7`, `ranks 0, 2-3`, and of very many the first ones with their number. */
export function formatRanks(ranks: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const rank of ranks) {
    const run = runs.at(-1);
    if (run !== undefined && rank === run[1] + 1) run[1] = rank;
    else runs.push([rank, rank]);
  }
  const shown = runs.length <= RUNS_SHOWN ? runs : runs.slice(0, RUNS_SHOWN - 1);
  const text = shown.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
  if (shown.length < runs.length) return `ranks ${text}, … (${formatCount(ranks.length)} in all)`;
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${text}`;
}

/** Parameters that differ, each once: where ranks see other shapes of one parameter, the failure holds a mismatch for each. */
export function countParameters({ mismatches }: ReportedFailure): number {
  const names = new Set(mismatches.map(({ parameter }) => parameter));
  const nameless = mismatches.filter(({ parameter }) => parameter === undefined).length;
  return names.size - (names.has(undefined) ? 1 : 0) + nameless;
}

/** What a row of a table counts: a parameter that ranks see differently is several mismatches. */
export function countsParameters(failure: ReportedFailure): boolean {
  return countParameters(failure) === failure.mismatches.length;
}

/** `374 zero3-partitioned-model (certain), 3 unknown`, the most frequent first: what failures that have no room of their own are. */
export function tallyOfCauses(failures: readonly ReportedFailure[]): string {
  const tally = new Map<string, number>();
  for (const failure of failures) tally.set(describeCause(failure), (tally.get(describeCause(failure)) ?? 0) + 1);
  const sorted = [...tally].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const shown = sorted.slice(0, TALLY_SHOWN).map(([cause, count]) => `${formatCount(count)} ${cause}`);
  return sorted.length <= TALLY_SHOWN ? shown.join(', ') : `${shown.join(', ')}, and ${plural(sorted.length - TALLY_SHOWN, 'other cause')}`;
}

const TALLY_SHOWN = 6;

/** What differs, in numbers: `145 parameters differ in shape, 2 keys are missing`. */
export function countDifferences(failure: ReportedFailure): string {
  const parts: string[] = [];
  const { missingKeys, unexpectedKeys } = failure;
  const parameters = countParameters(failure);
  if (parameters > 0)
    parts.push(`${plural(parameters, 'parameter')} ${parameters === 1 ? 'differs' : 'differ'} in shape${pairsOfRanks(failure)}`);
  if (missingKeys.length > 0)
    parts.push(`${plural(missingKeys.length, 'key')} ${missingKeys.length === 1 ? 'is' : 'are'} missing from the checkpoint`);
  if (unexpectedKeys.length > 0)
    parts.push(
      `${plural(unexpectedKeys.length, 'key')} of the checkpoint ${unexpectedKeys.length === 1 ? 'is' : 'are'} unknown to the model`,
    );
  if (parts.length === 0) return namedInNotices(failure) ?? 'the message names no parameter';
  return `${failure.complete ? '' : 'at least '}${parts.join(', ')}`;
}

/** Messages that name a parameter and tell at most one of its shapes. */
function namedInNotices({ notices, complete }: ReportedFailure): string | undefined {
  const count = countNamed(notices);
  if (count === 0) return undefined;
  return `${complete ? '' : 'at least '}${plural(count, 'parameter')} could not be loaded`;
}

function countNamed(notices: ReportedFailure['notices']): number {
  const names = notices.flatMap(({ values: { parameter } }) => (typeof parameter === 'string' && !/\s/.test(parameter) ? [parameter] : []));
  return new Set(names).size;
}

/** Why more mismatches are counted than parameters. */
function pairsOfRanks(failure: ReportedFailure): string {
  const { mismatches } = failure;
  return mismatches.length === countParameters(failure) ? '' : ` (${formatCount(mismatches.length)} mismatches, as ranks see other shapes)`;
}

/** What heads the questions: where one cause leads they only make sure. */
export function titleOfQuestions({ kind }: ReportedFailure['verdict']): string {
  return kind === 'diagnosed' || kind === 'harmless' ? 'To make sure' : 'What the log does not tell and would decide';
}

/** One number for a line: `145 parameters`, or keys where no shape differs. */
export function countInShort(failure: ReportedFailure): string {
  const { mismatches, missingKeys, unexpectedKeys, notices } = failure;
  if (mismatches.length > 0) return plural(countParameters(failure), 'parameter');
  const keys = missingKeys.length + unexpectedKeys.length;
  if (keys > 0) return plural(keys, 'key');
  return countNamed(notices) > 0 ? plural(countNamed(notices), 'parameter') : 'no parameter named';
}

/** `explains 145 of 145 mismatches, 2 of 3 missing keys`; empty where there is nothing to count or none of it is explained. */
export function countExplained(diagnosis: ReportedDiagnosis): string {
  const { explains } = diagnosis;
  if (explains.mismatches + explains.missingKeys + explains.unexpectedKeys === 0) return '';
  const parts: string[] = [];
  if (explains.of > 0) parts.push(`${formatCount(explains.mismatches)} of ${plural(explains.of, 'mismatch', 'mismatches')}`);
  if (explains.ofMissingKeys > 0) parts.push(`${formatCount(explains.missingKeys)} of ${plural(explains.ofMissingKeys, 'missing key')}`);
  if (explains.ofUnexpectedKeys > 0)
    parts.push(`${formatCount(explains.unexpectedKeys)} of ${plural(explains.ofUnexpectedKeys, 'unexpected key')}`);
  return parts.length === 0 ? '' : `explains ${parts.join(', ')}`;
}

/** One part of who and where; `name` stands for itself and is set off from the words. */
export interface AttemptPart {
  readonly words: string;
  readonly name?: string;
}

/** Who and where: the parts that are known. `wholePath` where there is room for it. */
export function describeAttempt(failure: ReportedFailure, wholePath = false): readonly AttemptPart[] {
  const { modelClass, checkpoint, ranks, printed, origin } = failure;
  const parts: AttemptPart[] = [];
  if (modelClass !== undefined) parts.push({ words: 'model', name: modelClass });
  if (checkpoint !== undefined) parts.push({ words: 'checkpoint', name: checkpoint });
  if (ranks.length > 0) parts.push({ words: `said by ${formatRanks(ranks)}` });
  else if (printed > 1) parts.push({ words: `printed ${formatCount(printed)} times` });
  if (origin !== undefined)
    parts.push({
      words: 'load asked for at',
      name: wholePath ? `${origin.file}:${origin.line} in ${origin.function}` : describeOrigin(origin),
    });
  return parts;
}

/** `clip_encoder.py:27 in load_model`; the folder is left to the full path elsewhere. */
export function describeOrigin(origin: NonNullable<ReportedFailure['origin']>): string {
  const file = origin.file.split(/[\\/]/).at(-1) ?? origin.file;
  return `${file}:${origin.line} in ${origin.function}`;
}

export function describeCause(failure: ReportedFailure): string {
  const [first] = failure.diagnoses;
  return first === undefined ? 'unknown' : `${first.cause} (${first.confidence})`;
}

const REASONS_FOR_A_CUT: Readonly<Record<string, string>> = {
  'first-only': 'the loader stops at its first difference',
  folded: 'the message folds several names into one',
  cut: 'the log ends inside the list',
  'lines-dropped': 'the console dropped lines',
};

/** Empty where the list is whole. */
export function describeCut(failure: ReportedFailure): string {
  if (failure.complete) return '';
  const reasons = failure.incompleteReasons.map((reason) => REASONS_FOR_A_CUT[reason] ?? reason);
  if (failure.incompleteReasons.every((reason) => reason === 'folded') && reasons.length > 0)
    return 'The message folds several names into one: more parameters differ than are counted here.';
  return `The list is not whole${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}. All counts are lower bounds.`;
}

/** The distinct shapes of one side of a family, at most `max`; `whole` is false where there are more or may be. */
export function shapesOfFamily(
  failure: ReportedFailure,
  family: LayerFamily,
  side: 'checkpointShape' | 'modelShape',
  max: number,
): { readonly shapes: readonly string[]; readonly whole: boolean } {
  const listed = [...new Set(family.shapes.map((pair) => formatShape(pair[side])))];
  const everywhere = new Set(failure.groups.map((group) => formatShape(group[side])));
  return {
    shapes: listed.slice(0, max),
    whole: listed.length <= max && (family.shapePairs === family.shapes.length || everywhere.size === 1),
  };
}

/** A message may print no name at all. */
export function describeName(name: string | undefined): string {
  return name === undefined || name === '' ? '(no name in the message)' : name;
}

/** `only rank 0` where a group was not printed by every rank; empty where it was, or where its members differ in that. */
export function describeGroupRanks(failure: ReportedFailure, group: LayerGroup): string {
  const ranks = new Set(
    group.members.map((position) => failure.mismatches[position]?.ranks).map((list) => (list === undefined ? '' : formatRanks(list))),
  );
  const [only = ''] = ranks;
  return ranks.size === 1 && only !== '' ? `only ${only}` : '';
}

export function formatPair(pair: { readonly checkpointShape: Shape; readonly modelShape: Shape }): string {
  return `${formatShape(pair.checkpointShape)} → ${formatShape(pair.modelShape)}`;
}

const TOPICS: Readonly<Record<NoticeTopic, string>> = {
  'optimizer-groups': 'The parameter groups of the optimizer differ',
  'optimizer-shape': 'The state of the optimizer does not fit its parameter',
  'optimizer-empty': 'The checkpoint has no optimizer state for parameters of the run',
  'data-parallel-size': 'The optimizer was saved by another number of processes',
  'model-parallel-size': 'The checkpoint was saved with another tensor- or pipeline-parallel size',
  'argument-differs': 'An argument of the checkpoint differs from that of the run',
  'spaces-differ': 'The observation or action spaces differ',
  'file-damaged': 'The file is damaged or cut',
  'partial-transfer': 'Only a part was loaded',
  'element-count': 'The numbers of elements differ',
  'object-count': 'The numbers of layers or tensors differ',
  'slice-outside': 'A slice lies outside of the tensor in the checkpoint',
  'copy-failed': 'A tensor could not be copied',
  'meta-tensor': 'A tensor without data was met',
  'rank-limit': 'The rank of the adapter is above the limit',
  'nothing-matched': 'No weight of the checkpoint matched the model',
  'architecture-unknown': 'The loader could not tell what the file is',
  'lines-dropped': 'The console left lines out',
};

/** `Only a part was loaded: loaded 12, total 145 (train.log:9)`: what the message stated beside shapes. */
export function describeNotice({ topic, values, at }: ReportedFailure['notices'][number]): string {
  const told = Object.entries(values).map(([name, value]) =>
    name === 'reason' || name === 'message' ? String(value) : `${spaced(name)} ${value}`,
  );
  return `${TOPICS[topic]}${told.length === 0 ? '' : `: ${told.join(', ')}`} (${formatPlace(at)})`;
}

/** `worldSize` as people write it. */
function spaced(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').replace(/[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

/** `2 inputs (12,403 lines)`. */
export function describeSources(report: Report): string {
  const lines = report.sources.reduce((sum, source) => sum + source.lines, 0);
  return `${plural(report.sources.length, 'input')} (${plural(lines, 'line')})`;
}

export function describeSource(source: Report['sources'][number]): string {
  const extras = [source.compression, source.encoding].filter((extra) => extra !== undefined);
  return `${plural(source.lines, 'line')}, ${plural(source.bytes, 'byte')}${extras.length === 0 ? '' : `, ${extras.join(', ')}`}`;
}

/** What heads a report of several failures, or of none. */
export function summarize(report: Report): string {
  const { failures, sources } = report;
  if (sources.length === 0 && failures.length === 0) return 'Nothing could be read.';
  if (failures.length === 0) return `No failure to load a checkpoint in ${describeSources(report)}.`;
  const harmless = failures.filter((failure) => failure.verdict.kind === 'harmless').length;
  const needs = harmless === 1 ? 'needs' : 'need';
  const aside =
    harmless === 0
      ? ''
      : harmless === failures.length
        ? '; none of them needs action'
        : `; ${formatCount(harmless)} of them ${needs} no action`;
  return `${plural(failures.length, 'failure')} to load a checkpoint in ${describeSources(report)}${aside}.`;
}

export function describeUnclaimed(count: number): string {
  return count === 1
    ? 'One line looks like a load failure and fits no message form that is known here; it is not part of any verdict.'
    : `${formatCount(count)} lines look like a load failure and fit no message form that is known here; they are not part of any verdict.`;
}

/** The position (from 0) of an earlier failure with the same fingerprint, so that a short report can refer to it. */
export function earlierTwin(failures: readonly ReportedFailure[], position: number): number | undefined {
  const id = failures[position]?.id;
  const first = failures.findIndex((failure) => failure.id === id);
  return first < position ? first : undefined;
}
