import { describe, expect, test } from 'vitest';
import type { Shape } from '../../src/model/shape.js';
import { type FailureFacts, subject } from './failure-builder.js';
import { declines, diagnosed } from './judge.js';

type Line = readonly [string, Shape, Shape];

const convolution = (name: string, checkpoint: number, model: number, inputs = 512): Line[] => [
  [`${name}.weight`, [checkpoint, inputs, 1, 1], [model, inputs, 1, 1]],
  [`${name}.bias`, [checkpoint], [model]],
];
const about = (mismatches: readonly Line[], more: Partial<FailureFacts> = {}) => subject({ mismatches, ...more });

describe('a layer whose name says nothing', () => {
  const last = convolution('cnn.conv7', 5530, 5617);
  test('is an output layer where its outputs are all that differs in a whole list', () => {
    const { title, confidence, evidence } = diagnosed('classifier-head', about(last));
    expect(title).toContain('another number of outputs: 5530 in the checkpoint, 5617 in the model');
    expect(confidence).toBe('likely');
    expect(evidence.map(({ statement }) => statement).join()).toContain('no norm and no next layer');
    expect(declines('config-changed', about(last))).toBe(true);
  });
  test('not where the list may go on, a norm goes along, or keys are left over', () => {
    expect(declines('classifier-head', about(last, { complete: false }))).toBe(true);
    expect(declines('classifier-head', about([...last, ['cnn.norm7.weight', [5530], [5617]]]))).toBe(true);
    expect(declines('classifier-head', about(last, { unexpected: ['cnn.conv8.weight'] }))).toBe(true);
  });
  test('not where one side has two values for each output, which is an option', () => {
    expect(declines('classifier-head', about(convolution('last_layers.1', 46, 23)))).toBe(true);
  });
  test('not where the rows are usual widths, or the channels of a picture', () => {
    expect(declines('classifier-head', about(convolution('net.up', 256, 576)))).toBe(true);
    expect(declines('classifier-head', about(convolution('net.last_layer', 3, 1)))).toBe(true);
  });
});

describe('all layers of one head', () => {
  test('the factor behind a YOLO convolution is on its second axis, and the convolution stays a head', () => {
    const implicit: Line[] = [
      ...convolution('bbox_head.head_module.convs_pred.0.1', 255, 24),
      ['bbox_head.head_module.convs_pred.0.2.implicit', [1, 255, 1, 1], [1, 24, 1, 1]],
    ];
    const { title, explained } = diagnosed('classifier-head', about(implicit));
    expect(title).toContain('80 (COCO) in the checkpoint, 3 in the model');
    expect(explained.mismatches).toEqual([0, 1, 2]);
  });
  test('outputs of a linear layer of Paddle stand last, and its bias stays a head', () => {
    const paddle = subject({
      dialect: 'paddleocr',
      mismatches: [
        ['head.gsrm.fc0.weight', [512, 97], [512, 40]],
        ['head.gsrm.fc0.bias', [97], [40]],
        ['head.gsrm.wrap_encoder0.prepare_decoder.emb0.weight', [98, 512], [41, 512]],
        ['head.gsrm.wrap_encoder1.prepare_decoder.emb0.weight', [98, 512], [41, 512]],
      ],
    });
    const { title, explained, evidence } = diagnosed('classifier-head', paddle);
    expect(title).toContain('97 in the checkpoint, 40 in the model');
    expect(explained.mismatches).toEqual([0, 1, 2, 3]);
    expect(evidence.map(({ statement }) => statement).join()).toContain('one row more (98 and 41)');
  });
});

describe('maps of depth', () => {
  test('the last layer of a 3-D pose network has 64 cells of depth for each joint', () => {
    const { title, remedies } = diagnosed('classifier-head', about(convolution('module.head.final_layer', 1344, 1152, 256)));
    expect(title).toContain('key points: 21 in the checkpoint, 18 in the model');
    expect(remedies.map(({ snippet }) => snippet?.code).join()).not.toContain('1344');
  });
});
