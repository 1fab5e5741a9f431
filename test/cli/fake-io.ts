import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/run.js';

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Setting {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly stdinIsTerminal?: boolean;
  readonly stdoutIsTerminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

/** The program as a function: arguments and a setting in; status and both outputs out. */
export async function ckptDoctor(argv: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const written = { out: '', err: '' };
  const output = (to: 'out' | 'err', isTerminal: boolean) => ({
    isTerminal,
    ...(setting.columns === undefined ? {} : { columns: setting.columns }),
    write: async (text: string) => {
      written[to] += text;
    },
  });
  const io: Io = {
    stdin: { isTerminal: setting.stdinIsTerminal ?? false, chunks: () => chunksOf(setting.stdin ?? '') },
    stdout: output('out', setting.stdoutIsTerminal ?? false),
    stderr: output('err', false),
    env: setting.env ?? {},
    cwd: setting.cwd ?? process.cwd(),
    signal: setting.signal ?? new AbortController().signal,
    now: () => 0,
    tune: () => {},
  };
  return { status: await run(argv, io), ...written };
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** A folder for one test, gone after it. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ckpt-doctor-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const FAILING = `RuntimeError: Error(s) in loading state_dict for Net:
\tsize mismatch for fc.weight: copying a param with shape torch.Size([10, 512]) from checkpoint, the shape in current model is torch.Size([7, 512]).
\tsize mismatch for fc.bias: copying a param with shape torch.Size([10]) from checkpoint, the shape in current model is torch.Size([7]).
`;
export const CLEAN = 'step 1 loss 3.21\nstep 2 loss 3.19\n';
