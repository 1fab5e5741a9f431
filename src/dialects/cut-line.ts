import { isKeyList, type Statement } from '../model/finding.js';
import { isSameShape } from '../model/shape.js';
import type { Claim, Reader, Section } from './read.js';

/** How a line may go on whose end is not in the log: a longer name or number, the end of a sentence, another item of a list or a shape. */
const CONTINUATIONS = ['x', '0', '.', ', x', ', "x"', ', 0', 'x 0', ' x 0'] as const;

/**
 * Names that end so are whole, as good as always. A log that somebody pasted lacks its last line feed as well, and its last name should not be
 * lost; `lstm.weight` may have been `lstm.weight_ih_l0`.
 */
const WHOLE_NAME = /\.(?:weight|bias|running_mean|running_var|num_batches_tracked|kernel)$|\/(?:kernel|gamma|beta)$/;

/**
 * What a line states that the end of the log cut off: what it would state however it went on. Half a name would be another name then, half a
 * number another number, and what nothing closes may have gone on.
 */
export function readCut(reader: Reader, text: string, section?: Section): readonly Claim[] {
  const { claims, open } = reader.read(text, section);
  if (claims.length === 0) return readUnclosed(reader, text, section);
  const ways = CONTINUATIONS.map((more) => reader.read(text + more, section).claims);
  return claims.map((claim) => {
    const settled = settle(
      claim.statements,
      ways.map((others) => statementsOf(others, claim)),
    );
    return { ...claim, statements: open === undefined ? settled : [...settled, CUT] };
  });
}

/** Most lists can be read only with the bracket that closes them; their last name is kept where a quote or a comma ends it. */
function readUnclosed(reader: Reader, text: string, section: Section | undefined): readonly Claim[] {
  const { inside, close } = openList(text);
  if (close === undefined) return [];
  const quote = /['"]/.exec(inside)?.[0];
  const isInsideQuotes = quote !== undefined && inside.split(quote).length % 2 === 0;
  const isWhole = !isInsideQuotes && /['",]\s*$/.test(inside);
  return reader.read(text + (isInsideQuotes ? quote : '') + close, section).claims.flatMap((claim) => {
    const statements = claim.statements.flatMap((statement) => (isWhole ? [statement] : withoutLastKey(statement))).filter(isKeyList);
    return statements.length === 0 ? [] : [{ ...claim, statements: [...statements, CUT] }];
  });
}

/** What stands behind the last bracket, and what would close it. */
function openList(text: string): { readonly inside: string; readonly close?: ']' | '}' } {
  const [square, brace] = [text.lastIndexOf('['), text.lastIndexOf('{')];
  const inside = text.slice(Math.max(square, brace) + 1);
  if (Math.max(square, brace) < 0 || /[\]}]/.test(inside)) return { inside };
  return { inside, close: square > brace ? ']' : '}' };
}

function withoutLastKey(statement: Statement): readonly Statement[] {
  if (!isKeyList(statement) || statement.keys.length < 2) return [];
  return [{ ...statement, keys: statement.keys.slice(0, -1) }];
}

const CUT: Statement = { kind: 'incomplete', reason: 'cut' };

function statementsOf(claims: readonly Claim[], { dialect, pattern }: Claim): readonly Statement[] {
  return claims.find((claim) => claim.dialect === dialect && claim.pattern === pattern)?.statements ?? [];
}

function settle(statements: readonly Statement[], ways: readonly (readonly Statement[])[]): readonly Statement[] {
  return statements.flatMap((statement) => {
    const text = JSON.stringify(statement);
    const isSettled = ways.every((others) => others.some((other) => JSON.stringify(other) === text));
    return isSettled ? [statement] : weaken(statement, ways);
  });
}

/** What of a statement holds in all ways. */
function weaken(statement: Statement, ways: readonly (readonly Statement[])[]): readonly Statement[] {
  switch (statement.kind) {
    case 'header':
      return [{ kind: 'header' }, CUT];
    case 'mismatch': {
      const { parameter, ...shapes } = statement;
      if (!ways.every((others) => others.some((other) => hasSameShapes(other, shapes)))) return [{ kind: 'half' }, CUT];
      if (parameter === undefined || WHOLE_NAME.test(parameter)) return [statement, CUT];
      return [{ ...shapes, begin: parameter }, CUT];
    }
    case 'missing-keys':
    case 'unexpected-keys': {
      const keys = statement.keys.filter((key) => WHOLE_NAME.test(key) || ways.every((others) => hasKey(others, statement.kind, key)));
      return [keys.length === 0 ? { kind: 'half' } : { ...statement, keys }, CUT];
    }
    default:
      return [statement];
  }
}

type Mismatch = Extract<Statement, { kind: 'mismatch' }>;

function hasSameShapes(other: Statement, { checkpointShape, modelShape }: Pick<Mismatch, 'checkpointShape' | 'modelShape'>): boolean {
  return other.kind === 'mismatch' && isSameShape(other.checkpointShape, checkpointShape) && isSameShape(other.modelShape, modelShape);
}

function hasKey(statements: readonly Statement[], kind: 'missing-keys' | 'unexpected-keys', key: string): boolean {
  return statements.some((statement) => statement.kind === kind && statement.keys.includes(key));
}
