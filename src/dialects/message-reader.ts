import type { Finding } from '../model/finding.js';
import type { LogLine } from '../model/log-line.js';
import { readCut } from './cut-line.js';
import type { Claim, Open, Reader, Reading, Section } from './read.js';

export interface MessageReader {
  /** What a text states wherever it stands; `undefined` where that hangs on the lines around it, or where it states nothing. */
  readonly settled: (text: string) => readonly Claim[] | undefined;
  /** True where no heading is in force under which a line might be read otherwise. */
  readonly isPlain: () => boolean;
  /** What one line states; empty where no dialect claims it. */
  readonly read: (line: LogLine) => readonly Finding[];
  /** Whether a message begins on a text, and how much more of it may follow. */
  readonly openness: (text: string) => Partial<Pick<Open, 'goesOn' | 'continues'>> & {
    readonly maxLines: number;
    readonly begins: boolean;
    readonly reads: boolean;
  };
}

/** Borders and blank lines may stand between a heading and its rows. */
const MAX_LINES_BETWEEN_ROWS = 3;
/** Texts remembered with what they say: ranks repeat each other, so that most lines of a dense log were read before. */
const MAX_REMEMBERED = 50_000;
/** Longer ones do not come again often enough for the room that they take. */
const MAX_LENGTH = 2000;

interface Place {
  section: Section;
  idle: number;
}

/** A text with all that follows from it alone. */
interface Known {
  readonly claims: readonly Claim[];
  readonly heading?: Section;
  readonly openness: ReturnType<MessageReader['openness']>;
}

/** Adds to the pure reader what it must know of the lines before: which heading a row stands under, speaker by speaker. */
export function createMessageReader(reader: Reader): MessageReader {
  const remembered = new Map<string, Known>();
  const places = new Map<string, Place>();

  let lastText: string | undefined;
  let last: Known = knowledgeOf({ claims: [] });

  function recall(text: string): Known {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const fresh = knowledgeOf(reader.read(text));
    if (text.length > MAX_LENGTH) return fresh;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(text, fresh);
    return fresh;
  }

  /** Every line is asked about twice: whether a message begins on it, and what it says. */
  function readPlain(text: string): Known {
    if (text === lastText) return last;
    last = recall(text);
    lastText = text;
    return last;
  }

  function know({ text, isCut }: LogLine, section: Section | undefined): Known {
    if (isCut) return knowledgeOf({ claims: readCut(reader, text, section) });
    return section === undefined ? readPlain(text) : knowledgeOf(reader.read(text, section));
  }

  function move(speaker: string, heading: Section | undefined, isClaimed: boolean): void {
    const place = places.get(speaker);
    if (heading !== undefined) places.set(speaker, { section: heading, idle: 0 });
    else if (place !== undefined && isClaimed) place.idle = 0;
    else if (place !== undefined && ++place.idle > MAX_LINES_BETWEEN_ROWS) places.delete(speaker);
  }

  return {
    settled(text) {
      const { claims, heading, openness } = readPlain(text);
      return heading === undefined && openness.maxLines === 0 && claims.length > 0 ? claims : undefined;
    },
    isPlain: () => places.size === 0,
    read(line) {
      const { id } = line.speaker;
      const section = places.size === 0 ? undefined : places.get(id)?.section;
      const { claims, heading } = know(line, section);
      if (heading !== undefined || section !== undefined) move(id, heading, claims.length > 0);
      return findingsOf(claims, line);
    },
    openness: (text) => readPlain(text).openness,
  };
}

function knowledgeOf({ claims, open }: Reading): Known {
  const heading = claims.findLast(({ heads }) => heads);
  const reads = claims.length > 0;
  return {
    claims,
    ...(heading === undefined ? {} : { heading: `${heading.dialect}/${heading.pattern}` }),
    openness: open === undefined ? { maxLines: 0, begins: reads, reads } : { ...open, begins: true, reads },
  };
}

function findingsOf(claims: readonly Claim[], { at, speaker }: LogLine): readonly Finding[] {
  if (claims.length === 0) return NOTHING;
  const findings: Finding[] = [];
  for (const { dialect, pattern, severity, statements } of claims) {
    for (const statement of statements) findings.push({ statement, severity, dialect, pattern, at, speaker });
  }
  return findings;
}

const NOTHING: readonly Finding[] = [];
