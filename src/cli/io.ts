import type { ByteStream } from '../sources/byte-stream.js';

/** Everything of the process that the command line touches; tests hand in their own. */
export interface Output {
  /** Resolves when the text was taken; rejects where it cannot be (a full disk), but never for a reader that went away. */
  readonly write: (text: string) => Promise<void>;
  readonly isTerminal: boolean;
  /** Columns of the terminal, where it is one. */
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdin: { readonly isTerminal: boolean; readonly chunks: (buffer?: () => Uint8Array) => ByteStream };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C: what was found until then is reported. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never runs backwards; for progress alone. */
  readonly now: () => number;
  /** Fits the engine to a short run; called once, when no thread is starting. */
  readonly tune: () => void;
}

/** What a user did wrong; told in one sentence, exit status 2. */
export class UsageError extends Error {}
