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

/** The inverse of `formatIndexSet`; `undefined` where the text is anything else (sibling names, a set folded by the library). */
export function readIndexSet(text: string): readonly number[] | undefined {
  if (/^\d{1,15}$/.test(text)) return [Number(text)];
  if (!/^\{\d{1,15}(-\d{1,15})?(,\d{1,15}(-\d{1,15})?)*\}$/.test(text)) return undefined;
  return text
    .slice(1, -1)
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
    });
}
