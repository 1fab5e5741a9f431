import type { LogLine, Speaker } from '../model/log-line.js';
import { readEmbedded } from './embedded.js';
import { withoutControls, withoutOctal } from './escapes.js';
import { createJoiner, type Openness } from './joiner.js';
import { peel } from './prefixes.js';

/** Whole lines of one source, as the scanner hands them over. */
export interface LineBlock {
  readonly bytes: Uint8Array;
  readonly firstLine: number;
}

export interface LineReader {
  /** Gives the number of further lines that may belong to what began in these. */
  readonly read: (block: LineBlock) => number;
  readonly end: () => void;
}

export interface LineReaderOptions {
  readonly source: string;
  readonly openness: (text: string) => Openness;
  readonly emit: (line: LogLine) => void;
}

/** A text of this length is enough for any message; a longer one is a file that is no log. */
const MAX_PARTIAL = 4 << 20;

/** Turns the bytes of one source into logical lines: decoded, unescaped, peeled, joined. */
export function createLineReader({ source, openness, emit }: LineReaderOptions): LineReader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: false });
  const joiner = createJoiner(openness, emit);
  const speakers = new Map<string, Speaker>();
  const partials = new Map<string, string>();
  const fileRank = rankOfSource(source);

  function speakerOf(identity: string, rank: number | undefined): Speaker {
    const known = speakers.get(identity);
    if (known !== undefined) return known;
    const own = rank ?? fileRank;
    const speaker = { id: `${source}\u0000${identity}`, ...(own === undefined ? {} : { rank: own }) };
    speakers.set(identity, speaker);
    return speaker;
  }

  /** A line as printed; what collectors embed is read again with the outer identity kept. */
  function readPhysical(raw: string, line: number, outer: { readonly identity: string; readonly rank?: number }, depth: number): void {
    const peeled = peel(withoutBox(withoutControls(withoutOctal(raw))));
    const rank = peeled.rank ?? outer.rank;
    const identity = [outer.identity, peeled.identity].filter((part) => part !== '').join(' ');
    const text = glue(identity, peeled.rest, peeled.partial === true);
    if (text === undefined) return;
    const embedded = depth < 4 && (text.includes('{') || text.includes('\\n')) ? readEmbedded(text) : undefined;
    if (embedded === undefined) {
      joiner.push({ text, at: { source, line }, speaker: speakerOf(identity, rank) });
      return;
    }
    const inner = { identity, ...(rank === undefined ? {} : { rank }) };
    embedded.texts.forEach((part, index) => {
      const isLast = index === embedded.texts.length - 1;
      const whole = glue(`${identity} embedded`, part, embedded.partial && isLast);
      if (whole !== undefined) readPhysical(whole, line, inner, depth + 1);
    });
  }

  /** Parts of one record are kept until the last one came. */
  function glue(identity: string, text: string, partial: boolean): string | undefined {
    const before = partials.get(identity);
    if (before === undefined && !partial) return text;
    const whole = (before ?? '') + text;
    if (partial && whole.length < MAX_PARTIAL) {
      partials.set(identity, whole);
      return undefined;
    }
    partials.delete(identity);
    return whole;
  }

  return {
    read({ bytes, firstLine }) {
      const text = decoder.decode(bytes);
      let line = firstLine;
      for (let start = 0; start < text.length; line++) {
        const feed = text.indexOf('\n', start);
        const end = feed < 0 ? text.length : feed;
        readReturns(text.slice(start, end), (part) => readPhysical(part, line, NOBODY, 0));
        start = end + 1;
      }
      return joiner.wanted(line - 1);
    },
    end() {
      for (const [identity, text] of partials) joiner.push({ text, at: { source, line: 0 }, speaker: speakerOf(identity, undefined) });
      partials.clear();
      joiner.end();
    },
  };
}

const NOBODY = { identity: '' };

/** A carriage return takes a progress bar back to the start of its line: each state of it is a line of its own. */
function readReturns(text: string, read: (part: string) => void): void {
  if (!text.includes('\r')) {
    read(text);
    return;
  }
  const parts = text.split('\r');
  for (const part of parts) if (part !== '') read(part);
  if (parts.every((part) => part === '')) read('');
}

/** `rich` draws tracebacks inside a box. */
function withoutBox(text: string): string {
  return text.startsWith('│') ? text.replace(/^(?:│ ?)+|\s*│$/g, '') : text;
}

/** `rank-3.log`, `rank_3.err`, `worker/rank3/stdout`, torchrun's `attempt_0/3/stderr.log`. */
export function rankOfSource(name: string): number | undefined {
  const found = /(?:^|[^a-z])rank[-_.]?(\d+)(?:\D|$)/i.exec(name) ?? /attempt_\d+[/\\](\d+)[/\\]std(?:err|out)\.log/.exec(name);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}
