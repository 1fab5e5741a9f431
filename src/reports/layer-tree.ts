/** Names as a tree of their dotted parts; a part with a single branch is joined with it, so that no level says nothing. */
import type { Entry } from './difference.js';

export interface Branch {
  readonly label: string;
  /** Names below it. */
  readonly count: number;
  readonly branches: readonly Branch[];
  readonly leaves: readonly Leaf[];
}

export interface Leaf {
  readonly label: string;
  readonly entry: Entry;
}

const DEEPEST = 24;

interface Node {
  readonly branches: Map<string, Node>;
  readonly leaves: Leaf[];
}

export function readTree(entries: readonly Entry[]): Branch {
  const root: Node = { branches: new Map(), leaves: [] };
  for (const entry of entries) {
    const parts = partsOf(entry.name);
    let node = root;
    for (const part of parts.slice(0, -1)) node = branchOf(node, part);
    node.leaves.push({ label: parts.at(-1) ?? '', entry });
  }
  return toBranch('', root);
}

/** A hostile name may have thousands of dots: its end is then one part. */
function partsOf(name: string): readonly string[] {
  const parts = name.split('.');
  return parts.length <= DEEPEST ? parts : [...parts.slice(0, DEEPEST - 1), parts.slice(DEEPEST - 1).join('.')];
}

function branchOf(node: Node, part: string): Node {
  const known = node.branches.get(part);
  if (known !== undefined) return known;
  const branch: Node = { branches: new Map(), leaves: [] };
  node.branches.set(part, branch);
  return branch;
}

function toBranch(label: string, start: Node): Branch {
  let node = start;
  let name = label;
  while (node.branches.size === 1 && node.leaves.length === 0) {
    const [[part, only] = ['', node]] = node.branches;
    name = name === '' ? part : `${name}.${part}`;
    node = only;
  }
  const branches = [...node.branches].map(([part, branch]) => toBranch(part, branch));
  return { label: name, count: node.leaves.length + branches.reduce((sum, { count }) => sum + count, 0), branches, leaves: node.leaves };
}
