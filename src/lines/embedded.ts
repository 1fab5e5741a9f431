import { isEscapedText, unescapeText } from './escapes.js';

/** A text inside a line, whole lines of a process's output in it. */
export interface Embedded {
  readonly texts: readonly string[];
  /** True where the record is only a part of a line: Docker's JSON driver cuts at 16 KiB. */
  readonly partial: boolean;
}

/** Keys under which log collectors keep the line itself; then nothing else of the record is read. */
const LINE_KEYS = ['log', 'line', 'message', 'msg', 'textPayload', '_raw', 'MESSAGE'];

/** What trainers print at every step (`{'loss': 0.5}`) is no JSON; to find that out by parsing costs more than all else. */
const OBJECT = /^\{\s{0,100}"/;

/**
 * The output that a JSON record carries: Docker's and Loki's one line per object, Sentry's and structlog's whole tracebacks in a string,
 * a notebook's outputs. `undefined` where the line is no JSON object or holds no text.
 */
export function readEmbedded(line: string): Embedded | undefined {
  const text = line.trimStart();
  if (OBJECT.test(text) && text.trimEnd().endsWith('}')) return readObject(text) ?? readEscaped(line);
  return readEscaped(line);
}

function readEscaped(line: string): Embedded | undefined {
  return isEscapedText(line) ? { texts: unescapeText(line).split('\n'), partial: false } : undefined;
}

function readObject(text: string): Embedded | undefined {
  const record = parse(text);
  if (record === undefined) return undefined;
  const keys = Object.keys(record);
  const lineKey = keys.length <= 12 ? LINE_KEYS.find((key) => typeof record[key] === 'string') : undefined;
  if (lineKey !== undefined && !keys.some((key) => holdsTraceback(record[key]) && key !== lineKey)) {
    const value = String(record[lineKey]);
    return { texts: splitText(value), partial: lineKey === 'log' && !value.endsWith('\n') };
  }
  const texts = leaves(record, 0).filter((leaf) => leaf.includes('\n') || /mismatch|state_dict/.test(leaf));
  return texts.length === 0 ? undefined : { texts: texts.flatMap(splitText), partial: false };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function holdsTraceback(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n') && /Traceback|Error/.test(value);
}

function splitText(text: string): readonly string[] {
  const whole = text.endsWith('\n') ? text.slice(0, -1) : text;
  return whole.split('\n').flatMap((line) => (isEscapedText(line) ? unescapeText(line).split('\n') : [line]));
}

/** All strings of a record, in its order; nesting beyond 32 levels is not a log record. */
function leaves(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > 32) return [];
  return Object.values(value).flatMap((child) => leaves(child, depth + 1));
}
