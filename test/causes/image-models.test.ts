import { describe, expect, it } from 'vitest';
import { declined, declines, diagnosed } from './judge.js';

describe('projections that are linear on one side', () => {
  const layout = (parameter: string, width: number) => ({ mismatches: [[parameter, [width, width], [width, width, 1, 1]]] as const });

  it('of an outermost block tell SD 2 from SD 1, of an inner one SD 2 or XL', () => {
    expect(diagnosed('sd-version-mix', layout('input_blocks.1.1.proj_in.weight', 320)).title).toBe(
      'Two generations are mixed: the checkpoint is Stable Diffusion 2.x, the model was built as Stable Diffusion 1.x.',
    );
    expect(diagnosed('sd-version-mix', layout('control_model.middle_block.1.proj_out.weight', 1280)).title).toBe(
      'Two generations are mixed: the checkpoint is Stable Diffusion 2.x or XL, the model was built as Stable Diffusion 1.x.',
    );
  });

  it('are not reshaped where the list is cut', () => {
    expect(declined('reshape-equivalent', layout('down_blocks.0.attentions.0.proj_in.weight', 320))).toContain('sd-version-mix');
  });

  it('are reshaped in a VAE', () => {
    const vae = layout('first_stage_model.decoder.mid_block.attentions.0.proj_out.weight', 512);
    expect(declines('sd-version-mix', vae)).toBe(true);
    expect(declines('reshape-equivalent', vae)).toBe(false);
  });
});

describe('the old adapter names of diffusers', () => {
  const halves = {
    mismatches: [
      ['text_model.encoder.layers.7.self_attn.k_proj.lora_linear_layer.up.weight', [768, 16], [1280, 16]],
      ['text_model.encoder.layers.7.self_attn.k_proj.lora_linear_layer.down.weight', [16, 768], [16, 1280]],
    ],
  } as const;

  it('are read as an adapter: the one of a text encoder meets the other', () => {
    const { title, explained } = diagnosed('lora-wrong-base', halves);
    expect(title).toContain('first (768 wide) text encoder');
    expect(explained.mismatches).toEqual([0, 1]);
  });

  it('count no words', () => {
    expect(declines('vocab-resized', halves)).toBe(true);
  });
});

describe('a vocabulary', () => {
  it.each(['m.q_proj.lora_magnitude_vector.weight', 'm.mlp.ia3_l.weight', 'm.fc.oft_r.weight'])('is not counted by %s', (parameter) => {
    expect(declines('vocab-resized', { mismatches: [[parameter, [33001, 4], [32000, 4]]] })).toBe(true);
  });
});
