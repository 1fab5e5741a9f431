import { describe, expect, it } from 'vitest';
import { readEmbedded } from '../../src/lines/embedded.js';

const nested = (depth: number): unknown => (depth === 0 ? 'state_dict' : { inner: nested(depth - 1) });

describe('a record of a log collector', () => {
  it.each<readonly [string, unknown, readonly string[] | undefined]>([
    ['gives the line that it carries', { log: 'a\n', stream: 'stderr' }, ['a']],
    ['whatever the key is called', { textPayload: 'a' }, ['a']],
    ['and all lines where it carries several', { message: 'a\nb\n' }, ['a', 'b']],
    ['with what was escaped twice undone', { message: 'x\\n\\tsize mismatch for a' }, ['x', '\tsize mismatch for a']],
    ['but nothing else of it', { msg: 'a', other: 'size mismatch' }, ['a']],
    [
      'unless a traceback stands elsewhere',
      { msg: 'failed', exc_info: 'Traceback\n  File "a.py"' },
      ['failed', 'Traceback', '  File "a.py"'].slice(1),
    ],
    ['which needs more than one line', { msg: 'failed', exc_info: 'Traceback' }, ['failed']],
    ['and says that it is one', { msg: 'failed', exc_info: 'a\nb' }, ['failed']],
    ['no number under the key of a line', { line: 12, text: 'no words' }, undefined],
    [
      'and no line where there are thirteen keys',
      { log: 'a', ...Object.fromEntries([...'bcdefghijklm'].map((key) => [key, 1])) },
      undefined,
    ],
    ['but one where there are twelve', { log: 'a\n', ...Object.fromEntries([...'bcdefghijkl'].map((key) => [key, 1])) }, ['a']],
    ['texts of several lines wherever they stand', { a: [{ b: 'x\ny' }], c: 'plain' }, ['x', 'y']],
    ['texts that speak of a checkpoint', { a: 'mismatch', b: ['state_dict', 'none'], c: null }, ['mismatch', 'state_dict']],
    ['down to thirty-two levels', nested(33), ['state_dict']],
    ['and no further', nested(34), undefined],
  ])('%s', (_, record, expected) => {
    expect(readEmbedded(JSON.stringify(record))?.texts).toEqual(expected);
  });

  it('may be a part: Docker ends a whole line with a line feed', () => {
    expect(readEmbedded('{"log":"a"}')).toEqual({ texts: ['a'], partial: true });
    expect(readEmbedded('{"log":"a\\n"}')).toEqual({ texts: ['a'], partial: false });
    expect(readEmbedded('{"line":"a"}')).toEqual({ texts: ['a'], partial: false });
  });

  it('may stand between blanks', () => {
    expect(readEmbedded('  {"line":"a"}  ')?.texts).toEqual(['a']);
  });
});

describe('a line that is no record', () => {
  it.each<readonly [string, string, readonly string[] | undefined]>([
    ['is left alone', 'step {1} of {2}', undefined],
    ['where it is a list', '["mismatch"]', undefined],
    ['where it is no JSON', '{size mismatch}', undefined],
    ['where it only begins like one', '{"line":"a"} b', undefined],
    ['where it only ends like one', 'a {"line":"a"}', undefined],
    ['is taken apart where it was escaped', "{'e': 'x\\nsize mismatch for a'}", ["{'e': 'x", "size mismatch for a'}"]],
    ['and so is a text without braces', 'x\\nsize mismatch for a', ['x', 'size mismatch for a']],
    ['but no other text with a backslash', 'C:\\new\\names', undefined],
  ])('%s', (_, text, expected) => {
    expect(readEmbedded(text)?.texts).toEqual(expected);
  });
});
