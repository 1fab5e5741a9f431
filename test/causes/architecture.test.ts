import { describe, expect, test } from 'vitest';
import { architecture } from '../../src/causes/architecture/index.js';
import type { Case } from '../../src/model/diagnosis.js';
import type { Shape } from '../../src/model/shape.js';
import { subject } from './failure-builder.js';
import { declines, diagnosed, judge } from './judge.js';

type Line = readonly [string | undefined, Shape, Shape];

const lines = (...mismatches: readonly Line[]): Case => subject({ mismatches });

describe('classifier-head', () => {
  const coco = lines(
    ['roi_heads.box_predictor.cls_score.weight', [81, 1024], [4, 1024]],
    ['roi_heads.box_predictor.bbox_pred.weight', [320, 1024], [12, 1024]],
  );

  test('reads C + 1 scores beside 4·C boxes as C classes', () => {
    expect(diagnosed('classifier-head', coco).title).toContain('80 (COCO) in the checkpoint, 3 in the model');
  });
  test('reads boxes whose scores are not listed as 4·C', () => {
    const boxes = lines(['roi_heads.box_predictor.bbox_pred.bias', [320], [12]]);
    expect(diagnosed('classifier-head', boxes).title).toContain('80 (COCO) in the checkpoint, 3 in the model');
  });
  test('reads 255 channels of a YOLO head as 3 × (5 + 80)', () => {
    const yolo = lines(['model.24.m.0.weight', [255, 128, 1, 1], [18, 128, 1, 1]], ['model.24.m.0.bias', [255], [18]]);
    expect(diagnosed('classifier-head', yolo).title).toContain('80 (COCO) in the checkpoint, 1 in the model');
  });
  const first = (parameter: string | undefined, checkpoint: readonly number[], model: readonly number[]) =>
    diagnosed('classifier-head', { mismatches: [[parameter, checkpoint, model]], dialect: 'tensorflow', complete: false });
  test('reads four rows of boxes for each class where the classes stand last', () => {
    const { title } = first('vgg_16/bbox_pred/weights', [4096, 124], [4096, 12]);
    expect(title).toBe('The head was trained for another number of classes: 31 in the checkpoint, 3 in the model.');
    expect(first('vgg_16/bbox_pred/biases', [84], [24]).title).toContain(
      '21 (Pascal VOC with background) in the checkpoint, 6 in the model',
    );
  });
  test('tells rows and no classes where no whole number comes out', () => {
    const { title, remedies } = first('vgg_16/bbox_pred/weights', [4096, 84], [4096, 18]);
    expect(title).toContain('84 rows in the checkpoint, 18 in the model, several for each');
    expect(remedies.map(({ snippet }) => snippet?.code).join()).not.toContain('84');
    expect(first('BoxPredictor_1/ClassPredictor/weights', [1, 1, 512, 12], [1, 1, 512, 18]).title).toContain('12 rows');
  });
  test('counts the slots of an SSD without the background', () => {
    const { title, remedies } = first('BoxPredictor_2/ClassPredictor/weights', [1, 1, 256, 24], [1, 1, 256, 546]);
    expect(title).toContain('3 in the checkpoint, 90 (COCO counted by its highest category number) in the model');
    expect(remedies[0]?.snippet?.code).toBe('num_classes: 3');
    expect(first('SecondStageBoxPredictor/ClassPredictor/biases', [91], [6]).title).toContain('in the checkpoint, 5 in the model');
  });
  test('knows the slots of COCO without a name, and only where the other side is whole', () => {
    const slots = first(undefined, [1, 1, 96, 273], [1, 1, 96, 15]);
    expect([slots.confidence, slots.title]).toEqual([
      'possible',
      expect.stringContaining('90 (COCO counted by its highest category number)'),
    ]);
    expect(declines('classifier-head', { mismatches: [[undefined, [1, 1, 96, 546], [1, 1, 96, 32]]], dialect: 'tensorflow' })).toBe(true);
  });
  test('reads the cells of the first YOLO', () => {
    const { title, confidence } = diagnosed('classifier-head', {
      mismatches: [
        ['fc_36/weights', [4096, 1470], [4096, 637]],
        ['fc_36/biases', [1470], [637]],
      ],
      dialect: 'tensorflow',
    });
    expect([title, confidence]).toEqual([expect.stringContaining('20 (Pascal VOC) in the checkpoint, 3 in the model'), 'likely']);
  });
  test('reads 720 rows of RetinaNet as nine anchors times 80', () => {
    const retina = lines(['head.cls_score.weight', [720, 256, 3, 3], [342, 256, 3, 3]], ['head.cls_score.bias', [720], [342]]);
    expect(diagnosed('classifier-head', retina).title).toContain('80 (COCO) in the checkpoint, 38 in the model');
  });
  test('a warning about a public head while fine-tuning is harmless, and the title says so first', () => {
    const warned = subject(
      {
        severity: 'warning',
        mismatches: [
          ['fc.weight', [1000, 2048], [7, 2048]],
          ['fc.bias', [1000], [7]],
        ],
      },
      [{ kind: 'phase', phase: 'fine-tuning' }],
    );
    const verdict = diagnosed('classifier-head', warned);
    expect(verdict.harmless).toBe(true);
    expect(verdict.title).toMatch(/^Harmless/);
  });
  test('the same warning in an evaluation is not harmless', () => {
    const warned = subject({ severity: 'warning', mismatches: [['fc.weight', [1000, 2048], [7, 2048]]] }, [
      { kind: 'phase', phase: 'evaluation' },
    ]);
    expect(diagnosed('classifier-head', warned).harmless).toBeUndefined();
  });
  test('a backbone line in the same warning is not passed over as harmless', () => {
    const warned = subject({
      severity: 'warning',
      mismatches: [['fc.weight', [1000, 2048], [7, 2048]]],
      missing: ['backbone.stem.conv1.weight'],
    });
    expect(diagnosed('classifier-head', warned).harmless).toBeUndefined();
  });
  test('one class more is named as a possible background class', () => {
    expect(diagnosed('classifier-head', lines(['fc.weight', [20, 512], [21, 512]], ['fc.bias', [20], [21]])).title).toContain('background');
  });
  test('the remedy for a sequence classifier sets num_labels to the number of the checkpoint', () => {
    const bert = subject({
      modelClass: 'BertForSequenceClassification',
      mismatches: [
        ['classifier.weight', [3, 768], [2, 768]],
        ['classifier.bias', [3], [2]],
      ],
    });
    expect(diagnosed('classifier-head', bert).remedies[0]?.snippet?.code).toContain('num_labels=3');
  });
  test('other inputs of the head are another width, not another number of classes', () => {
    expect(declines('classifier-head', lines(['fc.weight', [1000, 512], [1000, 2048]]))).toBe(true);
  });
  test('a first layer of a block whose size the next layer also shows is a hidden width', () => {
    expect(declines('classifier-head', lines(['head.weight', [512, 64], [256, 64]], ['body.weight', [64, 512], [64, 256]]))).toBe(true);
  });
  test('region proposals count anchors and the outputs of a policy count actions', () => {
    expect(declines('classifier-head', lines(['RCNN_rpn.RPN_cls_score.weight', [24, 512, 1, 1], [18, 512, 1, 1]]))).toBe(true);
    expect(declines('classifier-head', lines(['actor.mu.weight', [88, 256], [31, 256]], ['actor.mu.bias', [88], [31]]))).toBe(true);
  });
  test('zero classes are left to an empty layer, tokens to the vocabulary', () => {
    expect(declines('classifier-head', lines(['b1_head.classifier.weight', [702, 256], [0, 256]]))).toBe(true);
    expect(declines('classifier-head', lines(['lm_head.weight', [32001, 4096], [32000, 4096]]))).toBe(true);
  });
});

describe('head-not-saved', () => {
  test('only the head is missing', () => {
    expect(diagnosed('head-not-saved', subject({ missing: ['fc.weight', 'fc.bias'] })).explained.missingKeys).toEqual([
      'fc.weight',
      'fc.bias',
    ]);
  });
  test('a tied language-model head, a file with another head, and a fine-tuning run are something else', () => {
    expect(declines('head-not-saved', subject({ missing: ['lm_head.weight'] }))).toBe(true);
    expect(declines('head-not-saved', subject({ missing: ['classifier.weight'], unexpected: ['cls.predictions.bias'] }))).toBe(true);
    expect(
      declines('head-not-saved', subject({ severity: 'warning', missing: ['score.weight'] }, [{ kind: 'phase', phase: 'fine-tuning' }])),
    ).toBe(true);
  });
  test('speaks of PEFT only where the log does, and then names modules and not their tensors', () => {
    const detector = subject({ severity: 'warning', missing: ['head.convs2.0.bn.running_mean', 'head.convs2.0.conv.weight'] });
    expect(JSON.stringify(diagnosed('head-not-saved', detector))).not.toMatch(/Lora|PEFT/);
    const adapted = subject({ missing: ['base_model.model.classifier.dense.weight', 'base_model.model.classifier.out_proj.bias'] });
    expect(diagnosed('head-not-saved', adapted).remedies[0]?.snippet?.code).toContain("modules_to_save=['classifier']");
  });
  test('everything missing is not a head', () => {
    expect(declines('head-not-saved', subject({ missing: ['conv1.weight', 'fc.weight'] }))).toBe(true);
  });
});

describe('position-embedding-length', () => {
  test('names both CLIP towers by their tables', () => {
    const { title } = diagnosed('position-embedding-length', lines(['embeddings.position_embedding.weight', [577, 1024], [257, 1024]]));
    expect(title).toBe(
      'The file has the position table of CLIP ViT-L/14-336 (577 = 24² + 1), the model expects that of CLIP ViT-L/14 (257 = 16² + 1).',
    );
  });
  test('the option is the resolution of the checkpoint', () => {
    expect(diagnosed('position-embedding-length', lines(['pos_embed', [1, 1370, 384], [1, 257, 384]])).remedies[0]?.title).toContain(
      'img_size=518',
    );
  });
  test('a text that is one position longer is longer, and has no class token', () => {
    const answer = diagnosed('position-embedding-length', lines(['transformer.wpe.weight', [513, 768], [512, 768]]));
    expect(answer.title).toBe('The checkpoint has 513 positions, the model was built for 512.');
    expect(answer.remedies[0]?.text).not.toContain('token');
  });
  test('a table of text that is two longer counts the offset of fairseq', () => {
    const { title } = diagnosed('position-embedding-length', lines(['embed_positions.weight', [1026, 768], [1024, 768]]));
    expect(title).toContain('offset of 2');
  });
  test('a nameless table is recognised by its lengths', () => {
    expect(diagnosed('position-embedding-length', lines(['weight', [257, 1024], [577, 1024]])).confidence).toBe('likely');
  });
  test('one entry more is an extra token, and interpolation is not advised', () => {
    const verdict = diagnosed('position-embedding-length', lines(['pos_embed', [1, 198, 384], [1, 197, 384]]));
    expect(verdict.title).toContain('one more token');
    expect(verdict.remedies.map(({ title }) => title).join()).not.toContain('interpolate');
  });
  test('514 against 512 is the offset of RoBERTa', () => {
    expect(
      diagnosed('position-embedding-length', lines(['roberta.embeddings.position_embeddings.weight', [514, 768], [512, 768]])).title,
    ).toContain('offset of 2');
  });
  test('maps of height and width, causal masks and frames belong to it', () => {
    expect(
      diagnosed(
        'position-embedding-length',
        lines(
          ['image_encoder.pos_embed', [1, 64, 64, 1280], [1, 32, 32, 1280]],
          ['image_encoder.blocks.7.attn.rel_pos_h', [127, 80], [63, 80]],
        ),
      ).explained.mismatches,
    ).toEqual([0, 1]);
    expect(
      diagnosed(
        'position-embedding-length',
        lines(['h.0.attn.bias', [1, 1, 512, 512], [1, 1, 1024, 1024]], ['wpe.weight', [512, 768], [1024, 768]]),
      ).explained.mismatches,
    ).toEqual([0, 1]);
    expect(diagnosed('position-embedding-length', lines(['motion_modules.0.pos_encoder.pe', [1, 32, 320], [1, 24, 320]])).title).toContain(
      'AnimateDiff',
    );
  });
  test('another width is another model', () => {
    expect(declines('position-embedding-length', lines(['pos_embed', [1, 14, 14, 768], [1, 14, 14, 512]]))).toBe(true);
    expect(declines('position-embedding-length', lines(['position_embedding.weight', [729, 1152], [257, 1024]]))).toBe(true);
  });
  test('other patches explain the other number of positions', () => {
    const both = lines(['pos_embed', [1, 197, 384], [1, 257, 384]], ['patch_embed.proj.weight', [384, 3, 16, 16], [384, 3, 14, 14]]);
    expect(declines('position-embedding-length', both)).toBe(true);
    expect(diagnosed('patch-size', both).explained.mismatches).toEqual([0, 1]);
  });
  test('the time embedding of a UNet is a network, not a table', () => {
    expect(declines('position-embedding-length', lines(['time_embed.0.weight', [1280, 320], [1024, 320]]))).toBe(true);
  });
});

describe('patch-size', () => {
  test('flattened patches are read as 3·p²', () => {
    expect(diagnosed('patch-size', lines(['patch_to_embedding.weight', [512, 432], [512, 192]])).title).toContain('12 × 12');
  });
  test('channels, widths and stems are not patches', () => {
    expect(declines('patch-size', lines(['patch_embed.proj.weight', [768, 3, 16, 16], [768, 1, 16, 16]]))).toBe(true);
    expect(declines('patch-size', lines(['patch_embed.proj.weight', [768, 3, 16, 16], [1024, 3, 14, 14]]))).toBe(true);
    expect(declines('patch-size', lines(['conv1.weight', [64, 3, 7, 7], [64, 3, 3, 3]]))).toBe(true);
  });
});

describe('window-size', () => {
  test('169 and 529 rows are windows of 7 and 12', () => {
    expect(diagnosed('window-size', lines(['layers.0.blocks.0.attn.relative_position_bias_table', [169, 4], [529, 4]])).title).toContain(
      '7 × 7 in the checkpoint and 12 × 12 in the model',
    );
  });
  test('in Swin V2 only buffers differ, and the title says that nothing trained is lost', () => {
    expect(
      diagnosed(
        'window-size',
        lines(
          ['blocks.0.attn.relative_coords_table', [1, 15, 15, 2], [1, 31, 31, 2]],
          ['blocks.0.attn.relative_position_index', [64, 64], [256, 256]],
        ),
      ).title,
    ).toContain('nothing trained is lost');
  });
  test('BEiT tables and lone masks are something else', () => {
    expect(declines('window-size', lines(['blocks.0.attn.relative_position_bias_table', [732, 12], [3972, 12]]))).toBe(true);
    expect(declines('window-size', lines(['layers.0.blocks.1.attn_mask', [64, 49, 49], [16, 49, 49]]))).toBe(true);
  });
});

describe('in-channels', () => {
  test('nine channels are an inpainting model', () => {
    expect(diagnosed('in-channels', lines(['conv_in.weight', [320, 9, 3, 3], [320, 4, 3, 3]])).title).toContain('inpainting');
  });
  test('384 inputs are Flux Fill', () => {
    expect(diagnosed('in-channels', lines(['img_in.weight', [3072, 384], [3072, 64]])).title).toContain('Flux Fill');
  });
  test('a generator shows the image channels at its end', () => {
    expect(
      diagnosed(
        'in-channels',
        lines(['to_rgb1.bias', [1, 1, 1, 1], [1, 3, 1, 1]], ['to_rgb1.conv.weight', [1, 1, 512, 1, 1], [1, 3, 512, 1, 1]]),
      ).explained.mismatches,
    ).toEqual([0, 1]);
  });
  test('Keras prints a layout difference where only the channels differ', () => {
    expect(diagnosed('in-channels', lines([undefined, [64, 3, 7, 7], [7, 7, 1, 64]])).title).toContain('3 (RGB) in the checkpoint, 1');
  });
  test('the scale of a super-resolution network, a latent of another VAE and a block inside are something else', () => {
    expect(declines('in-channels', lines(['conv_first.weight', [64, 12, 3, 3], [64, 3, 3, 3]]))).toBe(true);
    expect(declines('in-channels', lines(['decoder.conv_in.weight', [512, 16, 3, 3], [512, 4, 3, 3]]))).toBe(true);
    expect(declines('in-channels', lines(['layer1.0.conv1.weight', [64, 64, 3, 3], [64, 128, 3, 3]]))).toBe(true);
  });
  test('layers that change along with the input make it an option of the model', () => {
    const flag = lines(
      ['input_projection.weight', [64, 1, 1], [64, 2, 1]],
      ['residual_layers.0.cond_projection.weight', [128, 144, 1], [128, 145, 1]],
    );
    expect(judge('in-channels', flag)).not.toMatchObject({ confidence: 'certain' });
    expect(diagnosed('config-changed', flag).explained.mismatches).toEqual([0, 1]);
  });
});

describe('wrong-model-variant', () => {
  const bert: readonly Line[] = [
    ['encoder.layer.0.attention.self.query.weight', [1024, 1024], [768, 768]],
    ['encoder.layer.0.intermediate.dense.weight', [4096, 1024], [3072, 768]],
    ['encoder.layer.0.output.LayerNorm.weight', [1024], [768]],
  ];

  test('names both models where their widths are known', () => {
    const { title } = diagnosed('wrong-model-variant', lines(...bert));
    expect(title).toContain('BERT-large');
    expect(title).toContain('BERT-base');
  });
  test('names Llama models by width and feed-forward', () => {
    const { title } = diagnosed(
      'wrong-model-variant',
      lines(
        ['model.layers.0.mlp.gate_proj.weight', [13824, 5120], [11008, 4096]],
        ['model.layers.0.input_layernorm.weight', [5120], [4096]],
      ),
    );
    expect(title).toContain('Llama-2-13B');
    expect(title).toContain('Llama-2-7B');
  });
  test('a 3×3 against a 1×1 first convolution is a basic block against a bottleneck', () => {
    expect(diagnosed('wrong-model-variant', lines(['layer1.0.conv1.weight', [64, 64, 3, 3], [64, 64, 1, 1]])).title).toContain(
      'basic blocks',
    );
  });
  test('the number of blocks per stage names the ResNet', () => {
    const keys = [
      'layer1.2.conv1.weight',
      'layer2.2.conv1.weight',
      'layer2.3.conv1.weight',
      'layer3.2.conv1.weight',
      'layer3.5.conv1.weight',
      'layer4.2.conv1.weight',
    ];
    expect(diagnosed('wrong-model-variant', subject({ missing: keys })).title).toContain('ResNet-18, but the model was built as ResNet-34');
  });
  test('two published vocabularies of one width are two models', () => {
    expect(diagnosed('wrong-model-variant', lines(['model.embed_tokens.weight', [151936, 4096], [128256, 4096]])).title).toContain(
      'Llama 3',
    );
  });
  test('a few added tokens, or an adapter that extends the vocabulary, are not', () => {
    expect(declines('wrong-model-variant', lines(['model.embed_tokens.weight', [32003, 4096], [32000, 4096]]))).toBe(true);
    expect(declines('wrong-model-variant', lines(['base_model.model.model.embed_tokens.weight', [49954, 4096], [32000, 4096]]))).toBe(true);
  });
  test.each<readonly [string, readonly Line[]]>([
    [
      'sharding',
      [
        ['model.norm.weight', [4096], [0]],
        ['model.embed_tokens.weight', [32000, 4096], [0]],
      ],
    ],
    [
      'tensor parallelism',
      [
        ['layers.0.attention.dense.weight', [1024, 64], [1024, 1024]],
        ['layers.0.attention.query_key_value.weight', [192, 1024], [3072, 1024]],
      ],
    ],
    ['an adapter', [['base_model.model.layers.0.q_proj.lora_A.weight', [8, 4096], [8, 5120]]]],
    ['packing', [['layers.0.mlp.fc1.weight', [8388608, 1], [4096, 4096]]]],
    ['a transposed layout', [['h.0.attn.c_attn.weight', [2304, 768], [768, 2304]]]],
    [
      'a class head',
      [
        ['fc.weight', [1000, 512], [10, 512]],
        ['fc.bias', [1000], [10]],
      ],
    ],
    ['windows', [['blocks.0.attn.relative_position_bias_table', [169, 4], [529, 4]]]],
    [
      'key-value heads',
      [
        ['layers.0.self_attn.k_proj.weight', [1024, 8192], [8192, 8192]],
        ['layers.0.self_attn.v_proj.weight', [1024, 8192], [8192, 8192]],
      ],
    ],
    [
      'zero widths',
      [
        ['net.0.weight', [512, 69], [0, 69]],
        ['net.1.weight', [512, 512], [0, 0]],
      ],
    ],
  ])('stands back before %s, and so does config-changed', (_, list) => {
    expect(declines('wrong-model-variant', lines(...list))).toBe(true);
    expect(declines('config-changed', lines(...list))).toBe(true);
  });
  test('a head and another body are each told with what they explain', () => {
    const both = lines(...bert, ['classifier.bias', [3], [2]]);
    expect(diagnosed('wrong-model-variant', both).explained.mismatches).toEqual([0, 1, 2]);
    expect(diagnosed('classifier-head', both).explained.mismatches).toEqual([3]);
  });
});

describe('architectures by their names', () => {
  test('Res2Net by its blocks, and not by any list of convolutions', () => {
    const res2net = ['layer1.0.convs.0.weight', 'layer1.0.bns.0.weight'];
    expect(diagnosed('wrong-model-variant', subject({ unexpected: res2net })).title).toContain('Res2Net');
    expect(declines('wrong-model-variant', subject({ unexpected: ['gst.encoder.convs.0.weight', 'gst.encoder.bns.0.weight'] }))).toBe(true);
    expect(declines('wrong-model-variant', subject({ missing: ['layer1.0.convs.0.weight'] }))).toBe(true);
  });
});

describe('default-config', () => {
  test('sizes that no published model has are the defaults of the class', () => {
    const qwen = lines(
      ['model.layers.0.mlp.gate_proj.weight', [8960, 1536], [22016, 4096]],
      ['model.layers.0.input_layernorm.weight', [1536], [4096]],
    );
    expect(diagnosed('default-config', qwen).confidence).toBe('likely');
  });
  test('64 channels of an autoencoder are the default of diffusers', () => {
    expect(diagnosed('default-config', lines(['decoder.conv_in.bias', [768], [64]])).title).toContain('block_out_channels=(64,)');
  });
  test('defaults that are also a published model stay possible, with the question that decides', () => {
    const t5 = lines(
      ['encoder.block.0.layer.0.SelfAttention.q.weight', [768, 768], [512, 512]],
      ['encoder.block.0.layer.0.layer_norm.weight', [768], [512]],
    );
    const verdict = diagnosed('default-config', t5);
    expect(verdict.confidence).toBe('possible');
    expect(verdict.wouldDecide[0]?.question).toContain('T5-small');
  });
  test('a warning about a missing config settles it', () => {
    const t5 = subject({ mismatches: [['encoder.block.0.layer.0.layer_norm.weight', [768], [512]]] }, [
      { kind: 'warning', topic: 'missing-config' },
    ]);
    expect(diagnosed('default-config', t5).confidence).toBe('likely');
  });
  test('defaults on the checkpoint side prove nothing', () => {
    expect(
      declines(
        'default-config',
        lines(
          ['model.layers.0.input_layernorm.weight', [4096], [1536]],
          ['model.layers.0.mlp.gate_proj.weight', [22016, 4096], [8960, 1536]],
        ),
      ),
    ).toBe(true);
  });
});

describe('config-changed', () => {
  test('names the option and its value where the parameter tells it', () => {
    const verdict = diagnosed('config-changed', lines(['query_embed.weight', [300, 256], [100, 256]]));
    expect(verdict.remedies[0]?.title).toContain('num_queries as in the training: 300');
  });
  test('an LSTM of other hidden size is told by a quarter of its rows', () => {
    expect(diagnosed('config-changed', lines(['rnn.weight_hh_l0', [2048, 512], [1024, 256]])).remedies[0]?.title).toContain(
      'hidden_size as in the training: 512',
    );
  });
  test('without such a name it is only possible, and asks for the config', () => {
    const verdict = diagnosed('config-changed', lines(['trunk.mixer.weight', [300, 64], [200, 64]]));
    expect(verdict.confidence).toBe('possible');
    expect(verdict.wouldDecide).not.toEqual([]);
  });
  const blocks = (count: number, part: string): readonly string[] =>
    Array.from({ length: count }, (_, block) => [`res.${block}.body.${part}.weight`, `res.${block}.body.${part}.bias`]).flat();
  test('a layer without weights shifts the numbers inside every block, on either side', () => {
    const inModel = diagnosed('config-changed', subject({ missing: blocks(4, '6'), unexpected: blocks(4, '5').slice(0, -1) }));
    expect(inModel.title).toContain('The model has 1 layer without weights more than the checkpoint');
    expect(inModel.title).toContain('in all 4 blocks');
    expect(inModel.confidence).toBe('likely');
    const inFile = diagnosed('config-changed', subject({ missing: blocks(1, '2'), unexpected: blocks(1, '4') }));
    expect(inFile.title).toContain('The checkpoint has 2 layers without weights more');
    expect(inFile.confidence).toBe('possible');
    const two = diagnosed(
      'config-changed',
      subject({ missing: ['net.3.weight', 'net.6.weight'], unexpected: ['net.2.weight', 'net.5.weight'] }),
    );
    expect(two.title).toContain('number 2 of `net` in the checkpoint is number 3');
  });
  test('other distances, or one that no dropout makes, are no shift', () => {
    expect(declines('config-changed', subject({ missing: ['a.3.weight', 'b.6.weight'], unexpected: ['a.2.weight', 'b.4.weight'] }))).toBe(
      true,
    );
    expect(declines('config-changed', subject({ missing: ['a.9.weight'], unexpected: ['a.2.weight'] }))).toBe(true);
  });
  test('one number of every block in a list that was cut is no depth', () => {
    const cut = subject({ missing: blocks(13, '6').slice(20) });
    expect(diagnosed('config-changed', cut).confidence).toBe('possible');
    expect(declines('depth-mismatch', cut)).toBe(true);
    const biases = subject({ missing: ['res.4.body.6.bias', 'res.5.body.6.bias'] });
    expect(declines('config-changed', biases)).toBe(true);
  });
  test('norms with parameters on one side, biases in front of them on the other', () => {
    const [biases, norms] = [
      ['net.0.bias', 'net.1.net.1.bias', 'net.1.net.3.net.1.bias'],
      ['net.1.net.2.weight', 'net.1.net.2.bias', 'net.1.net.3.net.2.weight', 'net.1.net.3.net.2.bias'],
    ];
    expect(diagnosed('config-changed', subject({ missing: biases, unexpected: norms })).remedies[0]?.text).toContain('--norm batch');
    expect(diagnosed('config-changed', subject({ missing: norms, unexpected: biases })).remedies[0]?.text).toContain('--norm instance');
    expect(declines('config-changed', subject({ missing: ['net.7.bias', 'net.9.bias'], unexpected: norms }))).toBe(true);
  });
  test('a head that is called auxiliary is not said to serve the training alone', () => {
    const extra = subject({ unexpected: ['aux_heads.plddt.linear.weight', 'aux_heads.plddt.linear.bias'] });
    const verdict = diagnosed('config-changed', extra);
    expect(verdict.confidence).toBe('possible');
    expect(verdict.remedies[0]?.title).toContain('Compare the configuration');
    expect(declines('expected-partial-load', extra)).toBe(true);
    const silent = subject({ severity: 'warning', unexpected: ['aux_heads.plddt.linear.weight'] });
    expect(diagnosed('expected-partial-load', silent).harmless).toBeUndefined();
    const known = subject({ severity: 'warning', unexpected: ['aux_classifier.0.weight'] });
    expect(diagnosed('expected-partial-load', known).title).toContain('used while training alone');
  });
  test('heads of another task are another task', () => {
    const pose = subject({ mismatches: [['hm.2.weight', [1, 256, 1, 1], [80, 256, 1, 1]]], unexpected: ['hps.2.weight'] });
    expect(diagnosed('config-changed', pose).title).toContain('another task');
    expect(declines('classifier-head', pose)).toBe(true);
  });
});

describe('depth-mismatch', () => {
  const layers = (from: number, to: number): readonly string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => [
      `transformer.h.${from + index}.ln_1.weight`,
      `transformer.h.${from + index}.mlp.c_fc.weight`,
    ]).flat();

  test('whole layers at the end that only the file has', () => {
    expect(diagnosed('depth-mismatch', subject({ unexpected: layers(6, 11) })).title).toBe(
      'The checkpoint has 12 layers in `transformer.h`, the model 6.',
    );
  });
  test('folded names count all their layers', () => {
    expect(diagnosed('depth-mismatch', subject({ missing: ['h.{6...11}.ln_1.weight', 'h.{6...11}.mlp.c_fc.weight'] })).title).toContain(
      'The model has 12 layers in `h`, the checkpoint 6',
    );
  });
  test('layers from 0 on are a prefix or another architecture', () => {
    expect(declines('depth-mismatch', subject({ unexpected: layers(0, 11) }))).toBe(true);
  });
  test('keys of its own on the other side, or one parameter of every layer, are something else', () => {
    expect(declines('depth-mismatch', subject({ unexpected: layers(24, 24), missing: ['final_layernorm.weight'] }))).toBe(true);
    expect(declines('depth-mismatch', subject({ unexpected: ['h.1.attn.bias', 'h.2.attn.bias'] }))).toBe(true);
  });
});

describe('sd-version-mix', () => {
  const text = (checkpoint: number, model: number): Case =>
    lines(['down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight', [320, checkpoint], [320, model]]);

  test.each([
    [768, 1024, 'Stable Diffusion 1.x', 'Stable Diffusion 2.x'],
    [1024, 768, 'Stable Diffusion 2.x', 'Stable Diffusion 1.x'],
    [2048, 768, 'Stable Diffusion XL', 'Stable Diffusion 1.x'],
  ])('text of width %i in the file and %i in the model', (checkpoint, model, ofFile, ofModel) => {
    expect(diagnosed('sd-version-mix', text(checkpoint, model)).title).toBe(
      `Two generations are mixed: the checkpoint is ${ofFile}, the model was built as ${ofModel}.`,
    );
  });
  test('XL has one level less', () => {
    expect(diagnosed('sd-version-mix', lines(['up_blocks.1.attentions.0.proj_in.bias', [640], [1280]])).title).toContain(
      'the checkpoint is Stable Diffusion XL',
    );
  });
  test('16 latent channels are the VAE of SD 3 or Flux', () => {
    expect(
      diagnosed(
        'sd-version-mix',
        lines(['encoder.conv_out.weight', [32, 512, 3, 3], [8, 512, 3, 3]], ['decoder.conv_in.weight', [512, 16, 3, 3], [512, 4, 3, 3]]),
      ).title,
    ).toContain('16 latent channels');
  });
  test('a LoRA and an inpainting UNet are something else', () => {
    expect(
      declines(
        'sd-version-mix',
        lines(['down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight', [32, 768], [32, 2048]]),
      ),
    ).toBe(true);
    expect(declines('sd-version-mix', lines(['conv_in.weight', [320, 9, 3, 3], [320, 4, 3, 3]]))).toBe(true);
  });
});

describe('environment-spaces', () => {
  const exported = lines(
    ['running_mean_std.running_mean', [44], [3]],
    ['a2c_network.sigma', [12], [1]],
    ['a2c_network.actor_mlp.0.weight', [256, 44], [256, 3]],
    ['a2c_network.mu.weight', [12, 64], [1, 64]],
  );

  test('states both spaces and knows the example environment', () => {
    const verdict = diagnosed('environment-spaces', exported);
    expect(verdict.title).toBe(
      'The policy was trained for 44 observations and 12 actions, the environment of this run has 3 observations and 1 action.',
    );
    expect(verdict.evidence.map(({ statement }) => statement).join('\n')).toContain('Pendulum-v1');
  });
  test('the library that compares spaces is believed', () => {
    expect(diagnosed('environment-spaces', subject({ notices: [['spaces-differ', {}]] })).confidence).toBe('certain');
  });
  test('hidden widths and scalars are something else', () => {
    expect(
      declines('environment-spaces', lines(['actor.0.weight', [512, 48], [256, 64]], ['trunk.2.weight', [512, 512], [256, 256]])),
    ).toBe(true);
    expect(declines('environment-spaces', lines(['base.critic_linear.bias', [], [1]]))).toBe(true);
    expect(declines('environment-spaces', lines(['actor.0.weight', [512, 48], [256, 48]]))).toBe(true);
    expect(diagnosed('environment-spaces', lines(['actor.6.weight', [12, 128], [8, 128]])).title).toContain('12 actions');
  });
});

describe('dataset-sized-parameters', () => {
  test('two tables that agree on both numbers prove the size of the data', () => {
    const verdict = diagnosed(
      'dataset-sized-parameters',
      lines(
        ['field.embedding_appearance.embedding.weight', [756, 32], [208, 32]],
        ['camera_optimizer.pose_adjustment', [756, 6], [208, 6]],
      ),
    );
    expect(verdict.confidence).toBe('certain');
    expect(verdict.title).toContain('756');
  });
  test('speakers are an option, tokens a vocabulary', () => {
    expect(declines('dataset-sized-parameters', lines(['emb_g.weight', [109, 256], [4, 256]]))).toBe(true);
    expect(declines('dataset-sized-parameters', lines(['enc_p.emb.weight', [52, 192], [50, 192]]))).toBe(true);
  });
});

describe('the wing', () => {
  test('says that more may surface where the message stops at the first difference', () => {
    const first = subject({ complete: false, mismatches: [['conv_in.weight', [320, 9, 3, 3], [320, 4, 3, 3]]] });
    expect(diagnosed('in-channels', first).afterwards.join(' ')).toContain('may differ as well');
  });
  test('every reason of a decline can follow "because"', () => {
    const nothing = subject({});
    for (const cause of architecture) {
      const verdict = cause.diagnose(nothing);
      expect(verdict.verdict, cause.id).toBe('decline');
      if (verdict.verdict === 'decline') expect(verdict.reason, cause.id).toMatch(/^[a-z]/);
    }
  });
  test('downsampling alone, which timm moved by a stage, is left to the release notes', () => {
    const swin = lines(['layers.1.downsample.norm.weight', [768], [384]], ['layers.1.downsample.reduction.weight', [384, 768], [192, 384]]);
    expect(architecture.filter((cause) => cause.diagnose(swin).verdict === 'diagnosis').map(({ id }) => id)).toEqual([]);
  });
});

describe('which number of a name counts layers', () => {
  const block = (name: string, numbers: readonly number[]) =>
    numbers.flatMap((n) => [`${name}.${n}.cv1.conv.weight`, `${name}.${n}.cv2.bn.bias`]);
  test('the inner one where the outer one is a place in a Sequential', () => {
    const about = subject({ unexpected: [...block('backbone.stage3.1.m', [2, 3]), ...block('backbone.stage2.1.m', [1])] });
    expect(diagnosed('depth-mismatch', about).title).toContain('4 layers in `backbone.stage3.1.m`, the model 2');
  });
  test('none where each layer lists one kind of adapter', () => {
    const keys = [1, 2, 3].flatMap((n) => [`encoder.layers.${n}.MLP_Adapter.fc1.weight`, `encoder.layers.${n}.Space_Adapter.fc1.weight`]);
    expect(declines('depth-mismatch', subject({ unexpected: keys }))).toBe(true);
    expect(diagnosed('config-changed', subject({ unexpected: keys })).title).toContain('Only the checkpoint has adapters');
  });
});
