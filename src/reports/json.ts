/** The report as it is, for programs: fixed key order, shapes on one line, nothing but visible ASCII-safe characters outside of plain text. */
import type { RenderOptions, ReportToPrint } from './render.js';

/** Keys in the order in which they are written, on whatever level they stand; keys that are not listed follow by name. */
const KEY_ORDER: ReadonlyMap<string, number> = new Map(
  [
    ...['schemaVersion', 'tool', 'sources', 'unreadable', 'failures', 'clues', 'unclaimed', 'redactions'],
    ...['id', 'kind', 'severity', 'name', 'version', 'bytes', 'lines', 'compression', 'encoding', 'reason'],
    ...['modelClass', 'checkpoint', 'cause', 'title', 'confidence', 'harmless', 'explains', 'pattern', 'layers', 'parameter'],
    ...['question', 'command', 'statement', 'sentence', 'restart', 'advice', 'topic', 'subject', 'source', 'file', 'line', 'function'],
    ...['checkpointShape', 'modelShape', 'count', 'members', 'shapes', 'shapePairs', 'mismatches', 'of', 'missingKeys', 'ofMissingKeys'],
    ...['unexpectedKeys', 'ofUnexpectedKeys', 'dialect', 'text', 'at', 'ranks', 'printed', 'complete', 'incompleteReasons'],
    ...[
      'verdict',
      'wouldDecide',
      'notices',
      'groups',
      'families',
      'origin',
      'diagnoses',
      'evidence',
      'remedies',
      'doesNotHelp',
      'afterwards',
    ],
    ...['language', 'code', 'snippet', 'cost', 'declined', 'unexplained', 'dialects'],
  ].map((key, position) => [key, position]),
);

export function renderJson(report: ReportToPrint, _options: RenderOptions): string {
  const text = JSON.stringify(report, orderKeys, 2);
  return `${escapeInvisible(joinPlaces(joinNumbers(text)))}\n`;
}

/** Called for each value before it is written: an object is replaced by one whose keys stand in order. */
function orderKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => positionOf(a) - positionOf(b) || (a < b ? -1 : 1)));
}

function positionOf(key: string): number {
  return KEY_ORDER.get(key) ?? KEY_ORDER.size;
}

/** `[96, 3, 4, 4]` on one line. A line break never stands inside a JSON string, so only real lists of numbers match. */
function joinNumbers(text: string): string {
  return text.replace(
    /\[\s*\n\s*(-?[\d.e+]+(?:,\s*\n\s*-?[\d.e+]+)*)\s*\n\s*\]/g,
    (_, numbers: string) => `[${numbers.replace(/,\s+/g, ', ')}]`,
  );
}

/** `{ "source": "train.log", "line": 23 }` on one line, since places are most of a report's lines. */
function joinPlaces(text: string): string {
  return text.replace(/\{\s*\n\s*("source": "(?:[^"\\\n]|\\.)*"),\s*\n\s*("line": \d+)\s*\n\s*\}/g, '{ $1, $2 }');
}

/** `JSON.stringify` leaves DEL, C1, bidirectional marks and separators as they are; inside strings, where alone they stand, the escape means the same. */
function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cf}\u007F-\u009F\u2028\u2029\uFFFE\uFFFF]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}
