import type { LogLine, Speaker } from '../model/log-line.js';
import { readCount } from '../model/pattern.js';
import { readEmbedded } from './embedded.js';
import { shown } from './escapes.js';
import { createJoiner, type Openness } from './joiner.js';
import { createPlainLines, type PlainLines } from './plain-lines.js';
import { peel } from './prefixes.js';
import { readRankPrefix } from './rank-prefix.js';

/** Whole lines of one source, as the scanner hands them over. */
export interface LineBlock {
  readonly bytes: Uint8Array;
  readonly firstLine: number;
  /** The place of the line feed that ends the line in which a place lies. */
  readonly lineEnd?: (place: number) => number;
  /** A part that was met before, the same object every time, if that is remembered. */
  readonly recall?: (from: number, to: number) => RememberedLine | undefined;
  /** This line needs no reading any more. */
  readonly settle?: (line: RememberedLine, from: number, to: number) => void;
}

/** A line that was met before, and what it means for this reader. */
export interface RememberedLine {
  readonly number: number;
  readonly text: string;
  meaning?: object | undefined;
}

/** Lines that need no reading and follow each other. */
export interface LineEchoes {
  readonly count: number;
  readonly firstLine: number;
  readonly lineOf: (index: number) => RememberedLine;
  /** -1 without a prefix. */
  readonly rankOf: (index: number) => number;
}

export interface LineReader {
  /** Gives the number of further lines that may belong to what began in these. */
  readonly read: (block: LineBlock) => number;
  readonly readEchoes: (echoes: LineEchoes) => number;
  readonly end: () => void;
}

export interface LineReaderOptions {
  readonly source: string;
  readonly openness: (text: string) => Openness;
  readonly emit: (line: LogLine) => void;
  /** One for all sources that may repeat each other. */
  readonly plainLines?: PlainLines;
  readonly echoing?: Echoing;
}

/** What spares lines that were met before all that a line goes through. */
export interface Echoing {
  /** What a text means wherever and whenever it stands; `undefined` where that hangs on other lines. */
  readonly meaningOf: (text: string) => object | undefined;
  /** How many lines from `from` on were taken in by their meanings; the next one is read. Meanings may be those of another analysis. */
  readonly take: (echoes: LineEchoes, from: number, speakerOf: (rank: number) => Speaker) => number;
}

/** Enough for any message. In a text twice as long expressions would run out of stack. */
const MAX_PARTIAL = 4 << 20;

/** Turns the bytes of one source into logical lines: decoded, unescaped, peeled, joined. */
export function createLineReader({ source, openness, emit, plainLines = createPlainLines(), echoing }: LineReaderOptions): LineReader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: false });
  const joiner = createJoiner(openness, emit);
  const speakers = new Map<string, Speaker>();
  const ranks: Speaker[] = [];
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
  function readPhysical(
    raw: string,
    line: number,
    outer: { readonly identity: string; readonly rank?: number },
    depth: number,
    isCut: boolean,
  ): void {
    const peeled = peel(shown(raw));
    const rank = peeled.rank ?? outer.rank;
    const identity = [outer.identity, peeled.identity].filter((part) => part !== '').join(' ');
    const text = glue(identity, peeled.rest, peeled.partial === true, line);
    if (text === undefined) return;
    const embedded = depth < 4 && (text.includes('{') || text.includes('\\n')) ? readEmbedded(text) : undefined;
    if (embedded === undefined) {
      const whole = { text, at: { source, line }, speaker: speakerOf(identity, rank) };
      joiner.push(isCut ? { ...whole, isCut } : whole);
      return;
    }
    const inner = { identity, ...(rank === undefined ? {} : { rank }) };
    embedded.texts.forEach((part, index) => {
      const isLast = index === embedded.texts.length - 1;
      const whole = glue(`${identity} embedded`, part, embedded.partial && isLast, line);
      if (whole !== undefined) readPhysical(whole, line, inner, depth + 1, isCut && isLast);
    });
  }

  /** Parts of one record are kept until the last one came; what would make it too long begins a text of its own. */
  function glue(identity: string, text: string, partial: boolean, line: number): string | undefined {
    const before = partials.get(identity);
    if (before === undefined && !partial) return text;
    partials.delete(identity);
    if (before !== undefined && before.length + text.length > MAX_PARTIAL) {
      joiner.push({ text: before, at: { source, line }, speaker: speakerOf(identity, undefined) });
      return glue(identity, text, partial, line);
    }
    const whole = (before ?? '') + text;
    if (!partial) return whole;
    partials.set(identity, whole);
    return undefined;
  }

  /** A line that was met before, from whatever rank, needs not be looked at again. */
  function readAgain({ bytes, recall, settle }: LineBlock, start: number, end: number, line: number): boolean {
    if (recall === undefined || partials.size > 0) return false;
    const prefix = readRankPrefix(bytes, start);
    const from = prefix?.end ?? start;
    const known = recall(from, end);
    const text = known === undefined ? undefined : plainLines.textOf(known.text);
    if (known === undefined || text === undefined) return false;
    joiner.push({ text, at: { source, line }, speaker: speakerOfRank(prefix?.rank ?? -1) });
    known.meaning = echoing?.meaningOf(text);
    if (known.meaning !== undefined) settle?.(known, from, end);
    return true;
  }

  function speakerOfRank(rank: number): Speaker {
    const known = ranks[rank + 1];
    if (known !== undefined) return known;
    const speaker = rank < 0 ? speakerOf('', undefined) : speakerOf(`rank ${rank}`, rank);
    ranks[rank + 1] = speaker;
    return speaker;
  }

  /** A line that could not be taken in by its meaning. */
  function readEcho(known: RememberedLine, rank: number, line: number): void {
    readPhysical(known.text, line, rank < 0 ? NOBODY : { identity: `rank ${rank}`, rank }, 0, false);
    const text = plainLines.textOf(known.text);
    known.meaning = text === undefined ? undefined : echoing?.meaningOf(text);
  }

  return {
    read(block) {
      const { bytes, firstLine, lineEnd = (place) => endOfLine(bytes, place) } = block;
      const textOf = createSlicer(bytes, (part) => decoder.decode(part));
      let line = firstLine;
      for (let start = 0; start < bytes.length; line++) {
        const end = lineEnd(start);
        const isCut = end === bytes.length;
        if (isCut || !readAgain(block, start, end, line))
          readReturns(textOf(start, end), (part, isLast) => readPhysical(part, line, NOBODY, 0, isCut && isLast));
        start = end + 1;
      }
      return joiner.wanted(line - 1);
    },
    readEchoes(echoes) {
      const { count, firstLine, lineOf, rankOf } = echoes;
      for (let index = 0; index < count; index++) {
        if (partials.size === 0 && joiner.isIdle()) index += echoing?.take(echoes, index, speakerOfRank) ?? 0;
        if (index < count) readEcho(lineOf(index), rankOf(index), firstLine + index);
      }
      return joiner.wanted(firstLine + count - 1);
    },
    end() {
      for (const [identity, text] of partials)
        joiner.push({ text, at: { source, line: 0 }, speaker: speakerOf(identity, undefined), isCut: true });
      partials.clear();
      joiner.end();
    },
  };
}

const NOBODY = { identity: '' };

const LINE_FEED = 10;

function endOfLine(bytes: Uint8Array, place: number): number {
  const feed = bytes.indexOf(LINE_FEED, place);
  return feed < 0 ? bytes.length : feed;
}

/** So many lines of a block are decoded one by one; where more are wanted, all of it is decoded at once. */
const FEW = 8;

/** Where each byte of the block is a character, texts are parts of the whole. */
function createSlicer(bytes: Uint8Array, decode: (bytes: Uint8Array) => string): (from: number, to: number) => string {
  let asked = 0;
  let known: string | undefined;
  return (from, to) => {
    asked++;
    if (asked > FEW) known ??= decode(bytes);
    return known?.length === bytes.length ? known.slice(from, to) : decode(bytes.subarray(from, to));
  };
}

/** A carriage return takes a progress bar back to the start of its line: each state of it is a line of its own. */
function readReturns(text: string, read: (part: string, isLast: boolean) => void): void {
  if (!text.includes('\r')) {
    read(text, true);
    return;
  }
  const parts = text.split('\r');
  for (const [index, part] of parts.entries()) if (part !== '') read(part, index === parts.length - 1);
  if (parts.every((part) => part === '')) read('', false);
}

/** A rank in a name, alone in its part of the path or at the end of it; never the rank of an adapter (`lora-rank-8.log`). */
const RANK_IN_NAME = /(?:^|[^a-z])(?<!lora[-_.]?|low[-_.]?)rank[-_.]?(\d{1,6})(?:[-_.]?of[-_.]?\d+)?(?:[./\\]|$)/i;
/** torch/distributed/elastic/multiprocessing/api.py: `attempt_0/3/stderr.log`. */
const TORCHRUN_LOG = /attempt_\d+[/\\](\d+)[/\\]std(?:err|out)\.log/;

/** `rank-3.log`, `train_rank3.err`, `rank_0_of_8.log`, `worker/rank3/stdout`, torchrun's folders. */
export function rankOfSource(name: string): number | undefined {
  const found = RANK_IN_NAME.exec(name) ?? TORCHRUN_LOG.exec(name);
  return found?.[1] === undefined ? undefined : readCount(found[1]);
}
