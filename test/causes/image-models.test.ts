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

describe('updates that ComfyUI could not add', () => {
  const refused = (...patches: readonly (readonly [parameter: string, count: number, model: string])[]) =>
    ({
      dialect: 'comfyui',
      notices: patches.map(([parameter, checkpoint, model]) => ['element-count', { parameter, checkpoint, model }] as const),
    }) as const;
  const block = 'diffusion_model.double_blocks.3.img_mlp.0.weight';

  it.each([
    ['Q8_0', 3072 * 1536, '[3072, 1632]'],
    ['Q4_0 or Q4_K', 2048 * 1536, '[2048, 864]'],
    ['Q6_K', 2048 * 1536, '[2048, 1260]'],
  ])('to weights in blocks of %s: the adapter is good', (format, count, model) => {
    const facts = refused([block, count, model], [block, count, model]);
    expect(diagnosed('quantized-packed', facts).title).toContain(`(GGUF ${format})`);
    expect(declines('lora-wrong-base', facts)).toBe(true);
  });

  it('to a text of 1024 for 768 are another base, though three quarters are a block format too', () => {
    const facts = refused(['diffusion_model.input_blocks.2.1.transformer_blocks.0.attn2.to_v.weight', 320 * 1024, '[320, 768]']);
    expect(declines('quantized-packed', facts)).toBe(true);
    expect(diagnosed('lora-wrong-base', facts).title).toContain('made for Stable Diffusion 2.x, the loaded model is Stable Diffusion 1.x');
  });

  it('name both generations by the width of the text', () => {
    const facts = refused(
      ['diffusion_model.input_blocks.8.1.proj_in.weight', 640 * 640, '[1280, 1280]'],
      ['diffusion_model.input_blocks.8.1.transformer_blocks.0.attn2.to_k.weight', 1280 * 768, '[1280, 2048]'],
    );
    const { title, evidence } = diagnosed('lora-wrong-base', facts);
    expect(title).toContain('made for Stable Diffusion 1.x, the loaded model is Stable Diffusion XL');
    expect(evidence[0]?.statement).toContain('983040 = 1280 × 768');
  });

  it('tell the text of the adapter in the blocks of the refiner, which have other rows', () => {
    const name = 'diffusion_model.output_blocks.5.1.transformer_blocks.1.attn2.to_v.weight';
    const title = (count: number) => diagnosed('lora-wrong-base', refused([name, count, '[768, 1280]'])).title;
    expect(title(1280 * 768)).toContain('made for Stable Diffusion 1.x, the loaded model is the SDXL refiner');
    // 640 × 2048 is 1280 × 1024: XL or 2.x.
    expect(title(640 * 2048)).toContain('another size');
  });

  it('name no generation where no text is read', () => {
    expect(diagnosed('lora-wrong-base', refused([block, 640 * 640, '[768, 768]'])).title).toContain('another size');
  });
});
