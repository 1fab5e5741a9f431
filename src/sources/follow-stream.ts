import { setTimeout } from 'node:timers/promises';
import type { FollowEvent, FollowOptions } from './follow-file.js';

/** The same for a pipe, which ends when its writer does. */
export async function* followStream(
  chunks: AsyncIterable<Uint8Array>,
  { signal, quietAfter = 1000 }: FollowOptions,
): AsyncGenerator<FollowEvent> {
  const iterator = chunks[Symbol.asyncIterator]();
  let next = iterator.next();
  for (let told = true; !signal.aborted; ) {
    const patience = new AbortController();
    const timer = told ? never : setTimeout(quietAfter, 'quiet' as const, { signal: patience.signal }).catch(() => 'quiet' as const);
    const first = await Promise.race([next, timer]);
    patience.abort();
    if (first === 'quiet') {
      told = true;
      yield { kind: 'quiet' };
      continue;
    }
    if (first.done === true) return;
    told = false;
    yield { kind: 'bytes', chunk: first.value };
    next = iterator.next();
  }
}

const never = new Promise<'quiet'>(() => {});
