import { describe, expect, test } from 'vitest';
import { stockVocabularies } from '../../src/causes/vocabulary-and-adapters/vocabulary-table.js';
import type { Case, Diagnosis } from '../../src/model/diagnosis.js';
import type { Shape } from '../../src/model/shape.js';
import { type FailureFacts, subject } from './failure-builder.js';
import { declined, diagnosed, judge } from './judge.js';

type Line = readonly [string | undefined, Shape, Shape];

const lines = (...mismatches: readonly Line[]): Case => subject({ mismatches });
const keys = (missing: readonly string[], unexpected: readonly string[], more: FailureFacts = {}): Case =>
  subject({ missing, unexpected, ...more });
const advice = ({ remedies }: Diagnosis): string =>
  remedies.map(({ title, text, snippet }) => `${title} ${text} ${snippet?.code ?? ''}`).join('\n');
const asked = ({ wouldDecide }: Diagnosis): string => wouldDecide.map(({ question }) => question).join('\n');
const evidence = (diagnosis: Diagnosis): string => diagnosis.evidence.map(({ statement }) => statement).join('\n');

describe('vocab-resized', () => {
  const id = 'vocab-resized';
  const embedding = (checkpoint: number, model: number, width = 4096): Case =>
    lines(['model.embed_tokens.weight', [checkpoint, width], [model, width]], ['lm_head.weight', [checkpoint, width], [model, width]]);

  test('a file with three tokens more is met by resizing to its rows before loading', () => {
    const answer = diagnosed(id, embedding(32003, 32000));
    expect(answer.title).toContain('3 tokens were added before saving');
    expect(advice(answer)).toContain('resize_token_embeddings(32003)');
    expect(answer.confidence).toBe('certain');
  });
  test('a vocab_size in the log tells which side was asked for', () => {
    const told = subject({ mismatches: [['lm_head.weight', [32003, 64], [32000, 64]]] }, [
      { kind: 'option', name: 'vocab_size', value: '32000' },
    ]);
    expect(evidence(diagnosed(id, told))).toContain('vocab_size=32000, the number of the model');
  });
  test('a file enlarged to a multiple of 64 names the padding', () => {
    expect(advice(diagnosed(id, embedding(128320, 128256)))).toContain('pad_to_multiple_of=64');
  });
  test('a file as long as a published tokenizer was cut, and the advice is not to resize', () => {
    const answer = diagnosed(id, embedding(151665, 152064, 3584));
    expect(answer.title).toContain('cut the embedding in the file to the length of the tokenizer');
    expect(advice(answer)).toContain('without resizing to the tokenizer');
  });
  test('a model with one token more loads first and resizes afterwards', () => {
    expect(advice(diagnosed(id, embedding(32000, 32001)))).toContain('Load with 32000 rows first');
  });
  test('a published vocabulary and its rounding are padding, and no added tokens are claimed', () => {
    const answer = diagnosed(id, embedding(50304, 50257, 768));
    expect(answer.title).toContain('rounded up to a multiple of 64');
    expect(answer.title).not.toContain('tokens were added');
    expect(answer.confidence).toBe('likely');
  });
  test('two sizes of one family point to the sibling', () => {
    const whisper = lines(['model.decoder.embed_tokens.weight', [51865, 512], [51864, 512]]);
    expect(diagnosed(id, whisper).title).toContain('that of a sibling');
  });
  test('an output layer of any name belongs to the vocabulary when both its lengths are those of the embedding', () => {
    const captions = lines(
      ['embedding.weight', [9490, 512], [2633, 512]],
      ['decode_step.W_o.weight', [9490, 512], [2633, 512]],
      ['decode_step.W_o.bias', [9490], [2633]],
      ['proj.weight', [3129, 1024], [3030, 1024]],
    );
    const answer = diagnosed(id, captions);
    expect(answer.explained.mismatches).toEqual([0, 1, 2]);
    expect(answer.confidence).toBe('certain');
  });
  test('a flattened embedding is read as rows times width', () => {
    const flat = lines(['input_embedding.weight', [50258, 768], [38597376]]);
    expect(diagnosed(id, flat).title).toContain('50258 vocabulary rows, the model 50257');
  });
  test('an unnamed matrix counts as a vocabulary only where no layer is so long', () => {
    expect(diagnosed(id, lines([undefined, [32000, 4096], [32001, 4096]])).confidence).toBe('likely');
    expect(declined(id, lines([undefined, [11008, 4096], [14336, 4096]]))).toContain('no parameter differs');
    expect(diagnosed(id, lines(['weight', [303, 64], [300, 64]])).confidence).toBe('possible');
    expect(declined(id, lines(['weight', [514, 64], [512, 64]]))).toContain('no parameter differs');
  });
  test('words of a dictionary are copied from the checkpoint, not resized', () => {
    const fairseq = lines(
      ['encoder.embed_tokens.weight', [37344, 512], [38008, 512]],
      ['decoder.output_projection.weight', [25144, 512], [25800, 512]],
    );
    expect(advice(diagnosed(id, fairseq))).toContain('dict.txt');
  });
  test.each([
    ['users', 'user_embedding.weight'],
    ['entities of a graph', 'ent_embeddings.weight'],
    ['codes of a quantiser', 'quantize.embedding.weight'],
    ['speakers', 'emb_g.weight'],
    ['atoms', 'atom_embedding.weight'],
  ])('a table of %s is no vocabulary', (_, name) => {
    expect(declined(id, lines([name, [6040, 64], [943, 64]]))).toContain('no parameter differs');
  });
  test('persons of a face recogniser are no vocabulary', () => {
    expect(declined(id, subject({ modelClass: 'ArcMarginProduct', mismatches: [['weight', [85742, 512], [93431, 512]]] }))).toContain(
      'no parameter differs',
    );
  });
  test('an output layer of ten rows with a bias counts classes', () => {
    expect(declined(id, lines(['output.weight', [10, 512], [5, 512]], ['output.bias', [10], [5]]))).toContain('classifier-head');
  });
  test('an eighth of the rows is a shard', () => {
    expect(declined(id, embedding(16032, 128256))).toContain('tensor-parallel-degree');
  });
  test('two axes that differ are another model', () => {
    expect(declined(id, lines(['model.embed_tokens.weight', [151936, 896], [128256, 4096]]))).toContain('no parameter differs');
  });
  test('letters of a recogniser are left to a head that is trained anew', () => {
    const letters = subject({
      modelClass: 'Wav2Vec2ForCTC',
      mismatches: [
        ['lm_head.weight', [40, 1024], [38, 1024]],
        ['lm_head.bias', [40], [38]],
      ],
    });
    expect(diagnosed(id, letters).confidence).toBe('possible');
  });
  test('no published size stands in the table twice', () => {
    const rows = stockVocabularies.map((entry) => entry.rows);
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe('adapters', () => {
  const layer = 'base_model.model.model.layers.0';
  const half = (module: string, side: 'A' | 'B'): string => `${layer}.${module}.lora_${side}.default.weight`;

  test('the small side alone is the rank, on both halves certain', () => {
    const answer = diagnosed(
      'lora-rank',
      lines([half('self_attn.q_proj', 'A'), [16, 4096], [8, 4096]], [half('self_attn.q_proj', 'B'), [4096, 16], [4096, 8]]),
    );
    expect(answer.title).toContain('rank 16, the model was prepared for rank 8');
    expect(answer.confidence).toBe('certain');
  });
  test('one half alone leaves the rank likely and asks for the configuration', () => {
    const answer = diagnosed('lora-rank', lines([half('self_attn.q_proj', 'A'), [16, 4096], [8, 4096]]));
    expect(answer.confidence).toBe('likely');
    expect(asked(answer)).toContain('Which r');
  });
  test('AdaLoRA may prune a rank down to 0, and its diagonal belongs to the rank', () => {
    const pruned = lines(
      ['m.layers.0.q.lora_A.default', [5, 768], [12, 768]],
      ['m.layers.0.q.lora_E.default', [5, 1], [12, 1]],
      ['m.layers.1.q.lora_A.default', [0, 768], [12, 768]],
    );
    expect(diagnosed('lora-rank', pruned).explained.mismatches).toEqual([0, 1, 2]);
  });
  test('the factors of LoHa are the other way round', () => {
    const loha = lines(['unet.x.hada_w1_a', [640, 8], [640, 4]], ['unet.x.hada_w1_b', [8, 640], [4, 640]]);
    expect(diagnosed('lora-rank', loha).title).toContain('rank 8, the model was prepared for rank 4');
  });
  test('a server tells the limit to raise', () => {
    const limit = subject({ notices: [['rank-limit', { checkpoint: 64, model: 16 }]] });
    expect(advice(diagnosed('lora-rank', limit))).toContain('--max-lora-rank 64');
  });
  test('an empty half in the file is no rank', () => {
    const hollow = lines([half('mlp.up_proj', 'A'), [8, 4096], [16, 4096]], [half('mlp.up_proj', 'B'), [0], [11008, 16]]);
    expect(declined('lora-rank', hollow)).toContain('zero3-placeholder-checkpoint');
  });

  test('the wide side is the base, also where the rank differs', () => {
    const other = lines([half('self_attn.q_proj', 'A'), [8, 5120], [16, 4096]], [half('self_attn.q_proj', 'B'), [5120, 8], [4096, 16]]);
    expect(diagnosed('lora-wrong-base', other).confidence).toBe('certain');
    expect(declined('lora-rank', other)).toBe('no adapter tensor differs in its rank alone');
  });
  test('the feed-forward width alone names the models that have it', () => {
    const mlp = lines([half('mlp.gate_proj', 'B'), [13824, 8], [13696, 8]], [half('mlp.down_proj', 'A'), [8, 13824], [8, 13696]]);
    expect(diagnosed('lora-wrong-base', mlp).title).toContain('Llama-2-13B');
  });
  test('one whole factor on outputs alone may be shards, and a question says so', () => {
    const sharded = lines([half('self_attn.q_proj', 'B'), [4096, 16], [1024, 16]], [half('self_attn.o_proj', 'A'), [16, 4096], [16, 1024]]);
    const answer = diagnosed('lora-wrong-base', sharded);
    expect(answer.confidence).toBe('possible');
    expect(asked(answer)).toContain('tensor parallelism');
  });
  test('rows divided on both halves are slices of one rank', () => {
    const slices = lines([half('self_attn.q_proj', 'A'), [4, 4096], [16, 4096]], [half('self_attn.q_proj', 'B'), [1024, 16], [4096, 16]]);
    expect(declined('lora-wrong-base', slices)).toContain('fsdp-sharded');
    expect(declined('lora-rank', slices)).toContain('fsdp-sharded');
  });
  test('1280 in a text encoder of 768 is the other encoder, and not certain', () => {
    const name = 'text_model.encoder.layers.1.self_attn.q_proj.lora_A.default.weight';
    const answer = diagnosed('lora-wrong-base', lines([name, [4, 1280], [4, 768]], [name.replace('_A', '_B'), [1280, 4], [768, 4]]));
    expect(answer.title).toContain('second (1280 wide)');
    expect(answer.confidence).toBe('likely');
  });
  test('tokens on an adapted head are no other base', () => {
    const head = lines(['base_model.model.lm_head.lora_B.default.weight', [32001, 8], [32000, 8]]);
    expect(declined('lora-wrong-base', head)).toContain('no adapter tensor differs in a width');
    expect(diagnosed('vocab-resized', head).title).toContain('32001');
  });
  test('the vectors of IA3 are as long as a layer of the base is wide', () => {
    const ia3 = lines(['base_model.model.model.layers.0.mlp.down_proj.ia3_l.default', [1, 128], [1, 256]]);
    expect(diagnosed('lora-wrong-base', ia3).title).toContain('vectors of width 128 for a base model of width 256');
  });
  test('whole embeddings of another width in an adapter file belong to another base', () => {
    const embedding = lines(['base_model.model.model.embed_tokens.weight', [151665, 3584], [128256, 4096]]);
    expect(diagnosed('lora-wrong-base', embedding).title).toContain('width 3584 for a base model of width 4096');
  });
  test.each([
    ['lora_unet_double_blocks_0_img_attn_proj.lora_down.weight', 'Flux'],
    ['lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight', 'Stable Diffusion XL'],
    ['lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight', 'Stable Diffusion 1 or 2'],
  ])('%s was made for %s', (key, family) => {
    expect(diagnosed('lora-wrong-base', keys([], [key], { severity: 'warning' })).title).toContain(family);
  });
  test('dropped keys of a text encoder alone may only mean that none was connected', () => {
    const answer = diagnosed('lora-wrong-base', keys([], ['lora_te_text_model_encoder_layers_0_mlp_fc1.alpha'], { severity: 'warning' }));
    expect(answer.confidence).toBe('possible');
    expect(asked(answer)).toContain('connected');
  });
  test('an update with another number of elements was made for other widths, but not one that met a bias', () => {
    const patch = (model: string): Case =>
      subject({
        dialect: 'comfyui',
        notices: [['element-count', { parameter: 'diffusion_model.x.weight', checkpoint: 409600, model }]],
      });
    expect(diagnosed('lora-wrong-base', patch('[1280, 1280]')).confidence).toBe('possible');
    expect(declined('lora-wrong-base', patch('[640]'))).toContain('no adapter tensor');
  });

  test('adapters on other layers are named on both sides', () => {
    const answer = diagnosed('lora-target-modules', keys([half('self_attn.k_proj', 'A')], [half('mlp.up_proj', 'A')]));
    expect(answer.title).toBe('The adapter file has LoRA on up_proj, the model on k_proj: the target modules differ.');
  });
  test('base weights of a wrapped model are listed as missing and belong to the picture', () => {
    const wrapped = keys([half('self_attn.k_proj', 'A'), `${layer}.self_attn.k_proj.base_layer.weight`], [half('mlp.up_proj', 'A')]);
    expect(diagnosed('lora-target-modules', wrapped).explained.missingKeys).toHaveLength(2);
  });
  test('one layer under two names may be another implementation of the model', () => {
    const answer = diagnosed('lora-target-modules', keys([half('self_attn.q_proj', 'A')], [half('attention.wq', 'A')]));
    expect(answer.confidence).toBe('likely');
    expect(asked(answer)).toContain('same implementation');
  });
  test('more slices at the same rank are other target modules, not another rank', () => {
    const slices = lines(['h.0.attn.attn.lora_A', [24, 4096], [16, 4096]], ['h.0.attn.attn.lora_B', [12288, 8], [8192, 8]]);
    expect(diagnosed('lora-target-modules', slices).title).toContain('3 slices');
  });
  test('a three-dimensional lora_B is an adapter of the first PEFT releases', () => {
    const merged = lines(
      ['h.0.query_key_value.lora_A.weight', [16, 4096], [8, 4096]],
      ['h.0.query_key_value.lora_B.weight', [8192, 8, 1], [12288, 8]],
    );
    expect(declined('lora-rank', merged)).toContain('library-version-drift');
    expect(judge('lora-target-modules', merged).verdict).toBe('decline');
  });
  test('names of the file alone, without the name of an adapter, leave it possible', () => {
    const key = half('mlp.up_proj', 'A');
    expect(diagnosed('lora-target-modules', keys([], [key])).confidence).toBe('likely');
    expect(diagnosed('lora-target-modules', keys([], [key.replace('.default', '')])).confidence).toBe('possible');
  });
  test('magnitudes alone are DoRA on one side', () => {
    const magnitude = `${layer}.self_attn.q_proj.lora_magnitude_vector.default.weight`;
    expect(diagnosed('lora-target-modules', keys([magnitude], [])).title).toContain('prepared for DoRA');
    expect(advice(diagnosed('lora-target-modules', keys([], [magnitude])))).toContain('use_dora=True');
  });
  test('layers of other numbers are told by their numbers', () => {
    const at = (number: number): string => half('self_attn.q_proj', 'A').replace('layers.0', `layers.${number}`);
    expect(diagnosed('lora-target-modules', keys([2, 3].map(at), [0, 1].map(at))).title).toContain(
      'on layers 0 to 1, the model on layers 2 to 3',
    );
  });
  test('a layer that PEFT could not place is named without the adapter, and that is no difference of names', () => {
    const unplaced = keys([half('self_attn.v_proj', 'A')], [half('mlp.up_proj', 'A').replace('.default', '')], { severity: 'warning' });
    expect(diagnosed('lora-target-modules', unplaced).confidence).toBe('certain');
    const raw = keys(unplaced.failure.missingKeys, unplaced.failure.unexpectedKeys);
    expect(diagnosed('lora-target-modules', raw).confidence).toBe('possible');
  });
  test('a renamed wrapper above the layers is a matter of names', () => {
    const moved = half('self_attn.q_proj', 'A').replace('model.model.layers', 'model.language_model.layers');
    expect(declined('lora-target-modules', keys([moved], [half('self_attn.q_proj', 'A')]))).toContain('key-prefix');
  });
  test('the name of the adapter in the keys is a matter of names', () => {
    const infix = keys([half('self_attn.q_proj', 'A')], [half('self_attn.q_proj', 'A').replace('.default', '')]);
    expect(declined('lora-target-modules', infix)).toContain('key-prefix');
  });
  test('a server that refuses a layer is told apart from one that refuses a weight', () => {
    const layers = diagnosed('lora-target-modules', keys([], ['gate', 'router'], { dialect: 'vllm' }));
    expect(layers.title).toContain('on gate and router');
    const weight = diagnosed('lora-target-modules', keys([], ['base_model.model.lm_head.base_layer.weight'], { dialect: 'vllm' }));
    expect(advice(weight)).toContain('modules_to_save');
  });

  test('nothing but an adapter in the file, and the model missing', () => {
    const answer = diagnosed('adapter-only-checkpoint', keys(['model.norm.weight'], [half('self_attn.q_proj', 'A')]));
    expect(advice(answer)).toContain('PeftModel.from_pretrained');
    expect(answer.confidence).toBe('certain');
  });
  test('a wrapped model that misses its base as it should is no adapter loaded as a model', () => {
    const wrapped = keys([`${layer}.self_attn.q_proj.base_layer.weight`], [half('mlp.up_proj', 'A')]);
    expect(declined('adapter-only-checkpoint', wrapped)).toContain('lora-target-modules');
  });
  test('an adapter that brought nothing asks for the size of its file', () => {
    const empty = keys([half('self_attn.q_proj', 'A'), half('self_attn.q_proj', 'B'), `${layer}.self_attn.q_proj.base_layer.weight`], [], {
      severity: 'warning',
    });
    const answer = diagnosed('adapter-only-checkpoint', empty);
    expect(answer.confidence).toBe('possible');
    expect(asked(answer)).toContain('How many bytes');
  });
});

describe('kv-heads', () => {
  const id = 'kv-heads';
  const pair = (checkpoint: Shape, model: Shape): readonly Line[] => [
    ['model.layers.0.self_attn.k_proj.weight', checkpoint, model],
    ['model.layers.0.self_attn.v_proj.weight', checkpoint, model],
  ];

  test('a grouped file in a model with full keys asks for a newer library', () => {
    const answer = diagnosed(id, lines(...pair([1024, 8192], [8192, 8192])));
    expect(answer.confidence).toBe('certain');
    expect(advice(answer)).toContain('4.31');
  });
  test('one fused projection is read under tensor parallelism too', () => {
    const fused = lines(['layers.0.self_attention.query_key_value.weight', [1280, 8192], [3072, 8192]]);
    expect(diagnosed(id, fused).title).toContain('1024 key and value rows');
    expect(evidence(diagnosed(id, fused))).toContain('/ 8 = 1280');
  });
  test('a query that changes too is something else', () => {
    const all: readonly Line[] = [
      ...pair([512, 4096], [1024, 4096]),
      ['model.layers.0.self_attn.q_proj.weight', [2048, 4096], [4096, 4096]],
    ];
    expect(declined(id, lines(...all))).toContain('the query projection differs too');
  });
  test('keys without values are no number of heads', () => {
    const only: readonly Line[] = [0, 1].map((layer) => [`layers.${layer}.attention.wk.weight`, [1024, 4096], [4096, 4096]]);
    expect(declined(id, lines(...only))).toContain('do not change together');
  });
  test('attention to a text is not grouped', () => {
    expect(declined(id, lines(['attn2.to_k.weight', [320, 768], [640, 768]]))).toContain('no key or value projection');
  });
  test('shards of a grouped file keep the ratio', () => {
    expect(diagnosed(id, lines(...pair([128, 8192], [1024, 8192]))).confidence).toBe('certain');
  });
  test('without a name a square matrix and a fraction of its rows are possible, and a question names the rival', () => {
    const guess = diagnosed(id, lines(['weight', [32, 64], [64, 64]]));
    expect(guess.confidence).toBe('possible');
    expect(asked(guess)).toContain('Which parameter is it');
    expect(diagnosed(id, lines(['weight', [1024, 4096], [4096, 4096]])).confidence).toBe('likely');
  });
  test('a single matrix of a list that stops there leaves it likely', () => {
    const first = subject({ mismatches: pair([1024, 4096], [4096, 4096]).slice(0, 1), complete: false });
    expect(diagnosed(id, first).confidence).toBe('likely');
  });
});

describe('fused-qkv', () => {
  const id = 'fused-qkv';
  const split = ['q_proj', 'k_proj', 'v_proj'].map((name) => `layers.0.self_attn.${name}.weight`);

  test('one fused projection against the three of its layer, in either direction', () => {
    expect(diagnosed(id, keys(['layers.0.self_attn.qkv_proj.weight'], split)).title).toContain('The model keeps');
    expect(diagnosed(id, keys(split, ['layers.0.self_attn.qkv_proj.weight'])).title).toContain('The checkpoint keeps');
  });
  test('projections of different layers do not make one', () => {
    expect(declined(id, keys(['layers.7.self_attn.qkv_proj.weight'], split))).toContain('no fused projection');
  });
  test('rows of the query alone in a fused projection', () => {
    const rows = lines(['model.layers.0.self_attn.qkv_proj.weight', [4096, 2560], [6144, 2560]]);
    expect(diagnosed(id, rows).title).toContain('6144 = 4096 + 2 × 1024');
  });
  test('an adapter on a fused layer against adapters on the split ones', () => {
    const on = (name: string): string => `base_model.model.layers.0.mixer.${name}.lora_A.default.weight`;
    const answer = diagnosed(id, keys(['q_proj', 'k_proj', 'v_proj'].map(on), [on('Wqkv')]));
    expect(advice(answer)).toContain('cannot be split exactly');
  });
  test('twice the rows are a pair of shards', () => {
    expect(judge(id, lines(['layers.0.self_attention.linear_qkv.weight', [2560, 4096], [1280, 4096]])).verdict).toBe('decline');
  });
  test('most other names differ too: possible, with a question', () => {
    const others = Array.from({ length: 9 }, (_, index) => `encoder.other_${index}.weight`);
    const answer = diagnosed(id, keys([...split, ...others], ['layers.0.self_attn.qkv_proj.weight']));
    expect(answer.confidence).toBe('possible');
    expect(asked(answer)).toContain('same implementation');
  });
});

describe('expert-count', () => {
  const id = 'expert-count';
  const stack: Line = ['layers.0.mlp.experts.gate_up_proj', [8, 2880, 5760], [2, 2880, 5760]];
  const router: Line = ['layers.0.mlp.router.weight', [8, 2880], [2, 2880]];

  test('router and stacks count the same experts', () => {
    expect(diagnosed(id, lines(stack, router)).title).toBe('The checkpoint has 8 experts per layer, the model 2.');
  });
  test('stacks without a router in a whole list are experts of one rank', () => {
    expect(diagnosed(id, lines(stack)).title).toContain('expert parallelism');
  });
  test('a list that stops early does not tell about the router', () => {
    const first = diagnosed(id, subject({ mismatches: [stack], complete: false }));
    expect(first.title).not.toContain('expert parallelism');
    expect(asked(first)).toContain('router');
  });
  test('a router explains the numbered experts that one side lacks', () => {
    const mixtral = subject({
      modelClass: 'MixtralForCausalLM',
      mismatches: [['model.layers.0.block_sparse_moe.gate.weight', [8, 64], [4, 64]]],
      unexpected: [4, 5, 6, 7].map((expert) => `model.layers.0.block_sparse_moe.experts.${expert}.w1.weight`),
    });
    expect(diagnosed(id, mixtral).explained.unexpectedKeys).toHaveLength(4);
  });
  test('numbered experts above a bound are missing', () => {
    const missing = [4, 5, 6, 7].map((expert) => `layers.0.mlp.experts.${expert}.w1.weight`);
    expect(diagnosed(id, keys(missing, [])).title).toContain('4 experts per layer');
  });
  test('wider experts are not more experts', () => {
    expect(declined(id, lines(['layers.0.mlp.experts.gate_up_proj', [8, 2048, 1536], [8, 2048, 768]]))).toContain('widths');
  });
  test('a gate outside a mixture of experts counts nothing', () => {
    expect(declined(id, lines(['blocks.0.gate.weight', [64, 128], [32, 128]]))).toContain('no router');
  });
});

describe('quantized-packed', () => {
  const id = 'quantized-packed';

  test('a column of half as many bytes is proven by arithmetic', () => {
    const answer = diagnosed(id, lines(['layers.0.q_proj.weight', [8388608, 1], [4096, 4096]]));
    expect(evidence(answer)).toContain('8388608 × 2 = 4096 × 4096');
    expect(advice(answer)).toContain('quantization_config');
  });
  test('the packed side decides the advice', () => {
    expect(advice(diagnosed(id, lines(['layers.0.q_proj.weight', [4096, 4096], [8388608, 1]])))).toContain('without quantisation');
  });
  test('columns that do not add up are packed all the same, and no equality is claimed', () => {
    const odd = lines(['layers.0.k_proj.weight', [256, 2048], [2097152, 1]], ['layers.0.o_proj.weight', [2048, 2048], [262144, 1]]);
    expect(diagnosed(id, odd).title).not.toContain('same numbers');
  });
  test('small models pack the same way', () => {
    expect(diagnosed(id, lines(['layers.0.q_proj.weight', [512, 1], [32, 32]])).confidence).toBe('certain');
  });
  test('a layer with one input instead of two is no column', () => {
    expect(declined(id, lines(['input_proj.weight', [512, 1], [512, 2]]))).not.toContain('DIAGNOSED');
  });
  test('half the columns on every kind of layer are bytes, on row-parallel layers alone a shard', () => {
    const column: Line = ['layers.0.attention.query_key_value.weight', [12288, 2048], [12288, 4096]];
    const row: Line = ['layers.0.mlp.dense_4h_to_h.weight', [4096, 8192], [4096, 16384]];
    expect(diagnosed(id, lines(column, row)).title).toContain('two 4-bit weights in a byte');
    expect(declined(id, lines(row))).toContain('tensor-parallel-degree');
  });
  test('MLX packs eight weights into 32 bits and stops at the first', () => {
    const first: FailureFacts = { dialect: 'mlx', complete: false, mismatches: [['layers.0.q_proj.weight', [4096, 512], [4096, 4096]]] };
    expect(diagnosed(id, subject(first)).confidence).toBe('likely');
    expect(judge(id, subject({ ...first, dialect: 'torch' })).verdict).toBe('decline');
  });
  test('blocks of 256 with the same number of elements come from GGUF', () => {
    const blocks = lines(['a.proj.weight', [36864, 256], [3072, 3072]], ['a.mlp.0.weight', [147456, 256], [12288, 3072]]);
    expect(diagnosed(id, blocks).title).toContain('GGUF');
  });
  test('768 of 1024 columns is another width, though a block format would fit', () => {
    expect(judge(id, lines(['layers.0.dense.weight', [1024, 768], [1024, 1024]])).verdict).toBe('decline');
  });
  test('scales of one group in a model of many', () => {
    const scales = lines(['layers.0.down_proj.scales', [1, 4096], [86, 4096]]);
    expect(diagnosed(id, scales).title).toContain('the group size differs');
  });
  test('a larger GPTQ file changes its norms too', () => {
    const larger = lines(
      ['layers.0.q_proj.qweight', [640, 5120], [512, 4096]],
      ['layers.0.q_proj.scales', [40, 5120], [32, 4096]],
      ['norm.weight', [5120], [4096]],
    );
    expect(judge(id, larger).verdict).toBe('decline');
  });
  test.each([
    ['bitsandbytes', ['q_proj.weight.absmax', 'q_proj.weight.quant_map']],
    ['MXFP4', ['experts.down_proj_blocks', 'experts.down_proj_scales']],
    ['FP8', ['q_proj.weight_scale_inv']],
    ['MLX', ['q_proj.scales', 'q_proj.biases']],
  ])('keys of %s name the format', (format, unexpected) => {
    expect(diagnosed(id, keys([], unexpected)).title).toContain(format);
  });
  test('scales alone may belong to any library', () => {
    expect(judge(id, keys([], ['head.scales'])).verdict).toBe('decline');
  });
});

describe('tied-weights', () => {
  const id = 'tied-weights';
  const warning = (...missing: readonly string[]): Case => keys(missing, [], { severity: 'warning' });

  test('a warning about a tied head is harmless and says on what that depends', () => {
    const answer = diagnosed(id, warning('lm_head.weight'));
    expect(answer.harmless).toBe(true);
    expect(answer.title).toContain('if the model ties its embeddings');
  });
  test('a report that is printed after tying, or a configuration that does not tie, leaves a random head', () => {
    const report = keys(['lm_head.weight'], [], { severity: 'warning', dialect: 'transformers-report' });
    expect(diagnosed(id, report).harmless).toBeUndefined();
    const untied = subject({ severity: 'warning', missing: ['lm_head.weight'] }, [
      { kind: 'option', name: 'tie_word_embeddings', value: 'false' },
    ]);
    expect(diagnosed(id, untied).title).toContain('starts from random values');
  });
  test('an error is not harmless and ends in tie_weights', () => {
    const answer = diagnosed(id, keys(['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight', 'lm_head.weight'], []));
    expect(answer.harmless).toBeUndefined();
    expect(advice(answer)).toContain('tie_weights()');
  });
  test('an embedding that is missing under every name has nothing to be tied to', () => {
    expect(declined(id, warning('model.embed_tokens.weight', 'lm_head.weight'))).toContain('every name');
    expect(declined(id, warning('shared.weight', 'encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'))).toContain('every name');
  });
  test('an input embedding alone is only possible', () => {
    expect(diagnosed(id, warning('model.embed_tokens.weight')).confidence).toBe('possible');
  });
  test('a bias is tied to its second name and to nothing else', () => {
    expect(judge(id, warning('cls.predictions.decoder.weight', 'cls.predictions.decoder.bias')).verdict).toBe('diagnosis');
    expect(declined(id, warning('lm_head.weight', 'vocab_projector.bias'))).toContain('head-not-saved');
  });
  test('unexpected keys mean that names differ', () => {
    expect(declined(id, keys(['lm_head.weight'], ['model.head.weight']))).toContain('names differ');
  });
  test('a CTC head is never tied', () => {
    expect(declined(id, keys(['lm_head.weight'], [], { modelClass: 'Wav2Vec2ForCTC' }))).toContain('CTC');
  });
});
