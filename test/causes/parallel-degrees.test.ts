import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, subject } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Pair = readonly [string | undefined, Shape, Shape];
const id = 'tensor-parallel-degree';

const named = (name: string, checkpoint: Shape, model: Shape): Pair => [`model.layers.0.${name}`, checkpoint, model];
const Q = named('self_attn.q_proj.weight', [512, 1024], [1024, 1024]);
const K = named('self_attn.k_proj.weight', [512, 1024], [1024, 1024]);
const V = named('self_attn.v_proj.weight', [512, 1024], [1024, 1024]);
const O = named('self_attn.o_proj.weight', [1024, 512], [1024, 1024]);
const UP = named('mlp.up_proj.weight', [2048, 1024], [4096, 1024]);
const DOWN = named('mlp.down_proj.weight', [1024, 2048], [1024, 4096]);
const E = named('embed_tokens.weight', [16000, 1024], [32000, 1024]);
const FUSED = named('attn.qkv.weight', [1536, 1024], [3072, 1024]);
const Q4 = named('self_attn.q_proj.weight', [256, 1024], [1024, 1024]);
const O4 = named('self_attn.o_proj.weight', [1024, 256], [1024, 1024]);
const UP4 = named('mlp.up_proj.weight', [1024, 1024], [4096, 1024]);
const back = ([name, checkpoint, model]: Pair): Pair => [name, model, checkpoint];

describe('how sure one ratio is', () => {
  it.each<readonly [string, readonly Pair[], string, string]>([
    ['everything', [Q, O, UP, DOWN, E], 'torch', 'certain'],
    ['attention and feed-forward', [Q, O, UP, DOWN], 'torch', 'likely'],
    ['the same in vLLM', [Q, O, UP, DOWN], 'vllm', 'certain'],
    ['two families on one axis', [Q, UP], 'torch', 'possible'],
    ['the same in SGLang', [Q, UP], 'sglang', 'likely'],
    ['a vocabulary and one family on one axis', [Q, E], 'torch', 'likely'],
    ['attention on both axes', [Q, O], 'torch', 'possible'],
    ['the same in NeMo', [Q, O], 'nemo', 'likely'],
    ['the same in a dialect that only ends so', [Q, O], 'my-vllm', 'possible'],
    ['a square output alone', [O], 'torch', 'likely'],
    ['a square output of the file', [back(O)], 'torch', 'likely'],
    ['an output that is no square', [named('self_attn.o_proj.weight', [1024, 512], [1024, 2048])], 'torch', 'possible'],
    ['one of the file', [named('self_attn.o_proj.weight', [1024, 2048], [1024, 512])], 'torch', 'possible'],
    ['an output of a convolution', [named('self_attn.o_proj.weight', [1024, 512, 1], [1024, 1024, 1])], 'torch', 'possible'],
    ['a query alone', [Q], 'torch', 'possible'],
    ['a query alone in vLLM', [Q], 'vllm', 'possible'],
    ['query and key', [Q, K], 'torch', 'possible'],
    ['query and key in vLLM', [Q, K], 'vllm', 'likely'],
    ['a fused projection', [FUSED], 'torch', 'possible'],
    ['feed-forward layers in vLLM', [UP, DOWN], 'vllm', 'likely'],
    ['one of them', [UP], 'vllm', 'possible'],
    ['names of Megatron', [named('attention.query_key_value.weight', [1536, 1024], [3072, 1024]), UP], 'torch', 'likely'],
    ['a vocabulary', [E], 'torch', 'likely'],
    ['a vocabulary of 1000', [['embed_tokens.weight', [1000, 64], [2000, 64]]], 'torch', 'likely'],
    ['the width of a vocabulary', [['tok_embeddings.weight', [32000, 64], [32000, 128]]], 'torch', 'possible'],
    ['keys that are repeated', [K, Q4, O4, UP4], 'torch', 'likely'],
  ])('%s', (_, mismatches, dialect, confidence) => {
    const answer = diagnosed(id, { mismatches, dialect });
    expect(answer.confidence).toBe(confidence);
    expect(answer.explained.mismatches).toEqual(mismatches.map((__, position) => position));
  });

  it.each<readonly [string, readonly Pair[], string]>([
    ['a smaller side that is whole', [named('self_attn.o_proj.weight', [1024, 1024], [1024, 2048])], 'square output of a whole'],
    ['keys and values', [K, V], 'only key and value projections'],
    ['feed-forward layers', [UP, DOWN], 'only the width of feed-forward layers'],
    ['other layers', [named('thing.weight', [512, 64], [1024, 64])], 'no layer that tensor parallelism cuts'],
    ['two published vocabularies', [['embed_tokens.weight', [32000, 64], [64000, 64]]], 'published vocabularies'],
    ['a small table', [['embed_tokens.weight', [999, 64], [1998, 64]]], 'too small'],
    ['a norm', [Q, named('norm.weight', [512], [1024])], 'norm.weight differs too'],
    ['the bias of an output', [Q, named('self_attn.o_proj.bias', [512], [1024])], 'o_proj.bias differs too'],
    ['the bias of a narrowing layer', [Q, named('mlp.down_proj.bias', [512], [1024])], 'down_proj.bias differs too'],
    ['two ratios', [K, Q4], 'one whole ratio'],
    ['two ratios, with too few of the usual one', [K, Q4, O4], 'one whole ratio'],
    ['two ratios of no keys', [E, Q4, O4, UP4], 'one whole ratio'],
    ['keys of another width', [named('self_attn.k_proj.weight', [512, 9], [1024, 8]), Q4, O4, UP4], 'one whole ratio'],
    ['two directions', [Q, back(O)], 'one whole ratio'],
    ['no ratio', [named('self_attn.q_proj.weight', [512, 3], [1024, 4])], 'one whole ratio'],
  ])('none: %s', (_, mismatches, reason) => {
    expect(declined(id, { mismatches })).toContain(reason);
  });

  it.each<readonly [string, ClueFacts, string]>([
    ['a strong word of Megatron', { kind: 'sharding-library', library: 'megatron', strength: 'strong' }, 'likely'],
    ['a weak one', { kind: 'sharding-library', library: 'megatron', strength: 'weak' }, 'possible'],
    ['another library', { kind: 'sharding-library', library: 'fsdp', strength: 'strong' }, 'possible'],
    ['a degree', { kind: 'option', name: 'tensor_parallel_size', value: '2' }, 'likely'],
    ['a degree of one', { kind: 'option', name: 'tensor_parallel_size', value: '1' }, 'possible'],
  ])('%s', (_, clue, confidence) => {
    expect(diagnosed(id, { mismatches: [Q, O] }, [clue]).confidence).toBe(confidence);
  });

  it('one dialect of several may tell', () => {
    const built = subject({ mismatches: [Q, O] });
    const answer = diagnosed(id, { ...built, failure: { ...built.failure, dialects: ['torch', 'vllm'] } });
    expect(answer.confidence).toBe('likely');
  });

  it('the most frequent ratio is named, of two the larger', () => {
    expect(diagnosed(id, { mismatches: [K, V, Q4, O4, UP4] }).title).toContain('1/4 of each matrix');
    expect(diagnosed(id, { mismatches: [K, V, FUSED, Q4, O4, UP4] }).title).toContain('1/4 of each matrix');
    expect(diagnosed(id, { mismatches: [named('self_attn.k_proj.weight', [256, 8], [1024, 8]), Q, O, UP] }).title).toContain('1/2 of each');
  });
});

describe('a degree that the message tells', () => {
  const told = (values: Readonly<Record<string, number | string>>, more: FailureFacts = {}) =>
    diagnosed(id, { notices: [['model-parallel-size', values]], ...more });
  const TENSOR = { argument: 'tensor_model_parallel_size', checkpoint: 8, model: 2 };

  it.each<readonly [Readonly<Record<string, number | string>>, string, string, number]>([
    [TENSOR, 'certain', 'The checkpoint was cut for 8 model-parallel ranks, and the run has 2.', 0],
    [{ checkpoint: 1, model: 2 }, 'certain', 'The checkpoint was cut for 1 model-parallel rank, and the run has 2.', 0],
    [{ model: 2 }, 'likely', 'The shards of the checkpoint do not fit', 1],
    [{ checkpoint: 8 }, 'certain', 'The shards of the checkpoint do not fit', 0],
    [{ argument: 'tensor_model_parallel_size', model: 2 }, 'certain', 'The shards of the checkpoint do not fit', 1],
    [{ checkpoint: 0, model: 2 }, 'certain', 'No shard was found where the checkpoint should be', 1],
    [{ files: 1, checkpoint: 8 }, 'certain', '1 shard file was given, and the checkpoint says that it was cut into 8', 0],
    [{ files: 4, checkpoint: 8 }, 'certain', '4 shard files were given, and the checkpoint says that it was cut into 8', 0],
  ])('%j', (values, confidence, title, questions) => {
    const answer = told(values);
    expect(answer.confidence).toBe(confidence);
    expect(answer.title).toContain(title);
    expect(answer.wouldDecide).toHaveLength(questions);
    expect(answer.afterwards).toHaveLength(1);
    expect(answer.afterwards[0]).toContain('Nothing was compared yet');
    expect(answer.doesNotHelp.map(({ advice }) => advice)).toEqual(['Loading shard 0 on every rank']);
  });

  it('is harmless where only a warning tells it of a whole load', () => {
    const answer = told(TENSOR, { severity: 'warning' });
    expect([answer.harmless, answer.remedies, answer.doesNotHelp, answer.wouldDecide, answer.afterwards]).toEqual([true, [], [], [], []]);
    expect(answer.title).toContain('degree 8 and the run uses 2');
    for (const other of [
      told(TENSOR),
      told(TENSOR, { severity: 'warning', mismatches: [Q] }),
      told({ checkpoint: 8 }, { severity: 'warning' }),
    ]) {
      expect(other.harmless).toBeUndefined();
      expect(other.remedies.length).toBeGreaterThan(0);
    }
  });

  it('an empty folder needs another path', () => {
    const { remedies } = told({ checkpoint: 0, model: 2 });
    expect(remedies.map(({ title }) => title)).toEqual(['Point the loader at the folder that holds the shards']);
    expect(remedies[0]?.snippet?.code).toContain('ls -la CHECKPOINT/');
  });

  it.each<readonly [string, string | undefined, string, string]>([
    ['torch', undefined, 'torchrun --nproc_per_node 8 …', 'grep -iE'],
    ['llama', undefined, 'consolidated.*.pth', 'convert_llama_weights_to_hf'],
    ['torch', 'GLMForCausalLM', '--nproc_per_node 8 … --model-parallel-size 8', 'convert_tp.py'],
    ['megatron', undefined, '--tensor-model-parallel-size 8', 'tools/checkpoint/convert.py'],
    ['nemo', undefined, '--tensor-model-parallel-size 8', 'tools/checkpoint/convert.py'],
    ['deepspeed', undefined, '--tensor-model-parallel-size 8', 'tools/checkpoint/convert.py'],
    ['my-nemo', undefined, 'torchrun --nproc_per_node 8 …', 'grep -iE'],
  ])('%s of %s: its own tools', (dialect, modelClass, start, convert) => {
    const { remedies } = told(TENSOR, { dialect, ...(modelClass === undefined ? {} : { modelClass }) });
    expect(remedies).toHaveLength(2);
    expect(remedies[0]?.title).toContain('saved (8)');
    expect(remedies[0]?.text).not.toContain('times the degree of this run');
    expect(remedies[0]?.snippet?.code).toContain(start);
    expect(remedies[1]?.snippet?.code).toContain(convert);
  });
});

describe('a loader that asserts equal shapes', () => {
  const OPTION: ClueFacts = { kind: 'option', name: 'tensor_parallel_size', value: '4' };
  const REASON = 'assert param.shape == loaded_weight.shape';
  const asserted = (reason = REASON, more: FailureFacts = {}) => subject({ notices: [['copy-failed', { reason }]], ...more }, [OPTION]);

  it('is asked for the shapes first', () => {
    const answer = diagnosed(id, asserted());
    expect(answer.confidence).toBe('possible');
    expect(answer.title).toContain('that its 4 tensor-parallel ranks expect');
    expect(answer.afterwards).toEqual(['Only the first weight that did not fit was met.']);
    expect(answer.wouldDecide).toEqual([{ question: 'Does the same model load on one rank?', command: '--tensor-parallel-size 1' }]);
    expect(answer.remedies.map(({ title }) => title)).toEqual([
      'Let the loader print what it compares',
      'Try one rank, or a degree that divides every width',
    ]);
    expect(answer.remedies[0]?.snippet?.code).toContain('loaded_weight.shape');
    expect(answer.remedies[1]?.snippet?.code).toContain('--tensor-parallel-size 1');
    expect(answer.doesNotHelp).toHaveLength(1);
  });

  it('needs several ranks', () => {
    const onRanks = (...ranks: readonly number[]) => {
      const built = asserted();
      return { failure: { ...built.failure, ranks }, clues: [] };
    };
    expect(diagnosed(id, onRanks(0, 1)).title).toContain('that its several tensor-parallel ranks expect');
    expect([declined(id, onRanks(0)), declined(id, onRanks())].join()).not.toContain('DIAGNOSED');
  });

  it('is none of another message', () => {
    const others = [
      asserted(`in load: ${REASON}`),
      asserted('assert loaded_weight.shape[0] == self.org_vocab_size'),
      asserted('assert param is not None'),
      subject({ notices: [['element-count', { reason: REASON }]] }, [OPTION]),
    ];
    for (const other of others) expect(declined(id, other)).toContain('no shapes differ');
    expect(diagnosed(id, asserted(REASON, { mismatches: [Q, O] })).title).toContain('1/2 of each matrix');
  });
});

describe('what is advised for a cut', () => {
  const ROWS: Pair = ['word_embeddings.weight', [13000, 1024], [26000, 512]];
  const WIDTH: Pair = named('self_attn.q_proj.weight', [100, 1024], [200, 512]);
  const table = (...mismatches: readonly Pair[]) =>
    /AXIS = \{(.*)\}/.exec(diagnosed(id, { mismatches }).remedies[2]?.snippet?.code ?? '')?.[1];

  it('two faults at once', () => {
    const one = diagnosed(id, { mismatches: [ROWS] });
    const two = diagnosed(id, { mismatches: [ROWS, WIDTH], complete: false });
    expect([one.confidence, two.confidence]).toEqual(['possible', 'likely']);
    expect([one.explained.mismatches, two.explained.mismatches]).toEqual([[0], [0, 1]]);
    expect([one.afterwards.length, two.afterwards.length]).toEqual([1, 2]);
    expect(two.afterwards[0]).toContain('the width still differs');
    expect(two.afterwards[1]).toContain('The list is not complete');
    expect(one.wouldDecide[1]?.question).toContain('or global ones?');
    expect(one.remedies[0]?.text).not.toContain('times the degree of this run');
  });

  it('the side that holds the piece decides', () => {
    const file = diagnosed(id, { mismatches: [Q, O, UP, DOWN], modelClass: 'MyModel' });
    const model = diagnosed(id, { mismatches: [Q, O, UP, DOWN].map(back), modelClass: 'MyModel', complete: false });
    expect(file.title).toContain('one tensor-parallel shard: it holds 1/2 of each matrix that MyModel expects');
    expect(model.title).toContain('MyModel was built as one tensor-parallel shard: it expects 1/2');
    expect(file.afterwards).toHaveLength(1);
    expect(file.afterwards[0]).toContain('After merging, check one row');
    expect(model.afterwards).toEqual(['The list is not complete; a split cuts the other layers too.']);
    expect(file.wouldDecide).toHaveLength(2);
    expect(file.wouldDecide[1]?.question).toContain('or global ones, for attention and mlp?');
    expect(model.remedies[0]?.text).toContain('1/2 of each matrix (model.layers.0.self_attn.q_proj.weight: 512 of 1024)');
    expect(diagnosed(id, { mismatches: [back(O)] }).remedies[0]?.text).toContain('o_proj.weight: 512 of 1024)');
    expect(diagnosed(id, { mismatches: [[undefined, [32000, 64], [16000, 64]]] }).remedies[0]?.text).toContain(
      '(the first: 16000 of 32000)',
    );
    expect(file.doesNotHelp).toHaveLength(4);
  });

  it('the vocabulary tells how many shards there are', () => {
    const [start] = diagnosed(id, { mismatches: [['embed_tokens.weight', [18816, 64], [75264, 64]]] }).remedies;
    expect([start?.title, start?.snippet?.code]).toEqual([expect.stringContaining('(8)'), expect.stringContaining('--nproc_per_node 8')]);
    const [unknown] = diagnosed(id, { mismatches: [O4] }).remedies;
    expect(unknown?.title).not.toContain('(');
    expect(unknown?.text).toContain('N is the number of shard files, 4 times the degree of this run');
  });

  it('names tell whose tools they are', () => {
    const start = (name: string) => diagnosed(id, { mismatches: [E, [name, [1024, 1024], [2048, 1024]]] }).remedies[0]?.snippet?.code;
    for (const name of ['layers.0.attention.wq.weight', 'layers.0.feed_forward.w1.weight', 'layers.0.feed_forward.w3.weight'])
      expect(start(name)).toContain('consolidated');
    for (const name of ['attention.query_key_value.weight', 'mlp.dense_h_to_4h.weight', 'attn.linear_qkv.weight', 'mlp.linear_fc1.weight'])
      expect(start(name)).toContain('--tensor-model-parallel-size');
    for (const name of ['attention.query.weight', 'mlp.fc1.weight']) expect(start(name)).toContain('torchrun --nproc_per_node');
  });

  it('shards are joined by hand where the whole list shows how', () => {
    expect(table(Q, O, UP, DOWN)).toBe('"q_proj": 0, "o_proj": 1, "up_proj": 0, "down_proj": 1');
    expect(table(Q, named('attention.output.dense.weight', [1024, 512], [1024, 1024]), UP)).toBe(
      '"q_proj": 0, "output.dense": 1, "up_proj": 0',
    );
    expect(table(named('attn.in_proj_weight', [1536, 1024], [3072, 1024]), O, UP)).toBe('"in_proj_weight": 0, "o_proj": 1, "up_proj": 0');
    expect(table(Q, named('mlp.up_proj.bias', [2048], [4096]), O)).toBe('"q_proj": 0, "up_proj": 0, "o_proj": 1');
    expect(table([undefined, [16000, 1024], [32000, 1024]], Q, O)).toBe('"q_proj": 0, "o_proj": 1');
    expect([table(Q, O), table(Q, UP)]).toEqual([undefined, undefined]);
    expect(diagnosed(id, { mismatches: [Q, O, UP, DOWN], complete: false }).remedies).toHaveLength(2);
  });
});
