/** Numbers of facts in the order of the log, repeats included: the first `count` of an array that other attempts may share. */
export interface FactList {
  numbers: number[];
  count: number;
}

/** Ranks print what the one before them printed: as long as they do, they share its array, and a thousand ranks take the room of one. */
export function startFactList(other: FactList | undefined): FactList {
  return { numbers: other?.numbers ?? [], count: 0 };
}

export function addFact(list: FactList, number: number): void {
  const { numbers, count } = list;
  if (count === numbers.length) numbers.push(number);
  else if (numbers[count] !== number) list.numbers = [...numbers.slice(0, count), number];
  list.count++;
}

export function factsOf({ numbers, count }: FactList): readonly number[] {
  return numbers.slice(0, count);
}

export function areSameFacts(a: FactList, b: FactList): boolean {
  if (a.count !== b.count || a.numbers === b.numbers) return a.count === b.count;
  return factsOf(a).every((number, index) => number === b.numbers[index]);
}
