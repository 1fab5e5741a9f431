/** The layers of a failure for the terminal: a short table of families, or every group with its whole pattern. */
import Table from 'cli-table3';
import type { LayerFamily, LayerGroup } from '../model/failure.js';
import type { ReportedFailure } from '../model/report.js';
import { printableLine, shorten, shortenMiddle } from './printable.js';
import { displayWidth, type Page, paragraph } from './terminal-text.js';
import {
  countParameters,
  countsParameters,
  describeGroupRanks,
  describeName,
  formatCount,
  formatPair,
  plural,
  shapesOfFamily,
} from './wording.js';

const KEYS_SHOWN = 3;
const SHAPE_COLUMN_MAX = 26;

/** cli-table3 colours heads and borders by itself where `TERM` is set, even into a pipe: so none of its styles, and no border at all. */
const PLAIN = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
const NO_BORDERS = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((part) => [part, '']),
);

export function renderFamilies(page: Page, failure: ReportedFailure, max: number): readonly string[] {
  const { families } = failure;
  if (families.length === 0) return [];
  const shown = families.length <= max + 1 ? families : largest(families, max);
  const rows = shown.map((family) => [
    printableLine(describeName(family.pattern)),
    formatCount(family.count),
    describeShapes(failure, family, 'checkpointShape'),
    describeShapes(failure, family, 'modelShape'),
  ]);
  const rest = families.filter((family) => !shown.includes(family));
  const hidden = rest.reduce((sum, family) => sum + family.count, 0);
  return [
    ...drawTable(page, ['Parameters', countsParameters(failure) ? '#' : 'Mismatches', 'Checkpoint', 'Model'], rows),
    ...(rest.length === 0
      ? []
      : [
          page.colors.dim(
            `  and ${plural(rest.length, 'more row')} with ${countsParameters(failure) ? plural(hidden, 'parameter') : plural(hidden, 'mismatch', 'mismatches')} (--verbose)`,
          ),
        ]),
  ];
}

function describeShapes(failure: ReportedFailure, family: LayerFamily, side: 'checkpointShape' | 'modelShape'): string {
  const { shapes, whole } = shapesOfFamily(failure, family, side, 1);
  return `${shorten(shapes.join(' '), SHAPE_COLUMN_MAX)}${whole ? '' : ' …'}`;
}

/** The most numerous, in the order of the log. */
function largest(families: readonly LayerFamily[], max: number): readonly LayerFamily[] {
  const chosen = new Set([...families].sort((a, b) => b.count - a.count).slice(0, max));
  return families.filter((family) => chosen.has(family));
}

/** The first column takes what the others leave and is shortened in its middle. */
function drawTable(page: Page, head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), displayWidth(title)),
  );
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(page.width - 2 - others - 2, 16);
  const table = new Table({ style: PLAIN, chars: NO_BORDERS, colAligns: ['left', 'right', 'left', 'left'] });
  table.push(head.map((title) => page.colors.dim(title)));
  for (const [name = '', ...rest] of rows) table.push([shortenMiddle(name, room), ...rest]);
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}

/** Verbose: the pattern stands on a line of its own, unbroken, because someone will copy it. */
export function renderAllGroups(page: Page, failure: ReportedFailure): readonly string[] {
  const { groups } = failure;
  if (groups.length === 0) return [];
  const width = groups.reduce((most, group) => Math.max(most, formatCount(group.count).length), 0);
  const title = `${plural(countParameters(failure), 'parameter')} in ${plural(groups.length, 'group')} (checkpoint → model)`;
  return [page.colors.bold(title), ...groups.flatMap((group) => renderGroup(page, failure, group, width))];
}

function renderGroup(page: Page, failure: ReportedFailure, group: LayerGroup, width: number): readonly string[] {
  const count = `  ${formatCount(group.count).padStart(width)} × `;
  const ranks = describeGroupRanks(failure, group);
  const shapes = `${' '.repeat(count.length)}${formatPair(group)}${ranks === '' ? '' : `, ${ranks}`}`;
  return [`${count}${printableLine(describeName(group.pattern))}`, page.colors.dim(shapes)];
}

export function renderKeys(page: Page, failure: ReportedFailure, verbose: boolean): readonly string[] {
  return [
    ...renderKeyList(page, 'Missing from the checkpoint', failure.missingKeys, verbose),
    ...renderKeyList(page, 'Only in the checkpoint', failure.unexpectedKeys, verbose),
  ];
}

function renderKeyList(page: Page, title: string, keys: readonly string[], verbose: boolean): readonly string[] {
  if (keys.length === 0) return [];
  const heading = `${title} (${plural(keys.length, 'key')})`;
  if (verbose) return [page.colors.bold(heading), ...keys.map((key) => `  ${printableLine(key)}`)];
  const shown = keys.slice(0, KEYS_SHOWN).map((key) => shortenMiddle(printableLine(key), 60));
  const rest = keys.length - shown.length;
  return paragraph(page, '  ', `${heading}: ${shown.join(', ')}${rest === 0 ? '' : ` and ${formatCount(rest)} more`}`);
}
