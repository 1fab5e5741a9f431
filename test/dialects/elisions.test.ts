import { describe, expect, it } from 'vitest';
import { isBrokenOff, isElision, looksLikeLoadFailure } from '../../src/dialects/suspicion.js';

describe('a line that stands for lines left out', () => {
  it.each([
    ['...', true],
    ['  .....  ', true],
    ['…', true],
    ['[...]', true],
    ['[... 40 more of these]', true],
    ['[…]', true],
    ['<output truncated>', true],
    ['<Snip>', true],
    ['<40 lines omitted>', true],
    ['(12 lines omitted)', true],
    ['12 more lines skipped', true],
    ['1 line truncated', true],
    ['..', false],
    ['... and so on', false],
    ['see ...', false],
    ['<module>', false],
    ['<omitted> here', false],
    ['lines omitted', false],
    ['12 lines', false],
    ['a […]', false],
    ['', false],
  ])('%j: %s', (line, expected) => {
    expect(isElision(line)).toBe(expected);
  });
});

describe('a last line without a line feed, of a message that was read, breaks off', () => {
  it.each([
    ['"a.weight", "b.weight",', true],
    ['"a.weight", "b.wei', true],
    ['keys: [', true],
    ['"a.weight", ', true],
    ['"a.weight", "b.weight".', false],
    ["['a', 'b']", false],
    ['torch.Size([4]).', false],
    ['"a",\n"b".', false],
    ['"a".\n"b', true],
  ])('%j: %s', (line, expected) => {
    expect(isBrokenOff(line, true)).toBe(expected);
  });
});

describe('a last line below a list breaks off unless something else goes on there', () => {
  it.each([
    ['\tsize mism', true],
    ['encoder.layer', true],
    ['user@host:~$ ', false],
    ['root# ', false],
    ['100%', false],
    ['> ', false],
    ['❯', false],
    ['Process exited with code 1', false],
    ['exit status: 2', false],
    ['Training is over.', false],
    ['  Nothing was saved!', false],
    ['size mismatch for a.', true],
    ['exited', true],
    ['Done.', true],
  ])('%j: %s', (line, expected) => {
    expect(isBrokenOff(line, false)).toBe(expected);
  });
});

describe('words that only loaders use', () => {
  it.each([
    'size mismatch for a.weight in an unknown form',
    'shape mismatch for a',
    'Shape mismatch in a',
    'copying a param with other words',
    'Error(s) in loading state_dict for Net',
    'Missing key(s) in state_dict of Net',
    'found shape (4, 3) in the checkpoint and (5, 3) here',
    'layer a does not match the shape of b',
    'a and b do not match checkpoint',
    'weights do not match shape',
    'state_dict size mismatch',
    'state_dict shape mismatch',
  ])('%s', (line) => {
    expect(looksLikeLoadFailure(line)).toBe(true);
  });
});

describe('two shapes beside the words for both sides', () => {
  it.each([
    ['checkpoint [4, 3] incompatible with [5, 3]', true],
    ['state dict (4, 3) differs from (5, 3)', true],
    ['state_dict (4) expected (5)', true],
    ['pretrained weight [4] wrong shape [5]', true],
    ['checkpoint [4, 3] wrong size [5, 3]', true],
    ['checkpoint [4, 3] mismatch (5, 3)', false],
    ['checkpoint [4, 3] mismatch', false],
    ['tensor [4, 3] incompatible with [5, 3]', false],
    ['checkpoint [4, 3] loaded into [5, 3], state_dict kept', false],
    ['checkpoint [a] incompatible with [b]', false],
  ])('%s: %s', (line, expected) => {
    expect(looksLikeLoadFailure(line)).toBe(expected);
  });
});

describe('source lines and errors of a forward pass are none', () => {
  const said = 'size mismatch for a';

  it.each([
    `    raise RuntimeError(${said})`,
    `'${said} {}'.format(a)`,
    `f'${said} {name}'`,
    `${said} {self.name}`,
    `${said} {key}`,
    `error_msgs += ${said}`,
    `warnings.warn(${said})`,
    `warning.warn(${said})`,
    `logger.warning(${said})`,
    `print(${said})`,
    `# ${said}`,
    `  │ ${said}`,
    `❱ ${said}`,
    `${said}\\n\\tb`,
    `${said}, got input`,
    `${said} m1: [4 x 8]`,
    `${said} mat1`,
    `${said} vec (4)`,
    `${said}: they cannot be multiplied`,
  ])('%s', (line) => {
    expect(looksLikeLoadFailure(line)).toBe(false);
    expect(looksLikeLoadFailure(said)).toBe(true);
  });
});
