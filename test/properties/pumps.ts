import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

/** A text that may take an expression long: the pump over and over behind the prefix. */
export interface Pump {
  readonly prefix: string;
  readonly pump: string;
}

/** Fewer repeats than this cost nothing. */
const FEW = 8;
const SIGNS = [...' \t\na0A_.-,:"\'[]{}()\\=/|<>#'];
const parser = new RegExpParser({ ecmaVersion: 2025 });

type Single = AST.Character | AST.CharacterSet | AST.CharacterClass;

/**
 * Derived from the expression itself. For everything that may be repeated: what stands in front of it and then many of what it takes (of the
 * characters that it takes, one for each set of other parts that take it too); the beginnings over and over; and what lies between two repeats
 * over and over.
 */
export function pumpsOf(source: string, flags: string): readonly Pump[] {
  const nodes: AST.Node[] = [];
  const pattern = parser.parsePattern(source, 0, source.length, { unicode: flags.includes('u'), unicodeSets: flags.includes('v') });
  const keep = (node: AST.Node): void => void nodes.push(node);
  visitRegExpAST(pattern, { onCharacterEnter: keep, onQuantifierEnter: keep, onCharacterClassEnter: keep, onCharacterSetEnter: keep });
  const taste = createTaste(nodes, flags);
  const repeats = nodes.filter((node): node is AST.Quantifier => node.type === 'Quantifier' && node.max >= FEW);
  const whole = taste.sample(pattern);
  const pumps = [
    ...repeats.flatMap((repeat) => pumpsAt(repeat, repeats, taste)),
    ...beginningsOf(whole).map((pump) => ({ prefix: '', pump })),
  ];
  return [...new Map(pumps.filter(({ pump }) => pump !== '').map((pump) => [`${pump.prefix}\u0000${pump.pump}`, pump])).values()];
}

function pumpsAt(repeat: AST.Quantifier, repeats: readonly AST.Quantifier[], taste: Taste): readonly Pump[] {
  const before = neighbours(repeat, taste, 'before');
  const after = neighbours(repeat, taste, 'after');
  const own = ownPumps(repeat, taste);
  const few = own.slice(0, 2);
  const between = repeats
    .map((other) => neighbours(other, taste, 'before'))
    .filter((text) => text.startsWith(before))
    .map((text) => text.slice(before.length));
  const behind = [...own, after, ...between, ...few.flatMap((pump) => [after, ...between].map((words) => pump + words))];
  const anew = ['', ...own, ...few.map((pump) => pump + after)].map((words) => before + words);
  return [
    ...behind.map((pump) => ({ prefix: before, pump })),
    ...anew.map((pump) => ({ prefix: '', pump })),
    // Behind something else: what holds at the beginning of a text holds nowhere in it.
    ...(before === '' ? own.map((pump) => ({ prefix: '\u0001', pump })) : []),
  ];
}

/** A message whose end is missing, a little of it or more. */
function beginningsOf(text: string): readonly string[] {
  const lengths: number[] = [];
  for (let missing = 0; missing < text.length; missing = missing * 2 + 1) lengths.push(text.length - missing);
  return lengths.map((length) => text.slice(0, length));
}

function ownPumps({ element }: AST.Quantifier, taste: Taste): readonly string[] {
  if (isSingle(element)) return taste.characters(element);
  const alternatives = 'alternatives' in element ? element.alternatives.map(taste.sample) : [];
  const inner: string[] = [];
  visitRegExpAST(element, {
    onQuantifierEnter: (node) => {
      if (isSingle(node.element)) inner.push(...taste.characters(node.element).map((character) => taste.sample(element) + character));
    },
  });
  return [...new Set([...alternatives, ...inner.slice(0, 12)])];
}

/** The shortest text that takes a match from its beginning to a part, or from the part to its end. */
function neighbours(node: AST.Node, { sample }: Taste, side: 'before' | 'after'): string {
  let text = '';
  for (let child = node; child.parent !== null; child = child.parent) {
    if (child.parent.type !== 'Alternative') continue;
    const { elements } = child.parent;
    const place = elements.indexOf(child as AST.Element);
    if (side === 'before') text = elements.slice(0, place).map(sample).join('') + text;
    else
      text += elements
        .slice(place + 1)
        .map(sample)
        .join('');
  }
  return text;
}

interface Taste {
  /** One of the shortest texts that a part takes. */
  readonly sample: (node: AST.Node) => string;
  /** Of the characters that a part takes, one for each set of parts that take it. */
  readonly characters: (node: Single) => readonly string[];
}

function createTaste(nodes: readonly AST.Node[], flags: string): Taste {
  const own = nodes.flatMap((node) => (node.type === 'Character' ? [String.fromCodePoint(node.value)] : []));
  const alphabet = [...new Set([...SIGNS, ...own])];
  const known = new Map<string, RegExp>();
  const takes = ({ raw }: Single, character: string): boolean => {
    const expression = known.get(raw) ?? new RegExp(`^(?:${raw})$`, flags.replace(/[gymd]/g, ''));
    known.set(raw, expression);
    return expression.test(character);
  };
  const choices = nodes.filter((node) => node.type === 'CharacterClass' || node.type === 'CharacterSet');
  const takers = new Map(alphabet.map((character) => [character, choices.map((node) => (takes(node, character) ? '1' : '0')).join('')]));
  const sample = (node: AST.Node): string => {
    if (node.type === 'Character') return String.fromCodePoint(node.value);
    if (isSingle(node)) return [...'a0A._- ', ...alphabet].find((character) => takes(node, character)) ?? '';
    if (node.type === 'Alternative') return node.elements.map(sample).join('');
    if (node.type === 'Quantifier') return sample(node.element).repeat(Math.min(node.min, 64));
    if (node.type === 'Backreference') return [node.resolved].flat().slice(0, 1).map(sample).join('');
    const isGroup = node.type === 'Group' || node.type === 'CapturingGroup' || node.type === 'Pattern';
    return isGroup ? node.alternatives.slice(0, 1).map(sample).join('') : '';
  };
  return {
    sample,
    characters: (node) => [...new Map(alphabet.filter((each) => takes(node, each)).map((each) => [takers.get(each), each])).values()],
  };
}

function isSingle(node: AST.Node): node is Single {
  return node.type === 'Character' || node.type === 'CharacterSet' || node.type === 'CharacterClass';
}
