import type { Severity, Statement } from '../model/finding.js';
import { createLiteralLookup } from '../model/literal-lookup.js';
import { type Form, fieldsOf } from '../model/pattern.js';
import type { Dialect, MessagePattern } from './dialect.js';

/** What one pattern states in one line. */
export interface Claim {
  readonly dialect: string;
  readonly pattern: string;
  readonly severity: Severity;
  /** True where rows or items may follow that are read only under it. */
  readonly heads: boolean;
  readonly statements: readonly Statement[];
}

/** A message that began on the line and is not whole: join what follows. */
export interface Open {
  readonly maxLines: number;
  /** Where given, lines are joined while it holds for the last of them; otherwise until the message can be read. */
  readonly goesOn?: (line: string) => boolean;
  /** Where given, lines are joined while it holds for them. */
  readonly continues?: (line: string) => boolean;
}

export interface Reading {
  readonly claims: readonly Claim[];
  readonly open?: Open;
}

/** `dialect/pattern` of the heading under which a row stands. */
export type Section = string;

export interface Reader {
  /** `section`: the pattern that this speaker's previous lines matched, for rows of tables and lists. */
  readonly read: (text: string, section?: Section) => Reading;
}

/** What follows from the form is made ready when a line with the literal comes. A class, because there are hundreds at every start. */
class Entry {
  readonly dialect: Dialect;
  readonly pattern: MessagePattern;
  #expression: RegExp | undefined;
  #squeezed: RegExp | undefined;
  #opens: string | undefined;

  constructor(dialect: Dialect, pattern: MessagePattern) {
    this.dialect = dialect;
    this.pattern = pattern;
  }

  get heads(): boolean {
    return this.dialect.patterns.some(({ within }) => within === this.pattern.name);
  }

  get expression(): RegExp {
    this.#expression ??= global(this.pattern.form.expression);
    return this.#expression;
  }

  get squeezed(): RegExp | undefined {
    const { squeezed } = this.pattern.form;
    if (squeezed !== undefined) this.#squeezed ??= global(squeezed);
    return this.#squeezed;
  }

  /** Without white space. */
  get opens(): string | undefined {
    const { opens } = this.pattern.form;
    if (opens !== undefined) this.#opens ??= squeeze(opens);
    return this.#opens;
  }
}

/** Patterns that are asked together, with the first words of those that have such. */
interface Group {
  readonly entries: readonly Entry[];
  readonly openings: readonly string[];
}

const NOTHING: Reading = { claims: [] };
const DEFAULT_MAX_LINES = 8;

/** Reads lines by the given dialects. Pure: the same text and section give the same reading. */
export function createReader(dialects: readonly Dialect[]): Reader {
  const byLiteral = indexByLiteral(dialects);
  const lists = [...byLiteral.values()];
  const groups: Group[] = [];
  const literalsIn = createLiteralLookup([...byLiteral.keys()]);

  function groupOf(literal: number): Group {
    const group = groups[literal] ?? groupOfEntries((lists[literal] ?? []).filter(({ pattern }) => pattern.within === undefined));
    groups[literal] = group;
    return group;
  }

  function candidatesFor(text: string, section: Section | undefined): readonly Group[] {
    return section === undefined ? literalsIn(text).map(groupOf) : [groupOfEntries(candidates(byLiteral, text, section))];
  }

  return {
    read(text, section) {
      const found = candidatesFor(text, section);
      if (found.length === 0) return NOTHING;
      const squeezed = squeeze(text);
      const entries = found.flatMap((group) => thoseThatOpen(group, squeezed));
      return entries.length === 0 || isTemplateInSource(text) ? NOTHING : readBy(entries, text, squeezed);
    },
  };
}

/**
 * Tracebacks print the line of the library that raises: `raise ValueError(f"Observation spaces do not match: {saved} != {env.space}")`. An f-string
 * with a name in braces is the message before it was filled in; the filled one follows.
 */
function isTemplateInSource(text: string): boolean {
  const begin = text.search(/(?:^|[\s(=,+])[rR]?f["']/);
  return begin >= 0 && /\{[A-Za-z_"'][^{}\n]*\}/.test(text.slice(begin));
}

function indexByLiteral(dialects: readonly Dialect[]): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>();
  for (const dialect of dialects) {
    for (const pattern of dialect.patterns) {
      const entries = index.get(pattern.literal) ?? [];
      index.set(pattern.literal, entries);
      entries.push(new Entry(dialect, pattern));
    }
  }
  return index;
}

function global({ source, flags }: RegExp): RegExp {
  return new RegExp(source, `${flags}g`);
}

function groupOfEntries(entries: readonly Entry[]): Group {
  return { entries, openings: [...new Set(entries.flatMap(({ opens }) => opens ?? []))] };
}

/** Forty patterns share the word `mismatch`: a message that does not begin here is neither read nor open. */
function thoseThatOpen({ entries, openings }: Group, squeezed: string): readonly Entry[] {
  const standing = new Set(openings.filter((opening) => squeezed.includes(opening)));
  return entries.filter(({ opens }) => opens === undefined || standing.has(opens));
}

function candidates(index: ReadonlyMap<string, readonly Entry[]>, text: string, section: Section): readonly Entry[] {
  const found: Entry[] = [];
  for (const [literal, entries] of index) {
    const stands = text.includes(literal);
    for (const entry of entries) {
      const { within } = entry.pattern;
      // A row of a table need not repeat the literal: its heading had it.
      if (within === undefined ? stands : section === `${entry.dialect.name}/${within}`) found.push(entry);
    }
  }
  return found;
}

/** `squeezed`: the text without white space. */
function readBy(entries: readonly Entry[], text: string, squeezed: string): Reading {
  const readings = entries.map((entry) => ({ entry, ...readEntry(entry, text, squeezed) }));
  // A row that was read and tells nothing of interest still belongs to its table.
  const claims = readings
    .filter(({ entry, statements, matches }) => statements.length > 0 || (entry.pattern.within !== undefined && matches.length > 0))
    .map(({ entry, statements }) => claimOf(entry, statements));
  const open = readings.map(({ entry, matches }) => openOf(entry, text, matches.length > 0, readings, squeezed)).reduce(wider, undefined);
  return open === undefined ? { claims } : { claims, open };
}

function claimOf({ dialect, pattern, heads }: Entry, statements: readonly Statement[]): Claim {
  return {
    dialect: dialect.name,
    pattern: pattern.name,
    severity: pattern.severity ?? dialect.severity,
    heads,
    statements,
  };
}

/** Where a message was read; positions in the text or in the squeezed text. */
interface Match {
  readonly start: number;
  readonly end: number;
  readonly inSqueezed: boolean;
  /** False for a match that states nothing: it leaves the words to other patterns. */
  readonly states: boolean;
}

interface EntryReading {
  readonly statements: readonly Statement[];
  readonly matches: readonly Match[];
}

/** Strict first; the squeezed form where the text was joined from several lines, or where the words stand but blanks are off. */
function readEntry(entry: Entry, text: string, squeezed: string): EntryReading {
  const isJoined = text.includes('\n');
  const { form } = entry.pattern;
  const strict = (isJoined && hasSqueezed(form)) || !mayStand(form, text) ? UNREAD : readAll(entry, entry.expression, text, false);
  if (strict.matches.length > 0 || !hasSqueezed(form)) return strict;
  if (entry.opens === undefined && !isJoined) return strict;
  return !mayStand(form, squeezed) || entry.squeezed === undefined ? UNREAD : readAll(entry, entry.squeezed, squeezed, true);
}

/** Most messages share their first words with others: what tells them apart is looked for first, which needs no expression. */
function mayStand({ words }: Form, text: string): boolean {
  return words === undefined || words.every((word) => text.includes(word));
}

/** Without asking for the expression, which would compile it. */
function hasSqueezed(form: Form): boolean {
  return 'squeezed' in form;
}

const UNREAD: EntryReading = { statements: [], matches: [] };

function readAll({ pattern }: Entry, expression: RegExp, text: string, inSqueezed: boolean): EntryReading {
  expression.lastIndex = 0;
  let match = expression.exec(text);
  if (match === null) return UNREAD;
  const statements: Statement[] = [];
  const matches: Match[] = [];
  for (; match !== null; match = expression.exec(text)) {
    const stated = pattern.read(fieldsOf(match.groups ?? {}));
    matches.push({ start: match.index, end: match.index + match[0].length, inSqueezed, states: stated.length > 0 });
    for (const statement of stated) statements.push(statement);
    if (match[0] === '') expression.lastIndex++;
  }
  return { statements, matches };
}

/** A message is open where its first words stand outside of all that could be read, or where its list goes on. */
function openOf(
  { pattern, opens }: Entry,
  text: string,
  matched: boolean,
  readings: readonly EntryReading[],
  squeezed: string,
): Open | undefined {
  const { goesOn, continues, maxLines = DEFAULT_MAX_LINES } = pattern.form;
  if (matched && continues !== undefined) return { maxLines, continues };
  if (matched && goesOn?.(lastLine(text)) === true) return { maxLines, goesOn };
  if (opens === undefined) return undefined;
  const from = squeezed.lastIndexOf(opens);
  const words = { squeezed: [from, from + opens.length], strict: placesIn(text, from, from + opens.length) } as const;
  const isRead = ({ start, end, inSqueezed, states }: Match): boolean => {
    const [first, last] = inSqueezed ? words.squeezed : words.strict;
    return states && start < last && first < end;
  };
  if (readings.some(({ matches }) => matches.some(isRead))) return undefined;
  return { maxLines, ...(goesOn === undefined ? {} : { goesOn }), ...(continues === undefined ? {} : { continues }) };
}

/** Where a part of the squeezed text stands in the text itself. */
function placesIn(text: string, from: number, to: number): readonly [number, number] {
  let first = text.length;
  let solid = 0;
  for (let place = 0; place < text.length; place++) {
    if (isBlank(text.charCodeAt(place))) continue;
    if (solid === from) first = place;
    solid++;
    if (solid === to) return [first, place + 1];
  }
  return [first, text.length];
}

const SPACE = /\s/;

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || (code >= 128 && SPACE.test(String.fromCharCode(code)));
}

function wider(a: Open | undefined, b: Open | undefined): Open | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.maxLines > a.maxLines ? b : a;
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** Text without white space: consoles break messages anywhere, even inside words. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, '');
}
