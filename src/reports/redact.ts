/**
 * Masks what must not travel with a report. The same value has the same placeholder throughout, numbered by first appearance, so that two
 * reports of one log are the same and `<user:1>` still tells that two paths belong to one person. Doing it twice changes nothing.
 */
import type { Report } from '../model/report.js';
import type { Redaction, ReportToPrint } from './render.js';
import { SECRET_KINDS, type SecretKind } from './secrets.js';
import { plural } from './wording.js';

/** Names, shapes and versions are what the report is about: whatever they look like, they stay. */
const NEVER_MASKED: ReadonlySet<string> = new Set([
  'parameter',
  'missingKeys',
  'unexpectedKeys',
  'unexplained',
  'pattern',
  'modelClass',
  'dialect',
  'dialects',
  'cause',
  'id',
  'version',
  'library',
  'schemaVersion',
  'kind',
  'redactions',
]);

interface Tally {
  readonly placeholders: Map<string, string>;
  /** The next number of each label, past every placeholder that the text already holds. */
  readonly next: Map<string, number>;
  readonly occurrences: Map<string, number>;
  readonly harmless: Set<string>;
}

export function redactReport(report: ReportToPrint): ReportToPrint {
  const tally: Tally = { placeholders: new Map(), next: numbersInUse(report), occurrences: new Map(), harmless: new Set() };
  const masked = maskStrings(report, tally);
  const redactions = [...(report.redactions ?? []), ...countRedactions(tally)];
  return redactions.length === 0 ? masked : { ...masked, redactions };
}

export function describeRedactions(report: ReportToPrint): string {
  const redactions = report.redactions ?? [];
  if (redactions.length === 0) return '';
  const total = redactions.reduce((sum, { occurrences }) => sum + occurrences, 0);
  const kinds = redactions.map(({ kind, distinct }) => `${kind} ${distinct}`).join(', ');
  return `Masked in this report: ${plural(total, 'place')} (${kinds}). Parameter names, shapes and versions are as they were.`;
}

function countRedactions(tally: Tally): readonly Redaction[] {
  return [...tally.occurrences].map(([kind, occurrences]) => ({
    kind,
    occurrences,
    distinct: [...tally.placeholders.values()].filter((placeholder) => placeholder.startsWith(`<${kind}:`)).length,
  }));
}

/** A copy with every string masked. The walk keeps all fields and only replaces strings by strings, which the compiler cannot see: hence the one assertion. */
function maskStrings<T>(value: T, tally: Tally): T {
  return walk(value, tally) as T;
}

/** What holds nothing to mask is handed on as it is: a report may be large, and most of it is names and shapes. */
function walk(value: unknown, tally: Tally): unknown {
  if (typeof value === 'string') return maskText(value, tally);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return walkItems(value, tally);
  const entries = Object.entries(value);
  let isChanged = false;
  for (const entry of entries) {
    const masked = NEVER_MASKED.has(entry[0]) ? entry[1] : walk(entry[1], tally);
    isChanged ||= masked !== entry[1];
    entry[1] = masked;
  }
  return isChanged ? Object.fromEntries(entries) : value;
}

function walkItems(items: readonly unknown[], tally: Tally): readonly unknown[] {
  let copy: unknown[] | undefined;
  items.forEach((item, index) => {
    const masked = walk(item, tally);
    if (masked === item) return;
    copy ??= [...items];
    copy[index] = masked;
  });
  return copy ?? items;
}

/** Names of files stand at every fact: so many texts without a secret are known again. */
const MAX_HARMLESS = 10_000;

function maskText(text: string, tally: Tally): string {
  if (tally.harmless.has(text)) return text;
  let masked = text;
  for (const kind of SECRET_KINDS) masked = masked.replace(kind.expression, (...match) => maskMatch(kind, match, tally));
  if (masked === text && tally.harmless.size < MAX_HARMLESS) tally.harmless.add(text);
  return masked;
}

/** `replace` hands over: the match, its groups, its offset, the whole text, and the named groups where there are any. */
function maskMatch(kind: SecretKind, match: readonly unknown[], tally: Tally): string {
  const whole = String(match[0]);
  const value = kind.group === undefined ? whole : (namedValue(match.at(-1)) ?? whole);
  const start = whole.lastIndexOf(value);
  const [offset, text] = kind.group === undefined ? [match.at(-2), match.at(-1)] : [match.at(-3), match.at(-2)];
  const before = String(text).slice(0, Number(offset) + start);
  if (value.startsWith('<') || kind.accepts?.(value, before) === false) return whole;
  return whole.slice(0, start) + placeholderFor(kind.label, value, tally) + whole.slice(start + value.length);
}

function namedValue(groups: unknown): string | undefined {
  if (typeof groups !== 'object' || groups === null || !('value' in groups)) return undefined;
  return typeof groups.value === 'string' ? groups.value : undefined;
}

function placeholderFor(label: string, value: string, tally: Tally): string {
  tally.occurrences.set(label, (tally.occurrences.get(label) ?? 0) + 1);
  const identity = `${label}\n${value}`;
  const known = tally.placeholders.get(identity);
  if (known !== undefined) return known;
  const number = tally.next.get(label) ?? 1;
  tally.next.set(label, number + 1);
  const placeholder = `<${label}:${number}>`;
  tally.placeholders.set(identity, placeholder);
  return placeholder;
}

/** A log may already hold placeholders, of this program or of an earlier run of it: numbers are never given twice. */
function numbersInUse(report: Report): Map<string, number> {
  const next = new Map<string, number>();
  eachString(report, (text) => {
    if (!text.includes('<')) return;
    for (const [, label = '', number = ''] of text.matchAll(/<((?:secret:[a-z-]+)|email|user|host|ip):(\d{1,6})>/g))
      next.set(label, Math.max(next.get(label) ?? 1, Number(number) + 1));
  });
  return next;
}

function eachString(value: unknown, visit: (text: string) => void): void {
  if (typeof value === 'string') visit(value);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) eachString(item, visit);
}
