import type { Frame } from '../model/failure.js';
import type { LogLine } from '../model/log-line.js';
import { readCount } from '../model/pattern.js';
import { NOTEBOOK_LINES, NOTEBOOK_LITERAL, type NotebookFrame, readArrow, readNotebookFrame } from './notebook-frame.js';

/** Python's own form; `rich` writes file and line without words, on a line of its own; loguru puts `> ` in front. */
const FRAME = /File "(?<file>[^"\n]{1,1024})", line (?<line>\d+)(?:, in (?<function>\S+))?/;
const RICH_FRAME = /^(?<file>(?:\/|[A-Za-z]:\\|\.\/)\S{1,1024}?\.py):(?<line>\d+) in (?<function>\S+)/;

/** Literals that stand on the lines of a traceback, for the scanner, with the lines wanted behind them. */
export const TRACEBACK_LITERALS: readonly (readonly [text: string, after: number])[] = [
  ['Traceback', 1],
  ['", line ', 1],
  [NOTEBOOK_LITERAL, NOTEBOOK_LINES],
];

export interface FoundFrame {
  readonly frame: Frame;
  /** IPython shows numbered lines around the one that runs, to which an arrow points. */
  readonly isNotebook: boolean;
}

/** Finds frames, each process's own; those of a notebook near the heading of its traceback only, because anything might look like one. */
export function createFrameReader(): { readonly read: (line: LogLine) => FoundFrame | undefined; readonly isIdle: () => boolean } {
  const notebooks = new Map<string, number>();

  function readPlain(text: string): NotebookFrame | undefined {
    const match = text.includes('", line ') ? FRAME.exec(text) : text.includes('.py:') ? RICH_FRAME.exec(text.trimStart()) : null;
    const { file, line, function: name } = match?.groups ?? {};
    return file === undefined || line === undefined ? undefined : { file, line: readCount(line), function: name ?? '<module>' };
  }

  function isInNotebook({ speaker, at, text }: LogLine): boolean {
    if (text.endsWith(NOTEBOOK_LITERAL)) notebooks.set(speaker.id, at.line + NOTEBOOK_LINES);
    for (const [id, last] of notebooks) if (last < at.line) notebooks.delete(id);
    return notebooks.has(speaker.id);
  }

  return {
    read(line) {
      const plain = readPlain(line.text);
      const found = plain ?? (isInNotebook(line) ? readNotebookFrame(line.text) : undefined);
      return found === undefined ? undefined : { frame: { ...found, at: line.at }, isNotebook: plain === undefined };
    },
    isIdle: () => notebooks.size === 0,
  };
}

export function isTracebackStart(text: string): boolean {
  return text.includes('Traceback') && /Traceback \(most recent call last\)/.test(text);
}

/** Code that no user wrote: installed packages, the interpreter, frozen modules. */
const INSTALLED = /[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|^<frozen |[\\/]python\d\.\d+[\\/]/;
/** Libraries that are also met as checkouts beside the user's own code. */
const LIBRARY =
  /\.py$(?<=[\\/](?:torch|transformers|deepspeed|accelerate|peft|diffusers|lightning|pytorch_lightning|mmengine|mmcv|fairseq|megatron|vllm|sglang|safetensors|ray|timm|open_clip)[\\/](?:\w+[\\/])*\w+\.py)/;

export function isInstalled(file: string): boolean {
  return INSTALLED.test(file);
}

/** A line of a traceback: a frame, or the code that the last frame of the same process runs; `line` where the frame did not tell it. */
export type TracebackLine =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'code'; readonly code: string; readonly line?: number };

/** `rich` and IPython show a few lines around the one that runs; Python shows that one alone, right under the frame. */
const MOST_NEIGHBOURS = 8;

/** Reads tracebacks line by line; processes may print theirs interleaved. */
export function createTracebackReader(): (line: LogLine) => TracebackLine | undefined {
  const frames = createFrameReader();
  const waiting = new Map<string, { passed: number; readonly isNotebook: boolean }>();
  return (line) => {
    const { id } = line.speaker;
    const found = frames.read(line);
    if (found !== undefined) {
      waiting.set(id, { passed: 0, isNotebook: found.isNotebook });
      return { kind: 'frame', frame: found.frame };
    }
    const state = waiting.get(id);
    if (state === undefined) return undefined;
    const code = state.isNotebook ? readArrow(line.text) : readCode(line.text, state.passed === 0);
    if (code !== undefined || state.passed === MOST_NEIGHBOURS) waiting.delete(id);
    state.passed++;
    return code === undefined ? undefined : { kind: 'code', ...code, code: code.code.slice(0, LONGEST_CODE) };
  };
}

/** A call fits in less; whoever looks into the code may take its time. */
const LONGEST_CODE = 500;

const PLAIN_CODE = /^(?: {4,}|\t+)(?<code>\S[^\n]*)/;
const RICH_CODE = /^ ?❱ \d+ (?:│ *)*(?<code>[^\n]*)/;

function readCode(text: string, isNext: boolean): { readonly code: string } | undefined {
  const match = RICH_CODE.exec(text) ?? (isNext ? PLAIN_CODE.exec(text) : null);
  const code = match?.groups?.code?.slice(0, LONGEST_CODE).trim();
  return code === undefined || code === '' || /^[\^~]+$/.test(code) ? undefined : { code };
}

/** The innermost frame of the user's own code: whoever asked for the load. */
export function originOf(frames: readonly Frame[]): Frame | undefined {
  const own = frames.filter((frame) => !isInstalled(frame.file));
  return own.findLast((frame) => !LIBRARY.test(frame.file)) ?? own.at(-1);
}
