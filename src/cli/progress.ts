import type { Io } from './io.js';

export interface Progress {
  readonly bytes: (count: number) => void;
  /** A line of its own on standard error, without disturbing the progress line. */
  readonly say: (text: string) => Promise<void>;
  /** Wipes the line. */
  readonly end: () => Promise<void>;
}

const FIRST_AFTER = 1000;
const EVERY = 200;
const CLEAR_LINE = '\r\x1b[K';

/** Bytes, rate and failures so far, on standard error after one second, on a terminal only. */
export function createProgress({ stderr, now }: Pick<Io, 'stderr' | 'now'>, failures: () => number, quiet: boolean): Progress {
  const start = now();
  let total = 0;
  let next = start + FIRST_AFTER;
  let shown = false;

  function show(): void {
    const time = now();
    if (time < next) return;
    next = time + EVERY;
    shown = true;
    const rate = (total / (time - start)) * 1000;
    void stderr.write(`${CLEAR_LINE}${formatBytes(total)} read, ${formatBytes(rate)}/s, ${counted(failures())} so far`);
  }

  async function clear(): Promise<void> {
    if (shown) await stderr.write(CLEAR_LINE);
    shown = false;
  }

  return {
    bytes(count) {
      total += count;
      if (stderr.isTerminal && !quiet) show();
    },
    async say(text) {
      await clear();
      await stderr.write(`ckpt-doctor: ${text}\n`);
    },
    end: clear,
  };
}

function counted(failures: number): string {
  return failures === 1 ? '1 load failure' : `${failures} load failures`;
}

/** `1.5 GB`; powers of ten, as disks and networks count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
