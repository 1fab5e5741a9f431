import { describe, expect, test } from 'vitest';
import type { Case, Diagnosis } from '../../src/model/diagnosis.js';
import type { Frame, LoadFailure } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, subject } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];

function withFailure(facts: FailureFacts, more: Partial<LoadFailure>, clues: readonly ClueFacts[] = []): Case {
  const built = subject(facts, clues);
  return { ...built, failure: { ...built.failure, ...more } };
}

const frame = (file: string, name: string, code = ''): Frame => ({
  file,
  line: 20,
  function: name,
  code,
  at: { source: 'test.log', line: 1 },
});
const words = (diagnosis: Diagnosis): string => diagnosis.evidence.map(({ statement }) => statement).join('\n');
const code = (diagnosis: Diagnosis): string => diagnosis.remedies.map(({ snippet }) => snippet?.code ?? '').join('\n');
const remedies = (diagnosis: Diagnosis): string =>
  diagnosis.remedies.map(({ title, text, cost }) => `${title} ${text} ${cost ?? ''}`).join('\n');

/** Every number of dimensions, down to a scalar, as a Swin tower under zero.Init shows it. */
const SWIN: readonly Pair[] = [
  ['model.embeddings.patch_embeddings.projection.weight', [96, 3, 4, 4], [0]],
  ['model.embeddings.norm.bias', [96], [0]],
  ['model.encoder.layers.0.blocks.0.attention.self.query.weight', [96, 96], [0]],
  ['model.layernorm.weight', [768], [0]],
  ['model.logit_scale', [], [0]],
];
const LARGE_ONLY: readonly Pair[] = [
  ['bert.embeddings.word_embeddings.weight', [30522, 768], [0]],
  ['bert.encoder.layer.0.attention.self.query.weight', [768, 768], [0]],
  ['bert.encoder.layer.0.output.dense.weight', [768, 3072], [0]],
];
const STAGE_3: ClueFacts = { kind: 'zero-stage', stage: 3, strength: 'strong', form: 'config dump' };

describe('zero3-partitioned-model', () => {
  const id = 'zero3-partitioned-model';

  test('a list of [0] against all numbers of dimensions is certain without any word of DeepSpeed', () => {
    const answer = diagnosed(id, { modelClass: 'MedCLIPVisionModelViT', mismatches: SWIN });
    expect(answer.confidence).toBe('certain');
    expect(answer.explained.mismatches).toEqual([0, 1, 2, 3, 4]);
    expect(answer.title).toContain('All 5 listed parameters of MedCLIPVisionModelViT');
    expect(words(answer)).toContain('number of dimensions collapsed');
  });

  test('tiny tensors in the list date the load before the first optimizer step', () => {
    expect(words(diagnosed(id, { mismatches: SWIN }))).toContain('before the first optimizer step');
  });

  test('a list of large tensors only means a live engine, and names the thresholds that fit', () => {
    const answer = diagnosed(id, { mismatches: LARGE_ONLY });
    expect(words(answer)).toContain("100,000 (DeepSpeed's default) and 7,680 (10 × hidden_size 768");
    expect(code(answer)).toContain('fetch_z3_params=True');
    expect(code(answer)).toContain('refresh_fp32_params()');
  });

  test('a threshold that the smallest listed tensor does not reach is excluded by name', () => {
    const pairs: readonly Pair[] = [0, 1, 2].map((layer) => [`layers.${layer}.mlp.up_proj.weight`, [300, 256], [0]]);
    expect(words(diagnosed(id, { mismatches: pairs }))).toContain(
      '2,560 (10 × hidden_size 256, Hugging Face\'s "auto"), not 100,000 (DeepSpeed\'s default)',
    );
  });

  test('the gather snippet repeats the call that failed, with modifier_rank', () => {
    const origin = frame('/data/llava/modeling_medclip.py', 'load_from_medclip', 'self.load_state_dict(new_state_dict, strict=False)');
    const answer = diagnosed(id, withFailure({ mismatches: SWIN }, { origin, traceback: [origin] }));
    expect(code(answer)).toContain(
      'GatheredParameters(list(self.parameters()), modifier_rank=0):\n    self.load_state_dict(new_state_dict, strict=False)',
    );
    expect(code(answer)).toContain('# modeling_medclip.py:20 in load_from_medclip');
    expect(answer.doesNotHelp[0]?.reason).toContain('already had it');
  });

  test('a wrapper frame of partition_parameters.py changes the way out: the open zero.Init has to be left', () => {
    const traceback = [
      frame('/opt/deepspeed/runtime/zero/partition_parameters.py', 'wrapper', 'f(module, *args, **kwargs)'),
      frame('tower.py', '__init__', 'self.load_state_dict(sd)'),
    ];
    const answer = diagnosed(id, withFailure({ mismatches: SWIN.slice(0, 1) }, { traceback }));
    expect(answer.confidence).toBe('certain');
    expect(code(answer)).toContain('shutdown_init_context()');
    expect(code(answer)).not.toContain('unset_hf_deepspeed_config');
  });

  test('one [0] matrix alone is likely, and certain once the library itself names stage 3', () => {
    expect(diagnosed(id, { mismatches: SWIN.slice(0, 1) }).confidence).toBe('likely');
    expect(diagnosed(id, { mismatches: SWIN.slice(0, 1) }, [STAGE_3]).confidence).toBe('certain');
  });

  test('vectors alone are only possible: a width of 0 would look the same', () => {
    expect(diagnosed(id, { mismatches: [['norm.weight', [4096], [0]]] }).confidence).toBe('possible');
  });

  test('under stage 2 a hand-opened zero.Init is suspected, not stage 3 recommended against', () => {
    const answer = diagnosed(id, { mismatches: SWIN }, [{ kind: 'zero-stage', stage: 2, strength: 'strong', form: 'optimizer line' }]);
    expect(answer.confidence).toBe('likely');
    expect(answer.remedies[0]?.title).toContain('Do not open deepspeed.zero.Init by hand');
  });

  test('a load that only warned says that the weights were thrown away', () => {
    const answer = diagnosed(id, { mismatches: SWIN, severity: 'warning', dialect: 'transformers' });
    expect(answer.title).toContain('thrown away');
    expect(answer.remedies[0]?.title).toContain('Let transformers know');
  });

  test('the harmful hint of the log is answered with the number of tensors that it would wipe', () => {
    const answer = diagnosed(id, { mismatches: SWIN }, [{ kind: 'library-hint', hint: 'ignore-mismatched-sizes' }]);
    expect(answer.doesNotHelp.find(({ advice }) => advice.startsWith('ignore'))?.reason).toMatch(
      /^the log itself suggests it.*all 5 listed tensors/,
    );
  });

  test('zero3_init_flag is called useless from Accelerate 1.0 on and a remedy before', () => {
    const flag = (version: string): boolean =>
      diagnosed(id, { mismatches: SWIN }, [{ kind: 'version', library: 'accelerate', version }]).doesNotHelp.some(({ advice }) =>
        advice.includes('zero3_init_flag'),
      );
    expect(flag('1.2.1')).toBe(true);
    expect(flag('0.21.0')).toBe(false);
  });

  test('LLaVA: the projector in the file tells the tower that it needs, and the stages come in order', () => {
    const projector: readonly Pair[] = [
      ['0.weight', [4096, 3072], [0]],
      ['0.bias', [4096], [0]],
      ['2.weight', [4096, 4096], [0]],
      ['2.bias', [4096], [0]],
    ];
    const answer = diagnosed(id, { modelClass: 'Sequential', mismatches: projector });
    expect(answer.afterwards.join(' ')).toContain('reads 3072 features');
    expect(answer.afterwards.join(' ')).toContain('not because of LoRA');
    expect(code(answer)).toContain('"stage": 2');
    const origin = frame('/home/user/LLaVA/llava/model/llava_arch.py', 'initialize_vision_modules');
    const own = diagnosed(id, withFailure({ modelClass: 'Sequential', mismatches: projector }, { origin, traceback: [origin] }));
    expect(code(own)).toContain('--deepspeed ./scripts/zero2.json');
  });

  test('of a pair of towers the one for images has the width that the projector reads', () => {
    const clip: readonly Pair[] = [
      ['vision_tower.visual.ln_post.weight', [1024], [0]],
      ['vision_tower.visual.conv1.weight', [1024, 3, 14, 14], [0]],
      ['vision_tower.ln_final.weight', [768], [0]],
    ];
    expect(diagnosed(id, { mismatches: clip }).afterwards[0]).toContain('the tower gives 1024 features');
  });

  test('LLaVA: a tower shows its own hidden_size by its last norm, not by its narrow beginning', () => {
    expect(diagnosed(id, { modelClass: 'MedCLIPVisionModelViT', mismatches: SWIN }).afterwards[0]).toContain(
      'the tower gives 768 features',
    );
  });

  test('[1] on the model side is a placeholder only for DeepSpeed before 0.6', () => {
    const ones: readonly Pair[] = [
      ['a.weight', [64, 64], [1]],
      ['a.bias', [64], [1]],
      ['b.weight', [64, 64], [1]],
    ];
    const version = (text: string): ClueFacts => ({ kind: 'version', library: 'deepspeed', version: text });
    expect(diagnosed(id, { mismatches: ones }, [version('0.5.8')]).confidence).toBe('certain');
    expect(declined(id, { mismatches: ones }, [version('0.12.6')])).toContain('no parameter of the model is an empty [0]');
    expect(diagnosed(id, { mismatches: ones.slice(0, 2) }).confidence).toBe('likely');
    expect(declined(id, { mismatches: ones.slice(0, 1) })).toContain('no parameter of the model is an empty [0]');
    expect(diagnosed(id, { mismatches: ones }).confidence).toBe('likely');
  });

  test('true sizes beside [0] are left unexplained and announced', () => {
    const answer = diagnosed(id, { mismatches: [...SWIN, ['head.weight', [10, 768], [5, 768]]] });
    expect(answer.explained.mismatches).not.toContain(5);
    expect(answer.afterwards.join(' ')).toContain('1 other mismatch of this list shows its true sizes');
  });

  test.each<[string, readonly Pair[], string]>([
    [
      'a flattened piece in the same list is FSDP',
      [
        ['a.weight', [256, 256], [65536]],
        ['b.weight', [256, 256], [0]],
      ],
      'FSDP',
    ],
    [
      'ranks that differ are FSDP',
      [
        ['a.weight', [256, 256], [0]],
        ['a.weight', [256, 256], [100]],
      ],
      'FSDP',
    ],
    [
      'a width of 0 explains [0] biases',
      [
        ['a.weight', [64, 768], [0, 768]],
        ['a.bias', [64], [0]],
      ],
      'width of 0',
    ],
    [
      'empty buffers are no placeholders',
      [
        ['bn.running_mean', [64], [0]],
        ['obs.min_val', [64], [0]],
      ],
      'only buffers',
    ],
    ['[0] on the checkpoint side is the mirror image', [['a.weight', [0], [64, 64]]], 'no parameter of the model'],
    [
      'a scalar against one element is nothing of the kind',
      [
        ['act.scale', [], [1]],
        ['act2.scale', [], [1]],
      ],
      'no parameter of the model',
    ],
  ])('declines: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });

  test('a pre-training under stage 2 earlier in the log does not speak for the failing run', () => {
    const built = subject({ mismatches: SWIN }, [
      { kind: 'zero-stage', stage: 2, strength: 'strong', form: 'x' },
      { kind: 'zero-stage', stage: 3, strength: 'medium', form: 'x' },
    ]);
    const answer = diagnosed(id, built);
    expect(answer.confidence).toBe('certain');
    expect(words(answer)).toContain('The run uses ZeRO stage 3');
    expect(words(answer)).toContain('An earlier line tells stage 2');
  });
});

describe('zero3-placeholder-checkpoint', () => {
  const id = 'zero3-placeholder-checkpoint';
  const ADAPTER: readonly Pair[] = [
    ['layers.0.mlp.gate_proj.lora_B.default.weight', [0], [14336, 8]],
    ['layers.0.mlp.up_proj.lora_B.default.weight', [0], [14336, 8]],
    ['layers.0.mlp.down_proj.lora_A.default.weight', [0], [8, 14336]],
  ];

  test('says first that the weights are not in the file', () => {
    const answer = diagnosed(id, { mismatches: ADAPTER });
    expect(answer.title).toMatch(/^The weights are not in this file: 3 tensors of the adapter file/);
    expect(answer.confidence).toBe('certain');
    expect(code(answer)).toContain('zero_to_fp32.py');
  });

  test('the threshold explains which halves of an adapter are empty', () => {
    const answer = diagnosed(id, { mismatches: ADAPTER });
    expect(words(answer)).toContain('threshold below 114,688');
    expect(words(answer)).toContain('only one half is empty');
  });

  test('88,064 elements rule the default threshold of 100,000 out', () => {
    const pairs: readonly Pair[] = [0, 1, 2].map((layer) => [`layers.${layer}.self_attn.o_proj.lora_B.weight`, [0], [8806, 10]]);
    expect(words(diagnosed(id, { mismatches: pairs }))).toContain('persistence threshold is 88,060');
    const wide: readonly Pair[] = [
      ['layers.0.self_attn.q_proj.lora_A.weight', [0], [22, 4096]],
      ['layers.0.self_attn.o_proj.lora_B.weight', [0], [4096, 22]],
      ['layers.0.mlp.up_proj.lora_A.weight', [0], [22, 4096]],
    ];
    expect(words(diagnosed(id, { mismatches: wide }))).toContain('40,960 (10 × hidden_size 4096, Hugging Face\'s "auto"), not 100,000');
  });

  test('a warning of the saver makes two tensors certain', () => {
    expect(diagnosed(id, { mismatches: ADAPTER.slice(0, 2) }).confidence).toBe('likely');
    expect(diagnosed(id, { mismatches: ADAPTER.slice(0, 2) }, [{ kind: 'warning', topic: 'save-without-gather' }]).confidence).toBe(
      'certain',
    );
  });

  test('vLLM without names is rather a policy that was pushed ungathered than a file', () => {
    const answer = diagnosed(id, { mismatches: [[undefined, [0], [151936, 2048]]], dialect: 'vllm' });
    expect(answer.title).toContain('did not gather the policy before handing it over');
  });

  test.each<[string, readonly Pair[], string]>([
    [
      'a long one-dimensional tensor beside [0] is an FSDP shard',
      [
        ['embed', [131344896], [128266, 4096]],
        ['norm', [0], [4096]],
        ['lm_head', [0], [128266, 4096]],
      ],
      'FSDP',
    ],
    ['[0] on the model side is the mirror image', [['a', [64, 64], [0]]], 'no tensor of the checkpoint'],
    [
      'a width of 0 in the file',
      [
        ['a.weight', [0, 64], [8, 64]],
        ['a.bias', [0], [8]],
      ],
      'width of 0',
    ],
    ['an empty buffer', [['bn.running_var', [0], [8]]], 'only buffers'],
  ])('declines: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });
});

describe('fsdp-sharded', () => {
  const id = 'fsdp-sharded';

  test.each<[string, readonly Pair[], string]>([
    [
      'embedding, norm and untied head over 8 ranks',
      [
        ['embed', [131344896], [128266, 4096]],
        ['norm', [0], [4096]],
        ['lm_head', [0], [128266, 4096]],
      ],
      '8 ranks',
    ],
    ['embedding and final norm over 4, the norm not listed', [['embed', [65667584], [128256, 2048]]], '(128256 × 2048 + 2048) / 4'],
    ['an embedding alone over 4, model side', [['embed', [257152, 2048], [131661824]]], '257152 × 2048) / 4'],
  ])('the length of a slice solves for the number of ranks: %s', (_, mismatches, equation) => {
    const answer = diagnosed(id, { mismatches });
    expect(words(answer)).toContain(equation);
    expect(answer.confidence).toBe('certain');
  });

  test('flattened, cut and empty parameters in one list are all explained', () => {
    const answer = diagnosed(id, {
      mismatches: [
        ['q.weight', [256, 256], [65536]],
        ['k.weight', [256, 256], [55296]],
        ['v.weight', [256, 256], [0]],
        ['v.bias', [256], [0]],
      ],
    });
    expect(answer.explained.mismatches).toEqual([0, 1, 2, 3]);
    expect(remedies(answer)).toContain('Load before the model is wrapped');
  });

  test('half of one parameter alone may be packed 4-bit storage: not certain', () => {
    expect(diagnosed(id, { mismatches: [['fc.weight', [294912], [768, 768]]] }).confidence).toBe('likely');
  });

  test('pieces of two ranks that add up are shown as the sum', () => {
    expect(
      words(
        diagnosed(id, {
          mismatches: [
            ['g.weight', [688, 256], [166272]],
            ['g.weight', [688, 256], [9856]],
          ],
        }),
      ),
    ).toContain('166,272 + 9,856 = 688 × 256');
  });

  test('rows that differ by rank are shards with their dimensions kept, a 0 included', () => {
    const answer = diagnosed(id, {
      mismatches: [
        ['weight', [2, 17], [1, 17]],
        ['weight', [0, 17], [1, 17]],
      ],
    });
    expect(answer.confidence).toBe('certain');
    expect(answer.title).toContain('another number of rows on each rank');
  });

  test('an adapter cut on axis 0 of both halves is a shard and not another rank', () => {
    const shard: readonly Pair[] = [
      ['q_proj.lora_A.weight', [4, 4096], [16, 4096]],
      ['q_proj.lora_B.weight', [1024, 16], [4096, 16]],
    ];
    expect(diagnosed(id, { mismatches: shard }).title).toContain('1/4 of the rows');
    const rank: readonly Pair[] = [
      ['q_proj.lora_A.weight', [4, 4096], [16, 4096]],
      ['q_proj.lora_B.weight', [4096, 4], [4096, 16]],
    ];
    expect(declined(id, { mismatches: rank })).toContain('no flattened or sliced');
  });

  test('wrapper names in the keys are certain and account for all keys', () => {
    const answer = diagnosed(id, { missing: ['_flat_param'], unexpected: ['layers.0.weight', 'layers.0.bias'] });
    expect(answer.confidence).toBe('certain');
    expect(answer.explained.unexpectedKeys).toHaveLength(2);
  });

  test('a copy that failed on a DTensor is FSDP2', () => {
    const error = 'aten.copy_.default got mixed torch.Tensor and DTensor';
    expect(diagnosed(id, { notices: [['copy-failed', { reason: error }]] }).title).toContain('FSDP2');
  });

  test.each<[string, readonly Pair[]]>([
    ['ZeRO-3 is [0] everywhere', SWIN],
    ['one matrix in another layout of the same numbers', [['proj.weight', [64, 128], [8192]]]],
    [
      'squeezed axes are no flattening',
      [
        ['gamma', [1, 1, 768], [768]],
        ['gamma2', [768, 1, 1], [768]],
      ],
    ],
    [
      'a bias in the place of a matrix, by shifted names',
      [
        ['a', [1280, 1280], [1280]],
        ['b', [1280, 2560, 3, 3], [1280]],
      ],
    ],
    [
      'a narrower model',
      [
        ['linear2.weight', [512, 2048], [256, 2048]],
        ['norm1.weight', [512], [256]],
        ['norm1.bias', [512], [256]],
      ],
    ],
    [
      'column- and row-parallel weights',
      [
        ['q_proj.weight', [1024, 4096], [4096, 4096]],
        ['o_proj.weight', [4096, 1024], [4096, 4096]],
      ],
    ],
  ])('declines: %s', (_, mismatches) => {
    expect(declined(id, { mismatches })).toContain('no flattened or sliced');
  });
});

describe('empty-layer-config', () => {
  const id = 'empty-layer-config';
  const ADAPTER: readonly Pair[] = [
    ['layers.0.adapter.down_proj.weight', [64, 768], [0, 768]],
    ['layers.0.adapter.down_proj.bias', [64], [0]],
    ['layers.0.adapter.up_proj.weight', [768, 64], [768, 0]],
  ];

  test('takes the [0] biases along and names the width and its place', () => {
    const answer = diagnosed(id, { mismatches: ADAPTER });
    expect(answer.explained.mismatches).toEqual([0, 1, 2]);
    expect(answer.title).toContain('A width that the checkpoint has as 64 is 0');
    expect(answer.remedies[0]?.title).toBe('Set the width of layers.*.adapter to 64');
    expect(words(answer)).toContain('768 survives');
    expect(answer.confidence).toBe('certain');
  });

  test('a warning list of classifiers with 0 classes is harmless outside training', () => {
    const heads: readonly Pair[] = [
      ['b1_head.classifier.weight', [702, 256], [0, 256]],
      ['b2_head.classifier.weight', [702, 256], [0, 256]],
    ];
    expect(diagnosed(id, { mismatches: heads, severity: 'warning' }).harmless).toBe(true);
    expect(diagnosed(id, { mismatches: heads, severity: 'warning' }, [{ kind: 'phase', phase: 'fine-tuning' }]).harmless).toBeUndefined();
    expect(diagnosed(id, { mismatches: heads }).harmless).toBeUndefined();
  });

  test('a 0 in the file means that the file has no weights there', () => {
    expect(
      diagnosed(id, {
        mismatches: [
          ['a.weight', [0, 32], [128, 32]],
          ['b.weight', [32, 0], [32, 128]],
        ],
      }).title,
    ).toMatch(/^The checkpoint was saved from a model with a width of 0/);
  });

  test('an empty first axis that few ranks could share stays possible', () => {
    const answer = diagnosed(id, { mismatches: [['weight', [1, 17], [0, 17]]] });
    expect(answer.confidence).toBe('possible');
    expect(answer.wouldDecide.some(({ question }) => question.includes('other ranks'))).toBe(true);
  });

  test.each<[string, readonly Pair[], string]>([
    ['placeholders have one dimension', SWIN, 'one-dimensional [0]'],
    [
      'ranks with other sizes',
      [
        ['weight', [2, 17], [1, 17]],
        ['weight', [0, 17], [1, 17]],
      ],
      'empty shard of a rank',
    ],
    [
      'a size derived from a packed column',
      [
        ['img_in.weight', [98304, 1], [3072, 0]],
        ['time_in.weight', [393216, 1], [3072, 256]],
      ],
      'packed columns',
    ],
    ['a changed number of dimensions', [['cls_token', [1, 1, 1024], [0, 1024]]], 'no shape has a 0'],
    ['a buffer that grows', [['cov_mat_sqrt', [9, 15801], [0, 15801]]], 'grows row by row'],
  ])('declines: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });

  test('declines an empty first axis where the log tells of FSDP', () => {
    expect(
      declined(id, { mismatches: [['weight', [1, 17], [0, 17]]] }, [{ kind: 'sharding-library', library: 'fsdp2', strength: 'strong' }]),
    ).toContain('empty shard');
  });
});

describe('zero3-partitioned-model: what the log adds', () => {
  const id = 'zero3-partitioned-model';
  const PROJECTOR: readonly Pair[] = [
    ['0.weight', [4096, 1024], [0]],
    ['0.bias', [4096], [0]],
    ['2.weight', [4096, 4096], [0]],
    ['2.bias', [4096], [0]],
  ];

  test('ranks that print the same list exclude FSDP and make a short list certain', () => {
    expect(diagnosed(id, { mismatches: PROJECTOR }).confidence).toBe('likely');
    expect(diagnosed(id, withFailure({ mismatches: PROJECTOR }, { ranks: [0, 1] })).confidence).toBe('certain');
  });

  test('the cost of stage 2 is told for the parameters that the log counts', () => {
    const answer = diagnosed(id, { mismatches: SWIN }, [
      { kind: 'zero-init', parameters: 468, elements: 6.79e9 },
      { kind: 'world-size', size: 4 },
    ]);
    expect(remedies(answer)).toContain('12.6 GiB for the 6.79e9 parameters that the log counts');
    expect(remedies(answer)).toContain('on 4 GPUs that is 41.1 GiB each, against 4L + 18P/N at stage 3');
  });

  test('a project with a switch of its own gets that switch first, and the block of the configuration after it', () => {
    const first = (clues: readonly ClueFacts[]): string =>
      diagnosed(id, { mismatches: LARGE_ONLY.slice(0, 1) }, clues).remedies[0]?.snippet?.code ?? '';
    expect(first([{ kind: 'project', name: 'LLaMA-Factory' }])).toContain('ds_z2_config.json');
    expect(first([{ kind: 'launcher', name: 'accelerate' }])).toContain('zero_stage: 2');
    expect(first([])).toContain('"stage": 2');
    expect(code(diagnosed(id, { modelClass: 'MedCLIPVisionModelViT', mismatches: SWIN }))).toContain('"stage": 2');
  });

  test('an adapter alone has no small tensors to miss, so its sizes say nothing about the moment', () => {
    const adapter: readonly Pair[] = ['q_proj', 'k_proj', 'v_proj'].map((name) => [`layers.0.${name}.lora_A.weight`, [64, 4096], [0]]);
    expect(words(diagnosed(id, { mismatches: adapter }))).not.toContain('persistence threshold');
  });

  test('a list that is cut inside its first layer says nothing about the moment either', () => {
    const cut: readonly Pair[] = ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => [
      `layers.0.self_attn.${name}.weight`,
      [4096, 4096],
      [0],
    ]);
    expect(words(diagnosed(id, { mismatches: cut, complete: false }))).not.toContain('persistence threshold');
    expect(words(diagnosed(id, { mismatches: cut }))).toContain('persistence threshold');
  });
});

describe('tensor-parallel-degree', () => {
  const id = 'tensor-parallel-degree';
  const SHARD: readonly Pair[] = [
    ['embedding.word_embeddings.weight', [12576, 2048], [50304, 2048]],
    ['layers.0.attention.query_key_value.weight', [1536, 2048], [6144, 2048]],
    ['layers.0.attention.query_key_value.bias', [1536], [6144]],
    ['layers.0.attention.dense.weight', [2048, 512], [2048, 2048]],
    ['layers.0.mlp.dense_h_to_4h.weight', [2048, 2048], [8192, 2048]],
    ['layers.0.mlp.dense_4h_to_h.weight', [2048, 2048], [2048, 8192]],
  ];

  test('one ratio on axis 0 of what widens and on axis 1 of what narrows is certain', () => {
    const answer = diagnosed(id, { modelClass: 'GPTModel', mismatches: SHARD });
    expect(answer.confidence).toBe('certain');
    expect(answer.title).toContain('it holds 1/4 of each matrix that GPTModel expects');
    expect(answer.explained.mismatches).toHaveLength(6);
    expect(code(answer)).toContain('"query_key_value": 0, "attention.dense": 1');
  });

  test('no table of axes is given for a list that is cut: what it does not name would be taken from shard 0', () => {
    expect(code(diagnosed(id, { mismatches: SHARD, complete: false }))).not.toContain('torch.cat');
  });

  test('the other way round the model was built as one shard', () => {
    const turned = SHARD.map(([name, a, b]): Pair => [name, b, a]);
    expect(diagnosed(id, { mismatches: turned }).title).toContain('was built as one tensor-parallel shard');
  });

  test('a vocabulary that was padded before it was cut is no exact multiple', () => {
    const answer = diagnosed(id, { mismatches: [['word_embeddings.weight', [25216, 6144], [50304, 6144]]] });
    expect(answer.confidence).toBe('likely');
    expect(words(answer)).toContain('2 × 25216 = 50432 rows, 128 away from 50304');
  });

  test('a known vocabulary tells both degrees', () => {
    const answer = diagnosed(id, { mismatches: [['transformer.word_embeddings.weight', [18816, 12288], [75264, 12288]]] });
    expect(words(answer)).toContain('18816 rows are 1/8 of it, the other side is 1/2');
    expect(answer.remedies[0]?.title).toContain('(8)');
  });

  test('grouped key heads that are repeated on several ranks do not speak against a split', () => {
    const grouped: readonly Pair[] = [
      ['layers.0.self_attn.q_proj.weight', [512, 4096], [4096, 4096]],
      ['layers.0.self_attn.k_proj.weight', [256, 4096], [1024, 4096]],
      ['layers.0.self_attn.o_proj.weight', [4096, 512], [4096, 4096]],
      ['layers.0.mlp.up_proj.weight', [1792, 4096], [14336, 4096]],
    ];
    expect(diagnosed(id, { mismatches: grouped }).confidence).toBe('likely');
    const withVocabulary: readonly Pair[] = [['lm_head.weight', [16032, 4096], [128256, 4096]], ...grouped];
    expect(diagnosed(id, { mismatches: withVocabulary }).confidence).toBe('certain');
  });

  test('rows against width: the two faults are told apart', () => {
    const both: readonly Pair[] = [
      ['lm_head.weight', [6560, 8192], [13120, 4096]],
      ['encoder.0.self_attn.project.weight', [3072, 8192], [6144, 4096]],
    ];
    expect(diagnosed(id, { mismatches: both }).title).toMatch(/^Two faults at once/);
  });

  test('a loader that compares degrees is believed, and a warning about random numbers only is harmless', () => {
    const values = { checkpointTensorParallel: 4, checkpointPipelineParallel: 1, modelTensorParallel: 8, modelPipelineParallel: 1 };
    expect(diagnosed(id, { notices: [['model-parallel-size', values]] }).confidence).toBe('certain');
    expect(diagnosed(id, { notices: [['model-parallel-size', values]], severity: 'warning' }).harmless).toBe(true);
  });

  test('an assertion without shapes is a suspicion only where several ranks share the weights', () => {
    const reason = 'assert param_data.shape == loaded_weight.shape';
    const facts: FailureFacts = { notices: [['copy-failed', { reason }]], dialect: 'vllm' };
    expect(diagnosed(id, facts, [{ kind: 'option', name: 'tensor_parallel_size', value: '4' }]).confidence).toBe('possible');
    expect(declined(id, facts, [{ kind: 'option', name: 'tensor_parallel_size', value: '1' }])).toContain('no shapes differ');
    expect(declined(id, facts, [{ kind: 'option', name: 'pipeline_model_parallel_size', value: '4' }])).toContain('no shapes differ');
  });

  test('MP=0 is no degree but a folder without shards', () => {
    expect(diagnosed(id, { notices: [['model-parallel-size', { checkpoint: 0, model: 8 }]] }).title).toContain('No shard was found');
  });

  test.each<[string, readonly Pair[], string]>([
    [
      'norms of another width',
      [
        ['q_proj.weight', [512, 1024], [1024, 1024]],
        ['norm.weight', [512], [1024]],
      ],
      'leaves whole',
    ],
    [
      'the bias of a layer that narrows',
      [
        ['attention.dense.weight', [1024, 512], [1024, 1024]],
        ['attention.dense.bias', [512], [1024]],
      ],
      'leaves whole',
    ],
    [
      'feed-forward layers alone',
      [
        ['mlp.up_proj.weight', [2048, 512], [1024, 512]],
        ['mlp.down_proj.weight', [512, 2048], [512, 1024]],
      ],
      'option of the configuration',
    ],
    [
      'key and value heads alone',
      [
        ['self_attn.k_proj.weight', [1024, 8192], [8192, 8192]],
        ['self_attn.v_proj.weight', [1024, 8192], [8192, 8192]],
      ],
      'key-value heads',
    ],
    [
      'two published vocabularies',
      [
        ['embed_tokens.weight', [64000, 4096], [32000, 4096]],
        ['lm_head.weight', [64000, 4096], [32000, 4096]],
      ],
      'published vocabularies',
    ],
    [
      'inputs halved everywhere, as packed 4-bit weights are',
      [
        ['attention.query_key_value.weight', [4608, 2048], [4608, 4096]],
        ['attention.dense.weight', [4096, 2048], [4096, 4096]],
      ],
      'one whole ratio',
    ],
    ['a symbol table of a few rows', [['embedding.word_embeddings.weight', [40, 512], [80, 512]]], 'too small'],
  ])('declines: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });
});

describe('pipeline-parallel-degree', () => {
  const id = 'pipeline-parallel-degree';
  const leaves = ['attn.weight', 'mlp.weight', 'ln_1.weight'];
  const layers = (from: number, to: number): readonly string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => leaves.map((leaf) => `transformer.layers.${from + index}.${leaf}`)).flat();

  test('a numbered layer that is nothing but a norm, and no final norm, is a pipeline file', () => {
    const answer = diagnosed(id, {
      missing: ['final_layernorm.weight', 'final_layernorm.bias'],
      unexpected: ['layers.24.weight', 'layers.24.bias'],
    });
    expect(answer.confidence).toBe('certain');
    expect(answer.title).toContain('counts its final norm as pipeline layer 24');
    expect(code(answer)).toContain('state_dict["final_layernorm." + part] = state_dict.pop("layers.24." + part)');
  });

  test('whole layers with the end beside them are one stage, or one file: possible without a word of pipelines', () => {
    const answer = diagnosed(id, { missing: [...layers(12, 23), 'lm_head.weight'] });
    expect(answer.confidence).toBe('possible');
    expect(answer.title).toContain('lacks layers 12 to 23 and the output head');
    expect(answer.explained.missingKeys).toHaveLength(37);
  });

  test('the second stage lacks the beginning and the embedding', () => {
    const answer = diagnosed(id, { missing: ['word_embeddings.weight', ...layers(0, 11)], modelClass: 'GPTModel' });
    expect(answer.confidence).toBe('likely');
    expect(answer.title).toContain('layers 0 to 11 and the embedding');
  });

  test.each<[string, readonly string[], readonly string[], string]>([
    ['layers alone are another depth', layers(12, 23), [], 'not whole layers together with'],
    ['a layer missing in part is the border of two files', [...layers(12, 14).slice(1), 'lm_head.weight'], [], 'one of several files'],
    ['everything is missing and everything is unexpected', layers(0, 3), layers(0, 3).map((key) => `module.${key}`), 'not whole layers'],
    ['nothing is missing', [], ['lm_head.weight'], 'no layers are missing'],
  ])('declines: %s', (_, missing, unexpected, reason) => {
    expect(declined(id, { missing, unexpected })).toContain(reason);
  });
});

describe('padded-vocab', () => {
  const id = 'padded-vocab';
  const rows = (a: number, b: number): readonly Pair[] => [
    ['transformer.wte.weight', [a, 768], [b, 768]],
    ['lm_head.weight', [a, 768], [b, 768]],
  ];
  const MEGATRON: ClueFacts = { kind: 'sharding-library', library: 'megatron', strength: 'strong' };

  test('a published vocabulary and exactly its rounding is certain', () => {
    const answer = diagnosed(id, { mismatches: rows(50257, 50304) });
    expect(answer.confidence).toBe('certain');
    expect(words(answer)).toContain('50,304 = 50,257 rounded up to a multiple of 64');
    expect(code(answer)).toContain('pad_to_multiple_of=64');
  });

  test('under Megatron two degrees pad one vocabulary to two sizes: likely, since tokens may have crossed a border', () => {
    const answer = diagnosed(id, { mismatches: rows(50304, 50432) }, [MEGATRON]);
    expect(answer.confidence).toBe('likely');
    expect(code(answer)).toContain('--make-vocab-size-divisible-by');
  });

  test('the file is cut or filled according to the direction', () => {
    expect(code(diagnosed(id, { mismatches: rows(50304, 50257) }))).toContain('tensor[:50257]');
    expect(code(diagnosed(id, { mismatches: rows(50257, 50304) }))).toContain('new_zeros(47');
  });

  test.each<[string, readonly Pair[], string]>([
    ['one token more', rows(32001, 32000), 'no rounding'],
    ['a file that was cut to its tokenizer', rows(32100, 32128), 'no rounding'],
    ['a rounding by a few rows', rows(30522, 30528), 'tokens that were added'],
    ['other parameters', [...rows(50257, 50304), ['wpe.weight', [1024, 768], [512, 768]]], 'without a vocabulary axis'],
  ])('declines: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });
});

describe('optimizer-state', () => {
  const id = 'optimizer-state';
  const GROUPS = { reason: 'different number of parameter groups' };

  test('a complaint of the optimizer alone is certain and says that weights are not meant', () => {
    const answer = diagnosed(id, { notices: [['optimizer-groups', GROUPS]] });
    expect(answer.confidence).toBe('certain');
    expect(answer.title).toContain('not about the weights');
  });

  test('beside differing weights it is only their consequence', () => {
    const answer = diagnosed(id, { notices: [['optimizer-groups', GROUPS]], mismatches: [['fc.weight', [10, 8], [5, 8]]] });
    expect(answer.confidence).toBe('possible');
    expect(answer.explained.mismatches).toEqual([]);
  });

  test('another number of ranks names both numbers and the universal checkpoint', () => {
    const answer = diagnosed(id, { notices: [['data-parallel-size', { checkpoint: 16, run: 8 }]] });
    expect(answer.title).toContain('16 data-parallel ranks and the run has 8');
    expect(code(answer)).toContain('ds_to_universal');
  });

  test('names of the state alone count, not a camera optimizer of the model', () => {
    expect(diagnosed(id, { mismatches: [['optimizer.state.exp_avg.fc.weight', [10], [5]]] }).confidence).toBe('certain');
    expect(declined(id, { mismatches: [['camera_optimizer.pose_adjustment', [120, 6], [96, 6]]] })).toContain(
      'neither a message nor a name',
    );
  });

  test('a missing averaged copy is a pruned file; a surplus one is harmless', () => {
    expect(diagnosed(id, { missing: ['model_ema.decay', 'model_ema.conv.weight'] }).remedies[0]?.title).toContain(
      'without the averaged copy',
    );
    expect(diagnosed(id, { unexpected: ['model_ema.conv.weight'], severity: 'warning' }).harmless).toBe(true);
    expect(declined(id, { missing: ['conv.weight'], unexpected: ['ema_model.conv.weight'] })).toContain('neither');
  });
});

describe('meta-device', () => {
  const id = 'meta-device';

  test('a copy into a meta parameter did nothing: assign=True helps', () => {
    const notice = { parameter: 'fc.weight', reason: 'the model side is on the meta device' };
    const answer = diagnosed(id, { notices: [['meta-tensor', notice]], severity: 'warning' });
    expect(answer.title).toContain('Nothing was loaded into 1 parameter');
    expect(code(answer)).toContain('assign=True');
  });

  test('a copy out of a meta tensor means that the state dict is empty: assign=True would harm', () => {
    const notice = { parameter: 'weight', reason: 'Cannot copy out of meta tensor; no data!' };
    const answer = diagnosed(id, { notices: [['meta-tensor', notice]] });
    expect(answer.title).toContain('The state dict has no data');
    expect(answer.doesNotHelp.map(({ advice }) => advice)).toContain('assign=True');
    expect(code(answer)).not.toContain('assign=True)');
  });

  test.each([
    [
      'from_pretrained ran inside a meta device context: the model side is on the meta device',
      'after from_pretrained of the whole has returned',
    ],
    ['the model side is on the meta device and the file has no value for it', 'why the file lacks the parameter'],
    ['Cannot copy out of meta tensor; no data!', 'instead of copying them'],
  ])('what was met decides the way out: %s', (reason, title) => {
    expect(diagnosed(id, { notices: [['meta-tensor', { reason }]] }).remedies[0]?.title).toContain(title);
  });

  test('differing shapes stay with their own causes', () => {
    expect(declined(id, { mismatches: [['conv_in.weight', [320, 9, 3, 3], [320, 4, 3, 3]]] })).toContain('no message');
  });
});

describe('wrapper names in keys', () => {
  test('a wrapper on one side that nothing answers to is only possible: both sides may be wrapped and differ in something else', () => {
    const unexpected = ['_fpw_module.layers.0._fpw_module.in_proj_weight'];
    expect(diagnosed('fsdp-sharded', { unexpected }).confidence).toBe('possible');
    expect(diagnosed('fsdp-sharded', { unexpected, missing: ['layers.0.in_proj_weight'] }).confidence).toBe('certain');
  });
});
