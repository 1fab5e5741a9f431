/** Layer numbers as patterns show them: ascending, ranges compressed, in braces as soon as there are two (`7`, `{0-3,6}`). */
export function formatIndexSet(ascending: readonly number[]): string {
  const ranges: string[] = [];
  let start = 0;
  for (let end = 0; end < ascending.length; end += 1) {
    const first = ascending[start];
    const last = ascending[end];
    if (first === undefined || last === undefined || ascending[end + 1] === last + 1) continue;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
    start = end + 1;
  }
  return ascending.length > 1 ? `{${ranges.join(',')}}` : ranges.join('');
}

/** More numbers than any model has layers: a range as long is a name that a log made up. */
const MOST_NUMBERS = 100_000;
const RANGE = /^\d{1,15}(-\d{1,15})?$/;

/** The inverse of `formatIndexSet`; `undefined` where the text is anything else (sibling names, a set folded by the library, an endless one). */
export function readIndexSet(text: string): readonly number[] | undefined {
  if (/^\d{1,15}$/.test(text)) return [Number(text)];
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  const parts = text.slice(1, -1).split(',');
  if (!parts.every((part) => RANGE.test(part))) return undefined;
  const ranges = parts.map(readRange);
  const count = ranges.reduce((sum, [first, last]) => sum + Math.max(0, last - first + 1), 0);
  if (count > MOST_NUMBERS) return undefined;
  return ranges.flatMap(([first, last]) => Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset));
}

function readRange(range: string): readonly [first: number, last: number] {
  const [first = 0, last = first] = range.split('-').map(Number);
  return [first, last];
}
