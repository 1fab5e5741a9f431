import type { Mismatch } from '../model/failure.js';
import type { Finding, Statement } from '../model/finding.js';
import { isSameShape, type Shape } from '../model/shape.js';

/** A fact about one parameter or key, kept once however many ranks print it. */
export type Fact =
  | { readonly kind: 'mismatch'; readonly mismatch: Mismatch }
  | { readonly kind: 'missing-key' | 'unexpected-key'; readonly key: string; readonly folded?: boolean };

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

type Told = Extract<Statement, { kind: 'mismatch' }>;

/** Where the name stands in the key of a mismatch. */
const NAME = 2;
/** Other shapes are kept as often as they are printed. */
const MAX_SHAPES = 10_000;

export function createFactTable(): FactTable {
  const facts: Fact[] = [];
  const byKey = new Map<string, number>();
  const shapes = new Map<string, Shape>();
  // Readers hand out the same statement object for the same text: asking by identity spares making the key again.
  const byStatement = new WeakMap<Statement, readonly number[]>();

  function numberOf(key: string, make: () => Fact): number {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    byKey.set(key, facts.length);
    return facts.push(make()) - 1;
  }

  function number(finding: Finding): readonly number[] {
    const { statement } = finding;
    if (statement.kind === 'mismatch') return [numberOfMismatch(statement, finding)];
    if (statement.kind !== 'missing-keys' && statement.kind !== 'unexpected-keys') return [];
    const kind = statement.kind === 'missing-keys' ? 'missing-key' : 'unexpected-key';
    const folded = statement.folded === true ? { folded: true } : {};
    return statement.keys.map((name) => {
      const key = `${kind} ${name}`;
      return numberOf(key, () => ({ kind, key: key.slice(kind.length + 1), ...folded }));
    });
  }

  function numberOfMismatch({ kind: _, begin, ...told }: Told, { dialect, at }: Finding): number {
    const named = begin === undefined ? -1 : facts.findIndex((fact) => fact.kind === 'mismatch' && isNameOf(fact.mismatch, told, begin));
    if (named >= 0) return named;
    const { parameter = '' } = told;
    const [checkpoint, model] = [told.checkpointShape.join(), told.modelShape.join()];
    const key = `m ${parameter} ${checkpoint} ${model}`;
    return numberOf(key, () => {
      const checkpointShape = shapeOf(checkpoint, told.checkpointShape);
      const modelShape = shapeOf(model, told.modelShape);
      if (told.parameter === undefined || told.folded === true || told.stored !== undefined)
        return { kind: 'mismatch', mismatch: { ...told, checkpointShape, modelShape, dialect, at } };
      // A part of the key, which is kept anyway, and not of the line.
      const name = key.slice(NAME, NAME + parameter.length);
      return { kind: 'mismatch', mismatch: { parameter: name, checkpointShape, modelShape, dialect, at } };
    });
  }

  /** A model has few shapes. */
  function shapeOf(key: string, shape: Shape): Shape {
    const known = shapes.get(key);
    if (known === undefined && shapes.size < MAX_SHAPES) shapes.set(key, shape);
    return known ?? shape;
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
