import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { createReader } from '../../src/dialects/read.js';

const reader = createReader(dialects);

describe('a KeyError without the source line of a loader', () => {
  it.each([
    "KeyError: 'lm_head.weight'",
    "    value = config[name]\nKeyError: 'layers.0.mlp.weight'",
    "gyro = params_dict['gyro_sigma']\nKeyError: 'gyro_sigma'",
    "    param = params_dict[name]\n    return param\nKeyError: 'model.norm.weight'",
    "    param = params_dict[name]\nValueError: 'model.norm.weight'",
  ])('states nothing: %j', (text) => {
    expect(reader.read(text).claims).toEqual([]);
  });
});
