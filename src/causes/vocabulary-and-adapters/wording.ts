import type { Evidence } from '../../model/diagnosis.js';
import { type LoadFailure, type Mismatch, mayHideMore } from '../../model/failure.js';
import { formatShape } from '../../model/shape.js';

/** `` `lm_head.weight`: [32003, 4096] in the checkpoint, [32000, 4096] in the model ``, with its line. */
export function shown(mismatch: Mismatch): Evidence {
  const name = mismatch.parameter === undefined ? 'A parameter whose name the message does not print' : `\`${mismatch.parameter}\``;
  return {
    statement: `${name}: ${formatShape(mismatch.checkpointShape)} in the checkpoint, ${formatShape(mismatch.modelShape)} in the model`,
    at: mismatch.at,
  };
}

/** The first few of a list of mismatches as evidence. */
export function shownFirst(mismatches: readonly Mismatch[], positions: readonly number[], count = 3): readonly Evidence[] {
  return positions.slice(0, count).flatMap((position) => {
    const mismatch = mismatches[position];
    return mismatch === undefined ? [] : [shown(mismatch)];
  });
}

/** `a, b and c`, at most `limit` of them. */
export function listed(words: readonly string[], limit = 4): string {
  const [shownWords, rest] = [words.slice(0, limit), words.length - limit];
  if (rest > 0) return `${shownWords.join(', ')} and ${rest} more`;
  if (shownWords.length < 2) return shownWords.join('');
  return `${shownWords.slice(0, -1).join(', ')} and ${shownWords.at(-1)}`;
}

/** `a, b or c`: the reader has to choose. */
export function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Smallest and largest; not by spreading, which overflows the stack on a hundred thousand numbers. */
export function rangeOf(numbers: readonly number[]): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    first = Math.min(first, number);
    last = Math.max(last, number);
  }
  return [first, last];
}

export function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

/** What every cause says where the loader stopped at its first difference, or the list is cut. */
export function moreMaySurface(failure: Pick<LoadFailure, 'complete' | 'incompleteReasons'>): readonly string[] {
  return mayHideMore(failure)
    ? ['The list is cut or the loader stopped at its first difference: more differences may surface once this one is mended.']
    : [];
}
