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

/** Sections are joined by an empty line; `note` says what was left out and is counted too. */
export function fitSections(sections: readonly Section[], maxBytes: number, note: (leftOut: readonly LeftOut[]) => string): string {
  const kept = sections.map((section) => ({ ...section, state: 'whole' as 'whole' | 'smaller' | 'out' }));
  const order = kept
    .filter(({ importance }) => importance < MANDATORY)
    .sort((a, b) => a.importance - b.importance || kept.indexOf(b) - kept.indexOf(a));
  let text = assemble(kept, note);
  let bytes = byteLength(text);
  for (const section of order) {
    if (bytes <= maxBytes) return text;
    if (section.smaller !== undefined) {
      section.state = 'smaller';
      text = assemble(kept, note);
      bytes = byteLength(text);
      if (bytes <= maxBytes) return text;
    }
    section.state = 'out';
    text = assemble(kept, note);
    bytes = byteLength(text);
  }
  return bytes <= maxBytes ? text : `The report does not fit into ${maxBytes} bytes.\n`;
}

function assemble(
  kept: readonly (Section & { readonly state: 'whole' | 'smaller' | 'out' })[],
  note: (leftOut: readonly LeftOut[]) => string,
): string {
  const texts = kept
    .filter(({ state }) => state !== 'out')
    .map(({ state, text, smaller }) => (state === 'smaller' ? (smaller ?? text) : text));
  const counts = new Map<string, LeftOut>();
  for (const { name, state } of kept) {
    if (state === 'whole') continue;
    const shortened = state === 'smaller';
    const key = `${name}/${shortened}`;
    counts.set(key, { name, shortened, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const leftOut = [...counts.values()];
  return `${[...texts, ...(leftOut.length === 0 ? [] : [note(leftOut)])].filter((text) => text !== '').join('\n\n')}\n`;
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
