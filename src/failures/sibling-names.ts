/** Something with a name in segments (separators in between, at the odd positions); `shapes` is equal where both shapes are. */
export interface Named {
  readonly segments: readonly string[];
  readonly shapes: string;
  readonly layers: readonly number[];
  readonly members: readonly number[];
}

/** How many segments, counted from the end of a name, are looked at: names are rarely longer, and a hostile one costs no more. */
const SEGMENTS_FROM_END = 12;

/**
 * Puts names together that agree in everything except one segment: `self.{key,query}.weight`, `norm.{bias,weight}`. The last
 * segment goes first, so that `bias` and `weight` of one module meet before modules do; each pass keeps patterns exact,
 * because what it joins agrees in all other segments, those joined before included.
 */
export function mergeSiblings(products: readonly Named[]): readonly Named[] {
  let merged = products;
  const longest = products.reduce((most, { segments }) => Math.max(most, segments.length), 0);
  for (let fromEnd = 1; fromEnd <= Math.min(longest, 2 * SEGMENTS_FROM_END); fromEnd += 2) merged = mergeAt(merged, fromEnd);
  return merged;
}

function mergeAt(products: readonly Named[], fromEnd: number): readonly Named[] {
  const rows = new Map<string, Named[]>();
  for (const product of products) {
    const key = keyWithout(product, product.segments.length - fromEnd);
    const row = rows.get(key);
    if (row) row.push(product);
    else rows.set(key, [product]);
  }
  return rows.size === products.length ? products : [...rows.values()].map((row) => join(row, fromEnd));
}

function keyWithout({ segments, shapes }: Named, position: number): string {
  const segment = segments[position];
  if (segment === undefined || !isPlain(segment)) return `${segments.join('')}\n${shapes}`;
  return `${segments.slice(0, position).join('')}\n${segments.slice(position + 1).join('')}\n${shapes}`;
}

/** A number, a set, or a text that a reader would take for a range inside braces is no sibling's name. */
function isPlain(segment: string): boolean {
  return !segment.includes('{') && !/^\d+(-\d+)?$/.test(segment);
}

function join(row: readonly Named[], fromEnd: number): Named {
  const [first] = row;
  if (first === undefined) throw new Error('a row of siblings is never empty');
  if (row.length === 1) return first;
  const position = first.segments.length - fromEnd;
  const names = [...new Set(row.map(({ segments }) => segments[position] ?? ''))].sort();
  const text = names.length > 1 ? `{${names.join(',')}}` : (names[0] ?? '');
  return { ...first, segments: first.segments.with(position, text), members: row.flatMap(({ members }) => members) };
}
