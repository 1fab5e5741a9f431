import type { Finding } from '../model/finding.js';
import type { LogLine } from '../model/log-line.js';
import type { Claim, Open, Reader, Reading, Section } from './read.js';

export interface MessageReader {
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

interface Place {
  section: Section;
  idle: number;
}

/** Adds to the pure reader what it must know of the lines before: which heading a row stands under, speaker by speaker. */
export function createMessageReader(reader: Reader): MessageReader {
  const remembered = new Map<string, Reading>();
  const places = new Map<string, Place>();

  function readPlain(text: string): Reading {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const reading = reader.read(text);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(text, reading);
    return reading;
  }

  function move(speaker: string, claims: readonly Claim[]): void {
    const heading = claims.findLast(({ heads }) => heads);
    const place = places.get(speaker);
    if (heading !== undefined) places.set(speaker, { section: `${heading.dialect}/${heading.pattern}`, idle: 0 });
    else if (place !== undefined && claims.length > 0) place.idle = 0;
    else if (place !== undefined && ++place.idle > MAX_LINES_BETWEEN_ROWS) places.delete(speaker);
  }

  return {
    read(line) {
      const section = places.get(line.speaker.id)?.section;
      const { claims } = section === undefined ? readPlain(line.text) : reader.read(line.text, section);
      if (claims.length > 0 || section !== undefined) move(line.speaker.id, claims);
      return claims.flatMap((claim) => findingsOf(claim, line));
    },
    openness(text) {
      const { claims, open } = readPlain(text);
      const reads = claims.length > 0;
      return open === undefined ? { maxLines: 0, begins: reads, reads } : { ...open, begins: true, reads };
    },
  };
}

function findingsOf({ dialect, pattern, severity, statements }: Claim, { at, speaker }: LogLine): readonly Finding[] {
  return statements.map((statement) => ({ statement, severity, dialect, pattern, at, speaker }));
}
