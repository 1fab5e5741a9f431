import type { Frame } from '../model/failure.js';
import type { LogLine } from '../model/log-line.js';

/** Python's own form; `rich` writes file and line without words, on a line of its own; loguru puts `> ` in front. */
const FRAME = /File "(?<file>[^"\n]{1,1024})", line (?<line>\d+)(?:, in (?<function>\S+))?/;
const RICH_FRAME = /^(?<file>(?:\/|[A-Za-z]:\\|\.\/)\S{1,1024}?\.py):(?<line>\d+) in (?<function>\S+)/;

/** Literals that stand on the lines of a traceback, for the scanner. */
export const TRACEBACK_LITERALS = ['Traceback', '", line '] as const;

export function readFrame({ text, at }: LogLine): Frame | undefined {
  const match = FRAME.exec(text) ?? (text.includes('.py:') ? RICH_FRAME.exec(text.trimStart()) : null);
  const { file, line, function: name } = match?.groups ?? {};
  if (file === undefined || line === undefined) return undefined;
  return { file, line: Number(line), function: name ?? '<module>', at };
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

/**
 * The code that a frame echoes on the line below: indented, or under `❱` of rich. Nothing where another frame, a caret or a message follows.
 */
export function readCode(text: string): string | undefined {
  const code = (/^(?: {4,}|\t+)(?<code>\S[^\n]*)/.exec(text) ?? /^ ?❱ \d+ (?:│ *)*(?<code>[^\n]*)/.exec(text))?.groups?.code?.trim();
  return code === undefined || code === '' || /^[\^~]+$/.test(code) || code.startsWith('File "') ? undefined : code;
}

/** The innermost frame of the user's own code: whoever asked for the load. */
export function originOf(frames: readonly Frame[]): Frame | undefined {
  const own = frames.filter((frame) => !isInstalled(frame.file));
  return own.findLast((frame) => !LIBRARY.test(frame.file)) ?? own.at(-1);
}
