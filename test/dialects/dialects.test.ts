import { describe, expect, it } from 'vitest';
import { dialects } from '../../src/dialects/index.js';
import { createReader, squeeze } from '../../src/dialects/read.js';

const reader = createReader(dialects);

/** Blanks where a console of 40 columns would break the line. */
function wrapped(text: string): string {
  return text.replace(/(\S.{36,}?) /g, '$1 \n');
}

describe.each(dialects)('dialect $name', (dialect) => {
  it('is named in lower case with hyphens and has patterns of different names', () => {
    expect(dialect.name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(new Set(dialect.patterns.map((pattern) => pattern.name)).size).toBe(dialect.patterns.length);
  });

  it.each(dialect.patterns)('$name carries samples that contain its literal', ({ literal, samples, within }) => {
    expect(samples.length).toBeGreaterThan(0);
    expect(literal.length).toBeGreaterThanOrEqual(4);
    expect(literal).not.toMatch(/[[\](){}"'`/\\\n\d]/);
    if (within === undefined) for (const sample of samples) expect(sample.text).toContain(literal);
  });

  const samples = dialect.patterns.flatMap((pattern) => pattern.samples.map((sample) => ({ pattern, sample })));

  it.each(samples)('$pattern.name reads: $sample.text', ({ pattern, sample }) => {
    const section = pattern.within === undefined ? undefined : `${dialect.name}/${pattern.within}`;
    const { claims } = reader.read(sample.text, section);
    expect(claims.map((claim) => `${claim.dialect}/${claim.pattern}`)).toEqual([`${dialect.name}/${pattern.name}`]);
    expect(claims[0]?.statements).toEqual(sample.states);
  });

  const joined = samples.filter(
    ({ pattern }) => pattern.form.opens !== undefined && pattern.form.squeezed !== undefined && pattern.within === undefined,
  );
  it.each(joined)('$pattern.name reads the same when a console wraps it', ({ pattern, sample }) => {
    const { claims } = reader.read(wrapped(sample.text));
    const own = claims.find((claim) => claim.dialect === dialect.name && claim.pattern === pattern.name);
    // White space is lost by unwrapping; names and numbers are not.
    expect(squeeze(JSON.stringify(own?.statements ?? []))).toBe(squeeze(JSON.stringify(sample.states)));
  });
});

describe('the registry of dialects', () => {
  it('names each dialect once', () => {
    expect(new Set(dialects.map((dialect) => dialect.name)).size).toBe(dialects.length);
  });

  it('claims no shape error of a forward pass', () => {
    const forward = [
      'RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x768 and 512x10)',
      'RuntimeError: size mismatch, m1: [4 x 768], m2: [512 x 10] at /pytorch/aten/src/TH/generic/THTensorMath.cpp:41',
      'RuntimeError: size mismatch, got input (8192), mat (8192x4096), vec (16777216)',
      'torch.utils.checkpoint.CheckpointError: torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.',
      "tensor at position 3: saved metadata: {'shape': torch.Size([1024]), 'dtype': torch.bfloat16} recomputed metadata: {'shape': torch.Size([0]), 'dtype': torch.bfloat16}",
      'RuntimeError: The size of tensor a (197) must match the size of tensor b (577) at non-singleton dimension 1',
      'RuntimeError: shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [4]',
    ];
    for (const text of forward) expect(reader.read(text).claims).toEqual([]);
  });

  it('claims no source line that a traceback echoes', () => {
    const echoes = [
      "    raise RuntimeError('Error(s) in loading state_dict for {}:\\n\\t{}'.format(",
      '    raise RuntimeError(f"Error(s) in loading state_dict for {model.__class__.__name__}:\\n\\t{error_msg}")',
      "            error_msgs.append('size mismatch for {}: copying a param with shape {} from checkpoint, '",
    ];
    for (const text of echoes) expect(reader.read(text).claims).toEqual([]);
  });
});
