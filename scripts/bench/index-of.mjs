// Counts words with nothing but Buffer.indexOf, a search per word.
import { closeSync, openSync, readSync } from 'node:fs';

const WORDS = ['size mismatch', 'key(s) in state_dict', 'found shape', 'Trying to set a tensor', 'Error(s) in loading'].map((word) =>
  Buffer.from(word),
);
const chunk = Buffer.alloc(1 << 20);
let hits = 0;
for (const file of process.argv.slice(2)) {
  const descriptor = openSync(file, 'r');
  for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
    const bytes = chunk.subarray(0, length);
    for (const word of WORDS) for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + 1)) hits++;
  }
  closeSync(descriptor);
}
console.log(hits);
