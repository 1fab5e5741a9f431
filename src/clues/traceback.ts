import type { Frame } from '../model/failure.js';
import type { LogLine } from '../model/log-line.js';
import { readCount } from '../model/pattern.js';

/** Python's own form; `rich` writes file and line without words, on a line of its own; loguru puts `> ` in front. */
const FRAME = /File "(?<file>[^"\n]{1,1024})", line (?<line>\d+)(?:, in (?<function>\S+))?/;
const RICH_FRAME = /^(?<file>(?:\/|[A-Za-z]:\\|\.\/)\S{1,1024}?\.py):(?<line>\d+) in (?<function>\S+)/;

/** Literals that stand on the lines of a traceback, for the scanner. */
export const TRACEBACK_LITERALS = ['Traceback', '", line '] as const;

export function readFrame({ text, at }: LogLine): Frame | undefined {
  const match = FRAME.exec(text) ?? (text.includes('.py:') ? RICH_FRAME.exec(text.trimStart()) : null);
  const { file, line, function: name } = match?.groups ?? {};
  if (file === undefined || line === undefined) return undefined;
  return { file, line: readCount(line), function: name ?? '<module>', at };
}

export function isTracebackStart(text: string): boolean {
  return text.includes('Traceback') && /Traceback \(most recent call last\)/.test(text);
}

/** Code that no user wrote: installed packages, the interpreter, frozen modules. */
const INSTALLED = /[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|^<frozen |[\\/]python\d\.\d+[\\/]/;
/** Libraries that are also met as checkouts beside the user's own code. */
const LIBRARY =
  /[\\/](?:torch|transformers|deepspeed|accelerate|peft|diffusers|lightning|pytorch_lightning|mmengine|mmcv|fairseq|megatron|vllm|sglang|safetensors|ray|timm|open_clip)[\\/](?:\w+[\\/])*\w+\.py$/;

export function isInstalled(file: string): boolean {
  return INSTALLED.test(file);
}

/** A line of a traceback: a frame, or the code that the last frame of the same process runs. */
export type TracebackLine = { readonly kind: 'frame'; readonly frame: Frame } | { readonly kind: 'code'; readonly code: string };

/** `rich` shows a few lines around the one that runs; Python shows that one alone, right under the frame. */
const MOST_NEIGHBOURS = 8;

/** Reads tracebacks line by line; processes may print theirs interleaved. */
export function createTracebackReader(): (line: LogLine) => TracebackLine | undefined {
  const waiting = new Map<string, number>();
  return (line) => {
    const { id } = line.speaker;
    const frame = readFrame(line);
    if (frame !== undefined) {
      waiting.set(id, 0);
      return { kind: 'frame', frame };
    }
    const passed = waiting.get(id);
    if (passed === undefined) return undefined;
    const code = readCode(line.text, passed === 0);
    if (code !== undefined || passed === MOST_NEIGHBOURS) waiting.delete(id);
    else waiting.set(id, passed + 1);
    return code === undefined ? undefined : { kind: 'code', code };
  };
}

/** A call fits in less; whoever looks into the code may take its time. */
const LONGEST_CODE = 500;

const PLAIN_CODE = /^(?: {4,}|\t+)(?<code>\S[^\n]*)/;
const RICH_CODE = /^ ?❱ \d+ (?:│ *)*(?<code>[^\n]*)/;

function readCode(text: string, isNext: boolean): string | undefined {
  const match = RICH_CODE.exec(text) ?? (isNext ? PLAIN_CODE.exec(text) : null);
  const code = match?.groups?.code?.slice(0, LONGEST_CODE).trim();
  return code === undefined || code === '' || /^[\^~]+$/.test(code) ? undefined : code;
}

/** The innermost frame of the user's own code: whoever asked for the load. */
export function originOf(frames: readonly Frame[]): Frame | undefined {
  const own = frames.filter((frame) => !isInstalled(frame.file));
  return own.findLast((frame) => !LIBRARY.test(frame.file)) ?? own.at(-1);
}
