/** Chunks of bytes, in order; a chunk is valid only until the next is asked for. Both ways throw what the system reports. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Gives all that was not iterated over yet, each chunk as it comes: waiting a turn for each costs as much as reading it. */
  readonly drain?: (take: (chunk: Uint8Array) => void) => Promise<void>;
}
