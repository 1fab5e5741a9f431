/** The report as it is, for programs: fixed key order, shapes on one line, nothing but visible ASCII-safe characters outside of plain text. */
import { orderKeys } from './json-keys.js';
import { escapeText } from './json-text.js';
import type { RenderOptions, ReportToPrint } from './render.js';

const STEP = '  ';
/** The report, its failures, a failure and its lists are written entry by entry; what is in them at once. */
const DEPTH_IN_PARTS = 4;
const MIN_PART = 1 << 16;

export function renderJson(report: ReportToPrint, _options: RenderOptions): string {
  return [...jsonParts(report)].join('');
}

/** The same text in parts: that of a million parameters is longer than a string can be. */
export function* jsonParts(report: ReportToPrint): Generator<string> {
  let part = '';
  for (const piece of pieces(report, '', 0)) {
    part += piece;
    if (part.length < MIN_PART) continue;
    yield part;
    part = '';
  }
  yield `${part}\n`;
}

function* pieces(value: unknown, indent: string, depth: number): Generator<string> {
  if (depth === DEPTH_IN_PARTS || !isCompound(value) || isOnOneLine(value)) {
    yield write(value, indent);
    return;
  }
  const inner = indent + STEP;
  const [opening = '', closing = ''] = Array.isArray(value) ? '[]' : '{}';
  let before = opening;
  for (const [name, entry] of entriesOf(value)) {
    yield `${before}\n${inner}${name}`;
    yield* pieces(entry, inner, depth + 1);
    before = ',';
  }
  yield before === opening ? opening + closing : `\n${indent}${closing}`;
}

function write(value: unknown, indent: string): string {
  if (!isCompound(value)) return writeScalar(value);
  if (isOnOneLine(value)) return writeOnOneLine(value);
  const inner = indent + STEP;
  const [opening = '', closing = ''] = Array.isArray(value) ? '[]' : '{}';
  let text = opening;
  for (const [name, entry] of entriesOf(value)) text += `${text === opening ? '' : ','}\n${inner}${name}${write(entry, inner)}`;
  return text === opening ? opening + closing : `${text}\n${indent}${closing}`;
}

/** What is written in front of each value, and the value. */
function* entriesOf(value: Compound): Generator<readonly [string, unknown]> {
  if (isArray(value)) {
    for (const entry of value) yield ['', entry];
    return;
  }
  for (const { key, written } of orderKeys(value)) if (value[key] !== undefined) yield [written, value[key]];
}

type Compound = readonly unknown[] | Readonly<Record<string, unknown>>;

function isCompound(value: unknown): value is Compound {
  return typeof value === 'object' && value !== null;
}

function isArray(value: Compound): value is readonly unknown[] {
  return Array.isArray(value);
}

function writeScalar(value: unknown): string {
  return typeof value === 'string' ? escapeText(value) : (JSON.stringify(value) ?? 'null');
}

/** `[96, 3, 4, 4]`, and `{ "source": "train.log", "line": 23 }`, since places are most of a report's lines. */
function isOnOneLine(value: Compound): boolean {
  if (isArray(value)) return value.length > 0 && value.every(Number.isFinite);
  return Number.isSafeInteger(value.line) && typeof value.source === 'string' && Object.keys(value).length === 2;
}

function writeOnOneLine(value: Compound): string {
  return isArray(value) ? `[${value.join(', ')}]` : `{ "source": ${writeScalar(value.source)}, "line": ${value.line} }`;
}
