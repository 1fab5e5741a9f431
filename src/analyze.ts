import { reportFailure } from './causes/report-failure.js';
import { clueSources } from './clues/index.js';
import { createClueReader } from './clues/read.js';
import { HEAD_LINES } from './clues/scan-words.js';
import { cluesFor } from './clues/scope.js';
import { createTracebackReader, isTracebackStart, originOf } from './clues/traceback.js';
import { dialects } from './dialects/index.js';
import { createMessageReader } from './dialects/message-reader.js';
import { createReader } from './dialects/read.js';
import { isBrokenOff, isElision, isListBroken, looksLikeLoadFailure } from './dialects/suspicion.js';
import { type Collector, createCollector, type Echo } from './failures/collector.js';
import { isOrdinaryHeadStart } from './failures/ordinary.js';
import { createLineReader, type Echoing } from './lines/line-reader.js';
import { createPlainLines } from './lines/plain-lines.js';
import { literals } from './literals.js';
import { isKeyList, type Unclaimed } from './model/finding.js';
import type { LogLine, Speaker } from './model/log-line.js';
import type { Report, Source, Unreadable } from './model/report.js';
import { createPatientScanner } from './scan/patient-scanner.js';
import { createPassThrough } from './scan/scanner.js';
import { version } from './version.js';

/** One input, chunk by chunk. */
export interface SourceAnalysis {
  readonly push: (chunk: Uint8Array) => void;
  /** Room that a reader may fill from its beginning and push, which spares a copy; ask again after every push. */
  readonly input: () => Uint8Array;
  /** Whether bytes that are known to hold no word of interest may be passed over, and how to say that they were. */
  readonly canSkip: () => boolean;
  readonly skip: (bytes: number, lines: number) => void;
  /** Nothing came for a while: what was printed last is whole and may be reported, although the log goes on. */
  readonly settle: () => void;
  /** `about`: what only the reader of the file knows. */
  readonly end: (about?: { readonly bytes?: number; readonly compression?: string; readonly encoding?: string }) => void;
}

/** The pipeline: chunks of any number of sources in, one report out. Free of files and processes, so that it runs in a browser too. */
export interface Analysis {
  readonly source: (name: string) => SourceAnalysis;
  readonly unreadable: (unreadable: Unreadable) => void;
  readonly failureCount: () => number;
  readonly report: () => Report;
}

export interface AnalysisOptions {
  /** False reads every line; the findings are the same, only slower. For tests. */
  readonly prefilter?: boolean;
}

/** A console wraps the next message of a list over no more lines. */
const MAX_WRAPPED = 8;
const MAX_UNCLAIMED = 500;
const MAX_UNCLAIMED_TEXT = 400;

/** What a line means that was read before: the same in one analysis, nothing in another. */
interface Meaning {
  readonly text: string;
  readonly echo: Echo;
  readonly collector: Collector;
}

/** Pure, and costly to make: one for all analyses. */
const reader = createReader(dialects);

export function createAnalysis({ prefilter = true }: AnalysisOptions = {}): Analysis {
  const messages = createMessageReader(reader);
  const clues = createClueReader(clueSources);
  const readTraceback = createTracebackReader();
  const collector = createCollector();
  const plainLines = createPlainLines();
  const sources: Source[] = [];
  const unreadable: Unreadable[] = [];
  const unclaimed: Unclaimed[] = [];
  let headings = 0;
  /** The last line that stated something. */
  const lastRead: { text: string; source?: string; line: number; speaker: Speaker } = { text: '', line: 0, speaker: { id: '' } };

  function readLine(line: LogLine): void {
    const findings = messages.read(line);
    for (const finding of findings) {
      if (finding.statement.kind === 'header') headings++;
      collector.finding(finding);
    }
    clues.read(line);
    if (findings.length === 0) readOther(line);
    else if (findings.some(({ statement }) => statement.kind === 'half')) keepUnclaimed(line);
    if (findings.some(({ statement }) => isKeyList(statement)) && isListBroken(line.text)) collector.gap(line.speaker, line.at.line, 'cut');
    if (findings.length > 0) rememberRead(line.text, line.speaker, line.at.source, line.at.line);
    if (line.isCut) noticeEnd(line, findings.length > 0);
  }

  function rememberRead(text: string, speaker: Speaker, source: string, line: number): void {
    lastRead.text = text;
    lastRead.speaker = speaker;
    lastRead.source = source;
    lastRead.line = line;
  }

  /** Lines that a thousand ranks repeat are taken in by their numbers. */
  function echoingIn(source: string): Echoing {
    return {
      meaningOf(text): Meaning | undefined {
        const echo = clues.isSilent(text) ? collector.echoOf(messages.settled(text) ?? []) : undefined;
        return echo === undefined ? undefined : { text, echo, collector };
      },
      take({ count, firstLine, lineOf, rankOf }, from, speakerOf) {
        if (!messages.isPlain() || !clues.isIdle()) return 0;
        let index = from;
        for (; index < count; index++) {
          const meaning = lineOf(index).meaning as Meaning | undefined;
          if (meaning?.collector !== collector || !collector.echo(meaning.echo, speakerOf(rankOf(index)), firstLine + index)) break;
        }
        const last = index === from ? undefined : (lineOf(index - 1).meaning as Meaning);
        if (last !== undefined) rememberRead(last.text, speakerOf(rankOf(index - 1)), source, firstLine + index - 1);
        return index - from;
      },
    };
  }

  function readOther(line: LogLine): void {
    const { text, speaker, at } = line;
    const traced = readTraceback(line);
    if (traced?.kind === 'frame') collector.frame(speaker, traced.frame);
    else if (traced?.kind === 'code') collector.code(speaker, traced.code, traced.line);
    else if (isTracebackStart(text)) collector.tracebackStart(speaker);
    else if (isElision(text)) collector.gap(speaker, at.line, 'cut');
    else if (looksLikeLoadFailure(text)) {
      collector.gap(speaker, at.line, 'cut');
      keepUnclaimed(line);
    }
  }

  function keepUnclaimed({ text, at }: LogLine): void {
    if (unclaimed.length < MAX_UNCLAIMED) unclaimed.push({ text: text.trim().slice(0, MAX_UNCLAIMED_TEXT), at });
  }

  /** A log that ends inside a list was cut there; what stands right below a list and cannot be read may be the beginning of its next item. */
  function noticeEnd({ text, at }: LogLine, isRead: boolean): void {
    if (lastRead.source !== at.source || !isBrokenOff(text, isRead)) return;
    const end = lastRead.line + lastRead.text.split('\n').length - 1;
    if (isRead || at.line - end <= MAX_WRAPPED) collector.gap(lastRead.speaker, lastRead.line, 'cut');
  }

  return {
    source(name) {
      const lines = createLineReader({ source: name, openness: messages.openness, emit: readLine, plainLines, echoing: echoingIn(name) });
      const scanner = prefilter ? createPatientScanner(literals, lines.read, HEAD_LINES, lines.readEchoes) : createPassThrough(lines.read);
      return {
        push: scanner.push,
        input: scanner.input,
        canSkip: scanner.canSkip,
        skip: scanner.skip,
        settle() {
          scanner.settle();
          lines.end();
          collector.endSource();
        },
        end(about = {}) {
          const totals = scanner.end();
          lines.end();
          collector.endSource();
          sources.push({ name, bytes: totals.bytes, lines: totals.lines, ...about });
        },
      };
    },
    unreadable: (entry) => void unreadable.push(entry),
    failureCount: () => headings,
    report() {
      const found = clues.clues();
      const failures = collector.failures(originOf).filter((failure) => !isOrdinaryHeadStart(failure, cluesFor(failure.at.source, found)));
      return {
        schemaVersion: 1,
        tool: { name: 'ckpt-doctor', version },
        sources,
        unreadable,
        failures: failures.map((failure) => reportFailure({ failure, clues: cluesFor(failure.at.source, found) })),
        clues: found,
        unclaimed,
      };
    },
  };
}
