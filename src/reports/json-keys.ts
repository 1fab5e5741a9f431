import { escapeText } from './json-text.js';

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

/** A field with what is written in front of its value. */
export interface JsonKey {
  readonly key: string;
  readonly written: string;
}

/** Few kinds of objects make up a report, each a million times perhaps: what was put in order once needs not be again. */
const MAX_REMEMBERED = 1000;
const remembered = new Map<string, readonly JsonKey[]>();

/** The fields of an object as they are written. */
export function orderKeys(object: object): readonly JsonKey[] {
  const keys = Object.keys(object);
  const identity = keys.join('\n');
  const known = remembered.get(identity);
  if (known !== undefined) return known;
  const ordered = keys
    .sort((a, b) => positionOf(a) - positionOf(b) || (a < b ? -1 : 1))
    .map((key) => ({ key, written: `${escapeText(key)}: ` }));
  if (remembered.size < MAX_REMEMBERED) remembered.set(identity, ordered);
  return ordered;
}

function positionOf(key: string): number {
  return KEY_ORDER.get(key) ?? KEY_ORDER.size;
}
