import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/causes/diagnose.js';
import type { Diagnosis } from '../../src/model/diagnosis.js';
import type { Shape } from '../../src/model/shape.js';
import { type FailureFacts, subject } from './failure-builder.js';

type Line = readonly [string | undefined, Shape, Shape];

/** The first diagnosis of all wings together, for failures on which several causes have an opinion. */
function first(facts: FailureFacts): Diagnosis {
  const [best] = diagnose(subject(facts)).diagnoses;
  if (best === undefined) throw new Error('no cause fits');
  return best;
}

const layer = (name: string, checkpoint: number, model: number, inputs: Shape): readonly Line[] => [
  [`${name}.weight`, [checkpoint, ...inputs], [model, ...inputs]],
  [`${name}.bias`, [checkpoint], [model]],
];

describe('heads and what only looks like one', () => {
  test("YOLOv8's class branch changes its inner width with the number of classes, and is a head all the same", () => {
    const verdict = first({
      modelClass: 'DetectionModel',
      mismatches: [
        ['model.22.cv3.0.0.conv.weight', [80, 64, 3, 3], [64, 64, 3, 3]],
        ['model.22.cv3.0.0.bn.weight', [80], [64]],
        ['model.22.cv3.0.2.weight', [80, 80, 1, 1], [3, 64, 1, 1]],
        ['model.22.cv3.0.2.bias', [80], [3]],
      ],
    });
    expect(verdict).toMatchObject({ cause: 'classifier-head', confidence: 'certain' });
    expect(verdict.title).toContain('80 (COCO) in the checkpoint, 3 in the model');
  });
  test('a fourth anchor makes 255 rows 340, and the number of classes stays', () => {
    const verdict = first({ mismatches: [['model.24.anchors', [3, 3, 2], [3, 4, 2]], ...layer('model.24.m.0', 255, 340, [128, 1, 1])] });
    expect(verdict.cause).toBe('config-changed');
    expect(verdict.title).toContain('anchor');
  });
  test('351 rows of a YOLO that segments are 3 × (5 + 80 + 32)', () => {
    const verdict = first({ modelClass: 'SegmentationModel', mismatches: layer('model.24.m.0', 351, 117, [128, 1, 1]) });
    expect(verdict.title).toContain('80 (COCO) in the checkpoint, 2 in the model');
  });
  test('masks and key points of a YOLO are the heads of another task, no further layer', () => {
    const verdict = first({ modelClass: 'DetectionModel', unexpected: ['model.22.proto.cv1.conv.weight', 'model.22.cv4.0.0.conv.weight'] });
    expect(verdict.cause).toBe('config-changed');
    expect(verdict.title).toContain('another task');
  });
  test('1000 classes against 768 outputs of width 1024 are a classifier and the tower of CLIP ViT-L', () => {
    const verdict = first({ modelClass: 'VisionTransformer', mismatches: layer('head', 1000, 768, [1024]) });
    expect(verdict.cause).toBe('wrong-model-variant');
    expect(verdict.title).toContain('CLIP ViT-L');
  });
  test('a head whose classes agree and whose inputs do not tells of another body', () => {
    const verdict = first({ modelClass: 'ResNet', mismatches: [['fc.weight', [1000, 512], [1000, 2048]]] });
    expect(verdict.cause).toBe('wrong-model-variant');
    expect(verdict.title).toContain('ResNet-50');
  });
  test('3136 against 2304 inputs are flattened maps of 7² and 6²: the input has another size', () => {
    const verdict = first({ modelClass: 'Net', mismatches: [['fc1.weight', [512, 3136], [512, 2304]]] });
    expect(verdict.cause).toBe('config-changed');
    expect(verdict.title).toContain('7² to 6²');
  });
  test('a table behind a margin loss counts persons or speakers', () => {
    const verdict = first({ modelClass: 'AAMsoftmax', mismatches: [['weight', [5994, 192], [7205, 192]]] });
    expect(verdict.cause).toBe('classifier-head');
    expect(verdict.title).toContain('persons or speakers');
  });
  test("the outputs of MoCo's and DINO's projections are a width and no classes", () => {
    expect(first({ modelClass: 'MoCo', mismatches: layer('encoder_q.fc.2', 128, 256, [2048]) }).cause).toBe('config-changed');
    expect(first({ modelClass: 'DINOHead', mismatches: [['last_layer.weight_v', [65536, 256], [4096, 256]]] }).cause).toBe(
      'config-changed',
    );
  });
  test('twice the output channels of a diffusion model are its learned variance', () => {
    const verdict = first({ modelClass: 'UNetModel', mismatches: layer('out.2', 6, 3, [256, 3, 3]) });
    expect(verdict.cause).toBe('config-changed');
    expect(verdict.title).toContain('learn_sigma');
  });
  test("the optimizer's moments of a head are no head", () => {
    const verdict = first({ mismatches: [['optimizer.state.exp_avg.fc.weight', [10, 512], [5, 512]]] });
    expect(verdict.cause).toBe('optimizer-state');
    expect(diagnose(subject({ mismatches: [['optimizer.state.exp_avg.fc.weight', [10, 512], [5, 512]]] })).diagnoses).not.toContainEqual(
      expect.objectContaining({ cause: 'classifier-head' }),
    );
  });
});

describe('variants by one size of known meaning', () => {
  const named: readonly (readonly [string, FailureFacts, string, string])[] = [
    [
      'YOLO',
      {
        mismatches: [
          ['model.0.conv.weight', [32, 3, 6, 6], [48, 3, 6, 6]],
          ['model.0.bn.weight', [32], [48]],
        ],
      },
      'size s',
      'size m',
    ],
    ['HRNet', { mismatches: [['stage2.0.branches.0.0.conv1.weight', [32, 32, 3, 3], [48, 48, 3, 3]]] }, 'W32', 'W48'],
    ['EfficientNet', { modelClass: 'EfficientNet', mismatches: [['_conv_stem.weight', [32, 3, 3, 3], [48, 3, 3, 3]]] }, 'B0', 'B4'],
    ['Wan', { modelClass: 'WanModel', mismatches: [['patch_embedding.weight', [5120, 16, 1, 2, 2], [1536, 16, 1, 2, 2]]] }, '14B', '1.3B'],
    [
      'Qwen-VL',
      { modelClass: 'Qwen2VLForConditionalGeneration', mismatches: layer('visual.merger.mlp.2', 3584, 1280, [5120]) },
      '7B',
      'Qwen2.5-VL config',
    ],
    ['RPN', { mismatches: [['proposal_generator.rpn_head.conv.weight', [256, 256, 3, 3], [1024, 1024, 3, 3]]] }, 'FPN', 'C4'],
    ['Resampler', { modelClass: 'Resampler', mismatches: [['proj_in.weight', [768, 1280], [768, 1664]]] }, 'ViT-H', 'ViT-bigG'],
  ];
  test.each(named)('%s', (_, facts, checkpoint, model) => {
    const verdict = first(facts);
    expect(verdict.cause).toBe('wrong-model-variant');
    expect(verdict.title).toMatch(new RegExp(`${checkpoint}.*but the model was built as.*${model}`));
  });
  test("an attention's `proj.weight` is no projection of an IP-Adapter", () => {
    const verdict = first({
      mismatches: [
        ['blocks.0.attn.proj.weight', [1024, 1024], [768, 768]],
        ['blocks.0.norm1.weight', [1024], [768]],
      ],
    });
    expect(verdict.title).toContain('ViT-L');
  });
  test('the class chooses among models of equal widths: Qwen, not Llama', () => {
    const verdict = first({
      modelClass: 'Qwen2ForCausalLM',
      mismatches: [
        ['model.layers.0.mlp.gate_proj.weight', [13824, 5120], [18944, 3584]],
        ['model.layers.0.input_layernorm.weight', [5120], [3584]],
      ],
    });
    expect(verdict.title).toMatch(/is Qwen2\.5-14B .* built as Qwen2\.5-7B/);
  });
  test("the width of SAM 2's map of positions is no number of positions", () => {
    const verdict = first({
      mismatches: [
        ['image_encoder.trunk.pos_embed', [1, 144, 7, 7], [1, 96, 7, 7]],
        ['image_encoder.trunk.patch_embed.proj.weight', [144, 3, 7, 7], [96, 3, 7, 7]],
      ],
    });
    expect(verdict.cause).toBe('wrong-model-variant');
  });
});

describe('tables that count other things than positions and classes', () => {
  test("GPT-2's 1024 positions are not named after an image tower of the same length", () => {
    const verdict = first({ modelClass: 'GPT', mismatches: [['transformer.wpe.weight', [1024, 768], [256, 768]]] });
    expect(verdict.title).not.toContain('SigLIP');
    expect(verdict.remedies[0]?.snippet?.code).toContain('block_size = 1024');
  });
  test('any vision transformer may have the lengths of a SigLIP: its name is given to towers only', () => {
    const named = (parameter: string) => first({ mismatches: [[parameter, [1, 196, 768], [1, 1024, 768]]] }).title;
    expect(named('transformer.embeddings.position_embeddings')).not.toContain('SigLIP');
    expect(named('vision_tower.vision_model.embeddings.position_embedding.weight')).toContain('SigLIP');
  });
  test('TinyViT keeps w² biases that are trained, unlike the indices beside them', () => {
    const verdict = first({ mismatches: [['layers.3.blocks.0.attn.attention_biases', [10, 196], [10, 1024]]] });
    expect(verdict.cause).toBe('window-size');
    expect(verdict.title).toContain('196 = 14² against 1024 = 32²');
    expect(verdict.title).not.toContain('nothing trained');
  });
  test('a patch of another size with other channels is still a patch of another size', () => {
    const verdict = first({
      mismatches: [
        ['patch_embed.proj.weight', [1024, 3, 16, 16], [1024, 10, 8, 8]],
        ['pos_embed', [1, 197, 1024], [1, 145, 1024]],
      ],
    });
    expect(verdict.cause).toBe('patch-size');
  });
  test('linear layers of Paddle are [in, out], and their outputs are classes all the same', () => {
    const mismatches: readonly Line[] = [
      ['fc.weight', [2048, 1000], [2048, 10]],
      ['fc.bias', [1000], [10]],
    ];
    expect(first({ dialect: 'paddle', mismatches }).cause).toBe('classifier-head');
  });
  test('a kernel of TensorFlow ends with its outputs: 1001 classes, not 1', () => {
    const verdict = first({
      dialect: 'tensorflow',
      mismatches: [['InceptionV3/Logits/Conv2d_1c_1x1/weights', [1, 1, 2048, 1001], [1, 1, 2048, 5]]],
    });
    expect(verdict.title).toContain('1001');
  });
  test('object queries are no positions', () => {
    expect(first({ mismatches: [['model.query_position_embeddings.weight', [100, 256], [300, 256]]] }).cause).toBe('config-changed');
  });
  test("DeBERTa's relative positions and DiT's classes are no rows of a data set", () => {
    expect(first({ mismatches: [['deberta.encoder.rel_embeddings.weight', [512, 768], [1024, 768]]] }).cause).toBe('config-changed');
    expect(first({ modelClass: 'DiT', mismatches: [['y_embedder.embedding_table.weight', [1001, 1152], [11, 1152]]] }).cause).toBe(
      'config-changed',
    );
  });
  test('users and items are told in whatever order their names are built', () => {
    const verdict = first({
      mismatches: [
        ['embed_user_GMF.weight', [6040, 32], [610, 32]],
        ['embed_item_GMF.weight', [3706, 32], [9724, 32]],
      ],
    });
    expect(verdict.cause).toBe('dataset-sized-parameters');
  });
  test('Gaussians are added and pruned by training, so the data set is not blamed', () => {
    const verdict = first({
      mismatches: [
        ['gauss_params.means', [1203441, 3], [50000, 3]],
        ['gauss_params.opacities', [1203441, 1], [50000, 1]],
      ],
    });
    expect(verdict.title).not.toContain('data set');
  });
  test('a hidden width that inputs and outputs share is no vocabulary', () => {
    const verdict = first({
      modelClass: 'ActorCriticPolicy',
      mismatches: [
        ['mlp_extractor.policy_net.0.weight', [64, 4], [128, 4]],
        ['mlp_extractor.policy_net.2.weight', [64, 64], [128, 128]],
        ['action_net.weight', [2, 64], [2, 128]],
      ],
    });
    expect(verdict.cause).toBe('config-changed');
  });
  test("RobertaConfig's defaults differ in three tables at once", () => {
    const verdict = first({
      modelClass: 'RobertaModel',
      mismatches: [
        ['embeddings.word_embeddings.weight', [50265, 768], [30522, 768]],
        ['embeddings.position_embeddings.weight', [514, 768], [512, 768]],
        ['embeddings.token_type_embeddings.weight', [1, 768], [2, 768]],
      ],
    });
    expect(verdict.cause).toBe('default-config');
    expect(verdict.explained.mismatches).toEqual([0, 1, 2]);
  });
  test('plain names are a policy where the class says so', () => {
    const verdict = first({ modelClass: 'DQN', mismatches: [['fc1.weight', [128, 4], [128, 8]], ...layer('fc3', 2, 4, [128])] });
    expect(verdict.cause).toBe('environment-spaces');
    expect(verdict.title).toContain('4 observations and 2 actions');
  });
  test("pi0's 32 entries are padding, not joints", () => {
    const verdict = first({
      mismatches: [['model.state_proj.weight', [1024, 32], [1024, 14]], ...layer('model.action_out_proj', 32, 14, [1024])],
    });
    expect(verdict.title).toContain('padded');
  });
  test('a plain vision transformer has no configuration class whose defaults it could have', () => {
    const { diagnoses } = diagnose(
      subject({
        modelClass: 'VisionTransformer',
        mismatches: [
          ['blocks.0.norm1.weight', [1024], [768]],
          ['blocks.0.mlp.fc1.weight', [4096, 1024], [3072, 768]],
        ],
      }),
    );
    expect(diagnoses.map(({ cause }) => cause)).not.toContain('default-config');
  });
});

describe('generations of Stable Diffusion without any cross attention in the list', () => {
  test('2816 against 2560 added inputs are XL and its refiner', () => {
    const verdict = first({ mismatches: [['add_embedding.linear_1.weight', [1280, 2816], [1280, 2560]]] });
    expect(verdict.cause).toBe('sd-version-mix');
    expect(verdict.title).toContain('refiner');
  });
  test('a textual inversion of width 1024 belongs to SD 2', () => {
    expect(first({ mismatches: [['emb_params', [4, 1024], [4, 768]]] }).title).toMatch(/checkpoint is Stable Diffusion 2/);
  });
  test('nine inputs of an inpainting model are not cut to four', () => {
    const verdict = first({ mismatches: [['model.diffusion_model.input_blocks.0.0.weight', [320, 9, 3, 3], [320, 4, 3, 3]]] });
    expect(verdict.cause).toBe('in-channels');
    expect(verdict.remedies.map(({ snippet }) => snippet?.code ?? '').join()).not.toContain(':4]');
  });
});
