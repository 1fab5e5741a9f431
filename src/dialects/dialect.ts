import type { NoticeTopic, Severity, Statement } from '../model/finding.js';
import type { Fields, Form, Pattern, Sample } from '../model/pattern.js';

/** One way in which a library says that a checkpoint does not fit. */
export interface MessagePattern extends Pattern<Statement> {
  /** Where it differs from the dialect's. */
  readonly severity?: Severity;
  /**
   * The pattern reads only lines that follow a match of the named pattern (same dialect, same speaker) with nothing else between:
   * rows of a table, items of a list. For such rows the literal may be any word that is certain to stand in them or in the heading.
   */
  readonly within?: string;
}

export interface Dialect {
  /** The name of its file. */
  readonly name: string;
  /** As the README lists it: "PyTorch `load_state_dict`". */
  readonly library: string;
  readonly severity: Severity;
  readonly patterns: readonly MessagePattern[];
}

type Mismatching = { readonly folded?: boolean; readonly reversed?: boolean };

/** Reads the placeholders `{parameter}`, `{checkpointShape}` and `{modelShape}`; `reversed` for axes printed innermost first (GGML). */
export function readMismatch({ reversed = false }: Mismatching = {}): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const parameter = fields.optional('parameter');
    const shape = (name: string) => (reversed ? fields.shape(name).toReversed() : fields.shape(name));
    return [
      {
        kind: 'mismatch',
        ...(parameter === undefined || parameter === '' ? {} : { parameter }),
        checkpointShape: shape('checkpointShape'),
        modelShape: shape('modelShape'),
        ...(parameter !== undefined && isFolded(parameter) ? { folded: true } : {}),
      },
    ];
  };
}

/** The same for a loader that stops at its first difference. */
export function readFirstMismatch(options: Mismatching = {}): (fields: Fields) => readonly Statement[] {
  const read = readMismatch(options);
  return (fields) => [...read(fields), { kind: 'incomplete', reason: 'first-only' }];
}

/** Reads the placeholder `{keys}`. */
export function readKeys(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const keys = fields.keys('keys');
    if (keys.length === 0) return [];
    return [{ kind, keys, ...(keys.some(isFolded) ? { folded: true } : {}) }];
  };
}

/** The same for a loader that stops at its first difference. */
export function readFirstKeys(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  const read = readKeys(kind);
  return (fields) => {
    const statements = read(fields);
    return statements.length === 0 ? [] : [...statements, { kind: 'incomplete', reason: 'first-only' }];
  };
}

/** What a message without shapes and without key lists tells. */
export function readNotice(
  topic: NoticeTopic,
  valuesOf: (fields: Fields) => Readonly<Record<string, number | string>>,
): (fields: Fields) => readonly Statement[] {
  return (fields) => [{ kind: 'notice', topic, values: valuesOf(fields) }];
}

/** For messages that end in a Python list: one line however long, which only a console breaks. */
export const LISTING: { readonly maxLines: number; readonly goesOn: (line: string) => boolean } = { maxLines: 20_000, goesOn: isListOpen };

/** The list is over at a bracket behind a quote; the brackets of a logger's prefix have none. */
function isListOpen(line: string): boolean {
  return !/['"]\s*[\]}]|^\s*[\]}]|\[\s*\]/.test(line);
}

/** The same for warnings that people cut short when they paste them: what follows such a list is no item of it. */
export const OPEN_LISTING: typeof LISTING = { maxLines: 20_000, goesOn: isOpenListOn };

const ITEMS = /^['"]|['"],|['"]$|^\S*$/;
const HEADING = /not used|not initialized|newly|initializ|checkpoint|pretrained|adapter keys|Warning/i;
const NEXT = /^\s*-? ?(?:This IS|You should)|^Traceback|^\s*File "/;

/** A console breaks the heading too, so that its words belong to it. */
function isOpenListOn(line: string): boolean {
  return isListOpen(line) && !NEXT.test(line) && (ITEMS.test(line.trim()) || HEADING.test(line));
}

/** Nothing closes the list: somebody cut it, and there were more names. */
export function cutMark(list: string): readonly Statement[] {
  return list.startsWith('[') && !list.endsWith(']') ? [{ kind: 'incomplete', reason: 'cut' }] : [];
}

/** `layers.{0...11}.weight`, `layers.{0, 1}.weight`, `conv.{bias, weight}`: one printed name for several parameters. */
export function isFolded(name: string): boolean {
  return braces(name).some((inside) => inside.includes(',') || inside.includes('...'));
}

/** What stands between braces, from the first that opens to the first that closes; an expression would look at a name of braces in square time. */
function braces(name: string): readonly string[] {
  if (!name.includes('{')) return NONE;
  const parts = name.split('}').slice(0, -1);
  return parts.filter((part) => part.includes('{')).map((part) => part.slice(part.indexOf('{')));
}

const NONE: readonly string[] = [];

/** Saves writing the kind of object at every pattern. */
export function message(
  name: string,
  literal: string,
  form: Form,
  read: (fields: Fields) => readonly Statement[],
  samples: readonly Sample<Statement>[],
  more: Pick<MessagePattern, 'severity' | 'within' | 'reach'> = {},
): MessagePattern {
  return { name, literal, form, read, samples, ...more };
}
