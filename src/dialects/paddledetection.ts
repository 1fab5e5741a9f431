import { template } from '../model/template.js';
import { type Dialect, message, readMismatch } from './dialect.js';

/** PaddleDetection, ppdet/utils/checkpoint.py: told at level INFO, the run goes on. */
export const paddledetection: Dialect = {
  name: 'paddledetection',
  library: 'PaddleDetection',
  severity: 'warning',
  patterns: [
    message(
      'shape',
      // With the blank: the word alone holds what `batch` holds, which every step prints.
      ' unmatched',
      template(
        'The shape {checkpointShape} in pretrained weight {stored} is unmatched with the shape {modelShape} in model {parameter:text}. And the weight',
      ),
      readMismatch(),
      [
        {
          text: '[02/22 20:09:44] ppdet.utils.checkpoint INFO: The shape [255] in pretrained weight yolo_head.yolo_output.0.bias is unmatched with the shape [27] in model yolo_head.yolo_output.0.bias. And the weight yolo_head.yolo_output.0.bias will not be loaded',
          states: [{ kind: 'mismatch', parameter: 'yolo_head.yolo_output.0.bias', checkpointShape: [255], modelShape: [27] }],
        },
      ],
    ),
  ],
};
