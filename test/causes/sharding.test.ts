import { describe, expect, test } from 'vitest';
import { sharding } from '../../src/causes/sharding/index.js';
import type { Case, CauseId, Decline, Diagnosis } from '../../src/model/diagnosis.js';
import type { Frame, LoadFailure } from '../../src/model/failure.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, subject } from './failure-builder.js';

type Pair = readonly [string | undefined, Shape, Shape];

function judge(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): Diagnosis | Decline {
  const found = sharding.find(({ id }) => id === cause);
  if (found === undefined) throw new Error(`no cause ${cause} in this wing`);
  return found.diagnose('failure' in facts ? facts : subject(facts, clues));
}

function diagnosed(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): Diagnosis {
  const answer = judge(cause, facts, clues);
  if (answer.verdict === 'decline') throw new Error(`declined: ${answer.reason}`);
  return answer;
}

function declined(cause: CauseId, facts: FailureFacts | Case, clues: readonly ClueFacts[] = []): string {
  const answer = judge(cause, facts, clues);
  return answer.verdict === 'decline' ? answer.reason : `DIAGNOSED: ${answer.title}`;
}

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
    expect(code(answer)).toContain('--deepspeed ./scripts/zero2.json');
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
    expect(declined(id, { mismatches: ones })).toContain('no parameter of the model is an empty [0]');
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

  test('vLLM without names is a policy that was pushed ungathered, not a file', () => {
    const answer = diagnosed(id, { mismatches: [[undefined, [0], [151936, 2048]]], dialect: 'vllm' });
    expect(answer.title).toContain('not gathered before they were synchronised');
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
