import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';

const reader = createReader(dialects);
const states = (text: string) => reader.read(text).claims.flatMap((claim) => claim.statements);

describe('lists of keys that a script prints itself', () => {
  it.each<readonly [string, readonly string[]]>([
    ["missing_keys=['a.weight']", ['a.weight']],
    ["`missing_keys:  ['a.weight', 'b']`", ['a.weight', 'b']],
    ["[2024-05-06 10:11:12] INFO - Missing keys: ['a.weight']", ['a.weight']],
    ['missing keys: ["blocks.0.attn.qkv.bias"]', ['blocks.0.attn.qkv.bias']],
    ['missing keys: enc.a.weight, enc.a.bias', ['enc.a.weight', 'enc.a.bias']],
  ])('%s', (text, keys) => {
    expect(states(text)).toEqual([{ kind: 'missing-keys', keys }]);
  });

  it('says that a list was cut, by its end or by its count', () => {
    expect(states("Missing Keys (9): ['a.0.weight', 'a.0.bi")).toEqual([
      { kind: 'missing-keys', keys: ['a.0.weight'] },
      { kind: 'incomplete', reason: 'cut' },
    ]);
    expect(states("Unexpected Keys (3) ['a.0.weight', ..., 'b.0.weight']")).toEqual([
      { kind: 'unexpected-keys', keys: ['a.0.weight', 'b.0.weight'] },
      { kind: 'incomplete', reason: 'cut' },
    ]);
  });

  it.each([
    'missing_keys: []',
    'missing_keys, unexpected_keys = model.load_state_dict(state_dict, strict=False)',
    'print("missing keys:", msg.missing_keys)',
    '    missing_keys = [k for k in own if k not in state_dict]',
    "Missing keys: ['name', 'age', 'street']",
    'Missing keys: please look into config.json.',
    "ValidationError: missing keys: ['user name.first']",
    '{"missing_keys": ["a.weight"]}',
    'logger.info(f"missing_keys: {missing_keys}")',
    'missing keys: 3',
  ])('nothing in: %s', (text) => {
    expect(states(text)).toEqual([]);
  });

  it('leaves to libraries what is theirs', () => {
    const claims = (text: string) => reader.read(text).claims.map(({ dialect }) => dialect);
    expect(claims("_IncompatibleKeys(missing_keys=['a.weight'], unexpected_keys=['b.weight'])")).toEqual(['torch']);
    expect(claims("RuntimeError: Missing keys: ['a.weight']")).toEqual(['nemo']);
  });
});
