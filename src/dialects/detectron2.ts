import type { Statement } from '../model/finding.js';
import type { Fields, Form } from '../model/pattern.js';
import { template } from '../model/template.js';
import { type Dialect, message, readMismatch, readNotice } from './dialect.js';

/** A name, or a group of them that share their module: `backbone.res2.{bias, weight}`. A word of prose has neither dot nor underscore. */
const ITEM = /^\s{0,8}(?=\S*[._]|[a-z\d]+\s*$)[A-Za-z_][\w-]*(?:\.[\w-]+)*(?:\.\{[\w.-]+(?:, [\w.-]+)*\})?\s*$/;

/**
 * fvcore's checkpointer (fvcore/common/checkpoint.py through its history) and detectron2's matching of names (c2_model_loading.py), whose
 * words YOLOX and its heirs print as well.
 */
export const detectron2: Dialect = {
  name: 'detectron2',
  library: 'Detectron2, fvcore',
  severity: 'warning',
  patterns: [
    message(
      'skip',
      'Skip loading',
      template(
        "Skip loading parameter '{parameter:text}' to the model due to incompatible shapes: {checkpointShape} in the checkpoint but {modelShape} in the model",
      ),
      readMismatch(),
      [
        {
          text: "WARNING [06/14 10:22:31 fvcore.common.checkpoint]: Skip loading parameter 'roi_heads.box_predictor.cls_score.weight' to the model due to incompatible shapes: (81, 1024) in the checkpoint but (3, 1024) in the model! You might want to double check if this is expected.",
          states: [
            {
              kind: 'mismatch',
              parameter: 'roi_heads.box_predictor.cls_score.weight',
              checkpointShape: [81, 1024],
              modelShape: [3, 1024],
            },
          ],
        },
      ],
    ),
    message(
      'unable',
      'Unable to load',
      template(
        "Unable to load '{parameter:text}' to the model due to incompatible shapes: {checkpointShape} in the checkpoint but {modelShape} in the model",
      ),
      readMismatch(),
      [
        {
          text: "Unable to load 'fc.bias' to the model due to incompatible shapes: (81,) in the checkpoint but (3,) in the model!",
          states: [{ kind: 'mismatch', parameter: 'fc.bias', checkpointShape: [81], modelShape: [3] }],
        },
      ],
    ),
    message(
      'has-shape',
      'has shape',
      template("'{parameter:text}' has shape {checkpointShape} in the checkpoint but {modelShape} in the model! Skipped", {
        opens: "' has shape",
      }),
      readMismatch(),
      [
        {
          text: "'roi_heads.mask_head.predictor.weight' has shape (80, 256, 1, 1) in the checkpoint but (2, 256, 1, 1) in the model! Skipped.",
          states: [
            {
              kind: 'mismatch',
              parameter: 'roi_heads.mask_head.predictor.weight',
              checkpointShape: [80, 256, 1, 1],
              modelShape: [2, 256, 1, 1],
            },
          ],
        },
      ],
    ),
    message(
      'missing',
      'Some model parameters',
      groups(`Some model parameters (?:or buffers )?are not (?:found )?in the checkpoint:`),
      readGroups('missing-keys'),
      [
        {
          text: 'Some model parameters or buffers are not found in the checkpoint:\nbackbone.fpn_lateral2.{bias, weight}\npixel_mean',
          states: [{ kind: 'missing-keys', keys: ['backbone.fpn_lateral2.bias', 'backbone.fpn_lateral2.weight', 'pixel_mean'] }],
        },
      ],
      { reach: 4000 },
    ),
    message(
      'unused',
      'used by the model:',
      groups(`The checkpoint (?:state_dict contains keys that are|contains parameters) not used by the model:`),
      readGroups('unexpected-keys'),
      [
        {
          text: 'The checkpoint state_dict contains keys that are not used by the model:\n  fc1000.{bias, weight}\n  stem.conv1.bias',
          states: [{ kind: 'unexpected-keys', keys: ['fc1000.bias', 'fc1000.weight', 'stem.conv1.bias'] }],
        },
      ],
      { reach: 4000 },
    ),
    // Two names: the checkpoint's, then the model's, which is the one to report.
    message(
      'shape-of',
      'Shape of',
      template(
        'Shape of {checkpointParameter:name} in checkpoint is {checkpointShape}, while shape of {parameter} in model is {modelShape}',
      ),
      readMismatch(),
      [
        {
          text: 'Shape of cls_score_w in checkpoint is torch.Size([81, 1024]), while shape of roi_heads.box_predictor.cls_score.weight in model is torch.Size([3, 1024]).',
          states: [
            {
              kind: 'mismatch',
              parameter: 'roi_heads.box_predictor.cls_score.weight',
              checkpointShape: [81, 1024],
              modelShape: [3, 1024],
            },
          ],
        },
      ],
    ),
    message(
      'nothing-matched',
      'No weights in checkpoint',
      template('No weights in checkpoint matched with model'),
      readNotice('nothing-matched', () => ({})),
      [{ text: 'No weights in checkpoint matched with model.', states: [{ kind: 'notice', topic: 'nothing-matched', values: {} }] }],
    ),
  ],
};

/** The list stands below its heading, one group a line; colours are off already. */
function groups(heading: string): Form {
  return {
    expression: new RegExp(String.raw`${heading}(?<groups>[^\n]{0,200}(?:\n[^\n]*)*)`),
    maxLines: 20_000,
    continues: (line) => ITEM.test(line),
  };
}

/** fvcore prints every member of a group, so that the full names are exact. */
function readGroups(kind: 'missing-keys' | 'unexpected-keys'): (fields: Fields) => readonly Statement[] {
  return (fields) => {
    const keys = fields
      .text('groups')
      .split('\n')
      .filter((line) => ITEM.test(line))
      .flatMap(expand);
    return keys.length === 0 ? [] : [{ kind, keys }];
  };
}

function expand(line: string): readonly string[] {
  const item = line.trim();
  const brace = item.lastIndexOf('.{');
  if (brace < 0 || !item.endsWith('}')) return [item];
  const prefix = item.slice(0, brace + 1);
  return item
    .slice(brace + 2, -1)
    .split(', ')
    .map((member) => prefix + member);
}
