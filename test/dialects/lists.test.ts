import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';
import type { Statement } from '../../src/model/finding.js';

/** What a pattern says of a line: whether its list takes it, or goes on behind it. */
function goesOn(name: string, line: string): boolean {
  const [dialect, pattern] = name.split('/');
  const forms = dialects.find((each) => each.name === dialect)?.patterns.find((each) => each.name === pattern)?.form;
  const ask = forms?.continues ?? forms?.goesOn;
  if (ask === undefined) throw new Error(`${name} is no list`);
  return ask(line);
}

describe('a list takes the lines that belong to it', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'basicsr/missing',
      ['  conv.weight', '2024-01-01 INFO:   conv_1.bias  ', 'x  a.b-c.d'],
      ['conv.weight', ' conv.weight', '  two words', '  1conv', ''],
    ],
    [
      'detectron2/missing',
      ['backbone.conv.weight', '  backbone.{bias, weight}', 'a.b.{c}', 'fc_1', 'pixel', '        a.b '],
      ['Done.', 'Training', 'two words', '         a.b', 'a.{b', '3.a', ''],
    ],
    [
      'ggml/size-in-file',
      ["tensor 'a' has wrong size in model file", 'x has wrong size in model file  '],
      ['x has wrong size in model file: 3', 'got 4'],
    ],
    [
      'maxtext/structure',
      ['Example missing paths:', '  params.decoder.kernel'],
      ['  params: decoder', '   params.decoder', 'params.decoder', '  two words'],
    ],
    [
      'mindspore/not-loaded',
      ['head.weight is not loaded.', '[WARNING] x head.weight is not loaded.  '],
      ['  is not loaded.', 'head.weight is not loaded. Done', 'head.weight is loaded.'],
    ],
    [
      'mlx/missing',
      ['Missing 3 parameters: ', 'Received 2 parameters not in model:', 'a.weight,', 'a.weight, '],
      ['a.weight', 'a.weight, b', 'parameters: a'],
    ],
    [
      'transformers/unused',
      ["'a.weight', 'b.weight',", "'a.weight', 'b.wei", "ght', 'c.weight', ", 'initializing BertModel: ', 'a.very.long.na'],
      [
        "'a.weight']",
        '- This IS expected if you are initializing',
        'You should probably TRAIN this model',
        '  File "x.py", line 3',
        'a = load("b")',
      ],
    ],
    ['mmengine/missing', ['a.weight,', 'a.weight, '], ['a.weight', 'a,b', '']],
    [
      'torch/missing-keys',
      ['"a.weight", "b.weight",', '"a.weight", ', '"a.weight", "b.wei', 'b.weight"'],
      ['"a.weight", "b.weight".', '"a.weight", "b.weight" .', 'next line', '"a". "b",'],
    ],
  ])('%s', (name, belonging, others) => {
    expect(belonging.filter((line) => !goesOn(name, line))).toEqual([]);
    expect(others.filter((line) => goesOn(name, line))).toEqual([]);
  });
});

describe('other wordings of the messages of samples', () => {
  const reader = createReader(dialects);
  const told = (text: string): readonly Statement[] => reader.read(text).claims.flatMap(({ statements }) => statements);

  it.each<readonly [string, string, readonly Statement[]]>([
    ['a class with the end of a sentence behind it', 'Error(s) in loading state_dict for Net..:', [{ kind: 'header', modelClass: 'Net' }]],
    ['a class with a path in front', 'Error(s) in loading state_dict for a.b-c.Net:', [{ kind: 'header', modelClass: 'a.b-c.Net' }]],
  ])('%s', (_, text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});
