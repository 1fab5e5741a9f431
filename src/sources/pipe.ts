import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What a pipe holds at most, by default. */
const CHUNK = 64 << 10;

/**
 * The bytes of a pipe, all read into one buffer: each chunk is valid only until the receiver gives up its turn. Node's stream of standard
 * input takes twice the time, most of it for buffers. Ends early when the signal says so.
 * @throws what the system reports
 */
export async function* readPipe(descriptor: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const early: Uint8Array[] = [];
  const end: { reached: boolean; error?: Error } = { reached: false };
  let receive: ((chunk: Uint8Array | undefined) => void) | undefined;

  function hand(chunk: Uint8Array | undefined): boolean {
    const waiting = receive;
    receive = undefined;
    waiting?.(chunk);
    return waiting !== undefined;
  }

  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer: new Uint8Array(CHUNK),
      callback(length, buffer) {
        const chunk = buffer.subarray(0, length);
        if (hand(chunk)) return true;
        early.push(chunk.slice());
        return false;
      },
    },
  };
  const socket = new Socket(options);
  socket.on('error', (error) => {
    end.error = error;
  });
  socket.on('close', () => {
    end.reached = true;
    hand(undefined);
  });
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const chunk = early.shift() ?? (await next());
      if (chunk === undefined) break;
      yield chunk;
    }
  } finally {
    socket.destroy();
  }
  if (end.error !== undefined && !signal.aborted) throw end.error;

  function next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      if (end.reached) return resolve(undefined);
      receive = resolve;
      socket.resume();
    });
  }
}
