import type { Clue } from '../model/clue.js';
import { createLiteralLookup } from '../model/literal-lookup.js';
import type { LogLine } from '../model/log-line.js';
import { fieldsOf } from '../model/pattern.js';
import type { ClueFact, CluePattern, ClueSource } from './clue-pattern.js';
import { createForeignCode } from './foreign-code.js';
import { HEAD_LINES, isForHead } from './scan-words.js';

export interface ClueReader {
  readonly read: (line: LogLine) => void;
  /** True where a text is known to tell nothing, whatever stands around it, as long as `isIdle`. */
  readonly isSilent: (text: string) => boolean;
  /** True where no line tells more or less than its own text does. */
  readonly isIdle: () => boolean;
  /** Every fact once per source and run, at the line that told it first, in the order of the log. */
  readonly clues: () => readonly Clue[];
}

/** A log that prints a new clue on every line has stopped being evidence. */
const MAX_CLUES_OF_SOURCE = 400;
const MAX_CLUES = 5000;
const MAX_TEXT = 240;
/** A line longer than this is data, not something that was told. */
const MAX_LINE = 20_000;
const MAX_BLOCK = 40_000;
const MAX_SILENT = 50_000;
const MAX_SILENT_LENGTH = 1000;

/** Lines of one process that may still complete what a literal began. */
interface Block {
  readonly pattern: CluePattern;
  readonly lastLine: number;
  text: string;
}

export function createClueReader(sources: readonly ClueSource[]): ClueReader {
  const { groups, find } = lookupOf(sources);
  const blocks = new Map<string, Block[]>();
  const foreign = createForeignCode();
  const keeper = createKeeper();
  // Ranks repeat each other: what says nothing by itself is not looked at again.
  const silent = new Set<string>();

  function readLine(line: LogLine, found: readonly number[]): void {
    for (const number of found) {
      const { literal, patterns } = groups[number] ?? NO_GROUP;
      if (line.at.line > HEAD_LINES && isForHead(literal)) continue;
      for (const pattern of patterns) {
        const facts = readPattern(pattern, line.text);
        for (const fact of facts) keeper.keep(fact, line);
        if (facts.length === 0 && pattern.reach !== undefined) open(pattern, pattern.reach, line);
      }
    }
  }

  function open(pattern: CluePattern, reach: number, { speaker, at, text }: LogLine): void {
    const others = (blocks.get(speaker.id) ?? []).filter((block) => block.pattern !== pattern);
    blocks.set(speaker.id, [...others, { pattern, lastLine: at.line + reach, text }]);
  }

  /** The same lines count whether the scanner brought all of the log or only the neighbourhood of literals. */
  function continueBlocks(line: LogLine): void {
    const here = blocks.get(line.speaker.id);
    if (here === undefined) return;
    const still = here.filter((block) => {
      if (line.at.line > block.lastLine || block.text.length > MAX_BLOCK) return false;
      block.text += `\n${line.text}`;
      const facts = readPattern(block.pattern, block.text);
      for (const fact of facts) keeper.keep(fact, line);
      return facts.length === 0;
    });
    if (still.length > 0) blocks.set(line.speaker.id, still);
    else blocks.delete(line.speaker.id);
  }

  function isWorthKeeping(text: string): boolean {
    return text.length <= MAX_SILENT_LENGTH && silent.size < MAX_SILENT;
  }

  const isIdle = (): boolean => blocks.size === 0 && foreign.isIdle();

  return {
    isSilent: (text) => silent.has(text),
    isIdle,
    read(line) {
      const isAlone = isIdle();
      if (isAlone && silent.has(line.text)) return;
      if (foreign.isForeign(line) || line.text.length > MAX_LINE) return;
      if (blocks.size > 0) continueBlocks(line);
      const found = find(line.text);
      if (found.length > 0) readLine(line, found);
      else if (isAlone && foreign.isIdle() && isWorthKeeping(line.text)) silent.add(line.text);
    },
    clues: keeper.clues,
  };
}

const globals = new WeakMap<CluePattern, RegExp>();

/** What one pattern reads in one text; every match of the expression counts. */
export function readPattern(pattern: CluePattern, text: string): readonly ClueFact[] {
  const expression = globals.get(pattern) ?? new RegExp(pattern.form.expression.source, `${pattern.form.expression.flags}g`);
  globals.set(pattern, expression);
  expression.lastIndex = 0;
  const facts: ClueFact[] = [];
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    facts.push(...pattern.read(fieldsOf(match.groups ?? {})));
    if (match[0] === '') expression.lastIndex++;
  }
  return facts;
}

/**
 * Keeps every fact once per run of a source. A source may hold several runs: a new one begins with a launch after an engine had been built.
 * Besides, a stage is kept again where another was told in between, so that the last one before a failure is the one in force.
 */
function createKeeper() {
  const kept: Clue[] = [];
  const known = new Set<string>();
  const states = new Map<string, { run: number; engine: boolean; stage?: number; count: number; last?: ClueFact }>();

  function stateOf(source: string) {
    const state = states.get(source) ?? { run: 0, engine: false, count: 0 };
    states.set(source, state);
    return state;
  }

  return {
    keep(fact: ClueFact, { at, text }: LogLine): void {
      const state = stateOf(at.source);
      // What tells the same at every step tells it with the same object.
      if (state.last === fact) return;
      state.last = fact;
      if (state.count >= MAX_CLUES_OF_SOURCE || kept.length >= MAX_CLUES) return;
      if (state.engine && (fact.kind === 'command-line' || fact.kind === 'launcher')) {
        state.run++;
        state.engine = false;
      }
      const returns = fact.kind === 'zero-stage' && fact.strength !== 'weak' && state.stage !== undefined && state.stage !== fact.stage;
      const key = `${at.source}\n${state.run}\n${JSON.stringify(fact)}`;
      if (known.has(key) && !returns) return;
      known.add(key);
      state.count++;
      state.engine ||= fact.kind === 'engine-live';
      if (fact.kind === 'zero-stage' && fact.strength !== 'weak') state.stage = fact.stage;
      kept.push({ ...fact, at, text: text.trim().slice(0, MAX_TEXT) });
    },
    clues: (): readonly Clue[] => [...kept],
  };
}

/** The patterns of one literal. */
interface Group {
  readonly literal: string;
  readonly patterns: readonly CluePattern[];
}

interface Lookup {
  readonly groups: readonly Group[];
  /** The numbers of the groups whose literals stand in a text; of most lines none. */
  readonly find: (text: string) => readonly number[];
}

const NO_GROUP: Group = { literal: '', patterns: [] };

/** Costly to make and the same for all analyses. */
const lookups = new WeakMap<readonly ClueSource[], Lookup>();

function lookupOf(sources: readonly ClueSource[]): Lookup {
  const known = lookups.get(sources);
  if (known !== undefined) return known;
  const byLiteral = new Map<string, CluePattern[]>();
  for (const pattern of sources.flatMap(({ patterns }) => patterns)) {
    const same = byLiteral.get(pattern.literal);
    if (same === undefined) byLiteral.set(pattern.literal, [pattern]);
    else same.push(pattern);
  }
  const groups = [...byLiteral].map(([literal, patterns]) => ({ literal, patterns }));
  const lookup = { groups, find: createLiteralLookup(groups.map(({ literal }) => literal)) };
  lookups.set(sources, lookup);
  return lookup;
}
