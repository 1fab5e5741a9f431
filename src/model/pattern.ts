import type { Shape } from './shape.js';

/**
 * One way in which a message is worded. The scanner looks for `literal` in the raw bytes, the reader applies `expression` to the
 * decoded line, as often as it fits, and `read` says what each match states.
 */
export interface Pattern<Fact> {
  /** Unique within its dialect or clue. */
  readonly name: string;
  /**
   * Certain to stand on a line of the message in plain bytes, whole even where a console wraps and colours it: words without
   * brackets, digits, quotes or slashes, which `rich` paints apart and JSON escapes.
   */
  readonly literal: string;
  /** How a message is read from one logical line. */
  readonly form: Form;
  readonly read: (fields: Fields) => readonly Fact[];
  readonly samples: readonly Sample<Fact>[];
  /** For headings: how many lines behind the literal may belong to the list without holding a literal of their own; 14 unless told. */
  readonly reach?: number;
}

export interface Sample<Fact> {
  /** A real line, or one printed to the library's template; lines of one message are joined by `\n`. */
  readonly text: string;
  readonly states: readonly Fact[];
}

export interface Form {
  /** Linear in the length of the line, without the `g` flag, not anchored: prefixes may stand in front, other records behind. */
  readonly expression: RegExp;
  /** The same for a line whose white space was all removed: what a console wrapped anywhere, even inside words. */
  readonly squeezed?: RegExp;
  /** Words without white space that stand in whatever matches: where one lacks, nothing is tried, and nothing compiled for it. */
  readonly words?: readonly string[];
  /** The words with which the message begins. A line that has them and does not match yet is joined with those that follow. */
  readonly opens?: string | undefined;
  /** How many further lines the message may take; 8 unless told. */
  readonly maxLines?: number | undefined;
  /** True where the message is not over yet although `expression` matches (a list that goes on, a node name on the next line). */
  readonly goesOn?: ((text: string) => boolean) | undefined;
  /** For lists under a heading: lines belong to the message while this holds for them, even where they might begin another message. */
  readonly continues?: ((line: string) => boolean) | undefined;
}

/** The placeholders of one match. */
export interface Fields {
  readonly text: (name: string) => string;
  readonly optional: (name: string) => string | undefined;
  /** Throws nothing: a field without digits is a scalar's shape `[]`. */
  readonly shape: (name: string) => Shape;
  readonly int: (name: string) => number;
  /** Names in a printed list: quoted, a Python list or set, or separated by commas. */
  readonly keys: (name: string) => readonly string[];
}

export function fieldsOf(groups: Readonly<Record<string, string | undefined>>): Fields {
  const text = (name: string): string => groups[name] ?? '';
  return {
    text,
    optional: (name) => groups[name],
    shape: (name) => parseShape(text(name)),
    int: (name) => readCount(text(name).replaceAll(',', '')),
    keys: (name) => parseKeys(text(name)),
  };
}

/** `torch.Size([4, 3])`, `(4, 3)`, `(4,)`, `[4,3]`, `[4096 x 32000]`, `4096, 1024`: the numbers in their order. */
export function parseShape(text: string): Shape {
  return (text.match(/\d+/g) ?? []).map(readCount);
}

/** A count as far as numbers are exact: more digits were put there by somebody, and infinity is no number in JSON. */
export function readCount(text: string): number {
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** The names of a printed list. Quotes decide where there are any; otherwise commas outside brackets do. */
export function parseKeys(list: string): readonly string[] {
  const text = list.trim().replace(/(?<!\\)\\+(['"])/g, '$1');
  const quoted = text.match(/"[^"]*"|'[^']*'/g);
  if (quoted !== null) return quoted.map((key) => key.slice(1, -1)).filter((key) => key !== '');
  return splitOutsideBraces(text.replace(/^[[({]|[\])}]$/g, ''));
}

/** A folded name such as `layers.{0, 1}.weight` holds commas of its own. */
function splitOutsideBraces(text: string): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === '{') depth++;
    else if (char === '}') depth--;
    else if (i === text.length || (char === ',' && depth === 0)) {
      // A name never ends in a full stop, a sentence does.
      const key = text.slice(start, i).trim().replace(/\.$/, '');
      // Dots in front are what a person left out.
      if (/[a-z]/i.test(key) && !key.startsWith('..')) keys.push(key);
      start = i + 1;
    }
  }
  return keys;
}
