// What the program is compared with: each searches the same five words, while ours makes the whole diagnosis.
import { fileURLToPath } from 'node:url';
import { isThere } from './measure.mjs';

const WORDS = ['size mismatch', 'key(s) in state_dict', 'found shape', 'Trying to set a tensor', 'Error(s) in loading'];
const EACH = WORDS.flatMap((word) => ['-e', word]);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** `files`: as arguments; without them a peer reads its standard input. */
const PEERS = {
  ripgrep: { program: 'rg', command: (files) => ['rg', '-c', '-F', ...EACH, ...files] },
  'ripgrep -z': { program: 'rg', command: (files) => ['rg', '-z', '-c', '-F', ...EACH, ...files] },
  'GNU grep -F': { program: 'grep', command: (files) => ['grep', '-c', '-F', ...EACH, ...files] },
  'Python, a loop over lines': { program: 'python3', command: (files) => ['python3', here('count.py'), 'words', ...files] },
  'Python, one expression': { program: 'python3', command: (files) => ['python3', here('count.py'), 'mismatches', ...files] },
  'Node, readline': { program: 'node', command: (files) => [process.execPath, here('readline.mjs'), ...files] },
  'Node, indexOf': { program: 'node', command: (files) => [process.execPath, here('index-of.mjs'), ...files] },
};

export const OURS = 'ckpt-doctor';

/** `bin`: the built program. */
export const ours = (bin, files) => [process.execPath, bin, '--quiet', ...(files.length === 0 ? ['-'] : files)];

/** The command of a peer; `undefined` where its program is not on this machine. */
export function commandOf(name, files) {
  const peer = PEERS[name];
  return isThere(peer.program, '--version') ? peer.command(files) : undefined;
}
