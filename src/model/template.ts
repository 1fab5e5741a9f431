import type { Form } from './pattern.js';

/**
 * Messages are written as templates: plain words with placeholders `{name}` or `{name:type}`. From one template come the strict
 * expression and the one for wrapped text, so that both always agree.
 */
type FieldType = 'name' | 'shape' | 'dims' | 'int' | 'word' | 'text' | 'quoted' | 'list' | 'open' | 'names' | 'commas' | 'tail';

/** Stands in front of what may be of any length: `compile` puts there that the message does not begin anew. */
const ONWARD = '~onward~';

const LIST = String.raw`\[(?:${ONWARD}[^\]\n])*\]|\{(?:${ONWARD}[^}\n])*\}|dict_keys\(\[(?:${ONWARD}[^\]\n])*\]\)`;
const ITEM = `(?:'(?:${ONWARD}[^'\\n])*'|"(?:${ONWARD}[^"\\n])*")`;

const STRICT: Readonly<Record<FieldType, string>> = {
  name: String.raw`\S{1,2048}?`,
  shape: String.raw`(?:torch\.Size\(|TensorShape\()?[[(][\d\s,xNone]*[\])]\)?`,
  dims: String.raw`\d[\d ,x]*\d|\d`,
  int: String.raw`\d[\d,]*`,
  word: String.raw`[\w.\-<>]{0,254}[\w<>]`,
  text: String.raw`[^\n]{0,2048}?`,
  quoted: String.raw`"(?:${ONWARD}[^"\n])*"(?:,\s{0,40}"(?:${ONWARD}[^"\n])*")*`,
  list: LIST,
  /** A list, or its whole items where nothing closes it. */
  open: String.raw`${LIST}|\[\s{0,80}${ITEM}(?:,\s{0,80}${ITEM})*`,
  names: String.raw`(?:${ONWARD}[^\n])*`,
  /** A name that ends the message. */
  tail: String.raw`\S{1,2048}`,
  commas: String.raw`[^\s,'"\\()]+(?:,\s{0,80}[^\s,'"\\()]+)*(?![^\s'"\\)])(?!\s*,)`,
};

/** In squeezed text nothing is white space; lists may hold names that were broken anywhere. */
const TIGHT_LIST = LIST.replaceAll('\\n', '');
const TIGHT_ITEM = ITEM.replaceAll('\\n', '');

const SQUEEZED: Readonly<Record<FieldType, string>> = {
  ...STRICT,
  name: String.raw`(?:(?!mismatchfor)\S){1,512}?`,
  quoted: `"(?:${ONWARD}[^"])*"(?:,"(?:${ONWARD}[^"])*")*`,
  list: TIGHT_LIST,
  open: String.raw`${TIGHT_LIST}|\[${TIGHT_ITEM}(?:,${TIGHT_ITEM})*`,
  commas: String.raw`(?:${ONWARD}[^\s,])+(?:,(?:${ONWARD}[^\s,])+)*$`,
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
  /** A lookbehind of the expression: what must, or must not, stand in front. */
  readonly behind?: string;
};

/** The form of a message given as a template, for instance `size mismatch for {parameter}: copying …`. */
export function template(text: string, options: FormOptions = {}): Form {
  return new Template(text, options);
}

/** Made ready when it is asked for: most logs hold words of few libraries. A class, because there are hundreds at every start. */
class Template implements Form {
  readonly #text: string;
  readonly #options: FormOptions;
  #expression: RegExp | undefined;
  #squeezed: RegExp | undefined;
  #words: readonly string[] | undefined;
  #opens: string | undefined;

  constructor(text: string, options: FormOptions) {
    this.#text = text;
    this.#options = options;
  }

  get expression(): RegExp {
    this.#expression ??= compile(this.#text, STRICT, this.#options.behind ?? '');
    return this.#expression;
  }

  get squeezed(): RegExp {
    this.#squeezed ??= compile(this.#text.replace(/\s+/g, ''), SQUEEZED, (this.#options.behind ?? '').replaceAll(' ', ''));
    return this.#squeezed;
  }

  get words(): readonly string[] {
    this.#words ??= longestWords(this.#text);
    return this.#words;
  }

  get opens(): string | undefined {
    const { opens } = this.#options;
    if (opens !== false) this.#opens ??= opens ?? openingWords(this.#text);
    return this.#opens === '' ? undefined : this.#opens;
  }

  get maxLines(): number | undefined {
    return this.#options.maxLines;
  }

  get goesOn(): Form['goesOn'] {
    return this.#options.goesOn;
  }

  get continues(): Form['continues'] {
    return this.#options.continues;
  }
}

/** The first four words at most: a console may break the line behind them. */
function openingWords(text: string): string {
  const words = (text.split(PLACEHOLDER)[0] ?? '').trim().split(/\s+/);
  return words.slice(0, 4).join(' ');
}

/** More would be looked for in vain: these tell nearly all messages apart. */
const WORDS = 4;

function longestWords(text: string): readonly string[] {
  const words = text.split(/\{\w+(?::\w+)?\}|\s+/).filter((word) => word !== '');
  return words.sort((a, b) => b.length - a.length).slice(0, WORDS);
}

/** A placeholder with the words that follow it. */
interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly words: string;
}

function compile(text: string, types: Readonly<Record<FieldType, string>>, front: string): RegExp {
  const [opening, fields] = split(text);
  // Between two beginnings of the message everything is looked at once; without this a line of beginnings would take square time.
  const onward = opening.trim().length < 6 ? '' : `(?!${literal(opening.trim())})`;
  const several = fields.filter(isElastic).length > 1;
  const source = fields.map((field, index) => {
    const own = expressionOf(field, types, index === 0 ? opening : (fields[index - 1]?.words ?? ''));
    const next = fields[index + 1];
    // Few words are met too early: what they stand in front of tells whether they are the ones.
    const beyond = next === undefined || isElastic(next) || field.words.trim().length > 2 ? '' : `(?:${types[next.type]})`;
    const follows = literal(field.words) + beyond;
    const read =
      several && isElastic(field) && follows !== ''
        ? `(?=(?<${field.name}>${own})${follows})\\k<${field.name}>`
        : `(?<${field.name}>${own})`;
    return read + literal(field.words);
  });
  return new RegExp((front + boundary(text, types) + literal(opening) + source.join('')).replaceAll(ONWARD, onward));
}

/** The words in front of the first placeholder, and the placeholders. */
function split(text: string): readonly [string, readonly Field[]] {
  const fields: Field[] = [];
  let rest = text;
  let opening: string | undefined;
  for (let found = PLACEHOLDER.exec(rest); found !== null; found = PLACEHOLDER.exec(rest)) {
    const [whole, name = '', type] = found;
    opening ??= rest.slice(0, found.index);
    rest = rest.slice(found.index + whole.length);
    fields.push({ name, type: typeOf(name, type), words: rest.slice(0, PLACEHOLDER.exec(rest)?.index ?? rest.length) });
  }
  return [opening ?? text, fields];
}

/**
 * Grows until the words behind it are met. Where a message has two such fields each is read up to the first such words and no further
 * (a lookahead never gives back what it found): all ways to share a line between them would be its square.
 */
function isElastic({ type }: Field): boolean {
  return type === 'text' || type === 'name';
}

/** White space in front of a text belongs to the words before it, in one way only. */
function expressionOf({ type }: Field, types: Readonly<Record<FieldType, string>>, before: string): string {
  return type === 'text' && /\s$/.test(before) ? `(?:(?!\\s)${types[type]}|)` : types[type];
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
