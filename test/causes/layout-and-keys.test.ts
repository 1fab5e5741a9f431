import { describe, expect, test } from 'vitest';
import type { Case, Diagnosis } from '../../src/model/diagnosis.js';
import type { Shape } from '../../src/model/shape.js';
import { type ClueFacts, type FailureFacts, subject } from './failure-builder.js';
import { declines, diagnosed } from './judge.js';

type Line = readonly [string | undefined, Shape, Shape];

const lines = (...mismatches: readonly Line[]): Case => subject({ mismatches });
const keys = (missing: readonly string[], unexpected: readonly string[], more: FailureFacts = {}): Case =>
  subject({ missing, unexpected, ...more });
const silent = (missing: readonly string[], unexpected: readonly string[], clues: readonly ClueFacts[] = []): Case =>
  subject({ missing, unexpected, severity: 'warning' }, clues);
const code = ({ remedies }: Diagnosis): string => remedies.map(({ snippet }) => snippet?.code ?? '').join('\n');

const TRAINING: readonly ClueFacts[] = [{ kind: 'phase', phase: 'fine-tuning' }];
const USE: readonly ClueFacts[] = [{ kind: 'phase', phase: 'evaluation' }];
const NAMES = ['conv1.weight', 'bn1.weight', 'bn1.bias', 'layer1.0.conv1.weight', 'fc.weight'];
const under = (prefix: string): readonly string[] => NAMES.map((name) => `${prefix}${name}`);

describe('transposed-layout', () => {
  const gpt: readonly Line[] = [
    ['h.0.attn.c_attn.weight', [768, 2304], [2304, 768]],
    ['h.0.mlp.c_proj.weight', [3072, 768], [768, 3072]],
  ];
  test('tells by the sizes which side has the inputs first', () => {
    expect(diagnosed('transposed-layout', lines(...gpt)).title).toContain('the checkpoint follows Conv1D');
    const reversed = gpt.map(([name, file, model]): Line => [name, model, file]);
    expect(diagnosed('transposed-layout', lines(...reversed)).title).toContain('the model Conv1D');
  });
  test('spconv 1 kernels in an spconv 2 model are permuted by 4, 0, 1, 2, 3', () => {
    const sparse = lines(['conv1.weight', [3, 3, 3, 16, 32], [32, 3, 3, 3, 16]], ['conv2.weight', [3, 3, 3, 32, 32], [32, 3, 3, 3, 32]]);
    expect(code(diagnosed('transposed-layout', sparse))).toContain('permute(4, 0, 1, 2, 3)');
  });
  test('a layout of spconv is named only where its kernel axes are', () => {
    const rotated = lines(['conv1.weight', [5, 16, 3, 3, 3], [16, 3, 3, 3, 5]], ['conv2.weight', [32, 64, 3, 3, 3], [64, 3, 3, 3, 32]]);
    const { title, remedies } = diagnosed('transposed-layout', rotated);
    expect(title).toContain('rotated once more');
    expect(title).toContain('the model spconv 2');
    expect(remedies[0]?.text).toContain('_metadata');
    const older = lines(['conv1.weight', [32, 3, 3, 3, 5], [3, 3, 3, 5, 32]], ['conv2.weight', [64, 3, 1, 1, 32], [3, 1, 1, 32, 64]]);
    expect(diagnosed('transposed-layout', older).title).toContain('the model spconv 1');
    expect(diagnosed('transposed-layout', lines(['a.weight', [64, 32, 16, 9, 8], [32, 16, 9, 8, 64]])).title).not.toContain('spconv');
  });
  test('kernels of one position whose axes were moved, and kernels of several ranks', () => {
    const points = lines(['head.0.weight', [3, 1, 1, 96], [1, 1, 3, 96]], ['head.1.weight', [96, 1, 1, 96], [1, 1, 96, 96]]);
    expect(diagnosed('transposed-layout', points)).toMatchObject({ confidence: 'likely' });
    expect(code(diagnosed('transposed-layout', points))).toContain('movedim(0, -2)');
    expect(diagnosed('transposed-layout', points).wouldDecide).toHaveLength(1);
    const ranks = lines(['a.weight', [3, 1, 1, 96], [1, 1, 3, 96]], ['b.weight', [16, 3, 3, 3, 5], [3, 3, 3, 16, 5]]);
    expect(diagnosed('transposed-layout', ranks).explained.mismatches).toEqual([0, 1]);
    expect(declines('reshape-equivalent', points)).toBe(true);
    expect(declines('transposed-layout', lines(['pos_embed', [1, 1, 16, 8], [1, 16, 1, 8]]))).toBe(true);
  });
  test('a convolution of Keras in the order of TensorFlow is found without a name', () => {
    expect(diagnosed('transposed-layout', lines([undefined, [64, 32, 3, 3], [3, 3, 32, 64]])).title).toContain('TensorFlow');
  });
  test('warns of square weights, which load without a word', () => {
    expect(diagnosed('transposed-layout', lines(...gpt)).afterwards.join()).toContain('square weights');
  });
  test('declines where the bias of the same layer differs too', () => {
    expect(declines('transposed-layout', lines(['net.0.weight', [64, 256], [256, 64]], ['net.0.bias', [64], [256]]))).toBe(true);
  });
  test('declines where only an axis of size 1 has moved', () => {
    expect(declines('transposed-layout', lines(['scales', [4096, 1], [1, 4096]]))).toBe(true);
  });
  test('declines where no one order fits all lines', () => {
    expect(declines('transposed-layout', lines(['a.weight', [2, 3, 5, 7], [3, 2, 5, 7]], ['b.weight', [2, 3, 5, 7], [2, 3, 7, 5]]))).toBe(
      true,
    );
  });
  test('images of a policy with their channels elsewhere', () => {
    const spaces = { space: 'observation', checkpoint: 'Box(0, 255, (84, 84, 4), uint8)', model: 'Box(0, 255, (4, 84, 84), uint8)' };
    expect(diagnosed('transposed-layout', subject({ notices: [['spaces-differ', spaces]] })).title).toContain('channels last [84, 84, 4]');
  });
  test('OpenPCDet: sparse kernels without norms, but not with them', () => {
    const kernels = ['backbone_3d.conv_input.0.weight', 'backbone_3d.conv1.0.0.weight'];
    const about = (missing: readonly string[]) => subject({ missing, severity: 'warning', dialect: 'openpcdet' });
    expect(diagnosed('transposed-layout', about(kernels)).confidence).toBe('likely');
    expect(declines('transposed-layout', about([...kernels, 'backbone_3d.conv1.0.1.bias']))).toBe(true);
  });
});

describe('reshape-equivalent', () => {
  test('axes of size 1, scalars and 1 × 1 convolutions', () => {
    expect(diagnosed('reshape-equivalent', lines(['bias', [], [1]])).title).toContain('a scalar and a vector of one element');
    expect(diagnosed('reshape-equivalent', lines(['down.weight', [128, 320, 1, 1], [128, 320]])).title).toContain('1 × 1 convolution');
    expect(diagnosed('reshape-equivalent', lines(['q.bias', [512], [1, 512]], ['k.bias', [512], [1, 512]])).confidence).toBe('certain');
  });
  test('reshapes nothing that has its axes elsewhere, and is not sure of a list that was cut', () => {
    const units = [
      ['q.weight', [512, 1], [512]],
      ['k.weight', [512, 1], [512]],
    ] as const;
    expect(code(diagnosed('reshape-equivalent', lines(...units)))).toContain('core(value.shape) == core(own[key].shape)');
    expect(diagnosed('reshape-equivalent', subject({ mismatches: [...units], complete: false })).confidence).toBe('likely');
    expect(code(diagnosed('reshape-equivalent', lines(['qkv.weight', [12, 64, 768], [768, 768]])))).toContain('sorted(core(value.shape))');
  });
  test('merged axes are only possible: their order does not show', () => {
    expect(diagnosed('reshape-equivalent', lines(['qkv.weight', [12, 64, 768], [768, 768]])).confidence).toBe('possible');
  });
  test('equal counts by accident are no reshape', () => {
    expect(declines('reshape-equivalent', lines(['emb.weight', [6560, 4096], [13120, 2048]]))).toBe(true);
  });
  test('one line with another count speaks against it', () => {
    expect(declines('reshape-equivalent', lines(['a', [1, 8], [8]], ['b', [16], [8]]))).toBe(true);
  });
  test('another order of the axes is no reshape', () => {
    expect(declines('reshape-equivalent', lines(['c_fc.weight', [768, 3072], [3072, 768]]))).toBe(true);
  });
});

describe('key-prefix', () => {
  test.each(['module.', '_orig_mod.', 'module._orig_mod.', 'module.module.', 'base_model.model.', 'model.', 'CCN.', 'module.backbone.'])(
    '%s in front of the names in the file is taken off',
    (prefix) => {
      const verdict = diagnosed('key-prefix', keys(NAMES, under(prefix)));
      expect(verdict.confidence).toBe('certain');
      expect(code(verdict)).toContain(`key.removeprefix('${prefix}')`);
    },
  );
  test('a wrapped model gets the file through the module inside', () => {
    expect(code(diagnosed('key-prefix', keys(under('module.'), NAMES)))).toContain('model.module.load_state_dict(state_dict)');
  });
  test('a piece inside the names is cut at whole segments', () => {
    const compiled = ['net.enc._orig_mod.w.weight', 'net.dec._orig_mod.w.weight'];
    const verdict = diagnosed('key-prefix', keys(['net.enc.w.weight', 'net.dec.w.weight'], compiled));
    expect(code(verdict)).toContain("('.' + key).replace('._orig_mod.', '.')[1:]");
  });
  test('each side with a beginning of its own', () => {
    const [theirs, ours] = [
      ['body.layers.0.w.weight', 'body.layers.1.w.weight'],
      ['trunk.layers.0.w.weight', 'trunk.layers.1.w.weight'],
    ];
    const verdict = diagnosed('key-prefix', keys(ours, theirs));
    expect(verdict.title).toContain('begin with `body.` where the model has `trunk.`');
    expect(verdict.confidence).toBe('likely');
  });
  test('two copies in one file are both named, and one is chosen', () => {
    const verdict = diagnosed('key-prefix', keys(NAMES, [...under('student.'), ...under('teacher.')]));
    expect(verdict.evidence.map(({ statement }) => statement).join()).toContain('`teacher.`');
    expect(code(verdict)).toContain("if key.startswith('student.')");
  });
  test('lists that are samples share no name, and the piece still shows', () => {
    const verdict = diagnosed('key-prefix', keys(['layer4.2.bn3.bias'], ['CCN.layer1.0.conv1.weight', 'CCN.layer2.0.conv1.weight']));
    expect(verdict.confidence).toBe('likely');
    expect(diagnosed('key-prefix', keys(['module.head.weight'], ['cls_token', 'blocks.0.norm1.weight'])).confidence).toBe('possible');
  });
  test('a silent load that loaded nothing is told as an alarm', () => {
    const verdict = diagnosed('key-prefix', silent(NAMES, under('backbone.')));
    expect(verdict.title).toContain('None of these weights was loaded');
    expect(verdict.harmless).toBeUndefined();
  });
  test('two silent lists without anything in common raise the question', () => {
    const other = ['a.b.weight', 'c.d.weight', 'e.f.weight', 'g.h.weight'];
    expect(diagnosed('key-prefix', silent(NAMES, other)).title).toContain('Perhaps nothing was loaded');
    expect(declines('key-prefix', keys(NAMES, other))).toBe(true);
  });
  test('a library that says that nothing matched is believed', () => {
    expect(diagnosed('key-prefix', subject({ severity: 'warning', notices: [['nothing-matched', {}]] })).title).toMatch(
      /^Nothing was loaded/,
    );
  });
  test('`weight` and `bias` behind several modules are no prefix', () => {
    expect(declines('key-prefix', keys(['weight', 'bias'], ['0.weight', '0.bias', '2.weight', '2.bias']))).toBe(true);
  });
  test('another layer number is no prefix', () => {
    expect(declines('key-prefix', keys(['conv.weight'], ['layers.3.conv.weight']))).toBe(true);
  });
  test('the snippet changes no name that fits as it is', () => {
    const named = code(diagnosed('key-prefix', keys(under('backbone.'), NAMES)));
    expect(named).toContain("key if key in own else 'backbone.' + key");
    const inner = code(diagnosed('key-prefix', keys(['a.wrap.w.weight', 'b.wrap.w.weight'], ['a.w.weight', 'b.w.weight'])));
    expect(inner).toContain('key if key in own else names.get(key, key)');
    const both = code(diagnosed('key-prefix', keys(under('trunk.'), under('body.'))));
    expect(both).toContain("'trunk.' + key.removeprefix('body.') if key.startswith('body.') else key");
  });
  test('one head against another is no prefix, although a few names agree', () => {
    const [ours, theirs] = [
      ['property_head.dense.weight', 'property_head.dense.bias', 'property_head.out.weight', 'property_head.out.bias'],
      ['lm_head.dense.weight', 'lm_head.dense.bias', 'lm_head.norm.weight', 'lm_head.norm.bias', 'lm_head.bias'],
    ];
    expect(declines('key-prefix', keys(ours, theirs))).toBe(true);
    expect(
      declines(
        'key-prefix',
        keys(
          ours.map((key) => `net.${key}`),
          theirs.map((key) => `net.${key}`),
        ),
      ),
    ).toBe(true);
    const verdict = diagnosed('expected-partial-load', keys(ours, theirs));
    expect(verdict.title).toContain('`lm_head` of its own training is left over, and `property_head` is missing');
    expect(verdict.harmless).toBeUndefined();
    expect(diagnosed('expected-partial-load', silent(ours, theirs)).title).toContain('it starts from random values');
    expect(diagnosed('expected-partial-load', silent(ours, theirs, TRAINING)).harmless).toBe(true);
    expect(diagnosed('head-not-saved', subject({ missing: ours, unexpected: theirs }, USE)).explained.unexpectedKeys).toEqual(theirs);
    expect(declines('expected-partial-load', subject({ missing: ours, unexpected: theirs }, USE))).toBe(true);
  });
  test('a head under another name with the same layers in it is a matter of names', () => {
    const layers = (head: string) => ['dense.weight', 'dense.bias', 'out.weight', 'out.bias'].map((leaf) => `${head}.${leaf}`);
    expect(diagnosed('key-prefix', keys(layers('classifier_head'), layers('head'))).title).toContain('begin with `head.`');
  });
  test('buffers alone under the piece are left to their own cause', () => {
    expect(declines('key-prefix', keys([], ['module.bn.num_batches_tracked']))).toBe(true);
  });
  test('the name of the adapter is put in by PEFT, not by renaming', () => {
    const missing = ['base_model.model.norm.weight', 'base_model.model.q.lora_A.default.weight'];
    const verdict = diagnosed('key-prefix', silent(missing, []));
    expect(code(verdict)).toContain('PeftModel.from_pretrained');
  });
});

describe('wrapper-dict', () => {
  const entries = ['epoch', 'state_dict', 'optimizer'];
  test('names the entry that holds the weights', () => {
    const verdict = diagnosed('wrapper-dict', keys(NAMES, entries, { modelClass: 'ResNet', checkpoint: 'best.pth' }));
    expect(verdict.title).toContain('sit under `state_dict`');
    expect(code(verdict)).toContain("model.load_state_dict(checkpoint['state_dict'])");
    expect(code(verdict)).toContain('"best.pth"');
  });
  test('entries that another entry points to (fairseq2)', () => {
    const verdict = diagnosed('wrapper-dict', keys(NAMES, ['_model', 'model_key']));
    expect(verdict.title).toContain('sit under `_model`, beside `model_key`');
    expect(verdict.confidence).toBe('certain');
  });
  test('a silent one says that nothing was loaded', () => {
    expect(diagnosed('wrapper-dict', silent(NAMES, entries)).title).toContain('Nothing at all was loaded');
  });
  test('a container called weight needs something beside it', () => {
    expect(diagnosed('wrapper-dict', keys(NAMES, ['weight', 'epoch'])).title).toContain('under `weight`');
    expect(declines('wrapper-dict', keys(['0.weight', '0.bias'], ['weight', 'bias']))).toBe(true);
  });
  test('a prefix put in front of the entries is told', () => {
    const verdict = diagnosed('wrapper-dict', keys(under('module.'), ['module.epoch', 'module.model_state_dict']));
    expect(verdict.evidence.map(({ statement }) => statement).join()).toContain('prefixed with `module.`');
  });
  test('declines where the model is complete, and where parameters are named', () => {
    expect(declines('wrapper-dict', keys([], entries))).toBe(true);
    expect(declines('wrapper-dict', keys(NAMES, ['cls_token', 'pos_embed']))).toBe(true);
    expect(declines('wrapper-dict', keys(NAMES, under('model.')))).toBe(true);
  });
});

describe('library-version-drift', () => {
  const drift = (about: Case): Diagnosis => diagnosed('library-version-drift', about);
  test("transformers' names for DINOv3 against Meta's: the same network, and register tokens do not decide", () => {
    const layers = [3, 4];
    const ours = layers.flatMap((n) =>
      ['attn.qkv.weight', 'attn.proj.bias', 'ls1.gamma', 'norm2.weight', 'mlp.fc1.bias'].map((part) => `blocks.${n}.${part}`),
    );
    const theirs = layers.flatMap((n) =>
      [
        'attention.q_proj.weight',
        'attention.k_proj.weight',
        'attention.v_proj.weight',
        'attention.o_proj.bias',
        'layer_scale1.lambda1',
        'norm2.weight',
        'mlp.up_proj.bias',
      ].map((part) => `layer.${n}.${part}`),
    );
    const about = subject({
      missing: ['patch_embed.proj.bias', ...ours],
      unexpected: ['embeddings.register_tokens', 'embeddings.patch_embeddings.bias', ...theirs],
    });
    expect(drift(about).title).toContain("the checkpoint has transformers' names, the model Meta's");
    expect(JSON.stringify(drift(about).remedies)).toContain('one tensor in the one and three in the other');
    expect(JSON.stringify(drift(about).remedies)).not.toContain('re.sub');
    expect(declines('wrong-model-variant', about)).toBe(true);
    const registers = subject({ unexpected: ['register_tokens'], missing: [] });
    expect(diagnosed('wrong-model-variant', registers).title).toContain('_reg');
  });
  test('buffers that a release stopped saving, with the release', () => {
    expect(drift(keys([], ['blocks.0.attn.relative_position_index'])).title).toContain('0.9.6');
    expect(drift(keys([], ['text_model.embeddings.position_ids'])).title).toContain('4.31');
    expect(drift(silent([], ['model.layers.0.self_attn.rotary_emb.inv_freq'])).harmless).toBe(true);
  });
  test('a refused load is not harmless, although no weight is affected', () => {
    expect(drift(keys([], ['embeddings.position_ids'])).harmless).toBeUndefined();
  });
  test('the newer weight norm, in either direction and alone', () => {
    const [old, now] = [
      ['ups.0.weight_g', 'ups.0.weight_v'],
      ['ups.0.parametrizations.weight.original0', 'ups.0.parametrizations.weight.original1'],
    ];
    expect(drift(keys(old, now)).title).toContain('the checkpoint has the newer names');
    expect(drift(keys(now, old)).title).toContain('the model has the newer names');
    expect(drift(keys([], now)).confidence).toBe('likely');
  });
  test('weight norm that was taken off on one side', () => {
    expect(drift(keys(['up.weight_g', 'up.weight_v'], ['up.weight'])).title).toContain('remove_weight_norm');
    expect(drift(keys(['up.weight_g', 'up.weight_v'], [])).confidence).toBe('possible');
  });
  test('the parts of multimodal models, also behind the prefix of PEFT', () => {
    expect(drift(keys(['model.language_model.layers.0.w.weight'], ['language_model.model.layers.0.w.weight'])).title).toContain('4.52');
    const adapter = drift(silent(['base_model.model.model.language_model.layers.0.q_proj.lora_A.default.weight'], []));
    expect(adapter.title).toContain('The adapter is not applied');
    expect(adapter.harmless).toBeUndefined();
  });
  test("Meta's names need a converter, not a renaming", () => {
    const verdict = drift(
      keys(
        ['model.layers.0.self_attn.q_proj.weight', 'model.embed_tokens.weight'],
        ['layers.0.attention.wq.weight', 'tok_embeddings.weight'],
      ),
    );
    expect(verdict.remedies.map(({ text }) => text).join()).toContain('convert_llama_weights_to_hf');
    expect(code(verdict)).toBe('');
  });
  test('stacked experts against single ones', () => {
    const single = ['gate_proj', 'up_proj', 'down_proj'].map((name) => `layers.0.mlp.experts.0.${name}.weight`);
    expect(drift(keys(['layers.0.mlp.experts.gate_up_proj', 'layers.0.mlp.experts.down_proj'], single)).title).toContain('stacked experts');
  });
  test('Swin: the downsampling of the neighbouring stage, and who is older', () => {
    const stage = lines(
      ['layers.1.downsample.norm.weight', [768], [384]],
      ['layers.1.downsample.reduction.weight', [384, 768], [192, 384]],
    );
    expect(drift(stage).title).toContain('the checkpoint is older');
  });
  test('a layer put into a Sequential: the file has the next layer under the number', () => {
    expect(drift(lines(['head.0.weight', [10, 512], [512, 2048]], ['head.0.bias', [10], [512]])).title).toContain(
      'The model has a layer more',
    );
    expect(drift(lines(['head.0.weight', [512, 2048], [10, 512]], ['head.0.bias', [512], [10]])).title).toContain(
      'The checkpoint has a layer more',
    );
  });
  test('one module under another name', () => {
    const [theirs, ours] = [[0, 1, 2].map((n) => `net.${n}.attention.w.weight`), [0, 1, 2].map((n) => `net.${n}.attn.w.weight`)];
    const verdict = drift(keys(ours, theirs));
    expect(verdict.title).toContain('`.attention.` in the checkpoint is `.attn.` in the model');
    expect(verdict.confidence).toBe('likely');
  });
  test('graph convolutions of PyTorch Geometric 2.0 have to be transposed, not only renamed', () => {
    const [old, now] = [
      ['conv_in.weight', 'convs.0.weight'],
      ['conv_in.lin.weight', 'convs.0.lin.weight'],
    ];
    const verdict = drift(keys(now, old));
    expect(verdict.title).toContain('Renaming alone is not enough');
    expect(code(verdict)).toContain("name = key.removesuffix('weight') + 'lin.weight'");
    expect(code(verdict)).toContain('state_dict.pop(key).t()');
    expect(code(drift(keys(old, now)))).toContain("name = key.removesuffix('lin.weight') + 'weight'");
    expect(declines('key-prefix', keys(now, old))).toBe(true);
    expect(drift(keys(['a.lin.weight'], ['a.weight'])).confidence).toBe('possible');
  });
  test('where the bias moved along, a layer was put around: a matter of names', () => {
    const moved = keys(['conv1.lin.weight', 'conv1.lin.bias'], ['conv1.weight', 'conv1.bias']);
    expect(diagnosed('key-prefix', moved).confidence).toBe('likely');
  });
  test('graph attention of PyTorch Geometric 2.0 has other names and the same numbers, also in a list that was cut', () => {
    const parts = (names: readonly string[]) => names.map((name) => `net.gat.0.${name}`);
    const now = parts(['att_src', 'att_dst', 'lin_src.weight', 'lin_dst.weight']);
    const verdict = drift(keys(now, parts(['att_l', 'att_r', 'lin_l.weight', 'lin_r.weight'])));
    expect(verdict.confidence).toBe('likely');
    expect(code(verdict)).not.toContain('.t()');
    expect(drift(keys(now, [], { complete: false })).title).toContain('the checkpoint most likely the older');
    expect(declines('library-version-drift', keys(parts(['lin_r.weight']), parts(['lin_l.weight'])))).toBe(true);
  });
  test('statistics of norms that the model does not keep', () => {
    expect(drift(keys([], ['m.1.running_mean', 'm.1.running_var'])).title).toContain('InstanceNorm');
  });
  test('spaces that read the same and differ were unpickled wrongly', () => {
    const box = 'Box(-1.0, 1.0, (3,), float32)';
    expect(drift(subject({ notices: [['spaces-differ', { checkpoint: box, model: box }]] })).title).toContain('read the same');
  });
  test('names of one side alone are only possible, and claim nothing', () => {
    const verdict = drift(keys(['extra.weight'], []));
    expect(verdict.confidence).toBe('possible');
    expect(verdict.explained.missingKeys).toEqual([]);
  });
  test('widths of a head or of a whole model are no drift', () => {
    expect(declines('library-version-drift', lines(['fc.weight', [1000, 512], [10, 512]]))).toBe(true);
    expect(declines('library-version-drift', lines(['l.0.weight', [768, 768], [1024, 1024]], ['norm.weight', [768], [1024]]))).toBe(true);
  });
});

describe('untrained-buffers', () => {
  test('harmless only where nothing was refused', () => {
    const counters = ['total_ops', 'conv.total_params'];
    expect(diagnosed('untrained-buffers', silent([], counters)).harmless).toBe(true);
    const refused = diagnosed('untrained-buffers', keys([], counters));
    expect(refused.harmless).toBeUndefined();
    expect(refused.title).toMatch(/^No trained weight is affected/);
  });
  test.each([
    ['pl_accuracy.correct', 'pl_accuracy.total'],
    ['val_metrics.f1.tp', 'val_metrics.f1.fn'],
    ['model.test_acc.preds', 'model.rmse.sum_squared_error'],
  ])('%s and %s are counts of a metric', (...names) => {
    expect(diagnosed('untrained-buffers', keys(names, [])).title).toContain('counts of metrics');
    expect(declines('library-version-drift', keys(names, []))).toBe(true);
  });
  test('a total or a target below something else may be trained', () => {
    expect(declines('untrained-buffers', keys(['encoder.target'], []))).toBe(true);
    expect(declines('untrained-buffers', keys(['macc.total'], []))).toBe(true);
  });
  test('a shape has to be dropped, which strict=False does not do', () => {
    const masks = diagnosed('untrained-buffers', lines(['layers.0.blocks.1.attn_mask', [64, 49, 49], [16, 49, 49]]));
    expect(masks.doesNotHelp.map(({ advice }) => advice)).toContain('strict=False');
  });
  test("TransformerEngine's notes for FP8, but not the extra state of any module", () => {
    const notes = ['decoder.layers.0.mlp.linear_fc1._extra_state', 'decoder.layers.0.self_attention.core_attention._extra_state/shard_0_4'];
    expect(diagnosed('untrained-buffers', keys(notes, [])).evidence[0]?.statement).toContain('hold no weight');
    expect(declines('untrained-buffers', keys(['model._extra_state'], []))).toBe(true);
    expect(declines('library-version-drift', keys(notes, []))).toBe(true);
  });
  test('declines as soon as one trained name is there', () => {
    expect(declines('untrained-buffers', keys([], ['total_ops', 'conv.weight']))).toBe(true);
    expect(declines('untrained-buffers', keys(['bn.running_mean'], []))).toBe(true);
    expect(declines('untrained-buffers', lines([undefined, [1, 512], [1, 514]]))).toBe(true);
  });
});

describe('expected-partial-load', () => {
  test('a backbone in a detector is harmless before a training, open where nothing tells, and wrong in an evaluation', () => {
    const [missing, unexpected] = [
      ['neck.convs.0.weight', 'bbox_head.fc_cls.weight'],
      ['fc.weight', 'fc.bias'],
    ];
    expect(diagnosed('expected-partial-load', silent(missing, unexpected, TRAINING)).harmless).toBe(true);
    expect(diagnosed('expected-partial-load', silent(missing, unexpected)).harmless).toBeUndefined();
    expect(diagnosed('expected-partial-load', silent(missing, unexpected)).confidence).toBe('possible');
    expect(declines('expected-partial-load', silent(missing, unexpected, USE))).toBe(true);
  });
  test('one missing parameter of the body is too many', () => {
    expect(declines('expected-partial-load', silent(['neck.w', 'backbone.conv1.weight'], [], TRAINING))).toBe(true);
  });
  test('left over are auxiliary heads and decoders of a pre-training, not layers of the body', () => {
    expect(diagnosed('expected-partial-load', silent([], ['mask_token', 'decoder_embed.weight'])).harmless).toBe(true);
    expect(declines('expected-partial-load', silent([], ['blocks.11.attn.qkv.weight']))).toBe(true);
  });
  test('cross attention of a decoder that begins as an encoder, whatever else is left over', () => {
    const missing = ['bert.encoder.layer.3.crossattention.self.query.weight', 'bert.encoder.layer.0.crossattention.output.dense.bias'];
    const verdict = diagnosed('expected-partial-load', silent(missing, ['cls.seq_relationship.bias', 'bert.embeddings.extra.weight']));
    expect(verdict.title).toContain('cross attention');
    expect(verdict.explained.unexpectedKeys).toEqual(['cls.seq_relationship.bias']);
    expect(declines('expected-partial-load', silent(missing, ['bert.encoder.layer.3.encoder_attention.query.weight']))).toBe(true);
    expect(declines('expected-partial-load', silent([...missing, 'bert.encoder.layer.0.output.dense.bias'], []))).toBe(true);
  });
  test('the pooler of a BERT that reads no first token', () => {
    const verdict = diagnosed('expected-partial-load', keys([], ['bert.pooler.dense.weight', 'bert.pooler.dense.bias']));
    expect(verdict.title).toContain('the pooler of a BERT');
    expect(verdict.harmless).toBeUndefined();
  });
  test('a head that an evaluation leaves aside is not called harmless', () => {
    expect(diagnosed('expected-partial-load', silent([], ['head.weight', 'head.bias'], USE)).harmless).toBeUndefined();
  });
  test('an adapter lacks its base, and must not lack its own weights', () => {
    expect(diagnosed('expected-partial-load', silent(['base_model.model.lm_head.weight'], [])).harmless).toBe(true);
    expect(declines('expected-partial-load', silent(['base_model.model.q.weight', 'base_model.model.q.lora_A.default.weight'], []))).toBe(
      true,
    );
  });
  test('349 of 355 tensors are a head, 198 of 349 are not', () => {
    const transfer = (loaded: number, total: number) =>
      subject({ severity: 'warning', notices: [['partial-transfer', { loaded, total }]] }, TRAINING);
    expect(diagnosed('expected-partial-load', transfer(349, 355)).harmless).toBe(true);
    expect(declines('expected-partial-load', transfer(198, 349))).toBe(true);
  });
  test('names that agree in their ends alone are two layers', () => {
    const pair: Line = ['conv1.bn._mean -> neck.blocks.0.conv1.bn._mean', [16], [64]];
    expect(diagnosed('expected-partial-load', subject({ severity: 'warning', mismatches: [pair] })).harmless).toBe(true);
    expect(declines('expected-partial-load', subject({ severity: 'warning', mismatches: [['conv1.bn._mean', [16], [64]]] }))).toBe(true);
  });
});

describe('truncated-checkpoint', () => {
  const damaged = (reason: string, more: Readonly<Record<string, string | number>> = {}): Case =>
    subject({ notices: [['file-damaged', { reason, ...more }]] });
  test.each([
    ["invalid load key 'v'", 'git-lfs pointer'],
    ["invalid load key '<'", 'web page'],
    ['HeaderTooLarge', 'most likely a git-lfs pointer'],
    ['MetadataIncompleteBuffer', 'is cut'],
    ['incomplete metadata, file not fully covered', 'is cut'],
    ['reading zip archive: failed finding central directory', 'is cut'],
    ['unexpected end of file', 'is cut'],
    ['HeaderTooSmall', '(nearly) empty'],
    ["invalid load key '\\x00'", 'begins with zeros'],
    ['optimizer files are absent', 'is not complete'],
    ['InvalidHeaderDeserialization', 'another format'],
  ])('%s', (reason, said) => {
    expect(diagnosed('truncated-checkpoint', damaged(reason)).title).toContain(said);
  });
  test('what is only likely asks for the size and the beginning of the file', () => {
    const verdict = diagnosed('truncated-checkpoint', damaged('HeaderTooLarge'));
    expect(verdict.confidence).toBe('likely');
    expect(verdict.wouldDecide[0]?.command).toContain('head -c 200');
  });
  test('the path goes into the commands, quoted', () => {
    const about = subject({ checkpoint: "my 'best'.pth", notices: [['file-damaged', { reason: 'HeaderTooLarge' }]] });
    expect(code(diagnosed('truncated-checkpoint', about))).toContain(String.raw`'my '\''best'\''.pth'`);
  });
  test('a file whose shapes were read is whole', () => {
    expect(declines('truncated-checkpoint', lines(['w', [0], [8]]))).toBe(true);
  });
});

test('the old names of a DenseNet tell on their own that the file is older', () => {
  const unexpected = [1, 2].flatMap((n) => [
    `features.denseblock2.denselayer${n}.norm.1.weight`,
    `features.denseblock2.denselayer${n}.conv.2.weight`,
  ]);
  expect(diagnosed('library-version-drift', subject({ unexpected })).title).toContain("took the dots out of DenseNet's module names");
});

describe('what a new task adds to a backbone', () => {
  const norms = ['norm0.weight', 'norm0.bias', 'norm2.weight', 'norm2.bias'];
  test('norms at the outputs, while the final norm and masks are left over', () => {
    const about = subject({
      severity: 'warning',
      missing: norms,
      unexpected: ['norm.weight', 'norm.bias', 'stages.0.blocks.1.attn_mask', 'stages.1.blocks.1.attn_mask'],
    });
    expect(diagnosed('expected-partial-load', about).title).toContain('norms at its outputs');
    expect(declines('key-prefix', about)).toBe(true);
  });
  test('a decoder that is trained from its start', () => {
    const about = subject({
      severity: 'warning',
      missing: ['output_adapters.depth.head.weight', 'simfp_3.1.norm.bias', 'linear_fuse.weight'],
    });
    expect(diagnosed('expected-partial-load', about).title).toContain('a decoder for the new task');
  });
  test('a mask left over alone tells that its layer was loaded, and one among its parameters does not', () => {
    const layer = (name: string) => ['qkv.weight', 'qkv.bias', 'proj.weight', 'proj.bias'].map((part) => `${name}.1.attn.${part}`);
    const masks = [1, 3, 5, 7].map((number) => `stages.${number}.attn_mask`);
    const about = (unexpected: readonly string[]) =>
      subject({ severity: 'warning', missing: layer('net.body').map((key) => `x.${key}.y`), unexpected });
    expect(declines('key-prefix', about(masks))).toBe(true);
    expect(diagnosed('key-prefix', about([...layer('stages'), 'stages.1.attn_mask'])).title).toContain('Perhaps nothing was loaded');
  });
});
