/** Fits a report into the size that its target accepts. Whole sections give way, the least important first, so that no table, fence or fold is ever cut. */

export interface Section {
  /** As the note on what was left out names it. */
  readonly name: string;
  /** The least important gives way first; among equals the last. */
  readonly importance: number;
  readonly text: string;
  /** Tried before the section is left out. */
  readonly smaller?: string;
  /** The section without which this one makes no sense. */
  readonly under?: Section;
}

export interface LeftOut {
  readonly name: string;
  readonly count: number;
  readonly shortened: boolean;
}

const MANDATORY = 100;

type State = 'whole' | 'smaller' | 'out';

/**
 * Sections are joined by an empty line; `note` says what was left out and is counted too. What gave way for the sake of a more important giant,
 * which then had to go itself, comes back as far as there is room. Sizes are kept, not measured anew: there may be thousands of sections.
 */
export function fitSections(sections: readonly Section[], maxBytes: number, note: (leftOut: readonly LeftOut[]) => string): string {
  const states = sections.map((): State => 'whole');
  const leftOut = new Map<string, LeftOut>();
  let bytes = sections.reduce((sum, section) => sum + sizeOf(section.text), 0);
  const fits = (): boolean => bytes + (leftOut.size === 0 ? 0 : sizeOf(note([...leftOut.values()]))) <= maxBytes;
  function put(position: number, section: Section, state: State): void {
    const before = states[position] ?? 'whole';
    bytes += sizeOf(textIn(section, state)) - sizeOf(textIn(section, before));
    if (before !== 'whole') count(leftOut, section.name, before === 'smaller', -1);
    if (state !== 'whole') count(leftOut, section.name, state === 'smaller', 1);
    states[position] = state;
  }
  const order = inOrderOfGivingWay(sections);
  const positions = new Map(sections.map((section, position) => [section, position]));
  for (const [position, section] of order) {
    if (section.smaller !== undefined && !fits()) put(position, section, 'smaller');
    if (!fits()) put(position, section, 'out');
  }
  if (!fits()) return `The report does not fit into ${maxBytes} bytes.\n`;
  for (const [position, section] of [...order].reverse()) {
    const before = states[position] ?? 'whole';
    if (before === 'whole' || (section.under !== undefined && states[positions.get(section.under) ?? 0] === 'out')) continue;
    const larger: readonly State[] = before === 'out' && section.smaller !== undefined ? ['whole', 'smaller'] : ['whole'];
    for (const state of larger) {
      if (states[position] !== before) break;
      put(position, section, state);
      if (!fits()) put(position, section, before);
    }
  }
  const texts = sections.map((section, position) => textIn(section, states[position] ?? 'whole'));
  return `${[...texts, ...(leftOut.size === 0 ? [] : [note([...leftOut.values()])])].filter((text) => text !== '').join('\n\n')}\n`;
}

function textIn({ text, smaller = text }: Section, state: State): string {
  return state === 'whole' ? text : state === 'smaller' ? smaller : '';
}

function inOrderOfGivingWay(sections: readonly Section[]): readonly (readonly [position: number, section: Section])[] {
  return sections
    .map((section, position) => [position, section] as const)
    .filter(([, { importance }]) => importance < MANDATORY)
    .sort(([a, x], [b, y]) => x.importance - y.importance || b - a);
}

function count(leftOut: Map<string, LeftOut>, name: string, shortened: boolean, change: 1 | -1): void {
  const key = `${name}/${shortened}`;
  const before = leftOut.get(key)?.count ?? 0;
  if (before + change === 0) leftOut.delete(key);
  else leftOut.set(key, { name, shortened, count: before + change });
}

/** With the empty line that follows. */
function sizeOf(text: string): number {
  return text === '' ? 0 : byteLength(text) + 2;
}

/** Of the text as UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
