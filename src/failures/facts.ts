import type { Finding, Statement } from '../model/finding.js';
import type { Place } from '../model/place.js';
import { isSameShape, type Shape } from '../model/shape.js';

/** A fact about one parameter or key, kept once however many ranks print it. */
export type Fact =
  | {
      readonly kind: 'mismatch';
      readonly parameter?: string;
      readonly checkpointShape: Shape;
      readonly modelShape: Shape;
      readonly folded?: boolean;
      readonly dialect: string;
      readonly at: Place;
    }
  | { readonly kind: 'missing-key' | 'unexpected-key'; readonly key: string; readonly folded?: boolean };

type Mismatch = Extract<Fact, { kind: 'mismatch' }>;

/** Numbers facts, so that an attempt is a list of small integers and a thousand ranks cost no more than their differences. */
export interface FactTable {
  /** The numbers of all facts that a finding states; notices, headers and marks have none. */
  readonly numbersOf: (finding: Finding) => readonly number[];
  /** The same for a statement that was met before. */
  readonly knownNumbersOf: (statement: Statement) => readonly number[] | undefined;
  readonly fact: (number: number) => Fact;
}

/** Half a name is the name that was told whole before, of another rank say, where the shapes are the same. */
function isNameOf(
  { parameter, checkpointShape, modelShape }: Mismatch,
  shapes: Pick<Mismatch, 'checkpointShape' | 'modelShape'>,
  begin: string,
): boolean {
  return (
    parameter?.startsWith(begin) === true &&
    isSameShape(checkpointShape, shapes.checkpointShape) &&
    isSameShape(modelShape, shapes.modelShape)
  );
}

export function createFactTable(): FactTable {
  const facts: Fact[] = [];
  const byKey = new Map<string, number>();
  // Readers hand out the same statement object for the same text: asking by identity spares making the key again.
  const byStatement = new WeakMap<Statement, readonly number[]>();

  function numberOf(key: string, make: () => Fact): number {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    byKey.set(key, facts.length);
    return facts.push(make()) - 1;
  }

  function number({ statement, dialect, at }: Finding): readonly number[] {
    if (statement.kind === 'mismatch') {
      const { kind: _, begin, ...shapes } = statement;
      const named = begin === undefined ? -1 : facts.findIndex((fact) => fact.kind === 'mismatch' && isNameOf(fact, shapes, begin));
      if (named >= 0) return [named];
      const key = `m ${statement.parameter ?? ''} ${statement.checkpointShape.join()} ${statement.modelShape.join()}`;
      return [numberOf(key, () => ({ kind: 'mismatch', ...shapes, dialect, at }))];
    }
    if (statement.kind !== 'missing-keys' && statement.kind !== 'unexpected-keys') return [];
    const kind = statement.kind === 'missing-keys' ? 'missing-key' : 'unexpected-key';
    const folded = statement.folded === true ? { folded: true } : {};
    return statement.keys.map((key) => numberOf(`${kind} ${key}`, () => ({ kind, key, ...folded })));
  }

  return {
    numbersOf(finding) {
      const known = byStatement.get(finding.statement);
      if (known !== undefined) return known;
      const numbers = number(finding);
      byStatement.set(finding.statement, numbers);
      return numbers;
    },
    knownNumbersOf: (statement) => byStatement.get(statement),
    fact(index) {
      const fact = facts[index];
      if (fact === undefined) throw new Error(`no fact has the number ${index}`);
      return fact;
    },
  };
}
