import { expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';

const reader = createReader(dialects);

it.each([
  "KeyError: 'model'",
  "    name = config['model']\nKeyError: 'model'",
  "    model.load_state_dict(ckpt['model'])\nKeyError: 'epoch'",
  "    data = torch.load(path)\nKeyError: 'model'",
  "    state_dict = checkpoint['model']\nValueError: 'model'",
  "    optimizer.load_state_dict(ckpt['optimizer'])\nKeyError: 'optimizer'",
])('an entry of a checkpoint is not what this lacks: %s', (text) => {
  expect(reader.read(text).claims).toEqual([]);
});
