import { dialects } from '../../src/dialects/index.js';
import { createMessageReader } from '../../src/dialects/message-reader.js';
import { createReader } from '../../src/dialects/read.js';
import type { Openness } from '../../src/lines/joiner.js';
import { createLineReader } from '../../src/lines/line-reader.js';
import type { LogLine } from '../../src/model/log-line.js';

/** All logical lines of a log. Without a judge of openness no line is joined with another. */
export function readLines(
  log: string | Uint8Array,
  source = 'x.log',
  openness: (text: string) => Openness = () => ({ maxLines: 0, begins: false, reads: false }),
): readonly LogLine[] {
  const lines: LogLine[] = [];
  const reader = createLineReader({ source, openness, emit: (line) => lines.push(line) });
  reader.read({ bytes: typeof log === 'string' ? new TextEncoder().encode(log) : log, firstLine: 1 });
  reader.end();
  return lines;
}

/** What the real dialects say about the beginning of a message. */
export function createDialectOpenness(): (text: string) => Openness {
  return createMessageReader(createReader(dialects)).openness;
}
