import { wrapperRuns } from './wrapper-table.js';

/** How the names of the two lists turn into each other. */
export interface Affix {
  /** `prefix`: one side has `extra` in front. `infix`: inside or in several places. `replaced`: both sides have a beginning of their own. */
  readonly kind: 'prefix' | 'infix' | 'replaced';
  /** What only the checkpoint's names have, with its dots; empty where it has nothing of its own. */
  readonly checkpointPart: string;
  readonly modelPart: string;
  /** Names that agree once the parts are taken off: `[the checkpoint's, the model's]`. */
  readonly pairs: readonly Pair[];
  /** Other beginnings under which the same names stand once more: `teacher.` beside `student.`. */
  readonly alsoUnder?: readonly string[];
}

type Pair = readonly [string, string];

/** The parts that differ must explain at least this share of the shorter list; below it, agreement is chance. */
const SHARE = 0.5;

/**
 * Finds the constant beginning or inner piece by which the two key lists differ. `missing` are names of the model, `unexpected`
 * names of the checkpoint. Linear in the total length of the names. Of several readings the one with the most agreeing names wins, of equal
 * ones the simpler.
 */
export function findAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  if (missing.length === 0 || unexpected.length === 0) return undefined;
  const enough = Math.max(1, SHARE * Math.min(missing.length, unexpected.length));
  return [prefixAffix, infixAffix, wrapperAffix, replacedAffix]
    .flatMap((find) => find(missing, unexpected) ?? [])
    .filter(({ pairs }) => pairs.length >= enough)
    .reduce<Affix | undefined>((best, affix) => (best === undefined || affix.pairs.length > best.pairs.length ? affix : best), undefined);
}

function prefixAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const ofCheckpoint = commonestPrefix(unexpected, new Set(missing));
  const ofModel = commonestPrefix(missing, new Set(unexpected));
  const [isInFile, found] = (ofCheckpoint?.names.length ?? 0) >= (ofModel?.names.length ?? 0) ? [true, ofCheckpoint] : [false, ofModel];
  if (found === undefined) return undefined;
  const { prefix, names, alsoUnder } = found;
  const bare = (name: string) => name.slice(prefix.length);
  return {
    kind: 'prefix',
    checkpointPart: isInFile ? prefix : '',
    modelPart: isInFile ? '' : prefix,
    pairs: names.map((name): Pair => (isInFile ? [name, bare(name)] : [bare(name), name])),
    alsoUnder,
  };
}

interface Prefixed {
  readonly prefix: string;
  readonly names: readonly string[];
  readonly alsoUnder: readonly string[];
}

/** The beginning that, taken off, turns most of `names` into names of the other side. */
function commonestPrefix(names: readonly string[], others: ReadonlySet<string>): Prefixed | undefined {
  const votes = new Map<string, string[]>();
  for (const name of names) {
    const rest = suffixes(name).find((suffix) => others.has(suffix));
    if (rest === undefined) continue;
    vote(votes, name.slice(0, name.length - rest.length), name);
  }
  const [best, ...rest] = [...votes].toSorted((a, b) => b[1].length - a[1].length);
  if (best === undefined || isLayerPrefix(best[0])) return undefined;
  const [prefix, voters] = best;
  const alsoUnder = rest.filter(([, names]) => names.length >= 0.8 * voters.length).map(([other]) => other);
  // `weight` and `bias` stand behind every module: where several begin so, nothing tells which one is meant.
  const isPlain = voters.every((name) => !name.slice(prefix.length).includes('.'));
  return isPlain && alsoUnder.length > 0 ? undefined : { prefix, names: voters, alsoUnder: alsoUnder.slice(0, 3) };
}

/**
 * BatchNorm counters that go with the pairs. A checkpoint of before they existed must load, so PyTorch fills in `num_batches_tracked` without a
 * word where it finds no version for the module (torch/nn/modules/batchnorm.py, _NormBase): the names differ there too, yet only one side is listed.
 */
export function unlistedCounters(unexpected: readonly string[], pairs: readonly Pair[]): readonly string[] {
  const agreeing = new Set(pairs.map(([theirs]) => theirs));
  return unexpected.filter(
    (key) => !agreeing.has(key) && key.endsWith('num_batches_tracked') && agreeing.has(key.replace(/num_batches_tracked$/, 'running_mean')),
  );
}

function vote<V>(votes: Map<string, V[]>, key: string, voter: V): void {
  const voters = votes.get(key);
  if (voters) voters.push(voter);
  else votes.set(key, [voter]);
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
  const candidates = [...segmentCounts(names)].filter(
    ([segment, count]) => !foreign.has(segment) && !/^\d+$/.test(segment) && 2 * count >= names.length,
  );
  let best: { readonly segment: string; readonly pairs: readonly Pair[] } = { segment: '', pairs: [] };
  for (const [segment] of candidates.slice(0, 8)) {
    const pairs = names.flatMap((name): Pair[] => {
      const rest = name
        .split('.')
        .filter((part) => part !== segment)
        .join('.');
      // A piece in front of `weight` alone is no inner piece: it may be any module's name.
      return rest !== name && rest.includes('.') && known.has(rest) ? [[name, rest]] : [];
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
  const pairs = unexpected.flatMap((name): Pair[] => {
    const other = bare.get(withoutWrappers(name));
    return other === undefined ? [] : [[name, other]];
  });
  if (pairs.length === 0) return undefined;
  const checkpointPart = onlyIn(pairs);
  return { kind: 'infix', checkpointPart, modelPart: onlyIn(pairs.map(([theirs, ours]): Pair => [ours, theirs])), pairs };
}

export function withoutWrappers(name: string): string {
  return wrapperRuns.reduce(withoutRun, name);
}

/** Wrappers repeat (`module.module.`), and a match takes the dot that the next one would begin with. */
function withoutRun(name: string, run: string): string {
  let rest = `.${name}`;
  while (rest.includes(`.${run}.`)) rest = rest.replaceAll(`.${run}.`, '.');
  return rest.slice(1);
}

/** The wrappers that stand in the first names of the pairs and not in the second. */
function onlyIn(pairs: readonly Pair[]): string {
  const has = (name: string, run: string) => `.${name}.`.includes(`.${run}.`);
  return wrapperRuns
    .filter((run) => pairs.some(([own, other]) => has(own, run) && !has(other, run)))
    .map((run) => `${run}.`)
    .join('');
}

/** Both sides have a beginning of their own in front of the same rest: `model.layers.…` and `language_model.model.layers.…`. */
function replacedAffix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const bySuffix = new Map<string, string | undefined>();
  for (const name of missing) for (const suffix of suffixes(name)) bySuffix.set(suffix, bySuffix.has(suffix) ? undefined : name);
  const votes = new Map<string, Pair[]>();
  for (const name of unexpected) {
    const suffix = suffixes(name).find((rest) => bySuffix.get(rest) !== undefined);
    const other = suffix === undefined ? undefined : bySuffix.get(suffix);
    if (suffix === undefined || other === undefined) continue;
    const parts = [name, other].map((full) => full.slice(0, full.length - suffix.length));
    if (!suffix.includes('.') || parts.some((part) => /\d/.test(part) || part === '')) continue;
    const key = parts.join(' ');
    vote(votes, key, [name, other]);
  }
  const [best] = [...votes].toSorted((a, b) => b[1].length - a[1].length);
  if (best === undefined || best[1].length < 2) return undefined;
  const [checkpointPart = '', modelPart = ''] = best[0].split(' ');
  return { kind: 'replaced', checkpointPart, modelPart, pairs: best[1] };
}

/**
 * For lists that are samples: the names of one side all begin with one segment that the other side's do not, and what follows it begins the
 * other side's names (`CCN.layer1.…` against `layer4.…`), numbers left aside.
 */
export function sampledPrefix(missing: readonly string[], unexpected: readonly string[]): Affix | undefined {
  const ofCheckpoint = extraSegment(unexpected, missing);
  if (ofCheckpoint !== undefined) return { kind: 'prefix', checkpointPart: `${ofCheckpoint}.`, modelPart: '', pairs: [] };
  const ofModel = extraSegment(missing, unexpected);
  return ofModel === undefined ? undefined : { kind: 'prefix', checkpointPart: '', modelPart: `${ofModel}.`, pairs: [] };
}

function extraSegment(names: readonly string[], others: readonly string[]): string | undefined {
  const [first = ''] = names[0]?.split('.') ?? [];
  if (others.length === 0 || first === '' || /^\d+$/.test(first)) return undefined;
  if (!names.every((name) => name.startsWith(`${first}.`)) || others.some((name) => name.startsWith(`${first}.`))) return undefined;
  const form = (segment = '') => segment.replace(/\d+/g, '*');
  const known = new Set(others.filter((name) => name.includes('.')).map((name) => form(name.split('.')[0])));
  const following = names.map((name) => form(name.split('.')[1]));
  return following.filter((segment) => segment !== '*' && known.has(segment)).length * 2 > names.length ? first : undefined;
}
