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
