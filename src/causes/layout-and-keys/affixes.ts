import { wrapperRuns } from './wrapper-table.js';

/** How the names of the two lists turn into each other. */
export interface Affix {
  /** `prefix`: one side has `extra` in front. `infix`: inside or in several places. `replaced`: both sides have a beginning of their own. */
  readonly kind: 'prefix' | 'infix' | 'replaced';
  /** What only the checkpoint's names have, with its dots; empty where it has nothing of its own. */
  readonly checkpointPart: string;
  readonly modelPart: string;
  /** Names that agree once the parts are taken off: `[the checkpoint's, the model's]`. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** The parts that differ must explain at least this share of the shorter list; below it, agreement is chance. */
const SHARE = 0.5;

/**
 * Finds the constant beginning or inner piece by which the two key lists differ. `missing` are names of the model, `unexpected`
 * names of the checkpoint. Linear in the total length of the names.
 */
export function findAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  if (missing.length === 0 || unexpected.length === 0) return undefined;
  const enough = Math.max(1, SHARE * Math.min(missing.length, unexpected.length));
  const found = [prefixAffix, infixAffix, wrapperAffix, replacedAffix];
  for (const find of found) {
    const affix = find(missing, unexpected);
    if (affix !== undefined && affix.pairs.length >= enough) return affix;
  }
  return undefined;
}

function prefixAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const ofCheckpoint = commonestPrefix(unexpected, new Set(missing));
  const ofModel = commonestPrefix(missing, new Set(unexpected));
  if (ofCheckpoint.names.length === 0 && ofModel.names.length === 0) return undefined;
  if (ofCheckpoint.names.length >= ofModel.names.length) {
    const { prefix, names } = ofCheckpoint;
    return { kind: 'prefix', checkpointPart: prefix, modelPart: '', pairs: names.map((name) => [name, name.slice(prefix.length)]) };
  }
  const { prefix, names } = ofModel;
  return { kind: 'prefix', checkpointPart: '', modelPart: prefix, pairs: names.map((name) => [name.slice(prefix.length), name]) };
}

/** The beginning that, taken off, turns most of `names` into names of the other side. */
function commonestPrefix(names: readonly string[], others: ReadonlySet<string>): { readonly prefix: string; readonly names: readonly string[] } {
  const votes = new Map<string, string[]>();
  for (const name of names) {
    const rest = suffixes(name).find((suffix) => others.has(suffix));
    if (rest === undefined) continue;
    const prefix = name.slice(0, name.length - rest.length);
    if (isLayerPrefix(prefix)) continue;
    const voters = votes.get(prefix);
    if (voters) voters.push(name);
    else votes.set(prefix, [name]);
  }
  const [prefix = '', voters = []] = [...votes].reduce<[string, string[]]>((most, vote) => (vote[1].length > most[1].length ? vote : most), ['', []]);
  return { prefix, names: voters };
}

/** Everything behind a dot, longest first. */
function suffixes(name: string): readonly string[] {
  const all: string[] = [];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) all.push(name.slice(dot + 1));
  return all;
}

/** `layers.0.` in front is another layer, not a wrapper; `0.` alone is `nn.Sequential` around the model. */
function isLayerPrefix(prefix: string): boolean {
  return /(^|\.)\d+\./.test(prefix) && !/^0\.([a-z_]+\.)*$/i.test(prefix);
}

/** One segment that only one side has, anywhere in its names. */
function infixAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const inModel = bestInfix(missing, unexpected);
  const inCheckpoint = bestInfix(unexpected, missing);
  if (inModel.pairs.length === 0 && inCheckpoint.pairs.length === 0) return undefined;
  return inCheckpoint.pairs.length >= inModel.pairs.length
    ? { kind: 'infix', checkpointPart: `${inCheckpoint.segment}.`, modelPart: '', pairs: inCheckpoint.pairs }
    : { kind: 'infix', checkpointPart: '', modelPart: `${inModel.segment}.`, pairs: inModel.pairs.map(([own, other]) => [other, own]) };
}

function bestInfix(names: readonly string[], others: readonly string[]) {
  const known = new Set(others);
  const foreign = segmentCounts(others);
  const candidates = [...segmentCounts(names)].filter(([segment, count]) => !foreign.has(segment) && !/^\d+$/.test(segment) && 2 * count >= names.length);
  let best: { readonly segment: string; readonly pairs: readonly (readonly [string, string])[] } = { segment: '', pairs: [] };
  for (const [segment] of candidates.slice(0, 8)) {
    const pairs = names.flatMap((name): (readonly [string, string])[] => {
      const rest = name.split('.').filter((part) => part !== segment).join('.');
      return rest !== name && known.has(rest) ? [[name, rest]] : [];
    });
    if (pairs.length > best.pairs.length) best = { segment, pairs };
  }
  return best;
}

/** In how many names a segment occurs. */
function segmentCounts(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) for (const segment of new Set(name.split('.'))) counts.set(segment, (counts.get(segment) ?? 0) + 1);
  return counts;
}

/** Everything that known wrappers put into names is taken out of both sides, in whatever order they nest. */
function wrapperAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const bare = new Map(missing.map((name) => [withoutWrappers(name), name]));
  const pairs = unexpected.flatMap((name): (readonly [string, string])[] => {
    const other = bare.get(withoutWrappers(name));
    return other === undefined ? [] : [[name, other]];
  });
  const [first] = pairs;
  if (first === undefined) return undefined;
  return { kind: 'infix', checkpointPart: onlyIn(first[0], first[1]), modelPart: onlyIn(first[1], first[0]), pairs };
}

export function withoutWrappers(name: string): string {
  return wrapperRuns.reduce((rest, run) => `.${rest}`.replaceAll(`.${run}.`, '.').slice(1), name);
}

/** The wrappers that stand in one name and not in the other. */
function onlyIn(name: string, other: string): string {
  return wrapperRuns.filter((run) => `.${name}.`.includes(`.${run}.`) && !`.${other}.`.includes(`.${run}.`)).map((run) => `${run}.`).join('');
}

/** Both sides have a beginning of their own in front of the same rest: `model.layers.…` and `language_model.model.layers.…`. */
function replacedAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const bySuffix = new Map<string, string | undefined>();
  for (const name of missing) for (const suffix of suffixes(name)) bySuffix.set(suffix, bySuffix.has(suffix) ? undefined : name);
  const votes = new Map<string, [string, string][]>();
  for (const name of unexpected) {
    const suffix = suffixes(name).find((rest) => bySuffix.get(rest) !== undefined);
    const other = suffix === undefined ? undefined : bySuffix.get(suffix);
    if (suffix === undefined || other === undefined) continue;
    const parts = [name, other].map((full) => full.slice(0, full.length - suffix.length));
    if (!suffix.includes('.') || parts.some((part) => /\d/.test(part) || part === '')) continue;
    const key = parts.join(' ');
    const voters = votes.get(key);
    if (voters) voters.push([name, other]);
    else votes.set(key, [[name, other]]);
  }
  const best = [...votes].reduce<[string, [string, string][]]>((most, vote) => (vote[1].length > most[1].length ? vote : most), ['', []]);
  const [checkpointPart = '', modelPart = ''] = best[0].split(' ');
  return best[1].length < 2 ? undefined : { kind: 'replaced', checkpointPart, modelPart, pairs: best[1] };
}
