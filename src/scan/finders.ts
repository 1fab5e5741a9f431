import type { Finder } from './finder.js';
import { indexLiterals, type LiteralIndex } from './literal-index.js';
import { createPlainFinder } from './plain-finder.js';
import { preparedTables } from './prepared-tables.js';
import type { Literal } from './region.js';
import { encodeTables } from './search-tables.js';
import { withShortLiterals } from './short-literals.js';
import { createWasmFinder } from './wasm-finder.js';

/** A finder for one source; `release` gives its buffer back for the next one. */
export interface Acquired {
  readonly finder: Finder;
  readonly release: () => void;
}

/** Thousands of small files use one buffer, one after the other. Keyed by the array: a registry's literals are one array for the whole run. */
const idle = new WeakMap<readonly Literal[], Finder[]>();

export function acquireFinder(literals: readonly Literal[], capacity: number): Acquired {
  const free = idle.get(literals) ?? [];
  idle.set(literals, free);
  const finder = free.pop() ?? create(literals, capacity);
  return { finder, release: () => void free.push(finder) };
}

/** Without literals there is no search, and nothing to compile. */
function create(literals: readonly Literal[], capacity: number): Finder {
  if (literals.length === 0) return createPlainFinder(EMPTY, capacity);
  return createPreparedFinder(capacity) ?? createFinder(literals, capacity);
}

/** The search for the words of the built program. */
export function createPreparedFinder(capacity: number): Finder | undefined {
  const tables = preparedTables();
  return tables === undefined ? undefined : createWasmFinder(tables, capacity);
}

function createFinder(literals: readonly Literal[], capacity: number): Finder {
  const index = indexLiterals(literals);
  return withShortLiterals(createWasmFinder(encodeTables(index), capacity) ?? createPlainFinder(index, capacity), index.short);
}

const EMPTY: LiteralIndex = { slots: new Uint16Array(0), buckets: [], short: [] };
