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
}

export function redactReport(report: ReportToPrint): ReportToPrint {
  const tally: Tally = { placeholders: new Map(), next: numbersInUse(report), occurrences: new Map() };
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

function walk(value: unknown, tally: Tally): unknown {
  if (typeof value === 'string') return maskText(value, tally);
  if (Array.isArray(value)) return value.map((item) => walk(item, tally));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, NEVER_MASKED.has(key) ? item : walk(item, tally)]));
}

function maskText(text: string, tally: Tally): string {
  let masked = text;
  for (const kind of SECRET_KINDS) masked = masked.replace(kind.expression, (...match) => maskMatch(kind, match, tally));
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
  for (const [, label = '', number = ''] of JSON.stringify(report).matchAll(/<((?:secret:[a-z-]+)|email|user|host|ip):(\d{1,6})>/g)) {
    next.set(label, Math.max(next.get(label) ?? 1, Number(number) + 1));
  }
  return next;
}
