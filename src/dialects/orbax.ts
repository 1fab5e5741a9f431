import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { parseShape } from '../model/pattern.js';
import { isSameShape } from '../model/shape.js';
import { template } from '../model/template.js';
import { type Dialect, message, readFirstMismatch } from './dialect.js';

/**
 * Orbax: checkpoint/_src/serialization, _src/handlers/base_pytree_checkpoint_handler.py, experimental/v1. The model stands first, no name is told.
 * JAX's own complaints about trees (`Dict key mismatch`, `pytree structure error`) are left alone: `tree_map` and `jit` say the same of a
 * running program.
 */
export const orbax: Dialect = {
  name: 'orbax',
  library: 'Orbax',
  severity: 'error',
  patterns: [
    message(
      'shape',
      'compatible',
      template('Requested shape: {modelShape} is not compatible with the stored shape: {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Requested shape: (16, 8) is not compatible with the stored shape: (8, 8). Truncating/padding is disabled. To enable it, set `strict=False` in `ArrayRestoreArgs` for any array in v0 API or `enable_padding_and_truncation=True` in `ArrayOptions.Loading` in v1 API.',
          states: [
            { kind: 'mismatch', checkpointShape: [8, 8], modelShape: [16, 8] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    message(
      'safetensors',
      'mismatch',
      template('Shape mismatch: abstract state has {modelShape}, the checkpoint has {checkpointShape}'),
      readFirstMismatch(),
      [
        {
          text: 'ValueError: Shape mismatch: abstract state has (32000, 2048), the checkpoint has (32064, 2048).',
          states: [
            { kind: 'mismatch', checkpointShape: [32064, 2048], modelShape: [32000, 2048] },
            { kind: 'incomplete', reason: 'first-only' },
          ],
        },
      ],
    ),
    // 2025-03: one block per path, ended by an empty line; `Source`/`Item` is the model. Before that one line of nested `Diff(lhs=, rhs=)`.
    message(
      'tree',
      'User-provided restore',
      {
        expression:
          /restore\s+item\s+and\s+on-disk\s+value\s+metadata\s+tree\s+structures\s+do\s+not\s+match:(?<block>[^\n]*(?:\n[^\n]*)*)/,
        opens: 'User-provided restore item',
        maxLines: 100_000,
        continues: isTreeLine,
      },
      readTree,
      [
        {
          text: 'ValueError: User-provided restore item and on-disk value metadata tree structures do not match:\nparams.head.kernel:\n    - Source: ShapeDtypeStruct(shape=(512, 10), dtype=float32)\n    - Target: MISSING\nparams.old.bias:\n    - Source: MISSING\n    - Target: ArrayMetadata(name=params.old.bias, shape=(10,), dtype=float32)',
          states: [
            { kind: 'header' },
            { kind: 'missing-keys', keys: ['params.head.kernel'] },
            { kind: 'unexpected-keys', keys: ['params.old.bias'] },
          ],
        },
        {
          text: "ValueError: User-provided restore item and on-disk value metadata tree structures do not match: {'step': Diff(lhs=None, rhs=ValueMetadataEntry(value_type='scalar', skip_deserialize=False)), 'base': Diff(lhs={'decoder': 1}, rhs=None)}",
          states: [{ kind: 'header' }, { kind: 'missing-keys', keys: ['base'] }, { kind: 'unexpected-keys', keys: ['step'] }],
        },
      ],
      { reach: 4000 },
    ),
  ],
};

const ENTRY = /(?<![^\n])[^\S\n]*(\S[^\n]*?):[^\S\n]*\n[^\S\n]*- (?:Source|Item): ([^\n]*)\n[^\S\n]*- (?:Target|Metadata): ([^\n]*)/g;
const DIFF = /'([^'\n]+)': Diff\(/;

function isTreeLine(line: string): boolean {
  return /^\s*- (?:Source|Target|Item|Metadata): |^\S[^\n]*:\s*$/.test(line);
}

function readTree(fields: Fields): readonly Statement[] {
  const block = fields.text('block');
  const entries = block.includes('\n')
    ? [...block.matchAll(ENTRY)].map(([, path = '', item = '', stored = '']) => ({ path, item, stored }))
    : diffsOf(block);
  const missing = entries.filter(({ stored }) => stored.trim() === MISSING).map(({ path }) => path);
  const unexpected = entries.filter(({ item }) => item.trim() === MISSING).map(({ path }) => path);
  return [
    { kind: 'header' },
    ...entries.flatMap(mismatchOf),
    ...(missing.length === 0 ? [] : [{ kind: 'missing-keys' as const, keys: missing }]),
    ...(unexpected.length === 0 ? [] : [{ kind: 'unexpected-keys' as const, keys: unexpected }]),
  ];
}

const MISSING = 'MISSING';

interface TreeEntry {
  readonly path: string;
  readonly item: string;
  readonly stored: string;
}

/** Every difference reaches from its own `Diff(` to the next one's name. */
function diffsOf(line: string): readonly TreeEntry[] {
  return line.split(/(?='[^'\n]+': Diff\()/).flatMap((part) => {
    const path = DIFF.exec(part)?.[1];
    if (path === undefined) return [];
    return [{ path, item: part.includes('Diff(lhs=None,') ? MISSING : '', stored: /rhs=None\)[\s,}]*$/.test(part) ? MISSING : '' }];
  });
}

function mismatchOf({ path, item, stored }: TreeEntry): readonly Statement[] {
  const [modelShape, checkpointShape] = [shapeIn(item), shapeIn(stored)];
  if (modelShape === undefined || checkpointShape === undefined || isSameShape(modelShape, checkpointShape)) return [];
  return [{ kind: 'mismatch', parameter: path, checkpointShape, modelShape }];
}

function shapeIn(text: string): readonly number[] | undefined {
  const found = /\bshape=(\([\d, ]*\))/.exec(text)?.[1];
  return found === undefined ? undefined : parseShape(found);
}
