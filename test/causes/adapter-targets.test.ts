import { describe, expect, it } from 'vitest';
import type { NoticeTopic } from '../../src/model/finding.js';
import type { Shape } from '../../src/model/shape.js';
import type { FailureFacts } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];
type Values = Readonly<Record<string, number | string>>;

describe('the number of key and value heads', () => {
  const id = 'kv-heads';
  const kv = (name: string, checkpoint: number, model: number, width = 4096): Pair => [
    `layers.0.self_attn.${name}.weight`,
    [checkpoint, width],
    [model, width],
  ];
  const K = kv('k_proj', 1024, 4096);
  const V = kv('v_proj', 1024, 4096);
  const beside = (name: string): readonly Pair[] => [K, V, [name, [5, 4], [6, 4]]];

  it.each<readonly [string, readonly Pair[], string]>([
    ['keys alone', [K, K], 'do not change together'],
    ['values alone', [V, V], 'do not change together'],
    ['a query', beside('self_attn.q_proj.weight'), 'the query projection differs too'],
    ...['embed_tokens', 'input_layernorm', 'mlp.up_proj', 'mlp.down_proj', 'self_attn.o_proj', 'attn.qkv'].map(
      (name) => [name, beside(`${name}.weight`), 'embeddings, norms or feed-forward layers'] as const,
    ),
    ['a convolution', [['k_proj.weight', [1024, 4096, 1], [4096, 4096, 1]]], 'no key or value projection'],
    ['another sequence', [['layers.0.encoder_attn.k_proj.weight', [1024, 4096], [4096, 4096]]], 'no key or value projection'],
    ['no whole factor', [kv('k_proj', 1000, 4096)], 'no key or value projection'],
    ['other columns', [['k_proj.weight', [1024, 4096], [4096, 4097]]], 'no key or value projection'],
    ['a fused bias', [['attn.qkv.bias', [6144], [12288]]], 'no key or value projection'],
    ['no degree', [kv('qkv', 6144, 12000)], 'no key or value projection'],
    ['a degree of 128', [kv('qkv', 48, 96)], 'no key or value projection'],
    ['half a row', [kv('qkv', 4097, 12288)], 'no key or value projection'],
    ['no keys', [kv('qkv', 4096, 12288)], 'no key or value projection'],
    ['fewer than none', [kv('qkv', 2048, 12288)], 'no key or value projection'],
    ['keys that do not divide the width', [kv('qkv', 5632, 12288)], 'no key or value projection'],
    ['keys of four rows', [kv('qkv', 4104, 12288)], 'no key or value projection'],
    ['a square without a name, too fine', [[undefined, [64, 2048], [2048, 2048]]], 'no key or value projection'],
    ['no multiple of 8', [[undefined, [500, 2000], [2000, 2000]]], 'no key or value projection'],
    ['no square', [[undefined, [512, 2048], [1024, 2048]]], 'no key or value projection'],
    ['a vector', [[undefined, [1024], [4096]]], 'no key or value projection'],
    ['another name', [['x.foo.weight', [1024, 4096], [4096, 4096]]], 'no key or value projection'],
  ])('is not it: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });

  it.each<readonly [string, readonly Pair[], boolean, string, number, string]>([
    ['both', [K, V], true, 'certain', 80, '2 tensors, key and value projections only'],
    ['both, of a list that is cut', [K, V], false, 'likely', 80, '2 tensors, key'],
    ['three of a list that is cut', [K, V, K], false, 'certain', 80, '3 tensors, key'],
    ['one', [K], true, 'likely', 80, '1 tensor, key'],
    ['keys of a list that is cut', [K, K], false, 'likely', 80, '2 tensors, key'],
    [
      'a fused one',
      [kv('qkv', 6144, 12288)],
      true,
      'likely',
      80,
      '(4096 + 2 × 1024) = 6144 rows with grouped keys, 3 × 4096 = 12288 without',
    ],
    ['two fused ones', [kv('qkv', 6144, 12288), kv('qkv', 6144, 12288)], true, 'certain', 80, '2 tensors'],
    ['half of a fused one', [kv('qkv', 3072, 6144)], true, 'certain', 80, '(4096 + 2 × 1024) / 2 = 3072 rows'],
    ['the 64th of a fused one', [kv('qkv', 96, 192)], true, 'certain', 80, '(4096 + 2 × 1024) / 64 = 96 rows'],
    [
      'a known model without a name',
      [[undefined, [1024, 4096], [4096, 4096]]],
      true,
      'likely',
      80,
      '1 tensor, key and value projections only',
    ],
    ['an unknown one', [['weight', [400, 2000], [2000, 2000]]], true, 'possible', 55, 'The message prints no name'],
    ['the 16th', [[undefined, [128, 2048], [2048, 2048]]], true, 'possible', 55, 'The message prints no name'],
  ])('%s', (_, mismatches, complete, confidence, specificity, statement) => {
    const answer = diagnosed(id, { mismatches, complete });
    expect([answer.confidence, answer.specificity]).toEqual([confidence, specificity]);
    expect(answer.evidence[0]?.statement).toContain(statement);
    expect(answer.wouldDecide).toHaveLength(specificity === 55 ? 2 : 1);
  });

  it('has two sides', () => {
    const file = diagnosed(id, { mismatches: [kv('qkv', 3072, 6144)] });
    const model = diagnosed(id, { mismatches: [kv('qkv', 12288, 6144)] });
    expect(file.title).toContain('grouped-query attention (1024 key and value rows), the model was built with 4096: 4 times');
    expect(model.title).toContain(
      'The model was built for grouped-query attention (1024 key and value rows), the checkpoint has 4096: 4 times',
    );
    expect(file.remedies[1]?.title).toContain('8 with heads of 128, 16 with heads of 64');
    expect(file.remedies[1]?.text).toContain('--group-query-attention');
    const plain = diagnosed(id, { mismatches: [kv('k_proj', 192, 768), kv('v_proj', 192, 768)] });
    expect(plain.remedies[1]?.title).toContain('192 divided by head_dim');
    expect(plain.remedies[1]?.text).not.toContain('--group-query-attention');
    expect(diagnosed(id, { mismatches: [K, V] }).evidence.at(-1)?.statement).toContain(
      'Width 4096 with 1024 key and value rows is what Llama-3-8B',
    );
    expect(diagnosed(id, { mismatches: [['k_proj.bias', [1024], [4096]]] }).evidence).toHaveLength(2);
  });
});

describe('fused projections', () => {
  const id = 'fused-qkv';
  const qkv = (checkpoint: Shape, model: Shape): Pair => ['attn.qkv.weight', checkpoint, model];
  const split = (layer: number) => ['q_proj', 'k_proj', 'v_proj'].map((name) => `layers.${layer}.attn.${name}.weight`);
  const others = (count: number) => Array.from({ length: count }, (_, index) => `z.${index}`);

  it.each<readonly [number, string, string, number]>([
    [0, 'certain', '1 fused key against 3 split keys, and no other key differs', 0],
    [1, 'certain', '; 1 other key has another reason', 0],
    [4, 'certain', '; 4 other keys have another reason', 0],
    [5, 'possible', '; 5 other keys have another reason', 1],
  ])('beside %i other keys', (count, confidence, statement, questions) => {
    for (const [more, left] of [
      [others(count), []],
      [[], others(count)],
    ] as const) {
      const answer = diagnosed(id, { unexpected: ['layers.0.attn.qkv.weight', ...left], missing: [...split(0), ...more] });
      expect(answer.confidence).toBe(confidence);
      expect(answer.evidence[1]?.statement).toContain(statement);
      expect(answer.wouldDecide).toHaveLength(questions);
    }
  });

  it('of the file where both sides have as many, and of an adapter', () => {
    const both = diagnosed(id, {
      unexpected: ['layers.0.attn.qkv.weight', ...split(1)],
      missing: ['layers.1.attn.qkv.weight', ...split(0)],
    });
    expect(both.title.startsWith('The checkpoint keeps')).toBe(true);
    const adapter = diagnosed(id, {
      unexpected: ['layers.0.attn.qkv.lora_A.weight', 'layers.0.attn.qkv.weight'],
      missing: split(0),
    });
    expect(adapter.remedies[0]?.text).toContain('An adapter on a fused layer');
    expect(both.remedies[0]?.text).not.toContain('An adapter on a fused layer');
    expect(both.remedies[1]?.snippet?.code).toContain('split');
  });

  it.each<readonly [string, readonly Pair[]]>([
    ['twice the rows', [qkv([4096, 4096], [8192, 4096])]],
    ['keys of 8 rows', [qkv([4096, 4096], [4112, 4096])]],
    ['half a row', [qkv([4096, 4096], [4129, 4096])]],
    ['keys that do not divide the query', [qkv([4096, 4096], [7168, 4096])]],
    ['twice the width', [qkv([8192, 4096], [10240, 4096])]],
    ['a convolution', [qkv([4096, 4096, 1], [6144, 4096, 1])]],
    ['a bias', [qkv([4096], [6144])]],
    ['other columns', [qkv([4096, 4096], [6144, 4097])]],
    ['another layer', [['x.foo.weight', [4096, 4096], [6144, 4096]]]],
    ['another layer as well', [qkv([4096, 4096], [6144, 4096]), ['norm.weight', [5], [6]]]],
  ])('no query alone: %s', (_, mismatches) => {
    expect(declined(id, { mismatches })).toContain('no fused projection stands on one side');
  });

  it.each<readonly [Shape, Shape, string]>([
    [
      [4096, 4096],
      [6144, 4096],
      'The checkpoint has the rows of the query alone (4096), the model those of query, key and value together (6144 = 4096 + 2 × 1024).',
    ],
    [
      [6144, 4096],
      [4096, 4096],
      'The model has the rows of the query alone (4096), the checkpoint those of query, key and value together (6144 = 4096 + 2 × 1024).',
    ],
    [
      [5120, 4096],
      [7168, 4096],
      'The checkpoint has the rows of the query alone (5120), the model those of query, key and value together (7168 = 5120 + 2 × 1024).',
    ],
  ])('the query alone: %j %j', (checkpoint, model, title) => {
    const answer = diagnosed(id, { mismatches: [qkv(checkpoint, model)] });
    expect(answer.title).toBe(title);
    expect(answer.evidence[0]?.statement).toBe('1 fused projection and nothing else');
    expect(answer.remedies[0]?.title).toContain('map q_proj, k_proj and v_proj');
    expect([answer.doesNotHelp.length, answer.wouldDecide.length]).toEqual([1, 1]);
    expect(answer.wouldDecide[0]?.question).toContain('or one fused tensor?');
  });
});

describe('adapters of image models', () => {
  const id = 'lora-wrong-base';
  const none = 'no adapter tensor differs in a width';

  it.each<readonly [readonly string[], string, string, number, number]>([
    [
      ['lora_unet_mid_x.alpha', 'lora_unet_double_blocks_0_img.alpha'],
      'likely',
      'made for Flux; the model that is loaded has no such blocks, so 2 adapter weights were',
      2,
      1,
    ],
    [
      ['lora_te2_text.alpha'],
      'possible',
      'made for Stable Diffusion XL (two text encoders); the model that is loaded has no such blocks, so 1 adapter weight was',
      3,
      2,
    ],
    [['lora_te2_text.alpha', 'lora_unet_mid_x.alpha'], 'likely', 'made for Stable Diffusion XL', 2, 1],
    [['lora_te_text.alpha', 'lora_te1_text.alpha', 'foo.bar'], 'possible', '2 adapter weights for the text encoder found no place', 2, 2],
  ])('%j', (unexpected, confidence, title, remedies, questions) => {
    const answer = diagnosed(id, { unexpected });
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(title);
    expect([answer.remedies.length, answer.wouldDecide.length]).toEqual([remedies, questions]);
    expect(answer.explained.unexpectedKeys).toEqual(unexpected.filter((key) => key !== 'foo.bar'));
    expect(answer.evidence[0]?.statement).toContain(unexpected.find((key) => /te|double/.test(key)));
    expect(answer.remedies.at(-1)?.title).toBe('Use an adapter made for the loaded model');
    expect(declined(id, { unexpected, mismatches: [['norm.weight', [5], [6]]] })).not.toContain('DIAGNOSED');
  });

  it('of no known family are left alone', () => {
    for (const unexpected of [['lora_te_a.alpha', 'lora_unet_mid_x.alpha'], ['foo.bar'], []])
      expect(declined(id, { unexpected })).toContain(none);
  });

  const SIZE = { parameter: 'a.b', reason: 'The size of tensor a (640) must match' };
  const COUNT = { parameter: 'a.b', checkpoint: 100, model: '10, 20' };

  it.each<readonly [NoticeTopic, Values, string]>([
    ['copy-failed', SIZE, '`a.b`: the size of tensor a (640) must match'],
    ['element-count', COUNT, '`a.b`: 100 numbers in the adapter, a weight of 10, 20 in the model'],
  ])('sizes in %s', (topic, values, statement) => {
    const told = (count: number) => diagnosed(id, { dialect: 'comfyui', notices: Array(count).fill([topic, values]) });
    expect([told(1).confidence, told(2).confidence]).toEqual(['possible', 'likely']);
    expect(told(4).evidence.map((evidence) => evidence.statement)).toEqual([statement, statement, statement]);
    expect(told(1).evidence[0]?.at?.source).toBe('test.log');
    expect(told(1).explained.unexpectedKeys).toEqual([]);
    expect([told(1).remedies.length, told(1).wouldDecide.length]).toEqual([2, 1]);
    expect(told(1).remedies[0]?.title).toContain('together with the base');
  });

  it.each<readonly [string, NoticeTopic, Values]>([
    ['torch', 'copy-failed', SIZE],
    ['comfyui', 'copy-failed', { ...SIZE, parameter: 'ab' }],
    ['comfyui', 'copy-failed', { ...SIZE, parameter: 5 }],
    ['comfyui', 'copy-failed', { ...SIZE, reason: 'out of memory. The size of tensor' }],
    ['comfyui', 'copy-failed', COUNT],
    ['comfyui', 'element-count', { ...COUNT, model: '10' }],
    ['comfyui', 'element-count', { ...COUNT, model: 10 }],
    ['comfyui', 'model-parallel-size', COUNT],
  ])('nothing in %s, %s: %j', (dialect, topic, values) => {
    expect(declined(id, { dialect, notices: [[topic, values]] })).toContain(none);
  });
});

describe('adapters of another base', () => {
  const id = 'lora-wrong-base';
  const a = (name: string, checkpoint: number, model: number): Pair => [`l.0.${name}.lora_A.weight`, [8, checkpoint], [8, model]];
  const b = (name: string, checkpoint: number, model: number): Pair => [`l.0.${name}.lora_B.weight`, [checkpoint, 8], [model, 8]];
  const [q, k, o] = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.o_proj'];
  const OTHER = 'The adapter was trained on another base model';
  const text = `text_model.encoder.${q}`;

  it.each<readonly [string, readonly Pair[], string, string]>([
    ['rows of a query', [b(q, 2048, 4096)], 'possible', '2 times as wide in the model as in the file'],
    ['of the file', [b(q, 8192, 2048)], 'possible', '4 times as wide in the file as in the model'],
    ['rows of a fused projection', [b('attn.qkv', 2048, 4096)], 'possible', '2 times as wide'],
    ['rows of a widening layer', [b('mlp.up_proj', 2048, 4096)], 'possible', '2 times as wide'],
    ['rows of a query and a key', [b(k, 2048, 4096), b(q, 2048, 4096)], 'possible', '2 times as wide'],
    ['rows of a key', [b(k, 2048, 4096)], 'likely', OTHER],
    ['rows and columns', [b(q, 2048, 4096), a(q, 2048, 4096)], 'certain', OTHER],
    ['rows of a query and an output', [b(q, 2048, 4096), b(o, 2048, 4096)], 'certain', OTHER],
    ['rows of a query and a narrowing layer', [b(q, 2048, 4096), b('mlp.down_proj', 2048, 4096)], 'certain', OTHER],
    ['two factors', [b(q, 2048, 4096), b(k, 1024, 4096)], 'certain', OTHER],
    ['no factor', [b(q, 3000, 4096)], 'likely', OTHER],
    ['columns of an output and rows of a query', [a(o, 2048, 4096), b(q, 2048, 4096)], 'possible', '2 times as wide'],
    ['columns of two outputs', [a(o, 2048, 4096), a('mlp.down_proj', 2048, 4096)], 'possible', '2 times as wide'],
    ['columns of one', [a(o, 2048, 4096)], 'likely', OTHER],
    [
      'the second text encoder',
      [a(text, 1280, 768), a(text, 1280, 768)],
      'likely',
      'second (1280 wide) text encoder of Stable Diffusion XL or to a model built like it, and meets one like the first (768)',
    ],
    [
      'the first',
      [a(text, 768, 1280)],
      'likely',
      'first (768 wide) text encoder of Stable Diffusion XL or to a model built like it, and meets one like the second (1280)',
    ],
    ['both', [a(text, 768, 1280), a(text, 1280, 768)], 'certain', OTHER],
    ['another text encoder', [a(text, 1024, 768)], 'likely', OTHER],
    ['another model of these widths', [a(q, 1280, 768)], 'likely', OTHER],
    ['a text encoder and another model', [a(text, 1280, 768), a(q, 1280, 768)], 'certain', OTHER],
  ])('%s', (_, mismatches, confidence, title) => {
    const answer = diagnosed(id, { mismatches });
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(title);
    expect(answer.wouldDecide).toHaveLength(confidence === 'possible' ? 1 : 0);
    expect(answer.remedies[0]?.title.startsWith('Check which text encoder')).toBe(title.includes('text encoder'));
    expect(answer.explained.mismatches).toEqual(mismatches.map((__, position) => position));
  });

  it('are told from early adapters of PEFT', () => {
    const mismatches: readonly Pair[] = [a(q, 2048, 4096), ['l.0.qkv.lora_B.weight', [4096, 8, 1], [2048, 8]]];
    expect(declined(id, { mismatches })).toContain('early PEFT');
  });
});

describe('the layers that an adapter sits on', () => {
  const id = 'lora-target-modules';
  const on = (name: string, layer = 0) => `base_model.model.layers.${layer}.x.${name}.lora_A.weight`;

  it.each<readonly [string, readonly string[], readonly string[], string, string]>([
    ['the file', [], ['lora_magnitude_vector', 'a.q.lora_magnitude_vector'], 'trained with DoRA (2 magnitude vectors)', 'True'],
    ['the model', ['a.q.lora_magnitude_vector.default.weight'], [], 'prepared for DoRA (1 magnitude vector)', 'False'],
  ])('DoRA in %s', (_, missing, unexpected, title, used) => {
    const answer = diagnosed(id, { missing, unexpected });
    expect(answer.title).toContain(title);
    expect(answer.explained).toEqual({ mismatches: [], missingKeys: missing, unexpectedKeys: unexpected });
    expect(answer.evidence.map(({ statement }) => statement)).toEqual([
      expect.stringContaining(`first: \`${[...unexpected, ...missing][0]}\``),
    ]);
    expect(answer.evidence[0]?.at?.source).toBe('test.log');
    expect(answer.remedies[0]?.title).toContain(`use_dora=${used}`);
    expect(answer.remedies[0]?.snippet?.code).toBe('grep use_dora adapter_config.json');
    expect([answer.doesNotHelp, answer.wouldDecide]).toEqual([[], []]);
  });

  it.each<readonly [string, FailureFacts, string]>([
    [
      'shapes of adapters',
      {
        unexpected: [on('q_proj')],
        mismatches: [
          ['norm.weight', [5], [6]],
          [on('k_proj'), [8, 5], [8, 6]],
        ],
      },
      'both sides meet',
    ],
    ['keys of kohya', { unexpected: ['lora_unet_x.lora_down.weight'] }, 'an image program'],
    ['ComfyUI', { unexpected: [on('q_proj')], dialect: 'comfyui' }, 'an image program'],
    [
      'a wrapper',
      { missing: ['a.language_model.q.lora_A.weight', 'vision_tower.q.lora_A.weight'] },
      'below a wrapper that libraries renamed',
    ],
    ['other keys', { unexpected: [on('q_proj'), 'foo.weight'] }, 'keys that belong to no adapter'],
    ['the model', { missing: [on('q_proj'), 'foo.weight'] }, 'the model itself is missing'],
  ])('are not it: %s', (_, facts, reason) => {
    expect(declined(id, facts)).toContain(reason);
  });

  it.each<readonly [string, readonly string[], readonly string[], string, number, number, string, string]>([
    [
      'the file alone',
      [],
      [on('q_proj')],
      'likely',
      1,
      1,
      'has LoRA weights on q_proj, the model was prepared without',
      'must name q_proj too.',
    ],
    [
      'the model alone',
      [on('q_proj')],
      [],
      'possible',
      1,
      1,
      'prepared with LoRA on q_proj, the file has no adapter',
      'Compare `target_modules`',
    ],
    [
      'the model, in part in a wrapper',
      [on('q_proj'), 'a.language_model.k_proj.lora_A.weight'],
      [],
      'possible',
      1,
      1,
      'prepared with LoRA on q_proj and k_proj',
      'Compare',
    ],
    [
      'both',
      [on('up_proj')],
      [on('k_proj')],
      'certain',
      2,
      0,
      'has LoRA on k_proj, the model on up_proj: the target',
      'must name k_proj, and not up_proj, for which the file has nothing',
    ],
    ['one query under two names', [on('q_proj')], [on('wq')], 'likely', 2, 1, 'has LoRA on wq, the model on q_proj', 'must name wq'],
    ['one narrowing layer under two names', [on('down_proj')], [on('w2')], 'likely', 2, 1, 'has LoRA on w2', 'must name w2'],
    ['gate and up are two layers', [on('up_proj')], [on('gate_proj')], 'certain', 2, 0, 'has LoRA on gate_proj', 'must name gate_proj'],
    [
      'other layers',
      [on('q_proj', 0), on('q_proj', 1)],
      [on('q_proj', 4), on('q_proj', 5)],
      'likely',
      2,
      1,
      'LoRA on layers 4 to 5, the model on layers 0 to 1',
      'must name',
    ],
    [
      'magnitudes and pairs',
      [],
      [on('q_proj'), 'base_model.q_proj.lora_magnitude_vector'],
      'likely',
      1,
      1,
      'has LoRA weights on q_proj',
      'must name q_proj too.',
    ],
  ])('%s', (_, missing, unexpected, confidence, statements, questions, title, text) => {
    const answer = diagnosed(id, { missing, unexpected, severity: 'warning', mismatches: [['norm.weight', [5], [6]]] });
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(title);
    expect([answer.evidence.length, answer.wouldDecide.length]).toEqual([statements, questions]);
    expect(answer.remedies[0]?.text).toContain(text);
    expect(answer.remedies[0]?.snippet?.code).toContain(
      unexpected.length > 0 ? 'LoraConfig(target_modules=[…, "' : 'grep -A9 target_modules',
    );
  });

  it.each<readonly [readonly string[], readonly string[], string]>([
    [['base_model.b.weight'], [], '1 weight of the base model under `base_model.` are listed too'],
    [
      ['base_model.b.weight'],
      ['base_model.b.base_layer.weight'],
      '2 weights of the base model are listed too: a layer that carries an adapter',
    ],
  ])('weights of the base beside them: %j %j', (missing, moved, statement) => {
    const answer = diagnosed(id, { missing, unexpected: [on('q_proj'), ...moved] });
    expect(answer.evidence.map((evidence) => evidence.statement).at(-1)).toContain(statement);
    expect(answer.explained.missingKeys).toEqual(missing);
  });

  it('may all differ where PyTorch loads a file of PEFT', () => {
    expect(diagnosed(id, { unexpected: [on('q_proj')] }).confidence).toBe('possible');
  });
});
