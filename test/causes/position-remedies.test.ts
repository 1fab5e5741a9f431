import { describe, expect, it } from 'vitest';
import { tokenAxes } from '../../src/causes/architecture/position-arithmetic.js';
import { optionFor, positionRemedies } from '../../src/causes/architecture/position-remedies.js';
import type { Shape } from '../../src/model/shape.js';
import { failure, subject } from './failure-builder.js';
import { diagnosed } from './judge.js';

const remedies = (parameter: string, checkpoint: Shape, model: Shape) => {
  const [mismatch] = failure({ mismatches: [[parameter, checkpoint, model]] }).mismatches;
  const axes = mismatch && tokenAxes(mismatch);
  return axes === undefined ? [] : positionRemedies(axes, optionFor(parameter));
};

describe('for a table of positions of another length', () => {
  it.each<readonly [string, string, Shape, Shape, readonly (readonly [string, string | undefined])[]]>([
    [
      'the model is built for the resolution, or the table resampled',
      'visual.pos_embed',
      [1, 257, 768],
      [1, 1370, 768],
      [
        ['Build the model for the resolution of the checkpoint: img_size=224', 'img_size=224, patch_size=14)'],
        ['To keep the resolution of the model: interpolate the table before loading', 'new_size=[37, 37], num_prefix_tokens=1)'],
      ],
    ],
    [
      'or for the number of positions, where several resolutions fit',
      'visual.pos_embed',
      [1, 145, 768],
      [1, 577, 768],
      [
        ['Build the model for the 145 positions of the checkpoint', 'img_size=192)   # with patches of 16; 96 with patches of 8'],
        ['To keep the resolution of the model: interpolate the table before loading', 'new_size=[24, 24], num_prefix_tokens=1)'],
      ],
    ],
    [
      'and by its own grid where the two sides have other tokens in front',
      'pos_embed',
      [1, 785, 768],
      [1, 198, 768],
      [
        ['Build the model for the 785 positions of the checkpoint', 'img_size=28 * patch_size)'],
        ['To keep the length of the model: convert the table', undefined],
      ],
    ],
    [
      'a clip has frames',
      'time_embed',
      [1, 8, 768],
      [1, 32, 768],
      [
        ['Build the model for the 8 frames of the checkpoint', 'build_model(num_frames=8)'],
        ['To keep the length of the model: convert the table', undefined],
      ],
    ],
    [
      'under another name too',
      'temporal_pos_embedding',
      [1, 16, 576],
      [1, 64, 576],
      [
        ['Build the model for the 16 frames of the checkpoint', 'build_model(num_frames=16)'],
        ['To keep the length of the model: convert the table', undefined],
      ],
    ],
    [
      'a map is resampled as one',
      'visual.pos_embed',
      [1, 13, 11, 768],
      [1, 24, 20, 768],
      [
        ['Build the model for the 13 × 11 positions of the checkpoint', undefined],
        ['To keep the resolution of the model: interpolate the table before loading', 'new_size=[24, 20], num_prefix_tokens=0)'],
      ],
    ],
    [
      'a text is made longer or shorter',
      'transformer.wpe.weight',
      [1024, 768],
      [2048, 768],
      [
        ['Build the model for the 1024 positions of the checkpoint', 'config.n_positions = 1024'],
        ['To keep the length of the model: convert the table', undefined],
      ],
    ],
    ['a text with two rows more has an offset', 'wpe', [514, 768], [512, 768], [['Set the length that gives 514 positions', undefined]]],
    [
      'a picture with a token more has a token',
      'visual.pos_embed',
      [1, 198, 768],
      [1, 197, 768],
      [['Build the model with the tokens (or the offset) of the checkpoint', undefined]],
    ],
  ])('%s', (_, parameter, checkpoint, model, expected) => {
    const given = remedies(parameter, checkpoint, model);
    expect(given.map(({ title }) => title)).toEqual(expected.map(([title]) => title));
    for (const [place, [, code]] of expected.entries()) {
      if (code === undefined) expect(given[place]?.snippet).toBeUndefined();
      else expect(given[place]?.snippet?.code).toContain(code);
      expect(given[place]?.text.length).toBeGreaterThan(40);
    }
  });

  it.each([
    ['transformer.wpe.weight', 'GPT', 'block_size'],
    ['transformer.wpe.weight', 'GPT2Model', 'n_positions'],
    ['transformer.wpe', '', 'n_positions'],
    ['transformer.wpe.lora', '', 'max_position_embeddings'],
    ['down.motion_modules.0.pe', '', 'temporal_position_encoding_max_len'],
    ['down.motion_module.0.pe', '', 'temporal_position_encoding_max_len'],
    ['model.encoder.embed_positions.weight', 'WhisperForConditionalGeneration', 'max_source_positions'],
    ['model.decoder.embed_positions.weight', 'WhisperModel', 'max_target_positions'],
    ['model.decoder.embed_positions.weight', 'NotWhisper', 'max_position_embeddings'],
    ['time_embed', '', 'num_frames'],
    ['model.temporal_embedding', '', 'num_frames'],
    ['video.temporal_pos_embed', '', 'num_frames'],
    [undefined, undefined, 'max_position_embeddings'],
  ])('the option of %s in %s is %s', (parameter, modelClass, expected) => {
    expect(optionFor(parameter, modelClass)).toBe(expected);
  });
});

describe('the resolution', () => {
  const answered = (parameter: string, complete = true) =>
    diagnosed('position-embedding-length', subject({ complete, mismatches: [[parameter, [1, 49, 384], [1, 196, 384]]] }));
  it('is one of several reasons where a network inside another has its own table', () => {
    const { title, confidence, wouldDecide } = answered('fuse_net.pos_embed');
    expect(title).toContain('another input resolution, or another patch size or stride in front of it');
    expect(confidence).toBe('likely');
    expect(wouldDecide).toHaveLength(1);
  });
  it('is what differs in a vision transformer whose patches agree', () => {
    expect(answered('module.pos_embed').confidence).toBe('certain');
    expect(answered('visual.pos_embed').title).not.toContain('stride');
  });
});
