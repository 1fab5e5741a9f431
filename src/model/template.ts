import type { Form } from './pattern.js';

/**
 * Messages are written as templates: plain words with placeholders `{name}` or `{name:type}`. From one template come the strict
 * expression and the one for wrapped text, so that both always agree.
 */
type FieldType = 'name' | 'shape' | 'dims' | 'int' | 'word' | 'text' | 'quoted' | 'list' | 'names' | 'commas' | 'tail';

const STRICT: Readonly<Record<FieldType, string>> = {
  name: String.raw`\S{1,2048}?`,
  shape: String.raw`(?:torch\.Size\(|TensorShape\()?[[(][\d\s,xNone]*[\])]\)?`,
  dims: String.raw`\d[\d ,x]*\d|\d`,
  int: String.raw`\d[\d,]*`,
  word: String.raw`[\w.\-<>]*[\w<>]`,
  text: String.raw`[^\n]{0,2048}?`,
  quoted: String.raw`"[^"\n]*"(?:,\s{0,40}"[^"\n]*")*`,
  list: String.raw`\[[^\]\n]*\]|\{[^}\n]*\}|dict_keys\(\[[^\]\n]*\]\)`,
  names: String.raw`[^\n]*`,
  /** A name that ends the message. */
  tail: String.raw`\S{1,2048}`,
  commas: String.raw`[^\s,'"\\()]+(?:,\s{0,80}[^\s,'"\\()]+)*(?![^\s'"\\)])(?!\s*,)`,
};

/** In squeezed text nothing is white space; lists may hold names that were broken anywhere. */
const SQUEEZED: Readonly<Record<FieldType, string>> = {
  ...STRICT,
  name: String.raw`(?:(?!mismatchfor)\S){1,512}?`,
  quoted: String.raw`"[^"]*"(?:,"[^"]*")*`,
  list: String.raw`\[[^\]]*\]|\{[^}]*\}|dict_keys\(\[[^\]]*\]\)`,
  commas: String.raw`[^\s,]+(?:,[^\s,]+)*$`,
};

const DEFAULT_TYPE: Readonly<Record<string, FieldType>> = {
  parameter: 'name',
  checkpointShape: 'shape',
  modelShape: 'shape',
  modelClass: 'word',
};

const PLACEHOLDER = /\{(\w+)(?::(\w+))?\}/;

export type FormOptions = Pick<Form, 'maxLines' | 'goesOn' | 'continues'> & {
  /** The message's first words; the literal text before the first placeholder unless told. `false`: never joined with other lines. */
  readonly opens?: string | false;
};

/** The form of a message given as a template, for instance `size mismatch for {parameter}: copying …`. */
export function template(text: string, options: FormOptions = {}): Form {
  const { opens = openingWords(text), maxLines, goesOn, continues } = options;
  let expression: RegExp | undefined;
  let squeezed: RegExp | undefined;
  return {
    // Compiled when a line with the message's literal comes: most logs hold words of few libraries.
    get expression() {
      expression ??= compile(text, STRICT);
      return expression;
    },
    get squeezed() {
      squeezed ??= compile(text.replace(/\s+/g, ''), SQUEEZED);
      return squeezed;
    },
    ...(opens === false || opens === '' ? {} : { opens }),
    ...(maxLines === undefined ? {} : { maxLines }),
    ...(goesOn === undefined ? {} : { goesOn }),
    ...(continues === undefined ? {} : { continues }),
  };
}

/** The first four words at most: a console may break the line behind them. */
function openingWords(text: string): string {
  const words = (text.split(PLACEHOLDER)[0] ?? '').trim().split(/\s+/);
  return words.slice(0, 4).join(' ');
}

function compile(text: string, types: Readonly<Record<FieldType, string>>): RegExp {
  let source = '';
  let rest = text;
  for (let found = PLACEHOLDER.exec(rest); found !== null; found = PLACEHOLDER.exec(rest)) {
    const [whole, name = '', type] = found;
    source += `${literal(rest.slice(0, found.index))}(?<${name}>${types[typeOf(name, type)]})`;
    rest = rest.slice(found.index + whole.length);
  }
  return new RegExp(boundary(text, types) + source + literal(rest));
}

/** A name at the very start is a whole word: tried once per word, the search stays linear. */
function boundary(text: string, types: Readonly<Record<FieldType, string>>): string {
  const [whole = '', name = '', type] = PLACEHOLDER.exec(text) ?? [];
  return types === STRICT && whole !== '' && text.startsWith(whole) && typeOf(name, type) === 'name' ? String.raw`(?<!\S)` : '';
}

function typeOf(name: string, type: string | undefined): FieldType {
  if (type !== undefined && type in STRICT) return type as FieldType;
  if (type !== undefined) throw new Error(`template: unknown type ${type} of placeholder ${name}`);
  return DEFAULT_TYPE[name] ?? 'text';
}

/** A run of blanks in the template stands for any run of white space: pasted logs carry several. */
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`).replace(/\s+/g, String.raw`\s{1,80}`);
}
