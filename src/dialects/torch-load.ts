import type { Statement } from '../model/finding.js';
import type { Fields } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readNotice } from './dialect.js';

/** `torch.load` on a file that is cut, empty or something else than a checkpoint (torch/serialization.py, caffe2/serialize/inline_container.cc). */
export const torchLoad: Dialect = {
  name: 'torch-load',
  library: 'PyTorch `torch.load`',
  severity: 'error',
  patterns: [
    message(
      'zip-reader',
      'PytorchStreamReader failed',
      { expression: /PytorchStreamReader failed (?<what>[^\n:]{0,200}): (?<detail>[^\n"']{1,160}?)(?=["'\n]|\.? If you|$)/ },
      readNotice('file-damaged', (fields) => ({ reason: `${fields.text('what')}: ${fields.text('detail')}`.replace(/\.$/, '') })),
      [
        {
          text: 'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'reading zip archive: failed finding central directory' } }],
        },
        {
          text: 'RuntimeError: PytorchStreamReader failed locating file data.pkl: file not found',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'locating file data.pkl: file not found' } }],
        },
      ],
    ),
    // 'v' is the first letter of "version https://git-lfs…", '<' of a web page, '{' of a JSON answer, '\x00' of zeros.
    message(
      'load-key',
      'invalid load key',
      { expression: /invalid load key, (?:\\?['"])(?<key>[^\n]{1,6}?)(?:\\?['"])/, opens: 'invalidloadkey' },
      readLoadKey,
      [
        {
          text: "_pickle.UnpicklingError: invalid load key, 'v'.",
          states: [
            {
              kind: 'notice',
              topic: 'file-damaged',
              values: { reason: "invalid load key 'v'", pointer: 'a git-lfs pointer begins with this letter' },
            },
          ],
        },
        {
          text: "_pickle.UnpicklingError: invalid load key, '<'.",
          states: [
            {
              kind: 'notice',
              topic: 'file-damaged',
              values: { reason: "invalid load key '<'", pointer: 'a web page begins with this letter' },
            },
          ],
        },
        {
          text: "_pickle.UnpicklingError: invalid load key, '\\x00'.",
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: "invalid load key '\\x00'" } }],
        },
      ],
    ),
    message(
      'end-of-file',
      'unexpected EOF',
      template('unexpected EOF, expected {bytes:int} more bytes'),
      readNotice('file-damaged', (fields) => ({ reason: 'unexpected end of file', missingBytes: fields.int('bytes') })),
      [
        {
          text: 'RuntimeError: unexpected EOF, expected 3145728 more bytes. The file might be corrupted.',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'unexpected end of file', missingBytes: 3145728 } }],
        },
      ],
    ),
    message(
      'unpickling',
      'UnpicklingError',
      { expression: /UnpicklingError: (?<reason>pickle data was truncated|could not find MARK|unpickling stack underflow)/ },
      readNotice('file-damaged', (fields) => ({ reason: fields.text('reason') })),
      [
        {
          text: '_pickle.UnpicklingError: pickle data was truncated',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'pickle data was truncated' } }],
        },
      ],
    ),
    // torch < 1.6 and the legacy format: a storage is shorter than its header says.
    message(
      'storage-size',
      'has wrong size',
      template('storage has wrong size: expected {expected:text} got {found:int}'),
      readNotice('file-damaged', (fields) => ({ reason: 'a storage has the wrong size', found: fields.int('found') })),
      [
        {
          text: 'RuntimeError: storage has wrong size: expected -4934180888905747925 got 64',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'a storage has the wrong size', found: 64 } }],
        },
      ],
    ),
    message(
      'magic-number',
      'Invalid magic number',
      template('Invalid magic number; corrupt file?'),
      readNotice('file-damaged', () => ({ reason: 'invalid magic number' })),
      [
        {
          text: 'RuntimeError: Invalid magic number; corrupt file?',
          states: [{ kind: 'notice', topic: 'file-damaged', values: { reason: 'invalid magic number' } }],
        },
      ],
    ),
  ],
};

const BEGINNINGS: Readonly<Record<string, string>> = {
  v: 'a git-lfs pointer begins with this letter',
  '<': 'a web page begins with this letter',
  '{': 'a JSON document begins with this letter',
};

function readLoadKey(fields: Fields): readonly Statement[] {
  const key = fields.text('key');
  const pointer = Object.hasOwn(BEGINNINGS, key) ? BEGINNINGS[key] : undefined;
  const values = { reason: `invalid load key '${key}'`, ...(pointer === undefined ? {} : { pointer }) };
  return [{ kind: 'notice', topic: 'file-damaged', values }];
}
