import { describe, expect, it } from 'vitest';
import type { FailureFacts } from './failure-builder.js';
import { declined, declines, diagnosed } from './judge.js';

const STATS = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'];
const norms = (...names: readonly string[]) => names.flatMap((name) => STATS.map((part) => `${name}.${part}`));
const remediesOf = (facts: FailureFacts) => JSON.stringify(diagnosed('config-changed', facts).remedies);

describe('convolutions and norms that were fused on one side', () => {
  const biases = ['backbone.layer3.0.conv1.bias', 'backbone.layer3.0.conv2.bias', 'backbone.layer3.0.downsample.0.bias'];

  it('shows in a file that has nothing more than biases of convolutions', () => {
    const facts = { unexpected: biases, severity: 'warning' } as const;
    const { title, confidence } = diagnosed('config-changed', facts);
    expect(title).toContain('fused into one layer in the checkpoint and not in the model');
    expect(title).toContain('went on with wrong weights');
    expect(confidence).toBe('likely');
    expect(remediesOf(facts)).toContain('before the fusion');
    expect(declines('library-version-drift', facts)).toBe(true);
  });

  it('shows in a list that was cut inside of a name', () => {
    expect(diagnosed('config-changed', { unexpected: [...biases, 'backbone.layer4'] }).title).toContain('fused');
  });

  it('shows in a model whose batch norms alone are missing', () => {
    const facts = { missing: norms('model.3.bn', 'model.4.cv1.bn', 'model.4.cv2.bn') };
    expect(diagnosed('config-changed', facts)).toMatchObject({ confidence: 'possible' });
    expect(declines('library-version-drift', facts)).toBe(true);
    expect(JSON.stringify(diagnosed('config-changed', facts))).not.toContain('load without strictness');
  });

  it('is sure where both lists show it, and knows the other way round', () => {
    const [a, b] = [norms('model.0.bn', 'model.1.bn'), ['model.0.conv.bias', 'model.1.conv.bias']];
    expect(diagnosed('config-changed', { missing: a, unexpected: b }).confidence).toBe('likely');
    expect(diagnosed('config-changed', { missing: b, unexpected: a }).title).toContain('in the model and not in the checkpoint');
  });

  it.each<readonly [string, FailureFacts]>([
    ['norms at the outputs of a backbone', { missing: norms('norm0', 'norm2') }],
    ['statistics without weights', { missing: ['a.bn1.running_mean', 'a.bn2.running_mean'] }],
    ['a layer with its norm', { missing: ['neck.conv.weight', ...norms('neck.bn', 'neck.bn2')] }],
    ['biases of linear layers', { unexpected: ['blocks.0.attn.qkv.bias', 'blocks.1.attn.qkv.bias'] }],
    ['one bias', { unexpected: ['stem.conv.bias'] }],
    ['weights beside the biases', { unexpected: ['stem.conv.bias', 'stem.conv.weight', 'top.conv.bias'] }],
  ])('is not %s', (_, facts) => {
    expect(declined('config-changed', facts)).not.toContain('fused into one');
  });
});

describe('one network in two forms', () => {
  it('RepVGG: a model built for deployment and a file of the training', () => {
    const facts = {
      missing: ['stage2.0.rbr_reparam.weight', 'stage2.0.rbr_reparam.bias'],
      unexpected: ['stage2.0.rbr_dense.conv.weight', ...norms('stage2.0.rbr_dense.bn'), 'stage2.0.rbr_1x1.conv.weight'],
    };
    expect(diagnosed('config-changed', facts).title).toContain('The model is in the deployed form');
    expect(remediesOf(facts)).toContain('deploy=False');
    const other = { missing: facts.unexpected, unexpected: facts.missing };
    expect(diagnosed('config-changed', other).title).toContain('The checkpoint is in the deployed form');
    expect(remediesOf(other)).toContain('deploy=True');
  });

  it('SwiGLU in the file and a plain feed-forward in the model', () => {
    const parts = (names: readonly string[]) => [7, 8].flatMap((block) => names.map((name) => `blocks.${block}.mlp.${name}.weight`));
    const facts = { missing: parts(['fc1', 'fc2']), unexpected: parts(['w12', 'w3']), severity: 'warning' } as const;
    expect(diagnosed('config-changed', facts)).toMatchObject({ confidence: 'likely' });
    expect(remediesOf(facts)).toContain('swiglufused');
    expect(declines('library-version-drift', facts)).toBe(true);
  });

  it('LayerScale that the model lacks is not harmless', () => {
    const unexpected = [4, 5, 6].flatMap((block) => [`enc.blocks.${block}.ls1.gamma`, `enc.blocks.${block}.ls2.gamma`]);
    const facts = { unexpected: [...unexpected, 'enc.storage_tokens'], severity: 'warning' } as const;
    const { title, harmless } = diagnosed('config-changed', facts);
    expect(title).toContain('LayerScale');
    expect(harmless).toBeUndefined();
    expect(declines('expected-partial-load', facts)).toBe(true);
    expect(declines('library-version-drift', facts)).toBe(true);
  });
});
