/** Fits a report into the size that its target accepts. Whole sections give way, the least important first, so that no table, fence or fold is ever cut. */

export interface Section {
  /** As the note on what was left out names it. */
  readonly name: string;
  /** The least important gives way first; among equals the last. */
  readonly importance: number;
  readonly text: string;
  /** Tried before the section is left out. */
  readonly smaller?: string;
}

export interface LeftOut {
  readonly name: string;
  readonly count: number;
  readonly shortened: boolean;
}

const MANDATORY = 100;

type State = 'whole' | 'smaller' | 'out';

/** Sections are joined by an empty line; `note` says what was left out and is counted too. Sizes are kept, not measured anew: there may be thousands of sections. */
export function fitSections(sections: readonly Section[], maxBytes: number, note: (leftOut: readonly LeftOut[]) => string): string {
  const states = sections.map((): State => 'whole');
  const leftOut = new Map<string, LeftOut>();
  let bytes = sections.reduce((sum, section) => sum + sizeOf(section.text), 0);
  const fits = (): boolean => bytes + (leftOut.size === 0 ? 0 : sizeOf(note([...leftOut.values()]))) <= maxBytes;
  for (const position of inOrderOfGivingWay(sections)) {
    if (fits()) break;
    const section = sections[position];
    if (section === undefined) continue;
    if (section.smaller !== undefined) {
      states[position] = 'smaller';
      count(leftOut, section.name, true, 1);
      bytes += sizeOf(section.smaller) - sizeOf(section.text);
      if (fits()) break;
      count(leftOut, section.name, true, -1);
    }
    states[position] = 'out';
    count(leftOut, section.name, false, 1);
    bytes -= sizeOf(section.smaller ?? section.text);
  }
  if (!fits()) return `The report does not fit into ${maxBytes} bytes.\n`;
  const texts = sections.map(({ text, smaller = text }, position) =>
    states[position] === 'whole' ? text : states[position] === 'smaller' ? smaller : '',
  );
  return `${[...texts, ...(leftOut.size === 0 ? [] : [note([...leftOut.values()])])].filter((text) => text !== '').join('\n\n')}\n`;
}

function inOrderOfGivingWay(sections: readonly Section[]): readonly number[] {
  const positions = sections.flatMap(({ importance }, position) => (importance < MANDATORY ? [{ importance, position }] : []));
  return positions.sort((a, b) => a.importance - b.importance || b.position - a.position).map(({ position }) => position);
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
