import { describe, expect, test } from 'vitest';
import type { Case } from '../../src/model/diagnosis.js';
import type { Shape } from '../../src/model/shape.js';
import { type FailureFacts, subject } from './failure-builder.js';
import { declined, diagnosed } from './judge.js';

type Line = readonly [string, Shape, Shape];

/** Weight and bias of one convolution. */
const convolution = (
  name: string,
  checkpoint: number,
  model: number,
  inputs = 128,
  kernels: readonly [number, number] = [1, 1],
): Line[] => [
  [`${name}.weight`, [checkpoint, inputs, kernels[0], kernels[0]], [model, inputs, kernels[1], kernels[1]]],
  [`${name}.bias`, [checkpoint], [model]],
];

const linear = (name: string, checkpoint: number, model: number): Line[] => [
  [`${name}.weight`, [checkpoint, 1024], [model, 1024]],
  [`${name}.bias`, [checkpoint], [model]],
];

const lines = (mismatches: readonly Line[], more: Partial<FailureFacts> = {}): Case => subject({ mismatches, ...more });

const headTitle = (mismatches: readonly Line[]): string => diagnosed('classifier-head', lines(mismatches)).title;

describe('rows of a detector that are anchors × classes', () => {
  test('only where the name is that of a head with anchors: a common divisor proves none', () => {
    expect(headTitle(convolution('head.cls_preds.0', 80, 4))).toContain('80 (COCO) in the checkpoint, 4 in the model');
    expect(headTitle(convolution('head.cls_preds.1', 80, 8))).toContain('80 (COCO) in the checkpoint, 8 in the model');
    expect(headTitle(convolution('bbox_head.conv_cls', 80, 12, 256, [3, 3]))).toContain('80 (COCO) in the checkpoint, 12 in the model');
  });
  test('a known number of classes is not divided, even there', () => {
    expect(headTitle(convolution('bbox_head.retina_cls', 80, 4))).toContain('80 (COCO) in the checkpoint, 4 in the model');
    expect(headTitle(convolution('bbox_head.retina_cls', 720, 90))).toContain('80 (COCO) in the checkpoint, 10 in the model');
  });
  test('YOLACT has three of them', () => {
    expect(headTitle(convolution('prediction_layers.0.conf_layer', 243, 12, 256, [3, 3]))).toContain(
      '81 (COCO with background) in the checkpoint, 4 in the model',
    );
  });
});

describe('scores and boxes of an R-CNN', () => {
  const shared = [...linear('roi_head.bbox_head.0.fc_cls', 81, 4), ...linear('roi_head.bbox_head.0.fc_reg', 4, 12)];

  test('boxes that classes share on one side do not count classes', () => {
    const { title } = diagnosed('classifier-head', lines(shared));
    expect(title).toContain('80 (COCO) in the checkpoint, 3 in the model');
  });
  test('and that option is named beside the number of classes', () => {
    const { title, evidence, remedies } = diagnosed('classifier-head', lines(shared));
    expect(title).toContain('The option reg_class_agnostic differs too: classes share their boxes in the checkpoint only.');
    expect(evidence.map(({ statement }) => statement).join('\n')).toContain('4 box rows in the checkpoint, shared by all classes');
    expect(remedies.map(({ title }) => title).join('\n')).toContain('reg_class_agnostic=True');
  });
  test('detectron2 calls it CLS_AGNOSTIC_BBOX_REG', () => {
    const list = [...linear('roi_heads.box_predictor.0.cls_score', 6, 81), ...linear('roi_heads.box_predictor.0.bbox_pred', 20, 4)];
    const { title, remedies } = diagnosed('classifier-head', lines(list));
    expect(title).toContain('5 in the checkpoint, 80 (COCO) in the model');
    expect(remedies.map(({ title: said }) => said).join('\n')).toContain('MODEL.ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG False');
  });
  test('scores without boxes still count the background in mmdetection 2', () => {
    expect(headTitle(linear('roi_head.bbox_head.1.fc_cls', 81, 8))).toContain('80 (COCO) in the checkpoint, 7 in the model');
    expect(headTitle(linear('bbox_head.1.fc_cls', 81, 8))).toContain('81 (COCO with background) in the checkpoint, 8 in the model');
  });
  test('boxes whose rows fit nothing are left out of the vote', () => {
    const list = [...linear('roi_head.bbox_head.fc_cls', 31, 7), ...linear('roi_head.bbox_head.fc_reg', 5, 10)];
    expect(headTitle(list)).toContain('30 in the checkpoint, 6 in the model');
  });
});

describe('scores and boxes of a head that looks at every place', () => {
  const anchors = [...convolution('bbox_head.retina_cls', 5, 15, 256, [3, 3]), ...convolution('bbox_head.retina_reg', 20, 60, 256, [3, 3])];

  test('rows that grow alike count anchors, not classes', () => {
    expect(declined('classifier-head', lines(anchors))).toContain('the number of anchors differs');
    const { title, confidence } = diagnosed('config-changed', lines(anchors));
    expect(title).toContain('5 anchors at each place in the checkpoint, 15 in the model');
    expect(confidence).toBe('likely');
  });
  test('where anchors and classes both differ, the boxes tell the one and the scores the other', () => {
    const both = [
      ...convolution('bbox_head.retina_cls', 720, 21, 256, [3, 3]),
      ...convolution('bbox_head.retina_reg', 36, 12, 256, [3, 3]),
    ];
    expect(headTitle(both)).toContain('80 (COCO) in the checkpoint, 7 in the model');
  });
  test('the boxes of an R-CNN are no anchors', () => {
    const torchvision = [...linear('roi_heads.box_predictor.cls_score', 91, 4), ...linear('roi_heads.box_predictor.bbox_pred', 364, 16)];
    expect(headTitle(torchvision)).toContain('91 (COCO by category number, with background) in the checkpoint, 4 in the model');
  });
  test('one box with many classes against many boxes with one score is a head of another kind', () => {
    const other = lines([
      ...convolution('rpn.head.cls_logits', 20, 9, 256, [3, 1]),
      ...convolution('rpn.head.bbox_pred', 4, 36, 256, [3, 1]),
    ]);
    const { title, remedies } = diagnosed('wrong-model-variant', other);
    expect(title).toBe(
      'The checkpoint is a head without anchors (one box at each place, 20 classes), but the model was built as a head of 9 anchors with one score each (a region proposal network).',
    );
    expect(remedies.map((remedy) => remedy.title).join('\n')).toContain('imports');
    expect(declined('config-changed', other)).toContain('a head of another kind');
  });
});
