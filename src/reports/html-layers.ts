/** The layers of a failure as a page shows them: a picture of what differs, what ranks see differently, and all names as a tree. */
import type { ReportedFailure } from '../model/report.js';
import { formatShape } from '../model/shape.js';
import { byName, commonDifference, DIFFERENCES, type Difference, describeEntry, type Entry, entriesOf } from './difference.js';
import { breakable, code, element, escapeText, type Html, section } from './html-text.js';
import { type Picture, type PictureLimits, readPicture, type Stack, type StackRow } from './layer-picture.js';
import { type Branch, type Leaf, readTree } from './layer-tree.js';
import { NOT_PRINTED, readRankTable } from './rank-table.js';
import { describeName, formatCount, formatPair, formatRanks, plural } from './wording.js';

export interface LayerLimits extends PictureLimits {
  readonly outside: number;
  readonly leaves: number;
  readonly ranks: number;
  readonly rankRows: number;
}

export const LAYER_LIMITS: LayerLimits = { stacks: 12, columns: 96, rows: 48, outside: 40, leaves: 3000, ranks: 16, rankRows: 32 };

export function layerPicture(failure: ReportedFailure, limits: LayerLimits): Html {
  return pictureSection(failure, entriesOf(failure), limits) + rankSection(failure, limits);
}

export function layerList(failure: ReportedFailure, limits: LayerLimits): Html {
  return treeSection(failure, entriesOf(failure), limits);
}

function pictureSection(failure: ReportedFailure, entries: readonly Entry[], limits: LayerLimits): Html {
  if (entries.length === 0) return '';
  const picture = readPicture(entries, limits);
  const kinds = kindsIn(picture);
  const legend = (Object.keys(DIFFERENCES) as Difference[]).filter((kind) => kinds.has(kind)).map(legendItem);
  const intro =
    picture.stacks.length === 0
      ? ''
      : `<p class="aside">One column a layer, one row a kind of parameter. A blank cell was not listed in the message${failure.complete ? '' : ', which is not whole'}.</p>`;
  return section(
    'What differs',
    `${intro}<ul class="legend">${legend.join('')}</ul>\n${picture.stacks.map(stackTable).join('')}${outsideTable(picture, limits)}${leftOut(picture)}`,
    'picture',
  );
}

function kindsIn({ stacks, outside }: Picture): ReadonlySet<Difference> {
  const cells = [...stacks.flatMap(({ rows }) => rows.flatMap((row) => row.cells)), ...byName(outside)];
  return new Set(cells.filter((entries) => entries.length > 0).map(commonDifference));
}

function legendItem(kind: Difference): Html {
  const { sign, meaning } = DIFFERENCES[kind];
  return `<li><span class="cell ${kind}" aria-hidden="true">${sign}</span>${escapeText(meaning)}</li>`;
}

function leftOut({ stacksLeftOut }: Picture): Html {
  return stacksLeftOut === 0
    ? ''
    : `<p class="aside">${plural(stacksLeftOut, 'further stack')} of layers not drawn; the list below has them.</p>`;
}

function stackTable(stack: Stack): Html {
  const heads = stack.columns.map((column) => `<th scope="col"><span>${escapeText(column)}</span></th>`).join('');
  const rest = [
    ...(stack.columnsLeftOut === 0 ? [] : [`${plural(stack.columnsLeftOut, 'further layer')}`]),
    ...(stack.rowsLeftOut === 0 ? [] : [`${plural(stack.rowsLeftOut, 'further kind')} of parameters`]),
  ];
  const more = rest.length === 0 ? '' : `<p class="aside">${rest.join(' and ')} not drawn.</p>`;
  const all = stack.rows.flatMap(({ entries }) => entries);
  const withShapes = hasShapes(all);
  const nested = stack.columns.some((column) => column.includes('.')) ? ' nested' : '';
  return `<div class="scroll" tabindex="0" role="region" aria-label="Matrix of ${escapeText(stack.pattern)}"><table class="matrix${nested}">
<caption>${code(stack.pattern)}</caption>
<thead><tr><th scope="col" class="kind">Parameter</th>${heads}${sideHeads(all)}</tr></thead>
<tbody>
${stack.rows.map((row) => stackRow(row, withShapes)).join('')}</tbody></table></div>${more}
`;
}

function stackRow(row: StackRow, withShapes: boolean): Html {
  const cells = row.cells.map((entries) => cell(entries)).join('');
  const name = row.kind === '' ? '(the layer itself)' : row.kind;
  return `<tr><th scope="row" class="kind">${breakable(name)}</th>${cells}${sideCells(row.entries, withShapes)}</tr>\n`;
}

const ENTRIES_SHOWN = 4;

function cell(entries: readonly Entry[]): Html {
  const [first] = entries;
  if (first === undefined) return '<td></td>';
  const kind = commonDifference(entries);
  const shown = entries.slice(0, ENTRIES_SHOWN).map(describeEntry).join('; ');
  const rest = entries.length - ENTRIES_SHOWN;
  return `<td class="cell ${kind}" title="${escapeText(`${first.name}: ${shown}${rest <= 0 ? '' : ` and ${formatCount(rest)} more`}`)}">${DIFFERENCES[kind].sign}</td>`;
}

const SHAPES_SHOWN = 2;

/** The distinct shapes of one side of a row, in the order of the layers; keys have none. */
function sideCell(entries: readonly Entry[], side: 'checkpointShape' | 'modelShape'): Html {
  const shapes = [...new Set(entries.flatMap((entry) => (entry[side] === undefined ? [] : [formatShape(entry[side])])))];
  const shown = shapes.length <= SHAPES_SHOWN + 1 ? shapes : shapes.slice(0, SHAPES_SHOWN);
  const rest = shapes.length - shown.length;
  return `<td class="shapes">${shown.map(escapeText).join('; ')}${rest === 0 ? '' : `; and ${formatCount(rest)} more`}</td>`;
}

/** A table of keys alone has no shapes to show. */
function sideCells(entries: readonly Entry[], hasShapes: boolean): Html {
  return hasShapes ? sideCell(entries, 'checkpointShape') + sideCell(entries, 'modelShape') : '';
}

function sideHeads(entries: readonly Entry[]): Html {
  return hasShapes(entries) ? '<th scope="col" class="shapes">Checkpoint</th><th scope="col" class="shapes">Model</th>' : '';
}

function hasShapes(entries: readonly Entry[]): boolean {
  return entries.some(({ checkpointShape }) => checkpointShape !== undefined);
}

function outsideTable({ outside, stacks }: Picture, limits: LayerLimits): Html {
  if (outside.length === 0) return '';
  const names = byName(outside);
  const rows = names
    .slice(0, limits.outside)
    .map(
      (entries) =>
        `<tr><th scope="row" class="kind">${breakable(entries[0]?.name ?? '')}</th>${cell(entries)}${sideCells(entries, hasShapes(outside))}</tr>\n`,
    );
  const rest = names.length - rows.length;
  const caption = stacks.length === 0 ? '' : '<caption>Outside the layers</caption>\n';
  const more = rest === 0 ? '' : `<p class="aside">and ${formatCount(rest)} more in the list below.</p>`;
  return `<div class="scroll"><table class="matrix single">\n${caption}<thead><tr><th scope="col" class="kind">Parameter</th><th scope="col"><span class="hidden">What differs</span></th>${sideHeads(outside)}</tr></thead>\n<tbody>\n${rows.join('')}</tbody></table></div>${more}\n`;
}

function rankSection(failure: ReportedFailure, limits: LayerLimits): Html {
  const table = readRankTable(failure, { rows: limits.rankRows, columns: limits.ranks });
  if (table === undefined) return '';
  const heads = table.columns.map((ranks) => `<th scope="col">${escapeText(formatRanks(ranks))}</th>`).join('');
  const rows = table.rows.map(
    ({ name, checkpoint, shapes }) =>
      `<tr><th scope="row" class="kind">${breakable(name)}</th><td>${escapeText(checkpoint)}</td>${shapes.map((shape) => `<td class="${classOfShape(shape)}">${escapeText(shape)}</td>`).join('')}</tr>\n`,
  );
  const rest = [
    ...(table.columnsLeftOut === 0 ? [] : [`${plural(table.columnsLeftOut, 'more set')} of ranks`]),
    ...(table.rowsLeftOut === 0 ? [] : [plural(table.rowsLeftOut, 'more parameter')]),
  ];
  const more = rest.length === 0 ? '' : `<p class="aside">and ${rest.join(', ')}.</p>`;
  return section(
    'What ranks see differently',
    `<p class="aside">Shapes on the model side, by the rank that printed them.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Shapes by rank"><table class="ranks"><thead><tr><th scope="col">Parameter</th><th scope="col">Checkpoint</th>${heads}</tr></thead>
<tbody>
${rows.join('')}</tbody></table></div>${more}`,
  );
}

function classOfShape(shape: string): string {
  return shape === NOT_PRINTED ? 'absent' : /\b0\b/.test(shape) ? 'zero' : 'piece';
}

/** Fewer names are found by looking. */
const FILTER_FROM = 12;
const FILTER = `<p class="filter" hidden><label>Filter <input type="search" placeholder="part of a name or a shape" autocomplete="off" spellcheck="false"></label> <output></output></p>
`;

/** Every name, or where there are thousands every pattern of names. */
function treeSection(failure: ReportedFailure, entries: readonly Entry[], limits: LayerLimits): Html {
  const { groups, missingKeys, unexpectedKeys, mismatches } = failure;
  const unnamed = mismatches.length - entries.length + missingKeys.length + unexpectedKeys.length;
  const total = byName(entries).length + unnamed;
  if (total < 2) return '';
  const whole = entries.length <= limits.leaves;
  const tree = whole ? entries : foldedEntries(failure, limits.leaves);
  const note = whole
    ? ''
    : `<p class="aside">Too many for a page: patterns of names instead, and the first keys of each list. The JSON report has every name.</p>`;
  const summary = `All ${plural(total, 'name')}${groups.length === 0 ? '' : `, ${plural(groups.length, 'group')}`}`;
  const nameless =
    unnamed === 0
      ? ''
      : `<p class="aside">${plural(unnamed, 'mismatch', 'mismatches')} ${describeName(undefined)}: ${namelessPairs(failure)}</p>`;
  const body = drawBranch(readTree(tree), 0);
  return `<details class="tree"${total <= 60 ? ' open' : ''}><summary>${escapeText(summary)}</summary>
${total < FILTER_FROM ? '' : FILTER}${note}${nameless}<div class="branches">${body}</div></details>
`;
}

function namelessPairs({ mismatches }: ReportedFailure): Html {
  const pairs = new Set(mismatches.filter(({ parameter }) => parameter === undefined).map(formatPair));
  const shown = [...pairs].slice(0, 20).map((pair) => `<span class="pair">${escapeText(pair)}</span>`);
  return `${shown.join(' ')}${pairs.size > 20 ? ` and ${formatCount(pairs.size - 20)} more pairs` : ''}`;
}

/** Groups for shapes; of keys as many as there is room for. */
function foldedEntries(failure: ReportedFailure, leaves: number): readonly Entry[] {
  const all = entriesOf({ ...failure, mismatches: [] });
  const groups = failure.groups.map(
    ({ pattern, count, checkpointShape, modelShape, members }): Entry => ({
      name: count === 1 ? pattern : `${pattern} (${formatCount(count)} times)`,
      difference:
        entriesOf({ ...failure, mismatches: members.slice(0, 1).flatMap((member) => failure.mismatches[member] ?? []) })[0]?.difference ??
        'mixed',
      checkpointShape,
      modelShape,
    }),
  );
  return [...groups.slice(0, leaves), ...all.slice(0, Math.max(0, leaves - groups.length))];
}

function drawBranch(branch: Branch, depth: number): Html {
  const leaves = branch.leaves.map(drawLeaf).join('');
  const branches = branch.branches.map((child) => `<li>${drawBranch(child, depth + 1)}</li>\n`).join('');
  const content = `<ul>${leaves}${branches}</ul>`;
  if (depth === 0 && branch.label === '') return content;
  const open = depth === 0 || branch.count <= 8 ? ' open' : '';
  return `<details${open}><summary>${escapeText(branch.label)} <span class="count">${formatCount(branch.count)}</span></summary>${content}</details>`;
}

function drawLeaf({ label, entry }: Leaf): Html {
  const { difference, checkpointShape, modelShape, ranks, name } = entry;
  const shapes =
    checkpointShape === undefined || modelShape === undefined
      ? element('span', 'what', escapeText(DIFFERENCES[difference].meaning))
      : `<span class="pair">${escapeText(formatShape(checkpointShape))} → ${escapeText(formatShape(modelShape))}</span>`;
  const who = ranks === undefined ? '' : ` <span class="count">${escapeText(formatRanks(ranks))}</span>`;
  return `<li class="leaf" data-name="${escapeText(name)}"><span class="cell ${difference}" aria-hidden="true">${DIFFERENCES[difference].sign}</span> <span class="name">${escapeText(label === '' ? describeName('') : label)}</span> ${shapes}${who}</li>\n`;
}
